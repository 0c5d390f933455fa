import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer
import Synchronization
import Testing

extension TransferBench {
    /// A sync of default.direct; its rsync notes every call.
    func direct(configure: (inout SyncSettings, inout RsyncSettings) -> Void = { _, _ in }) throws -> DirectTransfer {
        var rsync = RsyncSettings()
        rsync.binary = try wrapper()
        var sync = SyncSettings(name: "Sync1", source: source.root, target: target.root + "/")
        configure(&sync, &rsync)
        sync.transfer = .direct(rsync)
        let behind = RsyncTransfer(
            sync: sync, settings: Settings(), kernel: kernel, pool: pool, connections: connections
        ) { [weak self] line in self?.lines.withLock { $0.append(line) } }
        return DirectTransfer(sync: sync, rsync: behind)
    }

    fileprivate func exactDifferences() throws -> String {
        try TreeComparison.differences(
            source, target, checking: [.mode, .user, .group, .seconds, .nanoseconds, .allTimes]
        )
        .joined(separator: "\n")
    }
}

@Suite("Transfers by our own code to a local target")
struct DirectTransferTests {
    @Test("files, directories and links arrive with modes, owners and times, without rsync")
    func arrives() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct()
        try bench.source.makeDirectories("a/b")
        try bench.source.write("a/b/c", "text", mode: 0o640)
        try bench.source.write("empty", "")
        try bench.source.makeLink("link", to: "../nowhere")
        try bench.source.changeMode("a/b", 0o750)
        if geteuid() == 0 { _ = (bench.source.path("a/b/c").description).withCString { chown($0, 12, 34) } }
        try bench.source.setTime("a/b/c", seconds: 1_000_000_000)
        #expect(await direct.run(bench.job(["a/b/c", "empty", "link"])).result == .done)
        #expect(try bench.exactDifferences() == "")
        #expect(try bench.calls().isEmpty)
        try bench.source.changeMode("a/b/c", 0o755)
        try bench.source.write("empty", "filled")
        try bench.source.remove("link")
        #expect(await direct.run(bench.job(["a/b/c", "empty", "link"])).result == .done)
        #expect(try bench.exactDifferences() == "")
        #expect(try bench.calls().isEmpty)
    }

    @Test("odd names arrive, change and go")
    func oddNames() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct()
        let long = ByteString([UInt8](repeating: UInt8(ascii: "n"), count: 255))
        for name in LocalTransferTests.nasty + [long] {
            try bench.source.write(name, "one")
            try bench.source.makeDirectories("in/" + name)
            try bench.source.write("in/" + name + "/" + name, "inner")
        }
        let all = (LocalTransferTests.nasty + [long]).flatMap { [$0, "in/" + $0, "in/" + $0 + "/" + $0] }
        #expect(await direct.run(bench.job(all)).result == .done)
        #expect(try bench.exactDifferences() == "")
        for name in LocalTransferTests.nasty + [long] {
            try bench.source.remove(name)
            try bench.source.removeAll("in/" + name)
        }
        #expect(await direct.run(bench.job(all)).result == .done)
        #expect(try bench.exactDifferences() == "")
        #expect(try bench.calls().isEmpty)
    }

    @Test("a rename is repeated at the target: the file there stays the same file")
    func moves() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct()
        try bench.source.makeDirectories("d/e")
        try bench.source.write("d/e/f", "content")
        try bench.source.write("g", "other")
        #expect(await direct.run(bench.job(["d/e/f", "g"])).result == .done)
        let inodes = [try inode(bench.target, "d/e/f"), try inode(bench.target, "g")]
        try bench.source.rename("d", to: "moved")
        try bench.source.rename("g", to: "moved/e/g")
        let changes = [
            Change.removed("d", isDirectory: true),
            Change("moved", isSubtree: true, mayBeDirectory: true, movedFrom: "d"),
            Change("g"), Change("moved/e/g", movedFrom: "g"),
        ]
        #expect(await direct.run(bench.job(.changes(changes))).result == .done)
        #expect([try inode(bench.target, "moved/e/f"), try inode(bench.target, "moved/e/g")] == inodes)
        #expect(try bench.exactDifferences() == "")
        #expect(try bench.calls().isEmpty)
    }

    @Test("a rename whose old file at the target is another one is a copy, and nothing is lost by it")
    func staleMove() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct()
        try bench.source.write("new", "right")
        try bench.source.write("kept", "kept")
        try bench.target.write("old", "wrong")
        try bench.target.write("kept", "kept")
        // The old name is there again: what the target has under it is not to be moved away.
        let changes = [Change("new", movedFrom: "old"), Change("x", movedFrom: "kept"), Change("kept")]
        #expect(await direct.run(bench.job(.changes(changes), deletes: false)).result == .done)
        #expect(try bench.target.read("new") == "right")
        #expect(try bench.target.read("old") == "wrong")
        #expect(try bench.target.read("kept") == "kept")
    }

    @Test("a sync that never deletes renames all the same, and the new name has the right content")
    func movesWithoutDeletions() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct { sync, _ in sync.delete = .never }
        try bench.source.write("new", "longer than before")
        try bench.target.write("old", "before")
        let job = bench.job(.changes([Change("old"), Change("new", movedFrom: "old")]), deletes: false)
        #expect(await direct.run(job).result == .done)
        #expect(try bench.exactDifferences() == "")
    }

    @Test("a second write of the same size and time does not hide, neither in place nor behind a rename")
    func secondWrite() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct()
        let begin = Clock.now()
        for name in ["a", "b"] as [ByteString] { try bench.source.write(name, "one") }
        #expect(await direct.run(bench.job(["a", "b"])).result == .done)
        let stamp = try #require(try bench.source.status("a"))
        for name in ["a", "b"] as [ByteString] {
            try bench.source.write(name, "two")
            try setTime(bench.source.path(name), stamp)
            try setTime(bench.target.path(name), stamp)
        }
        try bench.source.rename("b", to: "c")
        var job = bench.job(.changes([Change("a"), Change("b"), Change("c", movedFrom: "b")]), exactly: true)
        job.hiding = begin...Clock.now()
        #expect(await direct.run(job).result == .done)
        #expect(try bench.exactDifferences() == "")
        #expect(try bench.target.read("c") == "two")
    }

    private func inode(_ tree: DirectoryTree, _ path: ByteString) throws -> UInt64 {
        try FileFacts.at(tree.path(path)).inode
    }

    private func setTime(_ path: ByteString, _ stamp: FileStatus) throws {
        let time = timespec(tv_sec: Int(stamp.modifiedSeconds), tv_nsec: Int(stamp.modifiedNanoseconds))
        _ = path.description.withCString { utimensat(AT_FDCWD, $0, [time, time], 0) }
    }
}

