import Glibc
package import MirrorCore

/// Small files in a directory of our own.
package enum StateFile {
    /// nil where there is none.
    package static func read(_ path: ByteString, limit: Int = 1 << 16) throws(SystemCallError) -> ByteString? {
        let fd = path.withCPath { open($0, O_RDONLY | O_CLOEXEC) }
        guard fd >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemCallError(call: "open", path: path, errno: errno)
        }
        let file = Descriptor(fd)
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while content.count < limit {
            let count = Glibc.read(file.number, &buffer, buffer.count)
            guard count >= 0 else { throw SystemCallError(call: "read", path: path, errno: errno) }
            if count == 0 { break }
            content.append(contentsOf: buffer[..<count])
        }
        return ByteString(content)
    }

    /// Makes the directory with those above it, for its owner alone to write.
    package static func makeDirectory(_ path: ByteString) throws(SystemCallError) {
        let parts = path.split(separator: UInt8(ascii: "/"))
        for count in 1...parts.count {
            let part = parts.prefix(count).map { $0 }.joined(separator: "/")
            guard !part.isEmpty, part.withCPath({ mkdir($0, 0o755) }) != 0, errno != EEXIST else { continue }
            // Above ours a directory may be read-only and there all the same: only the last one counts.
            let number = errno
            if count == parts.count { throw SystemCallError(call: "mkdir", path: path, errno: number) }
        }
    }

    /// False where there was none.
    package static func remove(_ path: ByteString) throws(SystemCallError) -> Bool {
        guard path.withCPath({ unlink($0) }) != 0 else { return true }
        if errno == ENOENT || errno == ENOTDIR { return false }
        throw SystemCallError(call: "unlink", path: path, errno: errno)
    }
}
