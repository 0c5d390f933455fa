import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting

/// A source with many directories, a hundred in each, and a yard beside it; in memory, on a file system of their own,
/// so that nobody else's files are measured.
final class WatchedTrees {
    private let place: TemporaryTree
    let root: ByteString
    let yard: ByteString
    private(set) var directories: [ByteString] = []
    /// From all over the tree.
    var samples: [ByteString] {
        stride(from: 0, to: directories.count, by: max(directories.count / 8, 1)).map { directories[$0] }
    }

    init(directories count: Int) throws {
        place = try TemporaryTree()
        mount("watching", "\(place.path)", "tmpfs", 0, "size=8g,nr_inodes=0")
        root = place.path + "/source"
        yard = place.path + "/yard"
        for directory in [root, yard] { mkdir("\(directory)", 0o755) }
        var waiting = [root]
        var next = 0
        while directories.count < count {
            let parent = waiting[next]
            next += 1
            for number in 0..<min(100, count - directories.count) {
                let directory = parent + ByteString("/\(number)")
                mkdir("\(directory)", 0o755)
                directories.append(directory)
                waiting.append(directory)
            }
        }
    }

    /// What it held goes with the file system.
    deinit { umount2("\(place.path)", Int32(MNT_DETACH)) }

    func removeProbes() throws {
        for sample in samples {
            let tree = DirectoryTree(sample)
            for name in try tree.names() where name.hasPrefix("p") { try tree.remove(name) }
        }
    }
}

/// fs.inotify.max_user_watches, raised for as long as it takes.
struct WatchLimit {
    private static let path = "/proc/sys/fs/inotify/max_user_watches"
    private let before: Int

    init(atLeast count: Int) throws {
        let text = try DirectoryTree("/proc/sys/fs/inotify").read("max_user_watches").description
        before = Int(text.split(separator: "\n").first ?? "") ?? 0
        if before < count { Self.set(count) }
    }

    func restore() { Self.set(before) }

    private static func set(_ count: Int) {
        guard let file = fopen(path, "we") else { return }
        fputs("\(count)\n", file)
        fclose(file)
    }
}
