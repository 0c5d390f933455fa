import Glibc
package import MirrorCore

/// Writes notices to a file as they come. What a crash leaves is a record up to there.
///
/// `@unchecked Sendable`: used on the kernel thread alone.
package final class NoticeRecorder: @unchecked Sendable {
    private let file: Descriptor
    private let path: ByteString
    private let began = Clock.now()
    private var previous = Duration.zero

    /// Makes the file; one that is there is an error, since a record is nothing to lose.
    package init(_ path: ByteString) throws(SystemCallError) {
        self.path = path
        let answer = path.withCPath { Glibc.open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) }
        guard answer >= 0 else { throw SystemCallError(call: "create", path: path, errno: errno) }
        file = Descriptor(answer)
        try write(NoticeRecord.beginning)
    }

    package func add(_ notices: [Notice]) throws(SystemCallError) {
        let after = Clock.now() - began
        var bytes: [UInt8] = []
        for notice in notices {
            bytes += NoticeRecord.encode(.init(after: after, notice), previous: previous)
            previous = after
        }
        try write(bytes)
    }

    private func write(_ bytes: [UInt8]) throws(SystemCallError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file.number, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else {
                throw SystemCallError(call: "write", path: path, errno: errno)
            }
            rest = rest.dropFirst(max(count, 0))
        }
    }
}
