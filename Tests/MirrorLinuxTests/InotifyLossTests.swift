import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("Losing track")
struct InotifyLossTests {
    /// Has the body run while the kernel thread can't read.
    private func whileHeld(_ tree: WatchedTree, _ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { done in
            tree.kernel.perform {
                body()
                done.resume()
            }
        }
    }

    private static let queueLength =
        Int(String(decoding: SmallFile.read("/proc/sys/fs/inotify/max_queued_events").dropLast(), as: UTF8.self)) ?? 0

    @Test("after an overflow the tree is compared and new directories are found; watches that stand stay")
    func overflow() async throws {
        guard 1..<200_000 ~= Self.queueLength else { try Test.cancel("the kernel's queue is too long to fill") }
        let tree = try WatchedTree { $0.makeDirectories("tree/old/inner") }
        try await withWatchedTree(tree) { tree in
            #expect(await tree.settle())
            let watches = await tree.source.watchedDirectories(limit: 9).list.map(\.0)
            let scratch = tree.scratch
            let told = try await tree.told {
                await whileHeld(tree) {
                    for round in 0..<(Self.queueLength + 100) {
                        scratch.write("tree/old/f\(round % 7)")
                    }
                    // None of this is told by an event.
                    scratch.makeDirectories("tree/new/deep")
                    scratch.write("tree/new/deep/file")
                    scratch.rename("tree/old/inner", "tree/old/moved")
                }
            }
            #expect(told.contains { if case .missed("", _, .overflow) = $0 { true } else { false } })
            #expect(told.contains(.directoryFound("new")))
            #expect(told.contains(.directoryFound("old/moved")))
            #expect(told.contains(.fileArrived("new/deep/file")))
            let now = await tree.source.watchedDirectories(limit: 9)
            #expect(Set(now.list.map(\.1)) == ["", "old", "old/moved", "new", "new/deep"])
            #expect(Set(watches).isSubset(of: now.list.map(\.0)))
            try await tree.expect([.file("old/moved/x")]) { scratch.write("tree/old/moved/x") }
            try await tree.expect([.file("new/deep/y")]) { scratch.write("tree/new/deep/y") }
        }
    }

    @Test("directories beyond the limit are told and told again until there is room, then they are watched")
    func watchLimit() async throws {
        var pace = WatchedTree.fastPace
        pace.watchLimit = 3
        let tree = try WatchedTree(pace: pace) {
            $0.makeDirectories("tree/a/in")
            $0.makeDirectories("tree/b/in")
        }
        try await withWatchedTree(tree) { tree in
            #expect(await tree.settle())
            #expect(await tree.source.watchedDirectories(limit: 0).count == 3)
            func limited() -> [RelativePath] {
                tree.notices.all.compactMap {
                    if case .lost(let path, .watchLimit(limit: 3)) = $0 { path } else { nil }
                }
            }
            let first = limited()
            #expect(first.count >= 1)
            await expectEventually { limited().count > first.count + 3 }
            // One directory at the top has its watch, and what is inside; the other one has none.
            let left: RelativePath = first.contains("b") ? "b" : "a"
            try FileManager.default.removeItem(atPath: tree.scratch.path + (left == "b" ? "/tree/a" : "/tree/b"))
            await expectEventually { tree.notices.all.contains(.lost(left, reason: .rewatched)) }
            #expect(await tree.settle())
            let path = left.appending(Array("in".utf8)).appending(Array("x".utf8))
            await expectEventually {
                tree.scratch.write("tree\(path)")
                return await tree.settle() && tree.notices.all.last == .file(path)
            }
        }
    }

    @Test("very many directories beyond the limit are told as the root")
    func manyBeyondTheLimit() async throws {
        var pace = WatchedTree.fastPace
        pace.watchLimit = 10
        let tree = try WatchedTree(pace: pace) { scratch in
            for number in 0..<300 { scratch.makeDirectories("tree/d\(number)") }
        }
        try await withWatchedTree(tree) { tree in
            #expect(await tree.settle())
            await expectEventually { tree.notices.all.contains(.lost("", reason: .watchLimit(limit: 10))) }
            let told = tree.notices.all.filter { if case .lost(let path, _) = $0 { !path.isRoot } else { false } }
            #expect(told.count <= 64)
        }
    }

