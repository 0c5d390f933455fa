import Glibc
package import MirrorCore

/// The end of a file that grows.
package enum FileEnd {
    /// Its last whole lines, at most so many bytes.
    package static func read(_ path: ByteString, limit: Int) throws(SystemCallError) -> ByteString {
        let fd = path.withCPath { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard fd >= 0 else { throw SystemCallError(call: "open", path: path, errno: errno) }
        let file = Descriptor(fd)
        let size = try FileFacts.of(descriptor: file.number).size
        let begin = max(size - Int64(limit), 0)
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while content.count < limit {
            let count = pread(
                file.number, &buffer, min(buffer.count, limit - content.count), off_t(begin) + off_t(content.count))
            guard count >= 0 else { throw SystemCallError(call: "read", path: path, errno: errno) }
            if count == 0 { break }
            content.append(contentsOf: buffer[..<count])
        }
        guard begin > 0 else { return ByteString(content) }
        return ByteString(Array(content.drop { $0 != 0x0a }.dropFirst()))
    }
}
