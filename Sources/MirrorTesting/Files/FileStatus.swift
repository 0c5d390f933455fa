package import Glibc
import MirrorCore

/// What the kernel says about one name, without following it.
package struct FileStatus: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case file, directory, link, fifo, socket, other
        case characterDevice = "character device"
        case blockDevice = "block device"
    }

    package var kind: Kind
    /// Permission bits with set-user-id, set-group-id and sticky.
    package var mode: mode_t
    package var user: uid_t
    package var group: gid_t
    package var size: Int
    package var device: UInt
    /// Which device a device file stands for.
    package var special: UInt
    package var inode: UInt
    package var links: UInt
    package var modifiedSeconds: Int
    package var modifiedNanoseconds: Int
    package var blocks: Int

    /// nil when there is no such name in the directory.
    init?(directory: Int32, name: ByteString) throws {
        var raw = stat()
        let result = CPath(name).withPointer { fstatat(directory, $0, &raw, AT_SYMLINK_NOFOLLOW) }
        if result != 0 {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemCallFailure("look at", name)
        }
        switch raw.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .link
        case S_IFIFO: kind = .fifo
        case S_IFSOCK: kind = .socket
        case S_IFCHR: kind = .characterDevice
        case S_IFBLK: kind = .blockDevice
        default: kind = .other
        }
        mode = raw.st_mode & 0o7777
        user = raw.st_uid
        group = raw.st_gid
        size = Int(raw.st_size)
        device = UInt(raw.st_dev)
        special = UInt(raw.st_rdev)
        inode = UInt(raw.st_ino)
        links = UInt(raw.st_nlink)
        modifiedSeconds = raw.st_mtim.tv_sec
        modifiedNanoseconds = raw.st_mtim.tv_nsec
        blocks = Int(raw.st_blocks)
    }
}
