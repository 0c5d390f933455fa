internal import CLinux
import Glibc
import MirrorCore
package import MirrorLinux
package import MirrorWire

/// Extended attributes and access lists of a name in an open directory. There is no call for such a name; its path in
/// proc(5) means the same, and its last part is not followed.
package enum ExtendedAttributes {
    private static let accessLists: Set<ByteString> = ["system.posix_acl_access", "system.posix_acl_default"]

    /// Nil where none are asked for.
    package static func read(_ place: Place, _ kinds: Hello.Preserving) throws(SystemCallError) -> [ExtendedAttribute]?
    {
        guard !kinds.isDisjoint(with: [.accessLists, .extended]) else { return nil }
        let path = path(place)
        var attributes: [ExtendedAttribute] = []
        for name in try names(path) where isCarried(name, kinds) {
            var value = [UInt8](repeating: 0, count: WireLimits.attributeValue)
            let size = path.withCPath { path in
                name.withCPath { cl_attribute(path, $0, &value, value.count) }
            }
            // Gone since it was listed.
            if size == -Int64(ENODATA) { continue }
            guard size >= 0 else { throw SystemCallError(call: "getxattr", path: place.name, errno: Int32(-size)) }
            attributes.append(ExtendedAttribute(name: name, value: Array(value.prefix(Int(size)))))
        }
        let bytes = attributes.reduce(0) { $0 + $1.name.count + $1.value.count }
        guard attributes.count <= WireLimits.attributes, bytes <= WireLimits.attributeBytes else {
            throw SystemCallError(call: "getxattr", path: place.name, errno: E2BIG)
        }
        return attributes
    }

    /// What is there becomes what is wanted.
    static func set(
        _ place: Place, to wanted: [ExtendedAttribute], _ kinds: Hello.Preserving
    ) throws(SystemCallError) {
        let present = try read(place, kinds) ?? []
        guard present != wanted else { return }
        let path = path(place)
        for old in present where !wanted.contains(where: { $0.name == old.name }) {
            let answer = path.withCPath { path in old.name.withCPath { cl_remove_attribute(path, $0) } }
            guard answer >= 0 || answer == -ENODATA else {
                throw SystemCallError(call: "removexattr", path: place.name, errno: -answer)
            }
        }
        for new in wanted where isCarried(new.name, kinds) && !present.contains(new) {
            let answer = path.withCPath { path in
                new.name.withCPath { cl_set_attribute(path, $0, new.value, new.value.count) }
            }
            guard answer >= 0 else { throw SystemCallError(call: "setxattr", path: place.name, errno: -answer) }
        }
    }

    private static func path(_ place: Place) -> ByteString {
        ByteString("/proc/self/fd/\(place.directory)/") + place.name
    }

    /// Sorted. A file system without any has none.
    private static func names(_ path: ByteString) throws(SystemCallError) -> [ByteString] {
        var buffer = [CChar](repeating: 0, count: 64 << 10)
        let length = path.withCPath { cl_attributes($0, &buffer, buffer.count) }
        if length == -Int64(ENOTSUP) { return [] }
        guard length >= 0 else { throw SystemCallError(call: "listxattr", path: path, errno: Int32(-length)) }
        let bytes = buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }
        return bytes.split(separator: 0).map { ByteString(Array($0)) }.sorted()
    }

    /// As rsync does it: a user's own, and to root all but those of the system.
    private static func isCarried(_ name: ByteString, _ kinds: Hello.Preserving) -> Bool {
        if accessLists.contains(name) { return kinds.contains(.accessLists) }
        guard kinds.contains(.extended) else { return false }
        return name.hasPrefix("user.") || geteuid() == 0 && !name.hasPrefix("system.")
    }
}
