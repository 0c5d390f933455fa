/// What is wrong with bytes from the other side. The connection ends with it; nothing of the message is used.
package enum WireError: Error, Sendable, Equatable {
    /// The message ends before its last field does.
    case truncated
    /// More bytes than its fields take.
    case trailing
    case unknownMessage(UInt8)
    case outOfRange(Field)

    package enum Field: Sendable, Equatable {
        case frame, number, path, name, kind, mode, time, size, content, destination, attribute, count, text, magic
    }
}

/// Bounds of every length in the protocol. What is longer is an error of the one who sent it.
package enum WireLimits {
    /// Of a message, with its type.
    package static let frame = 1 << 20
    /// Of a piece of a file.
    package static let content = 256 << 10
    /// linux/limits.h's PATH_MAX, less the zero at the end.
    package static let path = 4095
    package static let name = 255
    package static let attributeValue = 64 << 10
    package static let attributes = 256
    /// Of all names and values of one file together.
    package static let attributeBytes = 256 << 10
    package static let entriesInMessage = 16 << 10
    /// Bytes of a block that is hashed, and how many of them a file has at most.
    package static let block = (4 << 10)...(256 << 10)
    package static let blocks = 1 << 20
    package static let text = 1024
}
