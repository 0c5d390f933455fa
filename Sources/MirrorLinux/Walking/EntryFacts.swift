internal import CLinux
import Glibc
package import MirrorCore

/// What a walk finds out about one name. Times are nanoseconds since 1970 on the clock of the machine that keeps the
/// file system.
package struct EntryFacts: Sendable, Equatable {
    package var device: UInt64
    package var inode: UInt64
    package var links: UInt64
    package var size: Int64
    package var modified: Int64
    package var changed: Int64
    /// Type and permission bits, as stat(2) has them.
    package var mode: UInt32

    package var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
    package var isRegular: Bool { mode & S_IFMT == S_IFREG }

    init(_ entry: cl_entry) {
        device = entry.device
        inode = entry.inode
        links = entry.links
        size = entry.size
        modified = entry.modified
        changed = entry.changed
        mode = entry.mode
    }
}

/// Some of the names in one directory, in the file system's order.
package struct WalkBatch: Sendable {
    package struct Entry: Sendable {
        package var name: [UInt8]
        package var facts: EntryFacts
    }

    package var directory: RelativePath
    /// As it was when it was opened, before it was read.
    package var own: EntryFacts
    /// statfs(2)'s f_type.
    package var fileSystem: Int64
    /// Those of them that the walk was to tell of.
    package var entries: [Entry]
    /// The first of this directory; and the last, with which it has been read to its end.
    package var isFirst: Bool
    package var isLast: Bool
    /// With the last one: every name of it could be looked at.
    package var isWhole: Bool
}

/// What is to be walked, and how.
package struct WalkOrder: Sendable {
    /// Absolute. It is the only path that is ever resolved as one.
    package var root: ByteString
    /// Where to begin, below the root; itself a directory.
    package var top = RelativePath.root
    package var threads: Int
    /// Names looked at each second, in all; nil is no limit.
    package var entriesPerSecond: Int?
    /// Directories that are not entered.
    package var isExcluded: @Sendable (RelativePath) -> Bool = { _ in false }
    /// Asked of each directory that was opened, with statfs(2)'s f_type; one that is not entered is told as unread,
    /// with EXDEV.
    package var enters: @Sendable (EntryFacts, Int64) -> Bool = { _, _ in true }
    /// Which names are told; a name that is not costs no memory. Asked on every thread of the walk.
    package var wants: @Sendable (EntryFacts) -> Bool = { _ in true }

    /// A disk, and even more a server, is fastest with several questions at a time, also where there are few cores.
    package init(root: ByteString, threads: Int = 8) {
        self.root = root
        self.threads = max(threads, 1)
    }
}

/// How a walk ended.
package struct WalkEnd: Sendable {
    package struct Unread: Sendable, Equatable {
        package var path: RelativePath
        package var errno: Int32
    }

    package var isCancelled = false
    package var directories = 0
    /// Directories included, the top left out.
    package var entries = 0
    /// Directories that could not be read, so that nothing is known of what they hold; at most `unreadKept` of them.
    package var unread: [Unread] = []
    /// There were more.
    package var isUnreadCut = false

    package static let unreadKept = 1000
}
