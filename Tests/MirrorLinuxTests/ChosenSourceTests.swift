import Glibc
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("Choosing what watches a source")
struct ChosenSourceTests {
    @Test("what was chosen is told first, and once the watches stand changes are")
    func start() async throws {
        try await withChosen { scratch, source, notices in
            source.start()
            await expectEventually { notices.count == 2 }
            guard case .watchedBy(let means) = notices.all.first else { return #expect(notices.all == []) }
            #expect(means.kind == .inotify && means.reason == "the setting eventSource says so")
            #expect(notices.all.last == .live(directories: 1))
            scratch.write("tree/f")
            await expectEventually { notices.all.contains(.file("f")) }
        }
    }

    @Test("a source that is not there is told, and is watched when it comes")
    func missing() async throws {
        try await withChosen(isThere: false) { scratch, source, notices in
            source.start()
            await expectEventually { notices.all == [.rootGone] }
            scratch.makeDirectory("tree")
            await expectEventually { notices.count == 4 }
            #expect(Array(notices.all.suffix(2)) == [.lost(.root, reason: .rewatched), .live(directories: 1)])
            await caughtUp(source)
        }
    }

    @Test("a source that goes and comes back is chosen for again; who waited meanwhile is called")
    func replaced() async throws {
        try await withChosen { scratch, source, notices in
            source.start()
            await expectEventually { notices.count == 2 }
            scratch.rename("tree", "old")
            await expectEventually { notices.all.last == .rootGone }
            let isCalled = Collected<Bool>()
            source.catchUp { isCalled.append(true) }
            scratch.makeDirectory("tree")
            scratch.write("tree/f")
            await expectEventually { isCalled.count == 1 }
            #expect(notices.all.filter { $0 == .rootGone }.count == 1)
            #expect(notices.all.suffix(2).contains(.lost(.root, reason: .rewatched)))
            scratch.write("tree/g")
            await expectEventually { notices.all.contains(.file("g")) }
            #expect(await source.watchedDirectories(limit: 9).list.map(\.1) == [.root])
        }
    }

    @Test("nothing is told after the end")
    func stop() async throws {
        try await withChosen { scratch, source, notices in
            source.start()
            await expectEventually { notices.count == 2 }
            source.stop()
            // Another one beside it knows when the time to tell has come.
            try await withWatchedTree(try WatchedTree { symlink(scratch.path + "/tree", $0.path + "/tree") }) { other in
                try await other.expect([.file("f")]) { scratch.write("tree/f") }
            }
            #expect(notices.count == 2)
        }
    }

    private func withChosen(
        isThere: Bool = true,
        _ body: (Scratch, ChosenSource, Collected<Notice>) async throws -> Void
    ) async throws {
        let scratch = Scratch()
        if isThere { scratch.makeDirectory("tree") }
        try await withKernel { kernel in
            let notices = Collected<Notice>()
            var order = WatchOrder(kernel: kernel, root: scratch.bytes("tree")) {
                for notice in $0 { notices.append(notice) }
            }
            order.pace = WatchedTree.fastPace
            let source = ChosenSource(order, wish: .inotify)
            try await body(scratch, source, notices)
            source.stop()
        }
    }

    private func caughtUp(_ source: ChosenSource) async {
        await withCheckedContinuation { continuation in source.catchUp { continuation.resume() } }
    }
}