    @Test("a directory that may not be read is told once, and watched when it may")
    func unreadable() async throws {
        // Root may read everything; its thread may not, once it is somebody else to the file system.
        let tree = try WatchedTree(asUser: geteuid() == 0 ? 54321 : nil) {
            $0.makeDirectories("tree/closed/in")
            chmod($0.path + "/tree/closed", 0)
        }
        try await withWatchedTree(tree) { tree in
            #expect(await tree.settle())
            #expect(tree.notices.all.contains(.lost("closed", reason: .unwatchable(errno: EACCES))))
            chmod(tree.scratch.path + "/tree/closed", 0o755)
            await expectEventually { tree.notices.all.contains(.lost("closed", reason: .rewatched)) }
            #expect(await tree.settle())
            try await tree.expect([.file("closed/in/f")]) { tree.scratch.write("tree/closed/in/f") }
        }
    }

    @Test("a mount made later below the root is compared and watched, and so is what was underneath when it goes")
    func mountedLater() async throws {
        let tree = try WatchedTree { $0.makeDirectories("tree/a/mnt/under") }
        let path = tree.scratch.path + "/tree/a/mnt"
        #expect(await tree.settle())
        guard mount("none", path, "tmpfs", 0, nil) == 0 else {
            tree.stop()
            try Test.cancel("mounting is not allowed here")
        }
        try await withWatchedTree(tree) { tree in
            await expectEventually { tree.notices.all.contains(.lost("a/mnt", reason: .rewatched)) }
            let told = try await tree.told { tree.scratch.makeDirectory("tree/a/mnt/over") }
            #expect(told.contains(.directory("a/mnt/over")))
            try await tree.expect([.file("a/mnt/over/f")]) { tree.scratch.write("tree/a/mnt/over/f") }
            let before = tree.notices.count
            await expectEventually { umount(path) == 0 }
            await expectEventually { tree.notices.all.dropFirst(before).contains(.lost("a/mnt", reason: .rewatched)) }
            #expect(await tree.settle())
            try await tree.expect([.file("a/mnt/under/f")]) { tree.scratch.write("tree/a/mnt/under/f") }
        }
    }

    @Test("a mount that stood at the start goes away: the directory is compared, what is underneath is watched")
    func unmounted() async throws {
        let scratchMounted = Collected<Bool>()
        let tree = try WatchedTree {
            $0.makeDirectories("tree/mnt/under")
            let path = $0.path + "/tree/mnt"
            scratchMounted.append(mount("none", path, "tmpfs", 0, nil) == 0)
            $0.makeDirectories("tree/mnt/over/deep")
        }
        let path = tree.scratch.path + "/tree/mnt"
        guard scratchMounted.all == [true] else {
            tree.stop()
            try Test.cancel("mounting is not allowed here")
        }
        try await withWatchedTree(tree) { tree in
            try await tree.expect([.file("mnt/over/deep/f")]) { tree.scratch.write("tree/mnt/over/deep/f") }
            let told = try await tree.told {
                await expectEventually { umount(path) == 0 }
                await expectEventually { tree.notices.all.contains(.lost("mnt", reason: .rewatched)) }
            }
            #expect(told.contains(.lost("mnt", reason: .rewatched)))
            try await tree.expect([.file("mnt/under/f")]) { tree.scratch.write("tree/mnt/under/f") }
            #expect(await tree.source.watchedDirectories(limit: 0).count == 3)
        }
    }
}

@Suite("Losing the root")
struct InotifyRootTests {
    private static let again: [Notice] = [.lost("", reason: .rewatched), .live(directories: 2)]

    private func expectAgain(_ tree: WatchedTree) async throws {
        await expectEventually { tree.notices.all.suffix(2).elementsEqual(Self.again) }
        try await tree.expect([.file("sub/f")]) { tree.scratch.write("tree/sub/f") }
    }

