import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer
import Testing

@Suite("Failures of a real rsync, local")
struct LocalFailureTests {
    private static let mayMount = geteuid() == 0 && access("/usr/bin/mount", X_OK) == 0

    private func failures(_ outcome: Outcome) -> [PathFailure] {
        if case .partial(let failures) = outcome.result { failures } else { [] }
    }

    private func cause(_ outcome: Outcome) -> Failure.Cause? {
        if case .failed(let failure) = outcome.result { failure.cause } else { nil }
    }

    /// rsync as a user who may not read everything.
    private func asNobody(_ bench: TransferBench) async throws -> ByteString {
        try await ChildProcess.run(["chown", "65534:65534", bench.target.root])
        return try bench.wrapper(#"exec setpriv --reuid 65534 --regid 65534 --clear-groups rsync "$@""#)
    }

    @Test("what can't be read stays owed, the rest arrives", .enabled(if: geteuid() == 0, "needs root"))
    func unreadable() async throws {
        let bench = try TransferBench()
        let wrapper = try await asNobody(bench)
        try bench.source.write("secret\nfile", "x", mode: 0o600)
        try bench.source.write("open", "x")
        try bench.source.makeDirectory("closed", mode: 0o700)
        try bench.source.write("closed/in", "x")
        let transfer = bench.transfer(words: ["-rlt"]) { _, rsync, _ in rsync.binary = wrapper }
        let whole = await transfer.run(bench.job())
        #expect(whole.exitCode == 23)
        #expect(
            Set(failures(whole).map(\.change)) == [Change("closed", isSubtree: true), Change("secret\nfile")])
        #expect(failures(whole).allSatisfy { $0.kind == .unreadable })
        #expect(try bench.target.read("open") == "x")
        let batch = await transfer.run(bench.job(["open", "secret\nfile", "closed/in"]))
        #expect(failures(batch).map(\.change.path).sorted() == ["closed/in", "secret\nfile"])
    }

    @Test("a name that can't be replaced at the target stays owed, in both forms", .enabled(if: mayMount, "needs root"))
    func busyTarget() async throws {
        let bench = try TransferBench()
        for tree in [bench.source, bench.target] {
            try tree.makeDirectory("d x")
            try tree.write("d x/busy", "1")
        }
        try bench.source.write("d x/free", "2")
        try bench.source.write("d x/busy", "22")
        let busy = bench.target.path("d x/busy")
        try await ChildProcess.run(["mount", "--bind", busy, busy])
        defer { umount2(busy.description, Int32(MNT_DETACH)) }
        let short = await bench.transfer().run(bench.job(["d x/free", "d x/busy"]))
        #expect(failures(short).map(\.change) == [Change("d x/busy")])
        #expect(try bench.target.read("d x/free") == "2")
        let many = (0...RsyncWords.listLimit).map { ByteString("none/\($0)") }
        let long = await bench.transfer().run(bench.job(["d x/busy"] + many))
        #expect(failures(long).map(\.change) == [Change("d x/busy")])
    }

    @Test("a full disk is told, and what did not fit stays owed", .enabled(if: mayMount, "needs root"))
    func fullDisk() async throws {
        let bench = try TransferBench()
        try await ChildProcess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", bench.target.root])
        defer { umount2(bench.target.root.description, Int32(MNT_DETACH)) }
        try bench.source.write("large", ByteString([UInt8](repeating: 7, count: 300_000)))
        try bench.source.write("small", "1")
        for scope in [bench.job(["large", "small"]), bench.job()] {
            let outcome = await bench.transfer().run(scope)
            #expect(cause(outcome) == .noSpace || failures(outcome).contains { $0.kind == .noSpace }, "\(outcome)")
        }
    }

    @Test("a target whose parent is missing can't be used")
    func missingParent() async throws {
        let bench = try TransferBench()
        try bench.source.write("a", "1")
        let outcome = await bench.transfer(to: bench.scratch.tree.path("no/such/parent") + "/").run(bench.job())
        #expect(cause(outcome) == .targetUnusable)
    }

    @Test("an rsync that is killed has not succeeded")
    func killed() async throws {
        let bench = try TransferBench()
        let wrapper = try bench.wrapper("kill -KILL $$")
        let outcome = await bench.transfer { _, rsync, _ in rsync.binary = wrapper }.run(bench.job())
        #expect(cause(outcome) == .killed(signal: SIGKILL))
    }

