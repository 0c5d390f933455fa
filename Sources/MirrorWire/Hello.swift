/// The first message of each side. A side that gets another one, or another magic, ends the connection.
package struct Hello: Sendable, Equatable {
    /// Raised whenever a message changes its form or meaning.
    package static let version: UInt16 = 2
    static let magic: [UInt8] = Array("lockstep-stream\n".utf8)

    package struct Preserving: OptionSet, Sendable, Equatable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let modes = Preserving(rawValue: 1)
        package static let owners = Preserving(rawValue: 2)
        package static let groups = Preserving(rawValue: 4)
        package static let times = Preserving(rawValue: 8)
        package static let accessLists = Preserving(rawValue: 16)
        package static let extended = Preserving(rawValue: 32)
        package static let sparse = Preserving(rawValue: 64)
        package static let directoryTimes = Preserving(rawValue: 128)
        package static let all: Preserving = [
            .modes, .owners, .groups, .times, .accessLists, .extended, .sparse, .directoryTimes,
        ]
    }

    package var version = Hello.version
    /// What the receiver keeps of a file beside its content.
    package var preserving: Preserving
    /// Bytes that may be on their way without an answer.
    package var window: UInt32

    package init(preserving: Preserving = [], window: UInt32 = 8 << 20) {
        self.preserving = preserving
        self.window = window
    }
}

extension WireWriter {
    mutating func hello(_ value: Hello) {
        field(Hello.magic)
        number(value.version)
        number(value.preserving.rawValue)
        number(value.window)
    }
}

extension WireReader {
    mutating func hello() throws(WireError) -> Hello {
        guard try field(.magic, atMost: Hello.magic.count) == Hello.magic else { throw .outOfRange(.magic) }
        var value = Hello()
        value.version = try number(.number)
        value.preserving = Hello.Preserving(rawValue: try number(.number))
        value.window = try number(.number)
        return value
    }
}
