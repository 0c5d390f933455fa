import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

/// A source that is walked and not watched. Nothing here waits for its interval: to catch up is to walk.
@Suite struct ScanningTests {
    private final class Scanned: Sendable {
        let scratch = Scratch()
        let kernel: KernelThread
        let source: ScanningSource
        let notices = Collected<Notice>()

        init(
            interval: Duration = .seconds(3600), scripts: Bool = false, ignored: [ByteString] = [],
            prepare: (Scratch) -> Void
        ) throws {
            prepare(scratch)
            kernel = try KernelThread()
            kernel.start()
            let (notices, root) = (notices, scratch.bytes("tree"))
            var order = WatchOrder(kernel: kernel, root: root) { batch in
                for notice in batch { notices.append(notice) }
            }
            order.tellsHappenings = scripts
            order.ignoredFiles = ignored.map { root + "/" + $0 }
            order.pace.rootCheck = .milliseconds(50)
            order.isExcluded = { $0 == "out" }
            source = ScanningSource(order, interval: interval)
            source.start()
        }

        func caughtUp() async {
            await withCheckedContinuation { continuation in source.catchUp { continuation.resume() } }
        }

        /// What is different after the body, but for files that are told once more since they are young.
        func told(_ body: () -> Void) async -> [Notice] {
            await caughtUp()
            await caughtUp()
            let before = notices.count
            body()
            await caughtUp()
            return notices.all.dropFirst(before).filter {
                if case .fileArrived(let path) = $0 { !path.name.hasPrefix("old") } else { true }
            }
        }

        deinit {
            source.stop()
            kernel.stop()
        }
    }

    @Test("names that come, change, go and take another's place are told after a walk")
    func differences() async throws {
        let scanned = try Scanned { scratch in
            for name in ["d/e", "out", "moved", "replaced"] { scratch.makeDirectories("tree/" + name) }
            for name in ["d/old1", "d/old2", "d/old3", "d/e/old4", "out/old5", "moved/old6", "replaced/old7"] {
                scratch.write("tree/" + name)
            }
        }
        let scratch = scanned.scratch
        let told = await scanned.told {
            scratch.write("tree/d/new")
            unlink(scratch.path + "/tree/d/old1")
            scratch.rename("tree/d/old2", "tree/d/other")
            chmod(scratch.path + "/tree/d/e", 0o700)
            scratch.write("tree/out/inside")
            scratch.rename("tree/moved", "tree/d/moved")
            scratch.rename("tree/replaced", "outside")
            scratch.makeDirectory("tree/replaced")
            scratch.write("tree/replaced/x")
        }
        #expect(told.contains(.fileArrived("d/new")))
        #expect(told.contains(.fileArrived("d/other")))
        #expect(told.contains(.disappeared("d/old1", isDirectory: false)))
        #expect(told.contains(.disappeared("d/old2", isDirectory: false)))
        #expect(told.contains(.touched("d/e", isDirectory: true)))
        #expect(told.contains(.disappeared("moved", isDirectory: true)))
        #expect(told.contains(.directoryFound("d/moved")))
        #expect(told.contains(.directoryFound("replaced")))
        let inside: [RelativePath] = ["out/inside", "d/moved/old6", "replaced/x"]
        #expect(!told.contains { notice in inside.contains { notice == .fileArrived($0) } })
        #expect(await scanned.told {}.isEmpty)
    }

    @Test("the first walk tells that it is live, and nothing else")
    func firstWalk() async throws {
        let scanned = try Scanned { $0.makeDirectories("tree/a/b") }
        await scanned.caughtUp()
        #expect(scanned.notices.all.first == .live(directories: 3))
        #expect(await scanned.source.watchedDirectories(limit: 9).count == 3)
    }