@Suite("What our own code must never do at a local target")
struct DirectSafetyTests {
    @Test("links at the target are never followed out of it, whatever is written, moved or deleted")
    func linksOut() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct()
        let outside = try bench.scratch.directory("outside")
        try outside.write("precious", "precious")
        try outside.makeDirectories("sub")
        try outside.write("sub/inner", "precious")
        let before = try outside.everything()
        for name in ["dir", "gone", "moved"] as [ByteString] { try bench.target.makeLink(name, to: outside.root) }
        try bench.target.makeLink("file", to: outside.path("precious"))
        try bench.source.makeDirectories("dir/sub")
        try bench.source.write("dir/precious", "mine")
        try bench.source.write("dir/sub/inner", "mine")
        try bench.source.write("file", "mine")
        try bench.source.write("here", "precious")
        let changes = [
            Change("dir", isSubtree: true), Change("dir/precious"), Change("dir/sub/inner"), Change("file"),
            Change.removed("gone/precious", isDirectory: false), Change.removed("gone/sub", isDirectory: true),
            Change("here", movedFrom: "moved/precious"),
        ]
        #expect(await direct.run(bench.job(.changes(changes))).result == .done)
        #expect(try outside.everything().keys == before.keys)
        #expect(try outside.read("precious") == "precious")
        #expect(try outside.read("sub/inner") == "precious")
        #expect(try bench.target.read("dir/precious") == "mine")
        #expect(try bench.target.status("file")?.kind == .file)
    }

    @Test("only what the source no longer has is deleted; without deletions nothing is")
    func deletions() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct()
        try bench.source.makeDirectories("d/stays")
        try bench.source.write("d/stays/x", "1")
        for path in ["d/gone", "other"] as [ByteString] {
            try bench.target.makeDirectories(path)
            try bench.target.write(path + "/y", "2")
        }
        let changes = [Change.removed("d", isDirectory: true), Change("d/gone/y"), Change("nothing")]
        #expect(await direct.run(bench.job(.changes(changes), deletes: false)).result == .done)
        #expect(try bench.target.read("d/gone/y") == "2")
        #expect(await direct.run(bench.job(.changes(changes))).result == .done)
        #expect(try bench.target.status("d/gone") == nil)
        #expect(try bench.target.read("d/stays/x") == "1")
        #expect(try bench.target.read("other/y") == "2")
    }

    @Test("below a directory that goes, what is excluded stays, as with rsync")
    func excluded() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct { sync, _ in sync.excludes = ["*.keep"] }
        try bench.target.makeDirectories("d")
        try bench.target.write("d/a.keep", "1")
        try bench.target.write("d/b", "2")
        #expect(await direct.run(bench.job(.changes([.removed("d", isDirectory: true)]))).result == .done)
        #expect(try bench.target.status("d/b") == nil)
        #expect(try bench.target.read("d/a.keep") == "1")
    }

    @Test("what is left out is not moved at the target: neither a name nor what a renamed directory holds there")
    func excludedMoves() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct { sync, _ in sync.excludes = ["*.keep"] }
        for (directory, name) in [("old", "a.keep"), ("old", "b")] {
            try bench.target.makeDirectories(ByteString(directory))
            try bench.target.write(ByteString("\(directory)/\(name)"), "there")
        }
        try bench.target.write("c.keep", "there")
        try bench.source.makeDirectories("new")
        try bench.source.write("new/b", "there")
        try bench.source.write("d", "there")
        let changes = [
            Change.removed("old", isDirectory: true),
            Change("new", isSubtree: true, mayBeDirectory: true, movedFrom: "old"), Change("d", movedFrom: "c.keep"),
        ]
        #expect(await direct.run(bench.job(.changes(changes))).result == .done)
        #expect(try bench.target.read("old/a.keep") == "there")
        #expect(try bench.target.read("c.keep") == "there")
        #expect(try bench.target.status("new/a.keep") == nil)
        #expect(try bench.target.read("new/b") == "there")
        #expect(try bench.target.read("d") == "there")
    }

    @Test(
        "where a pattern means directories alone, rsync decides what the name is by now, and what is left out stays out"
    )
    func kindDecides() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct { sync, _ in sync.excludes = ["cache/"] }
        // The file that was noticed has become a directory, and one that was kept at the target a file.
        try bench.source.makeDirectories("cache/inner")
        try bench.source.write("cache/inner/x", "x")
        try bench.source.makeDirectory("d")
        try bench.source.write("d/cache", "file")
        let changes = ["cache", "d/cache"].map { name in
            var change = Change(RelativePath(Array(name.utf8)) ?? .root, mayBeDirectory: true)
            change.mayBeFile = true
            return change
        }
        var job = bench.job(["d"])
        job.scope = .changes(changes + [Change("d", mayBeDirectory: true)])
        #expect(await direct.run(job).result == .done)
        #expect(try bench.target.status("cache") == nil)
        #expect(try bench.target.read("d/cache") == "file")
    }

    @Test("what has become another type, or is a pipe, is brought by rsync")
    func otherTypes() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct { _, rsync in rsync.words = ["-lptgoDs"] }
        try bench.target.makeDirectories("was directory/full")
        try bench.target.write("was file", "x")
        try bench.source.write("was directory", "now a file")
        try bench.source.makeDirectories("was file/inside")
        _ = bench.source.path("pipe").description.withCString { mkfifo($0, 0o600) }
        let changes = [Change("was directory"), Change("was file", isSubtree: true), Change("pipe")]
        #expect(await direct.run(bench.job(.changes(changes))).result == .done)
        #expect(try bench.differences() == "")
        #expect(try bench.calls().count == 1)
    }

    @Test(
        "words that ask for more than our own code does go to rsync",
        arguments: [
            (["-lts"], true), (["-lptgosD"], true), (["-ltsz", "-v"], true), (["-ls"], false), (["-ts"], false),
            (["-lts", "--chmod=D755"], false), (["-ltsu"], false), (["-ltsn"], false), (["-ltsH"], false),
            (["-ltsb"], false), (["-ltsX"], false), (["-lts", "--bwlimit=1"], false), (["-ltsO"], false),
        ] as [([ByteString], Bool)])
    func words(words: [ByteString], isOurs: Bool) {
        #expect(OwnCopying.does(words) == isOurs)
    }

    @Test("holes stay holes, and large content arrives whole")
    func sparse() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct()
        let descriptor = open(bench.source.path("large").description, O_CREAT | O_WRONLY, 0o644)
        let block = [UInt8](repeating: 7, count: 100_000)
        for place in [0, 5_000_000, 39_900_000] { pwrite(descriptor, block, block.count, place) }
        ftruncate(descriptor, 50_000_000)
        close(descriptor)
        #expect(await direct.run(bench.job(["large"])).result == .done)
        #expect(try bench.differences() == "")
        var facts = stat()
        stat(bench.target.path("large").description, &facts)
        #expect(facts.st_blocks * 512 < 10_000_000)
        #expect(try bench.calls().isEmpty)
    }

    @Test("a job that is stopped ends, and leaves no half of a file")
    func stopped() async throws {
        let bench = try TransferBench()
        let direct = try bench.direct()
        try bench.source.write("a", "1")
        let job = bench.job(["a"])
        direct.stop(job.id)
        #expect(await direct.run(job).result == .stopped)
        #expect(try bench.target.names().isEmpty)
    }
}
