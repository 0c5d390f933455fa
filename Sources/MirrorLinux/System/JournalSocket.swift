internal import CLinux
import Glibc
package import MirrorCore

/// The journal of the system, in its own words (systemd.journal-fields(7)): each message with its priority and fields,
/// where a stream would be lines.
package struct JournalSocket: Sendable {
    private static let path: ByteString = "/run/systemd/journal/socket"
    /// A datagram has to fit into a socket's buffer.
    private static let fieldLimit = 1 << 16

    /// Whether standard output or standard error is the journal's: whoever started this program has said so in
    /// JOURNAL_STREAM, which an `exec` into a pipe or a file makes untrue (systemd.exec(5)).
    package static func ofStandardStreams() -> JournalSocket? {
        guard let stream = getenv("JOURNAL_STREAM").map({ String(cString: $0) }) else { return nil }
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            var facts = stat()
            guard fstat(descriptor, &facts) == 0 else { continue }
            if stream == "\(facts.st_dev):\(facts.st_ino)" { return JournalSocket() }
        }
        return nil
    }

    /// The name of this program as it was called.
    package static var programName: ByteString {
        ByteString(SmallFile.read("/proc/self/comm", limit: 64).prefix { $0 != 0x0a })
    }

    /// False where nobody takes it; then it has to go elsewhere.
    package func send(_ fields: [(name: String, value: ByteString)]) -> Bool {
        var entry: [UInt8] = []
        for field in fields { entry += Self.encoded(field.name, field.value) }
        return Self.path.withCPath { path in entry.withUnsafeBytes { cl_local_tell(path, $0.baseAddress, $0.count) } }
            == 0
    }

    /// `NAME=value`, or where the value has several lines, its length in eight bytes, the lowest first.
    package static func encoded(_ name: String, _ value: ByteString) -> [UInt8] {
        let bytes = value.bytes.prefix(fieldLimit)
        guard bytes.contains(0x0a) else { return Array("\(name)=".utf8) + bytes + [0x0a] }
        let length = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) }
        return Array("\(name)\n".utf8) + length + bytes + [0x0a]
    }
}
