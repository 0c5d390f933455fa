internal import CLinux
import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("Watching with fanotify")
struct FanotifyTests {
    private func watched(
        excluded: Set<RelativePath> = [], mode: InotifyMode = .closeWrite,
        prepare: (Scratch) throws -> Void = { $0.makeDirectory("tree") }
    ) throws -> WatchedTree {
        try skipWithout(.fanotify)
        return try WatchedTree(by: .fanotify, mode: mode, excluded: excluded, prepare: prepare)
    }

    @Test("it is live at once, and counts places, not directories")
    func start() async throws {
        let tree = try watched { $0.makeDirectories("tree/a/b") }
        try await withWatchedTree(tree) { tree in
            #expect(await tree.settle())
            #expect(tree.notices.all == [.live(directories: 1)])
            #expect(await tree.source.watchedDirectories(limit: 9).list.map(\.1) == [.root])
        }
    }

    @Test("what an ignored directory holds is told when it is renamed into the source, and so is what follows")
    func ignoredThenMovedIn() async throws {
        let tree = try watched {
            $0.makeDirectory("tree")
            $0.makeDirectories("busy/d/e")
        }
        try await withWatchedTree(tree) { tree in
            let scratch = tree.scratch
            let before = try await tree.told {
                for name in ["f", "d/f", "d/e/f"] { scratch.write("busy/" + name) }
            }
            #expect(before == [])
            // The kernel has been told to keep silent about them.
            #expect(ignoredDirectories(tree) >= 3)
            let file = try await tree.told { scratch.rename("busy/f", "tree/f") }
            #expect(file == [.fileArrived("f")])
            let directory = try await tree.told { scratch.rename("busy/d", "tree/d") }
            #expect(directory.first == .directoryAppeared("d", moved: true))
            #expect(Set(directory.map { "\($0)" }).isSuperset(of: ["\(Notice.fileArrived("d/e/f"))"]))
            try await tree.expect([.file("d/g")]) { scratch.write("tree/d/g") }
            try await tree.expect([.file("d/e/g")]) { scratch.write("tree/d/e/g") }
            try await tree.expect([.directoryAppeared("d/e/new", moved: false)]) {
                scratch.makeDirectory("tree/d/e/new")
            }
        }
    }

    @Test("equal renames, which the kernel joins, leave no wrong path behind", arguments: 1...3)
    func joinedRenames(times: Int) async throws {
        let tree = try watched { $0.makeDirectories("tree/a/deep") }
        try await withWatchedTree(tree) { tree in
            let scratch = tree.scratch
            scratch.write("tree/a/deep/known")
            _ = try await tree.told {
                try await tree.whileStalled {
                    for _ in 0..<times {
                        scratch.rename("tree/a", "tree/b")
                        scratch.rename("tree/b", "tree/a")
                    }
                    scratch.rename("tree/a", "tree/b")
                    scratch.rename("tree/b", "tree/a")
                }
            }
            try await tree.expect([.file("a/f")]) { scratch.write("tree/a/f") }
            try await tree.expect([.file("a/deep/f")]) { scratch.write("tree/a/deep/f") }
        }
    }

    @Test("a directory that moves below one whose parent was renamed is found where it is")
    func doubtAbove() async throws {
        let tree = try watched {
            $0.makeDirectories("tree/a/x")
            $0.makeDirectories("tree/m/n")
        }
        try await withWatchedTree(tree) { tree in
            let scratch = tree.scratch
            _ = try await tree.told {
                scratch.write("tree/a/x/f")
                scratch.write("tree/m/n/f")
            }
            let told = try await tree.told {
                try await tree.whileStalled {
                    scratch.rename("tree/m", "tree/k")
                    scratch.rename("tree/a/x", "tree/k/n/x")
                    scratch.write("tree/k/n/x/g")
                }
            }
            #expect(told.contains(.file("k/n/x/g")))
        }
    }

    @Test("directories that are gone when their events are read: the parent tells")
    func stale() async throws {
        try await withWatchedTree(try watched()) { tree in
            let scratch = tree.scratch
            let told = try await tree.told {
                try await tree.whileStalled {
                    for number in 0..<500 {
                        scratch.makeDirectories("tree/d\(number)/e")
                        scratch.write("tree/d\(number)/e/f")
                        try? FileManager.default.removeItem(atPath: scratch.path + "/tree/d\(number)")
                    }
                }
            }
            let gone = told.filter { if case .disappeared(_, true) = $0 { true } else { false } }
            #expect(gone.count >= 500)
            try await tree.expect([.file("f")]) { scratch.write("tree/f") }
        }
    }

    @Test("a reader that was held up misses nothing, however much happened")
    func stalledReader() async throws {
        try await withWatchedTree(try watched()) { tree in
            let told = try await tree.told {
                try await tree.whileStalled {
                    for number in 0..<30_000 { tree.scratch.write("tree/f\(number)") }
                }
            }
            #expect(Set(told.map { "\($0)" }).count == 30_000)
            #expect(!told.contains { if case .lost = $0 { true } else { false } })
        }
    }