    @Test("a root that is deleted is told, and watched again when it is back")
    func deleted() async throws {
        let tree = try WatchedTree { $0.makeDirectories("tree/sub") }
        try await withWatchedTree(tree) { tree in
            #expect(await tree.settle())
            rmdir(tree.scratch.path + "/tree/sub")
            rmdir(tree.scratch.path + "/tree")
            await expectEventually { tree.notices.all.contains(.rootGone) }
            tree.scratch.makeDirectory("made")
            tree.scratch.makeDirectory("made/sub")
            tree.scratch.rename("made", "tree")
            try await expectAgain(tree)
        }
    }

    @Test("a root that is renamed is told, and the directory that takes its path is watched")
    func renamed() async throws {
        let tree = try WatchedTree { $0.makeDirectories("tree/sub") }
        try await withWatchedTree(tree) { tree in
            #expect(await tree.settle())
            tree.scratch.makeDirectories("next/sub")
            tree.scratch.rename("tree", "before")
            tree.scratch.rename("next", "tree")
            await expectEventually { tree.notices.all.contains(.rootGone) }
            try await expectAgain(tree)
            try await tree.expect([]) { tree.scratch.write("before/sub/f") }
        }
    }

    @Test("a directory above the root is swapped: found by looking")
    func parentSwapped() async throws {
        let scratch = Scratch()
        scratch.makeDirectories("one/tree/sub")
        scratch.makeDirectories("two/tree/sub")
        scratch.rename("one", "up")
        let notices = Collected<Notice>()
        try await withKernel { kernel in
            let source = InotifySource(
                kernel: kernel, root: scratch.bytes("up/tree"), mode: .closeWrite, pace: WatchedTree.fastPace
            ) { for notice in $0 { notices.append(notice) } }
            source.start()
            await expectEventually { notices.all == [.live(directories: 2)] }
            scratch.rename("up", "one")
            await expectEventually { notices.all.last == .rootGone }
            scratch.rename("two", "up")
            await expectEventually {
                notices.all == [.live(directories: 2), .rootGone] + Self.again
            }
            scratch.write("up/tree/sub/f")
            await expectEventually { notices.all.contains(.file("sub/f")) }
        }
    }

    @Test("a root that is missing at the start is waited for")
    func missingAtStart() async throws {
        let tree = try WatchedTree { _ in }
        try await withWatchedTree(tree) { tree in
            await expectEventually { tree.notices.all == [.rootGone] }
            tree.scratch.makeDirectory("made")
            tree.scratch.makeDirectory("made/sub")
            tree.scratch.rename("made", "tree")
            try await expectAgain(tree)
        }
    }

    @Test("the root's file system is unmounted: the empty directory underneath is watched")
    func unmounted() async throws {
        let isMounted = Collected<Bool>()
        let tree = try WatchedTree {
            $0.makeDirectories("tree/sub")
            isMounted.append(mount("none", $0.path + "/tree", "tmpfs", 0, nil) == 0)
            $0.makeDirectories("tree/over/there")
        }
        guard isMounted.all == [true] else {
            tree.stop()
            try Test.cancel("mounting is not allowed here")
        }
        try await withWatchedTree(tree) { tree in
            #expect(await tree.settle())
            #expect(tree.notices.all == [.live(directories: 3)])
            await expectEventually { umount(tree.scratch.path + "/tree") == 0 }
            try await expectAgain(tree)
            #expect(tree.notices.all.contains(.rootGone))
        }
    }

    @Test("a source that has been stopped tells nothing more")
    func stopped() async throws {
        try await withWatchedTree(try WatchedTree()) { tree in
            #expect(await tree.settle())
            tree.source.stop()
            tree.scratch.write("tree/f")
            #expect(await tree.source.watchedDirectories(limit: 0).count == 0)
            #expect(tree.notices.all == [.live(directories: 1)])
        }
    }
}
