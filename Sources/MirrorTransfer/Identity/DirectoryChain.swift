package import MirrorCore
import MirrorLinux

/// A directory and all that hold it, up to the root, each by device and inode: what tells one directory from another on
/// one machine, whatever mounts, links and namespaces make of its name.
package struct DirectoryChain: Sendable, Equatable {
    package struct Identity: Sendable, Hashable {
        package var device: UInt64
        package var inode: UInt64

        package init(device: UInt64, inode: UInt64) {
            self.device = device
            self.inode = inode
        }
    }

    /// The directory first. Where it does not exist yet, that of the nearest parent that does.
    package var identities: [Identity]
    /// Of the first one, without symbolic links.
    package var path: ByteString
    /// What does not exist yet, below the first one; empty where the directory itself exists.
    package var missing: ByteString

    package init(identities: [Identity], path: ByteString, missing: ByteString = "") {
        self.identities = identities
        self.path = path
        self.missing = missing
    }

    /// Of a directory here; nil where nothing of it can be looked at. It blocks.
    static func local(_ path: ByteString) -> DirectoryChain? {
        var names = path.bytes.split(separator: UInt8(ascii: "/"))
        var missing: [ArraySlice<UInt8>] = []
        let isAbsolute = path.hasPrefix("/")
        while true {
            let candidate = ByteString((isAbsolute ? [0x2f] : []) + Array(names.joined(separator: [0x2f])))
            if let real = try? RealPath.resolve(candidate.isEmpty ? "." : candidate) {
                let below = ByteString(Array(missing.reversed().joined(separator: [0x2f])))
                return DirectoryChain(identities: identities(upFrom: real), path: real, missing: below)
            }
            guard let last = names.popLast() else { return nil }
            missing.append(last)
        }
    }

    private static func identities(upFrom path: ByteString) -> [Identity] {
        var found: [Identity] = []
        var next: RelativePath? = RelativePath(path.bytes)
        while let directory = next {
            if let facts = try? FileFacts.at("/" + directory.byteString) {
                found.append(Identity(device: facts.device, inode: facts.inode))
            }
            next = directory.parent
        }
        return found
    }

    /// How a target lies to the source. Where one holds the other, `isExcluded` is asked about the path of the inner
    /// one below the outer one.
    package static func relation(
        source: DirectoryChain, target: DirectoryChain, isExcluded: (RelativePath) -> Bool
    ) -> TargetIdentity {
        guard let sourceItself = source.identities.first, let targetItself = target.identities.first else {
            return .distinct
        }
        if target.missing.isEmpty, sourceItself == targetItself { return .isSource }
        if target.identities.contains(sourceItself) {
            let whole = target.missing.isEmpty ? target.path : target.path + "/" + target.missing
            return isExcluded(below(source.path, whole)) ? .distinct : .nested(inside: true)
        }
        if target.missing.isEmpty, source.identities.contains(targetItself) {
            return isExcluded(below(target.path, source.path)) ? .distinct : .nested(inside: false)
        }
        return .distinct
    }

    /// Where the names do not say it (a bind mount), no pattern can exclude it either: the root is never excluded.
    private static func below(_ outer: ByteString, _ inner: ByteString) -> RelativePath {
        guard let outer = RelativePath(outer.bytes), let inner = RelativePath(inner.bytes), outer.contains(inner) else {
            return .root
        }
        return RelativePath(inner.bytes.dropFirst(outer.bytes.count)) ?? .root
    }
}
