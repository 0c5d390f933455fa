import Glibc
import MirrorCore
import MirrorTesting
import Testing

@testable import MirrorLinux

/// Where a mark can't be set, and what is mounted below one that is.
@Suite("fanotify and file systems", .serialized)
struct FanotifyMountTests {
    @Test("a source in a subvolume of btrfs is left to inotify; a subvolume below the source is seen")
    func subvolume() async throws {
        let mounted = try await mounted(.btrfs)
        try await run("btrfs", "subvolume", "create", mounted.path + "/sub")
        let tree = DirectoryTree(mounted.path)
        try tree.makeDirectory("sub/source")
        #expect(reason(for: mounted.path + "/sub/source").contains("lies in a subvolume of btrfs"))
        try await watching(mounted.path, mounted) { told in
            try tree.write("sub/source/f", "x")
            try await told.wait(for: .touched("sub/source/f", isDirectory: false))
        }
    }

    @Test("overlayfs without handles is left to inotify")
    func overlay() async throws {
        let mounted = try await mounted(.overlay)
        #expect(reason(for: mounted.path).contains("fanotify is not possible"))
    }

    @Test("overlayfs with handles, which are longer than 24 bytes: each directory is told by its own name")
    func longHandles() async throws {
        let mounted = try await mounted(.ext4)
        let tree = DirectoryTree(mounted.path)
        for name: ByteString in ["lower/a", "lower/b", "upper", "work", "top"] { try tree.makeDirectories(name) }
        let options =
            "nfs_export=on,index=on,lowerdir=\(mounted.path)/lower,upperdir=\(mounted.path)/upper,workdir=\(mounted.path)/work"
        try await run("mount", "-t", "overlay", "-o", ByteString(options), "chaos", mounted.path + "/top")
        if let obstacle = SourceUnderTest.fanotify.obstacle(mounted.path + "/top") { try Test.cancel("\(obstacle)") }
        let top = DirectoryTree(mounted.path + "/top")
        try await watching(top.root, mounted) { told in
            for name: ByteString in ["a", "b"] {
                try top.write(name + "/f", "x")
                let path = try #require(RelativePath((name + "/f").bytes))
                try await told.wait(for: .touched(path, isDirectory: false))
            }
        }
    }

    @Test("what is mounted below the source is seen, comes and goes, and can be unmounted while it is watched")
    func below() async throws {
        let mounted = try await mounted(.tmpfs)
        let tree = DirectoryTree(mounted.path)
        try tree.makeDirectories("source/m")
        try tree.makeDirectory("elsewhere")
        try tree.makeDirectory("elsewhere/d")
        try await watching(mounted.path + "/source", mounted) { told in
            // The same file system again, by another way.
            try await run("mount", "--bind", mounted.path + "/elsewhere", mounted.path + "/source/m")
            try await told.wait(for: .directoryAppeared("m/d", moved: true))
            try tree.write("elsewhere/d/f", "x")
            try await told.wait(for: .touched("m/d/f", isDirectory: false))
            try await run("umount", mounted.path + "/source/m")
            try await told.wait(for: .lost("m", reason: .rewatched), count: 2)
            // Another one.
            try await run("mount", "-t", "tmpfs", "below", mounted.path + "/source/m")
            try await told.wait(for: .lost("m", reason: .rewatched), count: 3)
            try tree.write("source/m/g", "x")
            try await told.wait(for: .touched("m/g", isDirectory: false))
            // Nothing of ours keeps it busy.
            try await run("umount", mounted.path + "/source/m")
            try await told.wait(for: .lost("m", reason: .rewatched), count: 4)
            try tree.write("source/m/h", "x")
            try await told.wait(for: .touched("m/h", isDirectory: false))
        }
    }

