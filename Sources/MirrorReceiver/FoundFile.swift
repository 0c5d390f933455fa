internal import CLinux
import Glibc
package import MirrorWire

/// What stands under a name, and which file that is.
package struct FoundFile: Sendable, Equatable {
    package var metadata: Metadata
    package var device: UInt64
    package var inode: UInt64
    package var links: UInt64
    /// When anything of it changed last, as its file system stamps it: nobody can set that.
    package var changedSeconds: Int64
    package var changedNanoseconds: UInt32

    init(_ facts: cl_facts) {
        let kind: Metadata.Kind =
            switch facts.mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            case S_IFCHR: .characterDevice
            case S_IFBLK: .blockDevice
            default: .regular
            }
        metadata = Metadata(
            kind: kind, mode: UInt16(facts.mode & 0o7777), owner: (facts.user, facts.group),
            size: UInt64(max(facts.size, 0)), time: (facts.modified_seconds, facts.modified_nanoseconds))
        // The sizes of other things mean nothing elsewhere.
        if kind != .regular { metadata.size = 0 }
        (device, inode, links) = (facts.device, facts.inode, facts.links)
        (changedSeconds, changedNanoseconds) = (facts.changed_seconds, facts.changed_nanoseconds)
    }

    /// Of an open file.
    package init?(descriptor: Int32) {
        var facts = cl_facts()
        guard cl_facts_of(descriptor, &facts) == 0 else { return nil }
        self.init(facts)
    }

    /// The kernel sets both times of a file at once when it is written; where they differ, its time of modification may
    /// have been set by somebody, to what it was before.
    package var hasSetTime: Bool {
        changedSeconds != metadata.seconds || changedNanoseconds != metadata.nanoseconds
    }

    /// Whether both are one and the same file.
    package func isSame(as other: FoundFile) -> Bool { device == other.device && inode == other.inode }
}
