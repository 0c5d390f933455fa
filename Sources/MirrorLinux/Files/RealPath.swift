import Glibc
package import MirrorCore

/// Paths without symbolic links.
package enum RealPath {
    /// The absolute path with every symbolic link, `.` and `..` resolved; everything on the way must exist.
    package static func resolve(_ path: ByteString) throws(SystemCallError) -> ByteString {
        let found: UnsafeMutablePointer<CChar>? = path.withCPath { realpath($0, nil) }
        guard let found else { throw SystemCallError(call: "realpath", path: path, errno: errno) }
        defer { free(found) }
        return ByteString(UnsafeBufferPointer(start: found, count: strlen(found)).map { UInt8(bitPattern: $0) })
    }

    /// The directory in which the program runs.
    package static func currentDirectory() throws(SystemCallError) -> ByteString { try resolve(".") }
}