    @Test("an rsync that is missing is looked for in PATH only where lsyncd 2.0 named its place")
    func missingProgram() async throws {
        let bench = try TransferBench()
        let outcome = await bench.transfer { _, rsync, _ in rsync.binary = "/nowhere/rsync" }.run(bench.job())
        #expect(cause(outcome) == .rsyncMissingHere)
        let wrapper = try bench.wrapper("exit 0")
        try bench.scratch.tree.makeDirectory("bin")
        try bench.scratch.tree.rename("wrapper", to: "bin/rsync")
        var environment = ProgramEnvironment.inherited
        environment["PATH"] = bench.scratch.tree.path("bin") + ":/usr/bin:/bin"
        let second = try TransferBench(environment: environment)
        #expect(await second.transfer().run(second.job()).result == .done)
        #expect(try bench.calls().count == 1, "\(wrapper) is the first rsync in PATH")
    }

    @Test("nothing follows from a source that is missing")
    func missingSource() async throws {
        let bench = try TransferBench()
        try bench.target.write("a", "1")
        try bench.scratch.tree.remove("source")
        #expect(await bench.transfer().run(bench.job(["a"])).result == .sourceSuspect(.missing))
        #expect(await bench.transfer().run(bench.job()).result == .sourceSuspect(.missing))
        #expect(try bench.target.read("a") == "1")
    }

    @Test("a job that is stopped ends, and one that is stopped before it begins never starts")
    func stopped() async throws {
        let bench = try TransferBench()
        let wrapper = try bench.wrapper("exec sleep 60")
        let transfer = bench.transfer { _, rsync, _ in rsync.binary = wrapper }
        let job = bench.job()
        async let outcome = transfer.run(job)
        try await Condition.wait(until: "rsync runs", deadline: .seconds(120)) { try bench.calls().count == 1 }
        transfer.stop(job.id)
        #expect(await outcome.result == .stopped)
        let other = bench.job()
        transfer.stop(other.id)
        #expect(await transfer.run(other).result == .stopped)
        #expect(try bench.calls().count == 1)
    }

    @Test("an rsync that moves nothing is stopped")
    func stalled() async throws {
        let bench = try TransferBench()
        let wrapper = try bench.wrapper("exec sleep 60")
        let transfer = bench.transfer { _, rsync, settings in
            rsync.binary = wrapper
            settings.progressTimeout = .milliseconds(200)
        }
        #expect(cause(await transfer.run(bench.job())) == .stalled)
    }

    @Test("deleting more than --max-delete allows is a failure with rsync's own words")
    func maxDelete() async throws {
        let bench = try TransferBench()
        for name in ["a", "b", "c"] as [ByteString] { try bench.target.write(name, "1") }
        let outcome = await bench.transfer(words: ["-a", "--max-delete=1"]).run(bench.job())
        #expect(outcome.exitCode == 25)
        #expect(cause(outcome) == .exited)
    }
}

@Suite("Whether a local target is its source")
struct LocalIdentityTests {
    @Test("the same directory under another name is the source")
    func same() async throws {
        let bench = try TransferBench()
        try bench.scratch.tree.makeLink("alias", to: "source")
        for path in ["source/", "alias/", "target/../source/."] as [ByteString] {
            #expect(await bench.transfer(to: bench.scratch.tree.path(path)).identify() == .isSource, "\(path)")
        }
        #expect(await bench.transfer().identify() == .distinct)
        #expect(await bench.transfer().answersPort())
    }

    @Test("one inside the other is refused unless it is excluded, also where it does not exist yet")
    func nested() async throws {
        let bench = try TransferBench()
        try bench.source.makeDirectories("backup/deep")
        for path in ["source/backup/deep/", "source/new/er/"] as [ByteString] {
            let transfer = bench.transfer(to: bench.scratch.tree.path(path))
            #expect(await transfer.identify() == .nested(inside: true), "\(path)")
        }
        let excluded = bench.transfer(to: bench.source.path("backup/deep/")) { sync, _, _ in sync.excludes = ["/backup"]
        }
        #expect(await excluded.identify() == .distinct)
        #expect(await bench.transfer(to: bench.scratch.path + "/").identify() == .nested(inside: false))
        let around = bench.transfer(to: bench.scratch.path + "/") { sync, _, _ in sync.excludes = ["source"] }
        #expect(await around.identify() == .distinct)
    }
}
