internal import CLinux
import Glibc
package import MirrorCore

/// A file whose readers never see half of it, such as the status file.
package enum ReplaceableFile {
    private static let temporarySuffix: ByteString = ".lockstep-new"

    /// Where the content of `path` stands before it takes its place: in the same directory, hidden, always the same
    /// name, so that what a crash leaves behind is found again.
    package static func temporary(for path: ByteString) -> ByteString {
        let cut = path.bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        return ByteString(path.bytes[..<cut]) + temporaryName(for: ByteString(path.bytes[cut...]))
    }

    /// The same for a name alone. Names may have 255 bytes, so a long one is cut.
    static func temporaryName(for name: ByteString) -> ByteString {
        "." + ByteString(name.bytes.prefix(240)) + temporarySuffix
    }

    /// Replaces the content by a rename where the file is absent, or a regular file of ours with one link, in a
    /// directory that we may write; its mode and group stay. Anything else (a device, a symbolic link, a bind mount,
    /// somebody else's file) is rewritten in place. On a full disk the old content stays.
    package static func write(_ path: ByteString, _ bytes: [UInt8]) throws(SystemCallError) {
        guard let manner = Manner(path) else { return try rewrite(path, bytes) }
        guard try replace(path, bytes, manner) else { return try rewrite(path, bytes) }
    }

    /// What the new file takes over from the one before.
    private struct Manner {
        var mode: UInt32?
        var group: UInt32?

        /// nil: it has to be rewritten in place.
        init?(_ path: ByteString) {
            do throws(SystemCallError) {
                let facts = try FileFacts.at(path)
                guard facts.kind == .regular, facts.user == geteuid(), facts.links == 1 else { return nil }
                (mode, group) = (facts.mode, facts.group)
            } catch {
                guard error.errno == ENOENT else { return nil }
            }
        }
    }

    /// False where a rename is not possible here, and nothing has happened.
    private static func replace(
        _ path: ByteString, _ bytes: [UInt8], _ manner: Manner
    ) throws(SystemCallError) -> Bool {
        let temporary = temporary(for: path)
        // Not left to chance and not followed: in a shared directory somebody may have put a link there.
        _ = temporary.withCPath { unlink($0) }
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        let answer = temporary.withCPath { cl_open_at(cl_at_current, $0, flags, 0o666) }
        guard answer >= 0 else { return false }
        let file = Descriptor(answer)
        var isInPlace = false
        defer { if !isInPlace { _ = temporary.withCPath { unlink($0) } } }
        guard keep(manner, on: file.number) else { return false }
        try WholeWrite.write(bytes, to: file.number, path)
        let renamed = temporary.withCPath { from in path.withCPath { cl_rename(from, $0, 0) } }
        // Something is mounted on the file.
        if renamed == -EBUSY { return false }
        try checked("rename", path, renamed)
        isInPlace = true
        return true
    }

    private static func keep(_ manner: Manner, on fd: Int32) -> Bool {
        if let group = manner.group, fchown(fd, uid_t.max, group) != 0 { return false }
        if let mode = manner.mode, fchmod(fd, mode) != 0 { return false }
        return true
    }

    /// O_NONBLOCK: a pipe that nobody reads must not hold us.
    private static func rewrite(_ path: ByteString, _ bytes: [UInt8]) throws(SystemCallError) {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY
        let fd = path.withCPath { cl_open_at(cl_at_current, $0, flags, 0o666) }
        let file = Descriptor(try checked("open", path, fd))
        try WholeWrite.write(bytes, to: file.number, path)
    }
}

/// Lines at the end of a file, which is opened and closed each time, so that it can be moved away at any moment.
package enum AppendedFile {
    package static func append(_ path: ByteString, _ bytes: [UInt8]) throws(SystemCallError) {
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY
        let file = Descriptor(
            try checked("open", path, path.withCPath { cl_open_at(cl_at_current, $0, flags, 0o666) }))
        try WholeWrite.write(bytes, to: file.number, path)
    }
}

enum WholeWrite {
    static func write(_ bytes: [UInt8], to fd: Int32, _ path: ByteString?) throws(SystemCallError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress! + done, bytes.count - done) }
            let error = errno
            if count < 0, error == EINTR { continue }
            guard count > 0 else { throw SystemCallError(call: "write", path: path, errno: count < 0 ? error : EIO) }
            done += count
        }
    }
}
