import Glibc
package import MirrorCore

/// A file for its owner alone, where there was none.
package enum NewFile {
    package static func write(_ path: ByteString, _ bytes: [UInt8]) throws(SystemCallError) {
        let fd = path.withCPath { open($0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600) }
        guard fd >= 0 else { throw SystemCallError(call: "create", path: path, errno: errno) }
        let file = Descriptor(fd)
        do throws(SystemCallError) {
            try WholeWrite.write(bytes, to: file.number, path)
        } catch {
            _ = path.withCPath { unlink($0) }
            throw error
        }
    }
}
