internal import CLinux
import Glibc
import MirrorCore

/// Opening directories below a root, without following a link on the last step.
enum DirectoryBelow {
    /// A descriptor, or -errno. A path longer than the kernel takes at once is gone in pieces.
    static func open(_ path: RelativePath, below root: ByteString, flags: Int32) -> Int32 {
        let all = flags | O_DIRECTORY | O_NONBLOCK
        let full = path.isRoot ? (root.isEmpty ? "/" : root) : root + "/" + path.byteString
        if full.count < Int(PATH_MAX) {
            // The root's own path may end in a link; what lies below never does.
            let last = path.isRoot ? 0 : O_NOFOLLOW
            return full.withCPath { cl_open_at(cl_at_current, $0, all | last, 0) }
        }
        var names = path.bytes.split(separator: UInt8(ascii: "/"))[...]
        var current = open(.root, below: root, flags: cl_open_path)
        while current >= 0, !names.isEmpty {
            // 15 names of at most 255 bytes are below the limit of 4096.
            let piece = names.prefix(15).joined(separator: [UInt8(ascii: "/")])
            names = names.dropFirst(15)
            let above = Descriptor(current)
            let flags = (names.isEmpty ? all : cl_open_path | O_DIRECTORY) | O_NOFOLLOW
            current = ByteString(Array(piece)).withCPath { cl_open_at(above.number, $0, flags, 0) }
        }
        return current
    }
}
