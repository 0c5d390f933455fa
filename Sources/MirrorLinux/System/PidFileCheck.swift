import Glibc
package import MirrorCore

extension PidFile {
    /// Says beforehand what `init` would run into; touches nothing. The error names `lockf` where another process
    /// holds the file.
    package static func check(_ path: ByteString) throws(SystemCallError) {
        let fd = path.withCPath { open($0, O_RDWR | O_CLOEXEC) }
        guard fd >= 0 else {
            let number = errno
            guard number == ENOENT else { throw SystemCallError(call: "open", path: path, errno: number) }
            return try checkDirectory(of: path)
        }
        let file = Descriptor(fd)
        guard lockf(file.number, F_TEST, 0) == 0 else {
            throw SystemCallError(call: "lockf", path: path, errno: errno)
        }
    }

    private static func checkDirectory(of path: ByteString) throws(SystemCallError) {
        let cut = path.bytes.lastIndex(of: UInt8(ascii: "/"))
        let directory = cut.map { $0 == 0 ? ByteString("/") : ByteString(path.bytes[..<$0]) } ?? "."
        guard directory.withCPath({ access($0, W_OK | X_OK) }) == 0 else {
            throw SystemCallError(call: "open", path: path, errno: errno)
        }
    }
}
