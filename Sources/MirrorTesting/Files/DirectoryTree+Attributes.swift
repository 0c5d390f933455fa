internal import CLinux
import Glibc
package import MirrorCore

// Extended attributes, and access control lists, which the kernel shows as such.
extension DirectoryTree {
    package func setAttribute(_ path: ByteString, _ name: ByteString, _ value: ByteString) throws {
        try withPlace(of: path) { place in
            let answer = CPath(name).withPointer { cl_set_attribute(place, $0, value.bytes, value.count) }
            try check(answer, "set an attribute of", path)
        }
    }

    package func removeAttribute(_ path: ByteString, _ name: ByteString) throws {
        try withPlace(of: path) { place in
            try check(CPath(name).withPointer { cl_remove_attribute(place, $0) }, "remove an attribute of", path)
        }
    }

    /// A list that gives these users what they are given, beside owner, group and others of an ordinary mode.
    /// `isDefault`: what new entries of a directory get.
    package func setAccess(_ path: ByteString, users: [(user: UInt32, bits: UInt16)], isDefault: Bool = false) throws {
        let name: ByteString = isDefault ? Self.defaultAccess : Self.access
        try setAttribute(path, name, Self.accessList(users))
    }

    /// Everything that a copy must carry: user attributes and access lists.
    package func attributes(_ path: ByteString) throws -> [ByteString: ByteString] {
        try withPlace(of: path) { place in
            var names = [CChar](repeating: 0, count: 4096)
            let length = cl_attributes(place, &names, names.count)
            // A file system without them has none.
            if length == -Int64(ENOTSUP) { return [:] }
            try check(Int32(clamping: length), "list the attributes of", path)
            let bytes = names.prefix(Int(length)).map { UInt8(bitPattern: $0) }
            var found: [ByteString: ByteString] = [:]
            for name in bytes.split(separator: 0).map({ ByteString(Array($0)) }) where Self.isCarried(name) {
                var value = [UInt8](repeating: 0, count: 4096)
                let size = CPath(name).withPointer { cl_attribute(place, $0, &value, value.count) }
                try check(Int32(clamping: size), "read an attribute of", path)
                found[name] = ByteString(Array(value.prefix(Int(size))))
            }
            return found
        }
    }

    static let access: ByteString = "system.posix_acl_access"
    static let defaultAccess: ByteString = "system.posix_acl_default"

    private static func isCarried(_ name: ByteString) -> Bool {
        name.hasPrefix("user.") || name == access || name == defaultAccess
    }

    /// There is no call that takes an open directory and a name in it; this path of proc(5) means the same.
    private func withPlace<Result>(of path: ByteString, _ body: (UnsafePointer<CChar>) throws -> Result) throws
        -> Result
    {
        let (directory, name) = try openParent(of: path)
        defer { Glibc.close(directory) }
        return try CPath(ByteString("/proc/self/fd/\(directory)/") + name).withPointer(body)
    }

    /// The kernel's form (version 2): entries of tag, permissions and id, sorted by tag and id.
    private static func accessList(_ users: [(user: UInt32, bits: UInt16)]) -> ByteString {
        let (owner, user, group, mask, other): (UInt16, UInt16, UInt16, UInt16, UInt16) = (1, 2, 4, 16, 32)
        let nobody = UInt32.max
        var entries: [(tag: UInt16, bits: UInt16, id: UInt32)] = [(owner, 7, nobody)]
        for entry in users.sorted(by: { $0.user < $1.user }) { entries.append((user, entry.bits & 7, entry.user)) }
        entries += [(group, 5, nobody), (mask, 7, nobody), (other, 4, nobody)]
        var bytes: [UInt8] = [2, 0, 0, 0]
        for entry in entries {
            withUnsafeBytes(of: entry.tag.littleEndian) { bytes += $0 }
            withUnsafeBytes(of: entry.bits.littleEndian) { bytes += $0 }
            withUnsafeBytes(of: entry.id.littleEndian) { bytes += $0 }
        }
        return ByteString(bytes)
    }
}
