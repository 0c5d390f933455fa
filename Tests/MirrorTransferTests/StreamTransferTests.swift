import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer
import Synchronization
import Testing

extension TransferBench {
    /// A sync of default.stream; its rsync notes every call.
    func stream(
        to address: ByteString? = nil, words: [ByteString] = ["-lptgoD"], shared: SharedSource = SharedSource(),
        comparesBlocks: Bool = false,
        configure: (inout SyncSettings, inout StreamSettings, inout Settings) -> Void = { _, _, _ in }
    ) throws -> StreamTransfer {
        var rsync = RsyncSettings()
        rsync.binary = try wrapper()
        rsync.words = words
        var sync = SyncSettings(name: "Sync1", source: source.root, target: address ?? target.root + "/")
        var stream = StreamSettings(options: try StreamOptions(words: words))
        stream.agentPath = LockstepProcess.buildDirectory + "/lockstep-agent"
        var settings = Settings()
        configure(&sync, &stream, &settings)
        sync.transfer = .stream(rsync, stream)
        let output: @Sendable (ByteString) -> Void = { [weak self] line in self?.lines.withLock { $0.append(line) } }
        let behind = RsyncTransfer(
            sync: sync, settings: settings, kernel: kernel, pool: pool, connections: connections, output: output)
        return StreamTransfer(
            rsync: behind, stream: stream, settings: settings, shared: shared,
            comparesBlocksHere: comparesBlocks, output: output)
    }

    func exact(_ more: TreeComparison.Attributes = []) throws -> String {
        try TreeComparison.differences(
            source, target, checking: [.mode, .user, .group, .seconds, .nanoseconds, .allTimes, more]
        ).joined(separator: "\n")
    }

    /// Names of temporary files, wherever they are.
    func temporaries() throws -> [ByteString] {
        try target.everything().keys.filter { $0.description.contains(".lockstep-") }.sorted()
    }
}

extension StreamTransfer {
    /// Compares the trees. A file that was written here a moment ago can still count as open: a program that another
    /// test starts has it, from its fork to its exec. It is compared again then, as the core has it done.
    func compare(_ bench: TransferBench) async -> Outcome {
        var outcome = await run(bench.job())
        for _ in 0..<100 where !outcome.unfinished.isEmpty { outcome = await run(bench.job()) }
        return outcome
    }
}

