import MirrorCore
import MirrorLinux
import MirrorTesting
import Testing

@testable import MirrorTransfer

@Suite("What several targets get of one source is read once")
struct SharedSourceTests {
    /// Two targets of one source, whose passes know of each other as long as this is there.
    private struct Pair {
        let bench: TransferBench
        let shared: SharedSource
        let second: DirectoryTree
        let first: StreamTransfer
        let other: StreamTransfer

        init(mostBytes: Int = 32 << 20) throws {
            bench = try TransferBench()
            shared = SharedSource(mostBytes: mostBytes)
            second = try bench.scratch.directory("second")
            first = try bench.stream(shared: shared)
            other = try bench.stream(to: second.root + "/", shared: shared)
            shared.beginPass()
        }

        func job(_ paths: [ByteString], made: Moment, noticed: Moment? = nil) -> Job {
            let changes = paths.map { path in
                var change = Change(RelativePath(path.bytes)!)
                change.noticed = noticed
                return change
            }
            var job = bench.job(.changes(changes))
            job.made = made
            return job
        }

        func close() async {
            await first.close()
            await other.close()
            shared.endPass()
        }
    }

    /// The same size and time as before, so that nothing but a look at the content tells them apart.
    private func replace(_ pair: Pair, with content: ByteString) throws {
        try pair.bench.source.write("f", content)
        try pair.bench.source.setTime("f", seconds: 1_000_000_000, nanoseconds: 1)
    }

    @Test("a job that was made before another has read takes what that has read")
    func shares() async throws {
        let pair = try Pair()
        try replace(pair, with: "one")
        let made = Clock.now()
        #expect(await pair.first.run(pair.job(["f"], made: made)).result == .done)
        try replace(pair, with: "two")
        #expect(await pair.other.run(pair.job(["f"], made: made)).result == .done)
        // Of the second writing there is a notice, and so a job that is made later.
        #expect(try pair.second.read("f") == "one")
        #expect(pair.shared.heldBytes == 0, "all have it")
        await pair.close()
    }

    @Test("what was written before a job was made is in what the job brings, whatever others have seen")
    func looksAnew() async throws {
        let pair = try Pair()
        try replace(pair, with: "one")
        #expect(await pair.first.run(pair.job(["f"], made: Clock.now())).result == .done)
        try replace(pair, with: "two")
        #expect(await pair.other.run(pair.job(["f"], made: Clock.now())).result == .done)
        #expect(try pair.second.read("f") == "two")
        // Nor does a job that does not say when it was made take anything.
        try pair.bench.source.write("f", "six")
        #expect(await pair.other.run(pair.job(["f"], made: .distantFuture)).result == .done)
        #expect(try pair.second.read("f") == "six")
        await pair.close()
    }

    @Test("a job that is made late takes what was read since the change was noticed")
    func sharesByNotice() async throws {
        let pair = try Pair()
        try replace(pair, with: "one")
        let noticed = Clock.now()
        #expect(await pair.first.run(pair.job(["f"], made: noticed, noticed: noticed)).result == .done)
        try replace(pair, with: "two")
        #expect(await pair.other.run(pair.job(["f"], made: Clock.now(), noticed: noticed)).result == .done)
        #expect(try pair.second.read("f") == "one")
        // The notice of the second writing.
        try pair.bench.source.setTime("f", seconds: 1_000_000_002, nanoseconds: 1)
        let again = Clock.now()
        #expect(await pair.other.run(pair.job(["f"], made: again, noticed: again)).result == .done)
        #expect(try pair.second.read("f") == "two")
        await pair.close()
    }

    @Test("what is gone is gone, though another has seen it a moment ago")
    func gone() async throws {
        let pair = try Pair()
        try replace(pair, with: "one")
        let made = Clock.now()
        try pair.second.write("f", "old")
        #expect(await pair.first.run(pair.job(["f"], made: made)).result == .done)
        try pair.bench.source.remove("f")
        #expect(await pair.other.run(pair.job(["f"], made: Clock.now())).result == .done)
        #expect(try pair.second.status("f") == nil)
        await pair.close()
    }

    @Test("who wants attributes that others have not read shares nothing with them")
    func apart() throws {
        let sources = SharedSources()
        let plain = sources.source("/a", for: try StreamOptions(words: ["-lptgoD"]))
        #expect(sources.source("/a", for: try StreamOptions(words: ["-lptgoD"])) === plain)
        #expect(sources.source("/a", for: try StreamOptions(words: ["-lptgoDX"])) !== plain)
        #expect(sources.source("/b", for: try StreamOptions(words: ["-lptgoD"])) !== plain)
    }

    @Test("what is held is bounded where a target takes nothing, and the late one reads for itself")
    func bounded() async throws {
        let pair = try Pair(mostBytes: 1 << 20)
        // One that is away.
        pair.shared.join()
        let names = (0..<40).map { ByteString("f\($0)") }
        for (index, name) in names.enumerated() {
            try pair.bench.source.write(name, ByteString([UInt8](repeating: UInt8(index), count: 60_000)))
        }
        var large = [UInt8](repeating: 5, count: 3_000_000)
        for index in stride(from: 0, to: large.count, by: 1000) { large[index] = UInt8(index / 1000 % 251) }
        try pair.bench.source.write("large", ByteString(large))
        let made = Clock.now()
        #expect(await pair.first.run(pair.job(names + ["large"], made: made)).result == .done)
        #expect(pair.shared.heldBytes > 0)
        #expect(pair.shared.heldBytes <= 1 << 20)
        #expect(await pair.other.run(pair.job(names + ["large"], made: made)).result == .done)
        #expect(pair.shared.heldBytes <= 1 << 20)
        let kinds: TreeComparison.Attributes = [.mode, .seconds, .nanoseconds]
        #expect(try TreeComparison.differences(pair.bench.source, pair.bench.target, checking: kinds) == [])
        #expect(try TreeComparison.differences(pair.bench.source, pair.second, checking: kinds) == [])
        await pair.close()
        #expect(pair.shared.heldBytes == 0)
    }
}