    @Test("more directories than the index holds, and after each its path is right")
    func manyDirectories() async throws {
        try await withWatchedTree(try watched()) { tree in
            let count = DirectoryIndex.mostNodes + 2000
            _ = try await tree.told {
                for number in 0..<count { tree.scratch.makeDirectory("tree/d\(number)") }
            }
            let told = try await tree.told {
                for number in 0..<count { tree.scratch.write("tree/d\(number)/f") }
            }
            let names = Set(told.map { "\($0)" })
            let missing = (0..<count).filter { number in
                !names.contains("\(Notice.file(RelativePath(uncheckedBytes: Array("d\(number)/f".utf8))))")
            }
            #expect(missing.prefix(3) == [])
            let known = (tree.source as? FanotifySource)?.mounts[0].index.count ?? .max
            #expect(known <= DirectoryIndex.mostNodes)
        }
    }

    @Test("excluded directories are not told, and are when a rename makes them wanted")
    func exclusions() async throws {
        let tree = try watched(excluded: ["a/tmp"]) { $0.makeDirectories("tree/a/tmp/x") }
        try await withWatchedTree(tree) { tree in
            let scratch = tree.scratch
            try await tree.expect([]) {
                scratch.write("tree/a/tmp/f")
                scratch.write("tree/a/tmp/x/f")
            }
            #expect(ignoredDirectories(tree) >= 2)
            let renamed = try await tree.told { scratch.rename("tree/a", "tree/b") }
            #expect(renamed == [.renamed(from: "a", to: "b", isDirectory: true)])
            try await tree.expect([.file("b/tmp/g")]) { scratch.write("tree/b/tmp/g") }
            try await tree.expect([.file("b/tmp/x/g")]) { scratch.write("tree/b/tmp/x/g") }
        }
    }

    @Test("the root is deleted, renamed, or a directory above it is: it is gone at once, without looking every second")
    func rootGone() async throws {
        for deed in ["delete", "rename", "above"] {
            try skipWithout(.fanotify)
            let scratch = Scratch()
            scratch.makeDirectories("up/above/tree")
            try await withKernel { kernel in
                let notices = Collected<Notice>()
                var order = WatchOrder(kernel: kernel, root: scratch.bytes("up/above/tree")) { batch in
                    for notice in batch { notices.append(notice) }
                }
                // Nobody looks in the time of this test.
                order.pace.rootCheck = .seconds(86400)
                let source = try FanotifySource(order)
                source.start()
                await expectEventually { notices.count == 1 }
                switch deed {
                case "delete": rmdir(scratch.path + "/up/above/tree")
                case "rename": scratch.rename("up/above/tree", "up/above/other")
                default: scratch.rename("up", "down")
                }
                await expectEventually { notices.all.last == .rootGone }
            }
        }
    }

    @Test("what changes without being open is told; what stays open is told at its close")
    func unclosed() async throws {
        let tree = try watched {
            $0.makeDirectory("tree")
            $0.write("tree/f", "content")
        }
        try await withWatchedTree(tree) { tree in
            try await tree.expect([.file("f")]) { #expect(truncate(tree.scratch.path + "/tree/f", 2) == 0) }
            let file = open(tree.scratch.path + "/tree/f", O_WRONLY | O_CLOEXEC)
            for _ in 0..<3 {
                #expect(await tree.settle())
                let before = tree.words.count
                write(file, "y", 1)
                #expect(await tree.settle())
                #expect(Set(tree.words.all.dropFirst(before).map { "\($0)" }) == ["\(Notice.writing("f"))"])
            }
            close(file)
            await expectEventually { tree.words.all.last == .file("f") }
        }
    }

    @Test("a path longer than the kernel takes at once is told, also where nothing is known of it")
    func deepPath() async throws {
        let name = [UInt8](repeating: 0x64, count: 250)
        var path = RelativePath.root
        for _ in 0..<25 { path = path.appending(name) }
        let tree = try watched { scratch in
            scratch.makeDirectory("tree")
            var current = open(scratch.path + "/tree", O_RDONLY | O_DIRECTORY)
            for _ in 0..<25 { current = Self.step(current, name) }
            close(current)
        }
        try await withWatchedTree(tree) { tree in
            let told = try await tree.told {
                var current = open(tree.scratch.path + "/tree", O_RDONLY | O_DIRECTORY)
                for _ in 0..<25 { current = Self.step(current, name) }
                close(openat(current, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0o644))
                close(current)
            }
            #expect(told.contains(.file(path.appending(Array("file".utf8)))))
        }
    }

    private static func step(_ directory: Int32, _ name: [UInt8]) -> Int32 {
        ByteString(name).withCPath { name in
            _ = mkdirat(directory, name, 0o755)
            let next = openat(directory, name, O_RDONLY | O_DIRECTORY)
            close(directory)
            return next
        }
    }

    /// As the kernel counts them.
    private func ignoredDirectories(_ tree: WatchedTree) -> Int {
        guard let source = tree.source as? FanotifySource else { return -1 }
        let text = String(decoding: SmallFile.read("/proc/self/fdinfo/\(source.group.fd)"), as: UTF8.self)
        return text.split(separator: "\n").filter { $0.hasPrefix("fanotify ino:") && !$0.contains("ignored_mask:0") }
            .count
    }
}

extension WatchedTree {
    /// The thread that reads the kernel's queue is held up meanwhile.
    func whileStalled(_ body: () async throws -> Void) async throws {
        let isReleased = Collected<Bool>()
        kernel.perform { while isReleased.count == 0 { sched_yield() } }
        defer { isReleased.append(true) }
        try await body()
    }
}
