import MirrorCore
import MirrorTesting
import MirrorTransfer
import Testing

@Suite("How much the stream deletes before a person is asked")
struct StreamFuseTests {
    private func fill(_ tree: DirectoryTree, _ directory: ByteString, _ count: Int) throws {
        try tree.makeDirectories(directory)
        for number in 0..<count { try tree.write(directory + ByteString("/f\(number)"), "") }
    }

    private func isHeld(_ outcome: Outcome, atLeast names: Int) -> Bool {
        if case .sourceSuspect(.massDeletion(let found)) = outcome.result { found >= names } else { false }
    }

    @Test("more than half of a tree waits for a person; less goes, and so does all that was accepted")
    func half() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        try fill(bench.source, "a/b", 900)
        try fill(bench.source, "c", 900)
        try bench.source.write("kept", "1")
        #expect(await stream.compare(bench).result == .done)
        try await ChildProcess.run(["rm", "-r", bench.source.path("a")])
        // 902 names: below a thousand nobody minds.
        #expect(await stream.run(bench.job(["a"])).result == .done)
        #expect(try bench.exact() == "")
        try await ChildProcess.run(["rm", "-r", bench.source.path("c")])
        try bench.source.write("kept", "22")
        let held = await stream.run(bench.job(["c", "kept"]))
        #expect(isHeld(held, atLeast: 1001), "\(held)")
        #expect(try bench.target.names("c").count == 900)
        // What is no deletion has arrived before.
        #expect(try bench.target.read("kept") == "22")
        #expect(isHeld(await stream.compare(bench), atLeast: 1001))
        #expect(try bench.target.names("c").count == 900)
        var accepted = bench.job()
        accepted.mayDeleteMany = true
        let outcome = await stream.run(accepted)
        #expect(outcome.result == .done && outcome.deletions == 901)
        #expect(try bench.exact() == "")
        await stream.close()
    }

    @Test("a large deletion from a larger tree goes without a question")
    func less() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        for name in ["a", "b", "c"] as [ByteString] { try fill(bench.source, name, 1200) }
        #expect(await stream.compare(bench).result == .done)
        try await ChildProcess.run(["rm", "-r", bench.source.path("a")])
        #expect(await stream.run(bench.job(["a"])).result == .done)
        #expect(try bench.exact() == "")
        await stream.close()
    }

    @Test("a number adds up within a minute; half is about what is lost on balance, from a thousand on")
    func window() {
        var fuse = DeletionFuse()
        let start = Moment(nanoseconds: 1_000_000_000_000)
        func excess(_ count: Int, _ second: Int, _ limit: DeleteLimit, holds: Int? = nil) -> Int? {
            let now = start + .seconds(second)
            let wantsCount = fuse.wantsCount(of: count, at: now, limit)
            #expect(wantsCount == (holds != nil), "at second \(second)")
            if let holds { fuse.noteHeld(holds) }
            return fuse.excess(of: count, at: now, limit)
        }
        for second in 0..<50 {
            #expect(excess(1, second, .names(150)) == nil)
            fuse.noteGone(3, at: start + .seconds(second))
        }
        #expect(excess(1, 50, .names(150)) == 151)
        #expect(excess(30, 70, .names(150)) == nil && excess(31, 70, .names(150)) == 151)
        #expect(excess(1_000_000, 70, .none) == nil)
        // A spool: what comes and goes is no loss.
        fuse = DeletionFuse()
        for second in 0..<700 {
            fuse.noteNew(500)
            #expect(excess(500, second, .half) == nil)
            fuse.noteGone(500, at: start + .seconds(second))
        }
        #expect(excess(500, 700, .half) == nil)
        #expect(excess(501, 700, .half, holds: 5000) == nil)
        fuse.noteGone(501, at: start + .seconds(700))
        // 5500 were held, with those of the spool.
        #expect(excess(1749, 710, .half) == nil)
        #expect(excess(1750, 710, .half) == 2751)
        // Ten minutes later it is another tree.
        #expect(excess(1500, 1400, .half) == nil)
    }

    @Test("a number is that many, name by name or as a tree; without a limit all goes")
    func number() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream { _, stream, _ in stream.deleteLimit = .names(5) }
        try fill(bench.source, "a/b", 5)
        for number in 0..<8 { try bench.source.write(ByteString("f\(number)"), "") }
        #expect(await stream.compare(bench).result == .done)
        try bench.source.remove("f0")
        #expect(await stream.run(bench.job(["f0"])).result == .done)
        try await ChildProcess.run(["rm", "-r", bench.source.path("a")])
        #expect(isHeld(await stream.run(bench.job(["a"])), atLeast: 7))
        #expect(try bench.target.names("a/b").count == 5)
        // A file in the place of a directory takes all of it away.
        try bench.source.write("a", "")
        #expect(isHeld(await stream.run(bench.job(["a"])), atLeast: 7))
        #expect(try bench.target.names("a/b").count == 5)
        try bench.source.remove("f7")
        #expect(await stream.run(bench.job(["f7"])).result == .done)
        await stream.close()
        let free = try bench.stream { _, stream, _ in stream.deleteLimit = .none }
        #expect(await free.run(bench.job()).result == .done)
        #expect(try bench.exact() == "")
        await free.close()
    }

    @Test("with excludes too, and nothing that is left out goes")
    func excludes() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream { sync, stream, _ in
            sync.excludes = ["*.keep"]
            stream.deleteLimit = .names(4)
        }
        try fill(bench.target, "d/e", 5)
        try bench.target.write("d/e/x.keep", "")
        #expect(isHeld(await stream.compare(bench), atLeast: 5))
        #expect(try bench.target.names("d/e").count == 6)
        var accepted = bench.job()
        accepted.mayDeleteMany = true
        #expect(await stream.run(accepted).result == .done)
        #expect(try bench.target.names("d/e") == ["x.keep"])
        await stream.close()
    }

    @Test("what comes back before its turn stays")
    func comesBack() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        try bench.source.write("a", "1")
        try bench.source.write("b", "1")
        #expect(await stream.compare(bench).result == .done)
        try bench.source.remove("a")
        let job = bench.job(["a"])
        let source = bench.source
        let began = stream.begin(job) {
            // The last moment before it would go.
            try? source.write("a", "again")
            return nil
        }
        #expect(began)
        #expect(await stream.run(job).result == .done)
        #expect(try bench.target.read("a") == "1")
        #expect(await stream.run(bench.job(["a"])).result == .done)
        #expect(try bench.exact() == "")
        await stream.close()
    }
}
