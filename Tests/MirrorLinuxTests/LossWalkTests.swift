import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

/// Times of change against the real kernel: what a walk after a loss has to find, and what it need not look at.
@Suite struct LossWalkTests {
    /// From a moment at which everything before had been stamped.
    private func request(_ path: RelativePath = .root, since: TrackedMoment = .now()) -> WalkRequest {
        // The kernel stamps files with a clock that goes on at each tick only.
        WalkRequest(path: path, since: since, changedFrom: since.wall)
    }

    private func nextTick() async {
        let before = TrackedMoment.now().wall
        let probe = Scratch()
        await expectEventually {
            probe.write("probe")
            var status = stat()
            lstat(probe.path + "/probe", &status)
            return Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec) > before
        }
    }

    private func findings(
        _ scratch: Scratch, _ request: WalkRequest, limit: Int = 1000, ignored: [String] = []
    ) throws -> WalkReport.Findings {
        let root = scratch.bytes("tree")
        let walk = LossWalk(
            request, WalkOrder(root: root), ignoredFiles: ignored.map { root + "/" + ByteString($0) }, limit: limit)
        guard case .found(let findings) = walk.run() else {
            Issue.record("the walk was of no use")
            return .init()
        }
        return findings
    }

    @Test("what changed since is found, and nothing else")
    func findsChanges() async throws {
        let scratch = Scratch()
        scratch.makeDirectories("tree/still")
        scratch.makeDirectories("tree/d/e")
        for name in ["still/a", "d/written", "d/old", "d/e/attributes", "d/e/touched", "d/e/same"] {
            scratch.write("tree/" + name)
        }
        await nextTick()
        let request = request()
        await nextTick()
        scratch.write("tree/d/written", "y")
        chmod(scratch.path + "/tree/d/e/attributes", 0o600)
        // A time of modification may be any.
        utimes(scratch.path + "/tree/d/e/touched", [timeval(tv_sec: 5, tv_usec: 0), timeval(tv_sec: 5, tv_usec: 0)])
        scratch.rename("tree/d/old", "tree/d/new")
        let found = try findings(scratch, request)
        #expect(found.files == ["d/e/attributes", "d/e/touched", "d/new", "d/written"])
        #expect(found.directories == ["d"])
        #expect(found.unknown.isEmpty)
        #expect(found.looked == 9)
    }

    @Test("names that have gone, come, or changed places show in their directories")
    func directories() async throws {
        let scratch = Scratch()
        for name in ["gone", "come", "from", "to", "still/deep"] { scratch.makeDirectories("tree/" + name) }
        for name in ["gone/f", "from/f", "still/deep/f"] { scratch.write("tree/" + name) }
        await nextTick()
        let request = request()
        await nextTick()
        unlink(scratch.path + "/tree/gone/f")
        scratch.makeDirectory("tree/come/d")
        scratch.rename("tree/from/f", "tree/to/f")
        let found = try findings(scratch, request)
        #expect(found.directories == ["come", "come/d", "from", "gone", "to"])
        #expect(found.files == ["to/f"])
    }

    @Test("a directory that was renamed is found itself, and what it holds is not: that is for whoever watches")
    func renamedDirectory() async throws {
        let scratch = Scratch()
        scratch.makeDirectories("tree/old/deep")
        scratch.write("tree/old/deep/f")
        await nextTick()
        let request = request()
        await nextTick()
        scratch.rename("tree/old", "tree/new")
        let found = try findings(scratch, request)
        #expect(found.directories == ["", "new"])
        #expect(found.files.isEmpty)
    }

    @Test("every name of a hard link is found, whichever was written")
    func hardLinks() async throws {
        let scratch = Scratch()
        scratch.makeDirectories("tree/d")
        scratch.write("tree/a")
        link(scratch.path + "/tree/a", scratch.path + "/tree/d/b")
        await nextTick()
        let request = request()
        await nextTick()
        scratch.write("tree/a", "new")
        #expect(try findings(scratch, request).files == ["a", "d/b"])
    }

    @Test("more than the limit is no list")
    func tooMuch() {
        let scratch = Scratch()
        scratch.makeDirectory("tree")
        for name in 0..<50 { scratch.write("tree/f\(name)") }
        let request = WalkRequest(path: .root, since: .now(), changedFrom: 0)
        #expect(LossWalk(request, WalkOrder(root: scratch.bytes("tree")), limit: 20).run() == .useless(.tooMuch))
    }

    @Test("a clock that was set, either way, makes times useless")
    func clockSet() {
        let scratch = Scratch()
        scratch.makeDirectory("tree")
        for jump: Int64 in [-3600, 3600] {
            var since = TrackedMoment.now()
            since.wall += jump * 1_000_000_000
            let walk = LossWalk(request(since: since), WalkOrder(root: scratch.bytes("tree")))
            #expect(walk.run() == .useless(.clockSet))
        }
    }

    @Test("a walk that is broken off says so")
    func cancelled() {
        let scratch = Scratch()
        scratch.makeDirectory("tree")
        let walk = LossWalk(request(), WalkOrder(root: scratch.bytes("tree")))
        walk.cancel()
        #expect(walk.run() == .useless(.cancelled))
    }

    @Test("another machine's clock: what stands on such a file system is unknown as a whole")
    func foreignFileSystem() throws {
        // /proc is kept by this kernel, and has no times of change all the same.
        let walk = LossWalk(request(), WalkOrder(root: "/proc/self/net"))
        guard case .found(let findings) = walk.run() else { throw CancellationError() }
        #expect(findings.unknown == [.root])
        for name in ["nfs", "cifs", "smb2", "fuse", "9p"] {
            #expect(FileSystemKind.names.contains { $0.value == name })
        }
        for (number, name) in FileSystemKind.names {
            let isOwn = [
                "ext", "xfs", "btrfs", "tmpfs", "overlay", "zfs", "ramfs", "f2fs", "bcachefs", "jfs", "reiserfs",
            ]
            .contains(name)
            #expect(FileSystemKind(number: number).stampsWithOwnClock == isOwn, "\(name)")
        }
        #expect(!FileSystemKind(number: 0x1234).stampsWithOwnClock)
    }

    @Test("the program's own files are no changes")
    func ownFiles() throws {
        let scratch = Scratch()
        scratch.makeDirectory("tree")
        scratch.write("tree/log")
        scratch.write("tree/f")
        let request = WalkRequest(path: .root, since: .now(), changedFrom: 0)
        #expect(try findings(scratch, request, ignored: ["log"]).files == ["f"])
    }
}
