import Glibc
package import MirrorCore

/// Names of users and groups as numbers, as the system's name service has them.
package enum UserDatabase {
    /// Blocking.
    package static func groupID(of name: ByteString) throws(SystemCallError) -> UInt32 {
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        var buffer = [CChar](repeating: 0, count: 1 << 14)
        let error = name.withCPath { getgrnam_r($0, &entry, &buffer, buffer.count, &found) }
        guard error == 0, found != nil else {
            throw SystemCallError(call: "getgrnam", path: name, errno: error == 0 ? ENOENT : error)
        }
        return entry.gr_gid
    }
}
