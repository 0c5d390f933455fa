import Glibc
package import MirrorCore

/// A file that somebody else writes, and which may be anything by mistake.
package enum RegularFile {
    /// nil where there is none. Never waits: what is no regular file is refused.
    package static func read(_ path: ByteString, limit: Int) throws(SystemCallError) -> [UInt8]? {
        let fd = path.withCPath { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        guard fd >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemCallError(call: "open", path: path, errno: errno)
        }
        let file = Descriptor(fd)
        var facts = stat()
        guard fstat(file.number, &facts) == 0 else { throw SystemCallError(call: "stat", path: path, errno: errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw SystemCallError(call: "read", path: path, errno: facts.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while content.count < limit {
            let count = Glibc.read(file.number, &buffer, buffer.count)
            guard count >= 0 else { throw SystemCallError(call: "read", path: path, errno: errno) }
            if count == 0 { break }
            content.append(contentsOf: buffer[..<count])
        }
        return content
    }
}
