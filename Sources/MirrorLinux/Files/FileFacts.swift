internal import CLinux
import Glibc
package import MirrorCore

/// What stat(2) says about a file.
package struct FileFacts: Sendable, Equatable {
    package enum Kind: Sendable, Equatable { case regular, directory, symbolicLink, other }

    package var device: UInt64
    package var inode: UInt64
    package var kind: Kind
    /// Permission bits, without the type.
    package var mode: UInt32
    package var size: Int64
    package var modifiedSeconds: Int64
    package var modifiedNanoseconds: UInt32
    /// When anything of it changed last (ctime), which nobody can set.
    package var changedSeconds: Int64
    package var changedNanoseconds: UInt32
    package var user: UInt32
    package var group: UInt32
    package var links: UInt64

    /// `followsLinks`: a symbolic link at the end stands for what it points to.
    package static func at(_ path: ByteString, followsLinks: Bool = false) throws(SystemCallError) -> FileFacts {
        var facts = cl_facts()
        let answer = path.withCPath { cl_facts_at(cl_at_current, $0, followsLinks ? 1 : 0, &facts) }
        try checked("stat", path, answer)
        return FileFacts(facts)
    }

    package static func of(descriptor: Int32) throws(SystemCallError) -> FileFacts {
        var facts = cl_facts()
        try checked("fstat", nil, cl_facts_of(descriptor, &facts))
        return FileFacts(facts)
    }

    /// Of a name in an open directory; a link there stands for itself.
    static func at(_ name: ByteString, in directory: Int32) throws(SystemCallError) -> FileFacts {
        var facts = cl_facts()
        try checked("stat", name, name.withCPath { cl_facts_at(directory, $0, 0, &facts) })
        return FileFacts(facts)
    }

    /// Whether both are one and the same file.
    package func isSame(as other: FileFacts) -> Bool { device == other.device && inode == other.inode }

    private init(_ facts: cl_facts) {
        device = facts.device
        inode = facts.inode
        mode = facts.mode & 0o7777
        size = facts.size
        modifiedSeconds = facts.modified_seconds
        modifiedNanoseconds = facts.modified_nanoseconds
        changedSeconds = facts.changed_seconds
        changedNanoseconds = facts.changed_nanoseconds
        user = facts.user
        group = facts.group
        links = facts.links
        kind =
            switch facts.mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            default: .other
            }
    }
}
