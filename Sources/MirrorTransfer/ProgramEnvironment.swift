internal import CLinux
import Glibc
package import MirrorCore

/// The environment that programs get, as `NAME=value` words.
package struct ProgramEnvironment: Sendable, Equatable {
    package private(set) var words: [ByteString]

    package init(_ words: [ByteString]) { self.words = words }

    /// That of this program.
    package static var inherited: ProgramEnvironment {
        var words: [ByteString] = []
        guard var next = cl_environment() else { return ProgramEnvironment([]) }
        while let word = next.pointee {
            let length = strlen(word)
            words.append(ByteString((0..<length).map { UInt8(bitPattern: word[$0]) }))
            next += 1
        }
        return ProgramEnvironment(words)
    }

    package subscript(name: ByteString) -> ByteString? {
        get {
            let start = name + "="
            return words.first { $0.hasPrefix(start) }.map { ByteString(Array($0.bytes.dropFirst(start.count))) }
        }
        set {
            let start = name + "="
            words.removeAll { $0.hasPrefix(start) }
            if let newValue { words.append(start + newValue) }
        }
    }
}
