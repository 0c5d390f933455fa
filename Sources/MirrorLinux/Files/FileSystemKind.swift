internal import CLinux
package import MirrorCore

/// The kind of file system under a path, as statfs(2) numbers it.
package struct FileSystemKind: Sendable, Equatable {
    package let number: Int64

    package init(number: Int64) { self.number = number }

    package static func at(_ path: ByteString) throws(SystemCallError) -> FileSystemKind {
        var number: Int64 = 0
        try checked("statfs", path, path.withCPath { cl_file_system_type($0, &number) })
        return FileSystemKind(number: number)
    }

    /// nil for kinds that nothing here depends on.
    package var name: String? { Self.names[number] }

    /// Other machines can change it without a word from inotify.
    package var isRemote: Bool {
        ["nfs", "smb", "smb2", "cifs", "fuse", "ceph", "9p", "afs"].contains(name ?? "")
    }

    /// This machine's kernel keeps it, and stamps every change with this machine's clock. What another machine or a
    /// program keeps does not, and FAT knows no time of change.
    package var stampsWithOwnClock: Bool {
        ["ext", "xfs", "btrfs", "tmpfs", "ramfs", "f2fs", "overlay", "zfs", "bcachefs", "jfs", "reiserfs"]
            .contains(name ?? "")
    }

    /// The magic numbers of statfs(2) and linux/magic.h.
    static let names: [Int64: String] = [
        0xEF53: "ext", 0x5846_5342: "xfs", 0x9123_683E: "btrfs", 0x0102_1994: "tmpfs", 0x794C_7630: "overlay",
        0x6969: "nfs", 0x517B: "smb", 0xFE53_4D42: "smb2", 0xFF53_4D42: "cifs", 0x6573_5546: "fuse",
        0x00C3_6400: "ceph", 0x0102_1997: "9p", 0x5346_414F: "afs", 0x2FC1_2FC1: "zfs",
        0x8584_58F6: "ramfs", 0xF2F5_2010: "f2fs", 0xCA45_1A4E: "bcachefs", 0x3153_464A: "jfs", 0x5265_4973: "reiserfs",
    ]
}