    @Test("the source's own file system can be unmounted; it is gone then, and what stands there is watched")
    func root() async throws {
        let mounted = try await mounted(.tmpfs)
        let tree = DirectoryTree(mounted.path)
        try tree.makeDirectory("source")
        try await run("mount", "-t", "tmpfs", "source", mounted.path + "/source")
        try tree.write("source/f", "x")
        try await watching(mounted.path + "/source", mounted) { told in
            try await run("umount", mounted.path + "/source")
            try await told.wait(for: .rootGone)
            try await told.wait(for: .live(directories: 1), count: 2)
            #expect(told.all.contains(.lost(.root, reason: .rewatched)))
            try tree.write("source/g", "x")
            try await told.wait(for: .touched("g", isDirectory: false))
        }
    }

    @Test("a file system that can't be marked is mounted below: inotify takes over, and says why")
    func unmarkable() async throws {
        let mounted = try await mounted(.tmpfs)
        let tree = DirectoryTree(mounted.path)
        for name: ByteString in ["source/m", "lower", "upper", "work"] { try tree.makeDirectories(name) }
        try await watching(mounted.path + "/source", mounted) { told in
            let options = "lowerdir=\(tree.root)/lower,upperdir=\(tree.root)/upper,workdir=\(tree.root)/work"
            try await run("mount", "-t", "overlay", "-o", ByteString(options), "chaos", mounted.path + "/source/m")
            try await told.wait(for: .lost(.root, reason: .rewatched))
            let means = told.all.compactMap { if case .watchedBy(let means) = $0 { means } else { nil } }
            #expect(means.map(\.kind) == [.fanotify, .inotify])
            #expect(means.last?.reason.contains("source/m") == true)
            try tree.write("source/m/f", "x")
            try await told.wait(for: .touched("m/f", isDirectory: false))
            try await run("umount", mounted.path + "/source/m")
        }
    }

    @Test("why fanotify is not possible is said in words, for every errno of fanotify_mark(2)")
    func reasons() {
        let words: [Int32: String] = [
            EPERM: "CAP_SYS_ADMIN", EXDEV: "subvolume", EOPNOTSUPP: "no file handles", ENODEV: "no number",
            EINVAL: "older than 6.0", ENOSYS: "has no fanotify",
        ]
        for (errno, word) in words {
            let obstacle = FanotifyObstacle(SystemCallError(call: "fanotify_mark", path: "/s", errno: errno), at: "/s")
            #expect(obstacle.reason.contains(word))
        }
    }
}

// MARK: The stage

extension FanotifyMountTests {
    private func mounted(_ system: FileSystem) async throws -> MountedFileSystem {
        if let obstacle = SourceUnderTest.fanotify.obstacle("/dev/shm") { try Test.cancel("\(obstacle)") }
        do { return try await MountedFileSystem(system) } catch { try Test.cancel("\(error)") }
    }

    /// Where a body has failed half-way, the tree of mounts goes with its file system.
    private func watching(
        _ root: ByteString, _ mounted: MountedFileSystem, _ body: (Told) async throws -> Void
    ) async throws {
        try await withKernel { kernel in
            let told = Told()
            var order = WatchOrder(kernel: kernel, root: root) { told.append($0) }
            order.pace = WatchedTree.fastPace
            let source = ChosenSource(order, wish: .fanotify)
            source.start()
            try await told.wait(for: .live(directories: 1))
            guard case .watchedBy(let means) = told.all.first, means.kind == .fanotify else {
                Issue.record("\(told.all)")
                return
            }
            try await body(told)
            source.stop()
        }
    }

    /// Why not fanotify.
    private func reason(for root: ByteString) -> String {
        SourceUnderTest.fanotify.obstacle(root).map { "fanotify is not possible: " + $0 } ?? ""
    }

    private func run(_ words: ByteString...) async throws {
        let child = try ChildProcess(words)
        #expect(try await child.waitForExit() == .code(0), "\(words): \(child.errorText)")
    }

    private final class Told: Sendable {
        private let notices = Collected<Notice>()
        var all: [Notice] { notices.all }

        func append(_ batch: [Notice]) { for notice in batch { notices.append(notice) } }

        func wait(for notice: Notice, count: Int = 1) async throws {
            try await Condition.wait(
                until: "\(notice) is told \(count) times", deadline: .seconds(60), state: { "\(self.all)" },
                holds: { self.all.count { $0 == notice } >= count })
        }
    }
}
