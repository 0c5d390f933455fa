package import MirrorCore

/// What a `LocalServer` hears.
package enum LocalNews: Sendable, Equatable {
    case asked(LocalRequest)
    /// Whoever asked does not wait for the answer any more.
    case hungUp(LocalConnectionID)
}

/// One connection. Never used twice by one server.
package struct LocalConnectionID: Hashable, Sendable {
    package let number: UInt64
    package init(number: UInt64) { self.number = number }
}

/// Who is at the other end, as the kernel says.
package struct LocalPeer: Sendable, Equatable {
    package var user: UInt32
    package var process: Int32
    /// It came in where people may look and not steer.
    package var mayOnlyLook: Bool

    package init(user: UInt32, process: Int32, mayOnlyLook: Bool = false) {
        self.user = user
        self.process = process
        self.mayOnlyLook = mayOnlyLook
    }
}

package struct LocalRequest: Sendable, Equatable {
    package let id: LocalConnectionID
    /// At least one.
    package let words: [ByteString]
    package let peer: LocalPeer

    package init(id: LocalConnectionID, words: [ByteString], peer: LocalPeer) {
        self.id = id
        self.words = words
        self.peer = peer
    }

    /// nil until the request is whole. A request without words is one empty word.
    package static func words(in bytes: [UInt8]) -> [ByteString]? {
        var words: [ByteString] = []
        var word: [UInt8] = []
        for byte in bytes {
            guard byte == 0 else {
                word.append(byte)
                continue
            }
            if word.isEmpty { return words.isEmpty ? [""] : words }
            words.append(ByteString(word))
            word = []
        }
        return nil
    }
}
