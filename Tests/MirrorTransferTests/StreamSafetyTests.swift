import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer
import Synchronization
import Testing

@Suite("What the stream must never do at a target, and what it says when it can't do its work")
struct StreamSafetyTests {
    private func agents(_ bench: TransferBench) -> [pid_t] {
        ProcessTree.children(of: getpid()).filter { process in
            let words = (try? DirectoryTree("/proc").read(ByteString("\(process)/cmdline"))) ?? ""
            return words.description.contains("lockstep-agent")
                && words.description.contains(bench.target.root.description)
        }
    }

    @Test("what only the target has goes where that is allowed, and nowhere else")
    func deletions() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        try bench.source.write("a", "1")
        try bench.target.makeDirectories("c/d")
        try bench.target.write("c/d/e", "2")
        try bench.target.write("b", "2")
        #expect(await stream.run(bench.job(deletes: false)).result == .done)
        #expect(await stream.run(bench.job(.changes([Change("b"), Change("c")]), deletes: false)).result == .done)
        #expect(try bench.target.names() == ["a", "b", "c"])
        let outcome = await stream.compare(bench)
        #expect(outcome.result == .done)
        #expect(outcome.deletions == 4)
        #expect(try bench.target.names() == ["a"])
        // A file where the target has a directory: not without leave.
        try bench.target.makeDirectories("x/y")
        try bench.source.write("x", "file")
        guard case .partial(let failures) = await stream.run(bench.job(.changes([Change("x")]), deletes: false)).result
        else {
            Issue.record("no failure")
            return
        }
        #expect(failures.map(\.change.path) == ["x"])
        #expect(try bench.target.names("x") == ["y"])
        #expect(await stream.run(bench.job(["x"])).result == .done)
        #expect(try bench.exact() == "")
        await stream.close()
    }

    @Test("what is left out stays at the target, whatever goes around it", arguments: [false, true])
    func excludes(everything: Bool) async throws {
        let bench = try TransferBench()
        let stream = try bench.stream { sync, _, _ in sync.excludes = ["*.keep", "cache/", "/top"] }
        for path in ["d/e/a.keep", "d/e/b", "d/cache/x", "cache/y", "f/cache", "top", "gone/z", "g.keep"]
            as [ByteString]
        {
            try fill(path, in: bench.target, "target's")
        }
        for path in ["f/cache", "top", "new.keep", "h/cache/x"] as [ByteString] {
            try fill(path, in: bench.source, "the source's")
        }
        let changes = ["d", "gone", "cache", "f/cache", "top", "new.keep", "h", "h/cache", "g.keep"].compactMap {
            RelativePath(ByteString($0).bytes)
        }.map { Change($0, mayBeDirectory: true) }
        let job = bench.job(everything ? .everything : .changes(changes))
        #expect(await stream.run(job).result == .done)
        let left = try bench.target.everything().filter { $0.value.kind != .directory }.keys.sorted()
        #expect(left == ["cache/y", "d/cache/x", "d/e/a.keep", "f/cache", "g.keep", "top"])
        #expect(try bench.target.read("f/cache") == "the source's")
        #expect(try bench.target.read("top") == "target's")
        #expect(try bench.target.status("h/cache") == nil)
        await stream.close()
    }

    private func fill(_ path: ByteString, in tree: DirectoryTree, _ content: ByteString) throws {
        if let slash = path.bytes.lastIndex(of: UInt8(ascii: "/")) {
            try tree.makeDirectories(ByteString(path.bytes[..<slash]))
        }
        try tree.write(path, content)
    }

    @Test("what the excludes protect is what they protect from rsync", arguments: 1...12)
    func sameAsRsync(seed: Int) async throws {
        let bench = try TransferBench()
        let other = try bench.scratch.directory("other")
        var writer = RandomWriter(bench.target, seed: UInt64(seed))
        writer.run(200)
        try await ChildProcess.run(["rsync", "-aAX", bench.target.root + "/", other.root + "/"])
        var second = RandomWriter(bench.source, seed: UInt64(seed) + 100)
        second.run(200)
        let excludes: [ByteString] = [["*1*"], ["d*/", "- /f*"], ["a*", "*2"]][seed % 3]
        let stream = try bench.stream { sync, _, _ in sync.excludes = excludes }
        #expect(await stream.compare(bench).result == .done)
        let words = excludes.flatMap { ["--exclude", $0.hasPrefix("- ") ? ByteString($0.bytes.dropFirst(2)) : $0] }
        try await ChildProcess.run(
            ["rsync", "-a", "--delete", "--modify-window=-1"] + words + [bench.source.root + "/", other.root + "/"])
        #expect(
            try TreeComparison.differences(
                other, bench.target, checking: [.mode, .user, .group, .seconds, .nanoseconds])
                == [])
        await stream.close()
    }

    @Test("links at the target are never followed out of it, whatever is written, moved or deleted")
    func linksOut() async throws {
        let bench = try TransferBench()
        let outside = try bench.scratch.directory("outside")
        try outside.write("a", "kept")
        let stream = try bench.stream()
        try bench.source.makeDirectory("d")
        try bench.source.write("d/a", "new")
        try bench.target.makeLink("d", to: outside.root)
        try bench.target.makeLink("e", to: outside.root)
        let changes = [Change("d/a"), Change("e/a"), Change("x", movedFrom: "e/a")]
        #expect(await stream.run(bench.job(.changes(changes))).result == .done)
        #expect(try outside.names() == ["a"])
        #expect(try outside.read("a") == "kept")
        #expect(try bench.target.read("d/a") == "new")
        #expect(await stream.compare(bench).result == .done)
        #expect(try bench.exact() == "")
        #expect(try outside.read("a") == "kept")
        await stream.close()
    }

    @Test("an agent that was killed is started again, and what it left goes")
    func killedAgent() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        try bench.source.makeDirectory("d")
        try bench.source.write("d/a", "1")
        #expect(await stream.run(bench.job(["d/a"])).result == .done)
        let first = try #require(agents(bench).first)
        kill(first, SIGKILL)
        try bench.source.write("d/a", "2 and more")
        // Between two jobs it costs nothing but the start of another one.
        try await Condition.wait(until: "it has arrived", deadline: .seconds(60)) {
            await stream.run(bench.job(["d/a"])).result == .done
        }
        #expect(try bench.exact() == "")
        await stream.close()
        #expect(agents(bench) == [])
    }

    /// Begins the job as the loop does, and awaits it.
    private func run(
        _ stream: StreamTransfer, _ job: Job, _ suspicion: SourceSuspicion?
    ) async -> (outcome: Outcome, looks: Int) {
        let looks = Mutex(0)
        let counting: LastLook = {
            looks.withLock { $0 += 1 }
            return suspicion
        }
        let began = stream.begin(job, counting)
        #expect(began, "the connection stands")
        let outcome = await stream.run(job)
        return (outcome, looks.withLock { $0 })
    }

    @Test("the last look comes before anything is deleted, and a source that is suspect deletes nothing")
    func lastLook() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        let first = bench.job()
        let isEarly = stream.begin(first, { nil })
        #expect(!isEarly, "there is no connection yet")
        for path in ["gone", "kept"] as [ByteString] { try bench.source.write(path, "1") }
        try bench.source.makeDirectories("d/e")
        try bench.source.write("d/e/f", "1")
        #expect(await stream.run(first).result == .done)
        // Nothing to delete: nothing to look at.
        try bench.source.write("kept", "22")
        let plain = await run(stream, bench.job(["kept"]), .missing)
        #expect(plain.outcome.result == .done && plain.looks == 0)
        try bench.source.remove("gone")
        try await ChildProcess.run(["rm", "-r", bench.source.path("d")])
        try bench.source.write("d", "a file now")
        for path in ["gone", "d"] as [ByteString] {
            let suspect = await run(stream, bench.job([path]), .missing)
            #expect(suspect.outcome.result == .sourceSuspect(.missing) && suspect.looks == 1)
            // The channel was given up; another one for the next try.
            #expect(await stream.run(bench.job(["kept"])).result == .done)
        }
        #expect(try bench.target.names() == ["d", "gone", "kept"])
        #expect(try bench.target.read("d/e/f") == "1")
        for path in ["gone", "d"] as [ByteString] {
            let sure = await run(stream, bench.job([path]), nil)
            #expect(sure.outcome.result == .done && sure.looks == 1)
        }
        #expect(try bench.exact() == "")
        await stream.close()
    }

    @Test("a directory that comes while another of its name is about to go holds nothing of that one")
    func comesAgain() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        let source = bench.source
        try source.write("a", "1")
        #expect(await stream.run(bench.job(["a"])).result == .done)
        try bench.target.makeDirectories("d/e")
        try bench.target.write("d/stranger", "1")
        let job = bench.job(.changes([Change(.root, isSubtree: true)]))
        // The last look comes when it is known what is to go.
        let begun = stream.begin(job) {
            try? source.makeDirectory("d")
            return nil
        }
        #expect(begun)
        #expect(await stream.run(job).result == .done)
        #expect(try bench.target.names("d") == [])
        #expect(try bench.exact() == "")
        await stream.close()
    }

    @Test("an agent that has stopped is noticed, and the next job gets another one")
    func stoppedAgent() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream { _, _, settings in settings.peerTimeout = .seconds(5) }
        try bench.source.write("a", "1")
        try await Condition.wait(until: "it has arrived", deadline: .seconds(60)) {
            await stream.run(bench.job(["a"])).result == .done
        }
        let agent = try #require(agents(bench).first)
        kill(agent, SIGSTOP)
        try bench.source.write("a", "2 and more")
        guard case .failed(let failure) = await stream.run(bench.job(["a"])).result else {
            Issue.record("it did not fail")
            return
        }
        #expect(failure.cause == .connectionLost && failure.detail.contains("peerTimeout"), "\(failure)")
        #expect(kill(agent, 0) != 0)
        try await Condition.wait(until: "it has arrived", deadline: .seconds(60)) {
            await stream.run(bench.job(["a"])).result == .done
        }
        #expect(try bench.exact() == "")
        await stream.close()
    }

    @Test("killed at any moment: never a half file, and in the end trees that are equal without a temporary file")
    func killedAtRandom() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream()
        var random = SeededGenerator(seed: 5)
        let content = ByteString([UInt8](repeating: 1, count: 3 << 20))
        var kills = 0
        for round in 0..<60 {
            let paths = (0..<6).map { ByteString("d\(round % 3)/f\($0)") }
            try bench.source.makeDirectories(ByteString("d\(round % 3)"))
            for (index, path) in paths.enumerated() {
                try bench.source.write(path, index == 3 ? content : ByteString("round \(round)"))
            }
            let job = bench.job(paths)
            let moment = Int.random(in: 0...12_000, using: &random)
            async let outcome = stream.run(job)
            try await spin(microseconds: moment)
            for agent in agents(bench) {
                kill(agent, SIGKILL)
                kills += 1
            }
            for path in paths {
                guard let status = try bench.target.status(path) else { continue }
                #expect(status.size == content.count || status.size < 20, "\(path) is half there")
            }
            _ = await outcome
        }
        #expect(kills > 20)
        try await Condition.wait(until: "everything has arrived", deadline: .seconds(60)) {
            await stream.compare(bench).result == .done
        }
        #expect(try bench.temporaries() == [])
        #expect(try bench.exact() == "")
        await stream.close()
    }

    /// Some moment within the work of another thread; what is tested holds at each.
    private func spin(microseconds: Int) async throws {
        let end = ContinuousClock.now + .microseconds(microseconds)
        while ContinuousClock.now < end { await Task.yield() }
    }

    @Test("where the agent can't run, rsync does the transfer, and a line says why")
    func fallsBack() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream { _, stream, _ in stream.agentPath = "/nonexistent/lockstep-agent" }
        try bench.source.write("a", "1")
        #expect(await stream.run(bench.job(["a"])).result == .done)
        #expect(try bench.exact() == "")
        #expect(try bench.calls().count == 1)
        #expect(bench.lines.withLock { $0 }.contains { $0.description.contains("lockstep-agent can't run at") })
        let other = try bench.stream { _, stream, _ in stream.agentPath = "/bin/false" }
        // A program that is none of ours is no reason to write by another way.
        guard case .failed = await other.run(bench.job(["a"])).result else {
            Issue.record("it did not fail")
            return
        }
        for transfer in [stream, other] { await transfer.close() }
    }

    @Test("a target that can't be made is told as such, and arrives once it can")
    func noTarget() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream(to: bench.target.root + "/x/y/")
        try bench.source.write("a", "1")
        guard case .failed(let failure) = await stream.compare(bench).result else {
            Issue.record("it did not fail")
            return
        }
        #expect(failure.cause == .targetUnusable)
        try bench.target.makeDirectory("x")
        #expect(await stream.compare(bench).result == .done)
        #expect(try bench.target.read("x/y/a") == "1")
        await stream.close()
    }

    @Test("a job that is stopped ends, and the next one brings everything")
    func stops() async throws {
        let bench = try TransferBench()
        let stream = try bench.stream(words: ["-lpt", "--bwlimit=64"])
        try bench.source.write("a", ByteString([UInt8](repeating: 3, count: 8 << 20)))
        let job = bench.job(["a"])
        async let outcome = stream.run(job)
        try await Condition.wait(until: "it has begun", deadline: .seconds(60)) { try !bench.temporaries().isEmpty }
        stream.stop(job.id)
        #expect(await outcome.result == .stopped)
        #expect(try bench.target.status("a") == nil)
        #expect(try bench.temporaries() == [])
        await stream.close()
    }
}