@Suite("Transfers through the stream to a local target")
struct StreamTransferTests {
    @Test("files, directories, links and fifos arrive with modes, owners and times, without rsync")
    func arrives() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        try bench.source.makeDirectories("a/b")
        try bench.source.write("a/b/c", "text", mode: 0o640)
        try bench.source.write("empty", "")
        try bench.source.makeLink("link", to: "../nowhere")
        try bench.source.makeFifo("fifo")
        try bench.source.write("large", ByteString([UInt8](repeating: 7, count: 12 << 20)))
        try bench.source.changeMode("a/b", 0o750)
        if geteuid() == 0 {
            try bench.source.changeOwner("a/b/c", user: 12, group: 34)
            try bench.source.makeDevice("null", major: 1, minor: 3)
        }
        try bench.source.setTime("a/b/c", seconds: 1_000_000_000, nanoseconds: 5)
        #expect(await stream.run(bench.job(["a/b/c", "empty", "link", "fifo", "large", "null"])).result == .done)
        #expect(try bench.exact() == "")
        try bench.source.changeMode("a/b/c", 0o755)
        try bench.source.changeMode("large", 0o600)
        try bench.source.write("empty", "filled")
        try bench.source.remove("link")
        let inode = try bench.target.status("large")?.inode
        #expect(await stream.run(bench.job(["a/b/c", "empty", "link", "large"])).result == .done)
        #expect(try bench.exact() == "")
        // What is there already is not sent again.
        #expect(try bench.target.status("large")?.inode == inode)
        #expect(await stream.compare(bench).result == .done)
        #expect(try bench.exact() == "")
        #expect(try bench.calls() == [])
        await stream.close()
    }

    @Test("odd names arrive, change and go")
    func oddNames() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        let long = ByteString([UInt8](repeating: UInt8(ascii: "n"), count: 255))
        let names = LocalTransferTests.nasty + [long]
        for name in names {
            try bench.source.write(name, "one")
            try bench.source.makeDirectories("in/" + name)
            try bench.source.write("in/" + name + "/" + name, "inner")
        }
        let all = names.flatMap { [$0, "in/" + $0, "in/" + $0 + "/" + $0] }
        #expect(await stream.run(bench.job(all)).result == .done)
        #expect(try bench.exact() == "")
        for name in names {
            try bench.source.remove(name)
            try bench.source.removeAll("in/" + name)
        }
        #expect(await stream.run(bench.job(all)).result == .done)
        #expect(try bench.exact() == "")
        #expect(try bench.calls() == [])
        await stream.close()
    }

    @Test("a path that has become something else arrives, whatever the target still has", arguments: [false, true])
    func typeChanges(everything: Bool) async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        let kinds = ["file", "directory", "link", "fifo", "nothing"] as [ByteString]
        var changes: [Change] = []
        for before in kinds {
            for after in kinds where before != after {
                let path = before + "-" + after
                try make(before, path, in: bench.target, isTarget: true)
                try make(after, path, in: bench.source, isTarget: false)
                changes.append(Change(RelativePath(uncheckedBytes: path.bytes), mayBeDirectory: true))
                if after == "directory" { changes.append(Change(RelativePath(uncheckedBytes: (path + "/new").bytes))) }
            }
        }
        let outcome = await stream.run(bench.job(everything ? .everything : .changes(changes)))
        #expect(outcome.result == .done)
        #expect(try bench.exact() == "")
        #expect(try bench.temporaries() == [])
        await stream.close()
    }

    private func make(_ kind: ByteString, _ path: ByteString, in tree: DirectoryTree, isTarget: Bool) throws {
        switch kind {
        case "file": try tree.write(path, "content")
        case "link": try tree.makeLink(path, to: "elsewhere")
        case "fifo": try tree.makeFifo(path)
        case "directory":
            try tree.makeDirectories(path + (isTarget ? "/old/deep" : ""))
            try tree.write(path + (isTarget ? "/old/deep/file" : "/new"), "inside")
        default: break
        }
    }

    @Test("a rename is repeated at the target: the file there stays the same file")
    func moves() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        try bench.source.makeDirectories("d/e")
        try bench.source.write("d/e/f", "content")
        try bench.source.write("g", "other")
        #expect(await stream.run(bench.job(["d/e/f", "g"])).result == .done)
        let inodes = [try bench.target.status("d/e/f")?.inode, try bench.target.status("g")?.inode]
        try bench.source.rename("d", to: "moved")
        try bench.source.rename("g", to: "moved/e/g")
        let changes = [
            Change.removed("d", isDirectory: true),
            Change("moved", isSubtree: true, mayBeDirectory: true, movedFrom: "d"),
            Change("g"), Change("moved/e/g", movedFrom: "g"),
        ]
        #expect(await stream.run(bench.job(.changes(changes))).result == .done)
        #expect([try bench.target.status("moved/e/f")?.inode, try bench.target.status("moved/e/g")?.inode] == inodes)
        #expect(try bench.exact() == "")
        await stream.close()
    }

    @Test("equal trees, and a directory that was renamed with all that is in it, cost next to nothing on the channel")
    func surveys() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        for number in 0..<3000 {
            if number.isMultiple(of: 100) { try bench.source.makeDirectories(ByteString("d/e\(number / 100)")) }
            try bench.source.write(ByteString("d/e\(number / 100)/f\(number)"), ByteString("content \(number)"))
        }
        #expect(await stream.compare(bench).result == .done)
        #expect(try bench.exact() == "")
        let filled = stream.traffic
        #expect(filled > 100_000)
        #expect(await stream.compare(bench).result == .done)
        #expect(stream.traffic - filled < 500)
        try bench.source.rename("d", to: "renamed")
        let changes = [
            Change.removed("d", isDirectory: true),
            Change("renamed", isSubtree: true, mayBeDirectory: true, movedFrom: "d"),
        ]
        let compared = stream.traffic
        #expect(await stream.run(bench.job(.changes(changes))).result == .done)
        #expect(try bench.exact() == "")
        #expect(stream.traffic - compared < 1000)
        // One file that differs deep down, on either side, is found without listing the rest.
        try bench.source.write("renamed/e7/f750", "another")
        try bench.target.write("renamed/e9/f950", "changed by somebody")
        try bench.target.write("renamed/e20/stranger", "")
        let moved = stream.traffic
        #expect(await stream.compare(bench).result == .done)
        #expect(try bench.exact() == "")
        #expect(stream.traffic - moved < 30_000)
        await stream.close()
    }

    @Test("a rename whose old file at the target is another one is a copy, and nothing is lost by it")
    func staleMove() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        try bench.source.write("new", "right")
        try bench.source.write("kept", "kept")
        try bench.target.write("old", "wrong")
        try bench.target.write("kept", "kept")
        let changes = [Change("new", movedFrom: "old"), Change("x", movedFrom: "kept"), Change("kept")]
        #expect(await stream.run(bench.job(.changes(changes), deletes: false)).result == .done)
        #expect(try bench.target.read("new") == "right")
        #expect(try bench.target.read("old") == "wrong")
        #expect(try bench.target.read("kept") == "kept")
        await stream.close()
    }

    @Test("a second write of the same size and time does not hide, neither in place nor behind a rename")
    func secondWrite() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        let begin = Clock.now()
        for name in ["a", "b"] as [ByteString] { try bench.source.write(name, "one") }
        #expect(await stream.run(bench.job(["a", "b"])).result == .done)
        let stamp = try #require(try bench.source.status("a"))
        for name in ["a", "b"] as [ByteString] {
            try bench.source.write(name, "two")
            for tree in [bench.source, bench.target] {
                try tree.setTime(name, seconds: stamp.modifiedSeconds, nanoseconds: stamp.modifiedNanoseconds)
            }
        }
        try bench.source.rename("b", to: "c")
        var job = bench.job(.changes([Change("a"), Change("b"), Change("c", movedFrom: "b")]), exactly: true)
        job.hiding = begin...Clock.now()
        #expect(await stream.run(job).result == .done)
        #expect(try bench.exact() == "")
        #expect(try bench.target.read("c") == "two")
        // The same where the notice was lost, and everything is compared.
        try bench.source.write("a", "six")
        for tree in [bench.source, bench.target] {
            try tree.setTime("a", seconds: stamp.modifiedSeconds, nanoseconds: stamp.modifiedNanoseconds)
        }
        #expect(await stream.run(bench.job(exactly: true)).result == .done)
        #expect(try bench.target.read("a") == "six")
        await stream.close()
    }

    @Test("a file whose writer sets its time back arrives, small and large", arguments: [300, 200_000, 3 << 20])
    func setBack(size: Int) async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        for round in UInt8(1)...3 {
            try bench.source.write("file", ByteString([UInt8](repeating: round, count: size)))
            try bench.source.setTime("file", seconds: 1_500_000_000, nanoseconds: 123_456_789)
            var change = Change(try #require(RelativePath("file".utf8)))
            change.isWritten = true
            #expect(await stream.run(bench.job(.changes([change]))).result == .done)
            #expect(try bench.target.read("file").bytes.allSatisfy { $0 == round })
            #expect(try bench.exact() == "")
        }
        await stream.close()
    }

    @Test("a file that takes the name of another of the same size and time arrives, as packages are unpacked")
    func replacedByEqual() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        for round in ["one", "two", "six"] as [ByteString] {
            try bench.source.write("program.new", round)
            try bench.source.setTime("program.new", seconds: 1_500_000_000)
            try bench.source.rename("program.new", to: "program")
            let paths = try ["program", "program.new"].map { try #require(RelativePath($0.utf8)) }
            let changes = [Change(paths[0], movedFrom: paths[1]), Change(paths[1])]
            #expect(await stream.run(bench.job(.changes(changes))).result == .done)
            #expect(try bench.target.read("program") == round)
        }
        await stream.close()
    }

    @Test("two files of one size and time that change places arrive as they are")
    func exchanged() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        for name in ["one", "two"] as [ByteString] {
            try bench.source.write(name, name)
            try bench.source.setTime(name, seconds: 1_500_000_000, nanoseconds: 5)
        }
        #expect(await stream.run(bench.job(["one", "two"])).result == .done)
        try bench.source.exchange("one", "two")
        let job = bench.job(.changes([Change("one", movedFrom: "two"), Change("two", movedFrom: "one")]))
        #expect(await stream.run(job).result == .done)
        #expect(try bench.target.read("one") == "two")
        #expect(try bench.target.read("two") == "one")
        await stream.close()
    }

    @Test("names of one file arrive as such, and stay so when it changes under one of them")
    func hardLinks() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream(words: ["-lptgoDH"])
        try bench.source.makeDirectory("d")
        try bench.source.write("a", "one")
        try bench.source.makeHardLink("d/b", to: "a")
        try bench.source.makeHardLink("c", to: "a")
        #expect(await stream.compare(bench).result == .done)
        func inodes() throws -> Set<UInt?> { Set(try ["a", "d/b", "c"].map { try bench.target.status($0)?.inode }) }
        #expect(try inodes().count == 1)
        #expect(try bench.exact() == "")
        try bench.source.write("d/b", "two and more")
        #expect(await stream.run(bench.job(["d/b"])).result == .done)
        #expect(try bench.target.read("a") == "two and more")
        #expect(try inodes().count == 1)
        try bench.source.remove("a")
        try bench.source.write("a", "its own now")
        #expect(await stream.run(bench.job(["a"])).result == .done)
        #expect(try inodes().count == 2)
        #expect(try bench.target.read("c") == "two and more")
        // Links that only the target has lost are made again by a comparison, and none too many are left.
        try bench.target.remove("c")
        try bench.target.write("c", "two and more")
        #expect(await stream.compare(bench).result == .done)
        #expect(try bench.target.status("c")?.inode == bench.target.status("d/b")?.inode)
        #expect(try bench.exact() == "")
        await stream.close()
    }

    @Test("what is sparse stays so with `sparse`")
    func sparse() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream(words: ["-lptS"])
        try bench.source.writeSparse("s", hole: 40 << 20, "end")
        #expect(await stream.run(bench.job(["s"])).result == .done)
        let status = try #require(try bench.target.status("s"))
        #expect(try bench.source.status("s")?.size == status.size)
        #expect(status.blocks < 4096)
        #expect(try bench.target.read("s") == bench.source.read("s"))
        await stream.close()
    }

    @Test(
        "random trees with everything that a tree can have, change by change, then compared as a whole",
        arguments: 1...16)
    func randomTrees(seed: Int) async throws {
        let bench = try TransferBench()
        let stream = try bench.stream(words: ["-lptgoDAX" + (seed.isMultiple(of: 2) ? "H" : "")])
        var writer = RandomWriter(bench.source, habits: .swarm(seed: UInt64(seed)), seed: UInt64(seed))
        writer.run(300)
        #expect(await stream.compare(bench).result == .done)
        #expect(try bench.exact([.extended, .accessLists]) == "")
        for _ in 0..<5 {
            let before = try bench.source.everything()
            writer.run(100)
            let now = try bench.source.everything()
            let changes = Set(before.keys).union(now.keys).sorted().filter { before[$0] != now[$0] }
                .compactMap { RelativePath($0.bytes) }.map { Change($0, mayBeDirectory: true) }
            #expect(await stream.run(bench.job(.changes(changes + [Change(.root)]))).result == .done)
            let wrong = try TreeComparison.differences(
                bench.source, bench.target, checking: [.mode, .user, .group, .seconds, .nanoseconds, .allTimes])
            #expect(wrong == [])
        }
        #expect(await stream.compare(bench).result == .done)
        #expect(try bench.exact([.extended, .accessLists]) == "")
        #expect(try bench.calls() == [])
        await stream.close()
    }
}
