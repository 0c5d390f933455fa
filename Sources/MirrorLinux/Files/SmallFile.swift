import Glibc
import MirrorCore

/// Files of the kernel's own file systems, and others that fit in memory without a thought.
package enum SmallFile {
    /// Its content up to `limit` bytes; empty when it can't be read.
    package static func read(_ path: String, limit: Int = 1 << 20) -> [UInt8] {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return [] }
        let file = Descriptor(fd)
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16384)
        while content.count < limit {
            let count = Glibc.read(file.number, &buffer, buffer.count)
            guard count > 0 else { break }
            content.append(contentsOf: buffer[..<count])
        }
        return content
    }
}