    @Test("a file with an old time, a second change of one size, and a change of mode are all seen")
    func stamps() async throws {
        let scanned = try Scanned { scratch in
            scratch.makeDirectory("tree")
            for name in ["a", "b", "c"] { scratch.write("tree/" + name) }
        }
        let scratch = scanned.scratch
        let told = await scanned.told {
            let times = [timeval(tv_sec: 5, tv_usec: 0), timeval(tv_sec: 5, tv_usec: 0)]
            utimes(scratch.path + "/tree/a", times)
            scratch.write("tree/b", "y")
            chmod(scratch.path + "/tree/c", 0o600)
        }
        for path: RelativePath in ["a", "b", "c"] { #expect(told.contains(.fileArrived(path))) }
    }

    @Test("a file that changed while it was walked is told once more when it is old")
    func young() async throws {
        let scanned = try Scanned { scratch in
            scratch.makeDirectory("tree")
            scratch.write("tree/f")
        }
        // Its stamp is as young as the walk, so another change may have hidden behind it: once it is old it is told.
        await expectEventually {
            await scanned.caughtUp()
            return scanned.notices.all.contains(.fileArrived("f"))
        }
        await scanned.caughtUp()
        let count = scanned.notices.count
        await scanned.caughtUp()
        #expect(scanned.notices.count == count)
    }

    @Test("a root that goes away empties nothing: it is told as gone, and everything is lost when it is back")
    func rootGone() async throws {
        let scanned = try Scanned(interval: .milliseconds(20)) { scratch in
            scratch.makeDirectories("tree/d")
            scratch.write("tree/d/f")
        }
        await scanned.caughtUp()
        scanned.scratch.rename("tree", "elsewhere")
        await expectEventually { scanned.notices.all.contains(.rootGone) }
        scanned.scratch.makeDirectory("tree")
        await expectEventually { scanned.notices.all.count { $0 == .live(directories: 1) } == 1 }
        scanned.scratch.rename("tree", "empty")
        scanned.scratch.rename("elsewhere", "tree")
        await expectEventually { scanned.notices.all.count { $0 == .live(directories: 2) } == 2 }
        let told = scanned.notices.all
        #expect(told.count { $0 == .lost(.root, reason: .rewatched) } == 2)
        #expect(!told.contains { if case .disappeared = $0 { true } else { false } })
    }

    @Test("functions are told of each name")
    func scripts() async throws {
        let scanned = try Scanned(scripts: true) { scratch in
            scratch.makeDirectories("tree/d")
            scratch.write("tree/d/gone")
        }
        let scratch = scanned.scratch
        let told = await scanned.told {
            unlink(scratch.path + "/tree/d/gone")
            scratch.makeDirectories("tree/n/deep")
            scratch.write("tree/n/deep/f")
        }
        #expect(told.contains(.disappeared("d/gone", isDirectory: false)))
        #expect(told.contains(.directoryAppeared("n", moved: false)))
        #expect(told.contains(.directoryAppeared("n/deep", moved: false)))
        #expect(told.contains(.happened(.created, "n/deep/f", isDirectory: false)))
    }

    @Test("the program's own files are nothing")
    func ownFiles() async throws {
        let scanned = try Scanned(ignored: ["log"]) { $0.makeDirectory("tree") }
        let scratch = scanned.scratch
        let told = await scanned.told {
            scratch.write("tree/log")
            scratch.write("tree/f")
        }
        #expect(told.contains(.fileArrived("f")))
        #expect(!told.contains(.fileArrived("log")))
    }

    @Test("a watched source that is walked too tells what the kernel did not, and one beginning")
    func rescanned() async throws {
        let scratch = Scratch()
        scratch.makeDirectories("tree/d")
        try await withKernel { kernel in
            let notices = Collected<Notice>()
            var order = WatchOrder(kernel: kernel, root: scratch.bytes("tree")) { batch in
                for notice in batch { notices.append(notice) }
            }
            order.isExcluded = { _ in false }
            // It watches nothing below the root.
            order.pace.watchLimit = 1
            let source = RescannedSource(InotifySource(order), order, interval: .milliseconds(20), isNeeded: true)
            source.start()
            await withCheckedContinuation { continuation in source.catchUp { continuation.resume() } }
            scratch.write("tree/d/f")
            await expectEventually { notices.all.contains(.fileArrived("d/f")) }
            #expect(notices.all.count { if case .live = $0 { true } else { false } } == 1)
            source.stop()
        }
    }
}
