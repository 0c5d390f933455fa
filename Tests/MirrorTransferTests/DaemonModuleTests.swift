import Glibc
import MirrorCore
import MirrorTesting
import MirrorTransfer
import Testing

@Suite("Modules of a real rsync daemon")
struct DaemonModuleTests {
    /// A daemon on a loopback port; `daemon` keeps it alive.
    private struct Bench {
        let bench: TransferBench
        let daemon: ChildProcess
        let address: ByteString
    }

    private func start() async throws -> Bench {
        let bench = try TransferBench()
        let port = try FreePort.find()
        try bench.scratch.tree.write("secrets", "user:word\n", mode: 0o600)
        try bench.scratch.tree.write(
            "rsyncd.conf",
            ByteString(
                """
                use chroot = no
                address = 127.0.0.1
                uid = \(geteuid())
                gid = \(getegid())
                [open]
                  path = \(bench.target.root)
                  read only = no
                [shut]
                  path = \(bench.target.root)
                  read only = yes
                [locked]
                  path = \(bench.target.root)
                  read only = no
                  auth users = user
                  secrets file = \(bench.scratch.path)/secrets
                [refusing]
                  path = \(bench.target.root)
                  read only = no
                  refuse options = delete

                """))
        let words: [ByteString] = [
            "rsync", "--daemon", "--no-detach", ByteString("--port=\(port)"),
            "--config=" + bench.scratch.tree.path("rsyncd.conf"),
        ]
        let daemon = try ChildProcess(words)
        let address = ByteString("rsync://127.0.0.1:\(port)/")
        let transfer = bench.transfer(to: address + "open/")
        try await Condition.wait(
            until: "the daemon listens", deadline: .seconds(120), state: { daemon.errorText },
            holds: { await transfer.answersPort() })
        return Bench(bench: bench, daemon: daemon, address: address)
    }

    private func cause(_ outcome: Outcome) -> Failure.Cause? {
        if case .failed(let failure) = outcome.result { failure.cause } else { nil }
    }

    @Test("what a module says is recognised, and one that takes us gets the changes")
    func modules() async throws {
        let world = try await start()
        let bench = world.bench
        try bench.source.makeDirectory("d")
        try bench.source.write("d/a", "1")
        func outcome(_ module: ByteString) async -> Outcome {
            await bench.transfer(to: world.address + module).run(bench.job())
        }
        #expect(cause(await outcome("nowhere/")) == .moduleError)
        #expect(cause(await outcome("shut/")) == .moduleError)
        #expect(cause(await outcome("locked/")) == .permissionDenied)
        #expect(cause(await outcome("refusing/")) == .refusedWords)
        #expect(try bench.target.names() == [])
        #expect(await outcome("open/").result == .done)
        #expect(try bench.differences() == "")
        world.daemon.kill()
        #expect(cause(await outcome("open/")) == .unreachable)
    }

    @Test("a path that fails in a module is told by its name below the target")
    func pathInModule() async throws {
        let world = try await start()
        let bench = world.bench
        try bench.target.makeDirectories("sub/d/a")
        try bench.target.write("sub/d/a/mine", "1")
        try bench.source.makeDirectory("d")
        try bench.source.write("d/a", "1")
        try bench.source.write("d/b", "1")
        // Without deletion a directory that is not empty is in the way.
        var job = bench.job()
        job.deletes = false
        let outcome = await bench.transfer(to: world.address + "open/sub/").run(job)
        guard case .partial(let failures) = outcome.result else {
            Issue.record("one path is in the way: \(outcome)")
            return
        }
        #expect(failures.map(\.change) == [Change("d/a")])
        #expect(try bench.target.read("sub/d/b") == "1")
    }

    @Test("a module tells nothing about its directory, but where rsyncd.conf can be read")
    func identity() async throws {
        let bench = try TransferBench()
        guard case .unknown = await bench.transfer(to: "127.0.0.1::nothing/").identify() else {
            Issue.record("no file here says where that module is")
            return
        }
        let text = ["path = /all", "[a]", " path = /x/y ", "# path = /no", "[b]", "comment = c"].map { ByteString($0) }
        #expect(RsyncDaemonFile.path(of: "a", in: text) == "/x/y")
        #expect(RsyncDaemonFile.path(of: "b", in: text) == "/all")
    }
}

@Suite("Words of shells, and what ssh and hosts answer")
struct SshWordsTests {
    @Test("a remote shell is split as rsync splits it")
    func split() {
        #expect(ShellWords.split("ssh -p 22") == ["ssh", "-p", "22"])
        #expect(ShellWords.split("ssh  -o 'A b' -i\"k 1\"") == ["ssh", "-o", "A b", "-ik 1"])
        #expect(ShellWords.split("ssh 'it''s'") == ["ssh", "it's"])
        #expect(ShellWords.split("ssh -o $x \\y") == ["ssh", "-o", "$x", "\\y"])
        #expect(ShellWords.quoted("it's $x") == #"'it'\''s $x'"#)
    }

    @Test("ssh -G tells the port, a proxy and multiplexing")
    func configuration() {
        let plain = SshConfiguration(["hostname 10.0.0.1", "port 2222", "controlmaster false", "user root"])
        #expect(plain.hostName == "10.0.0.1" && plain.port == 2222 && !plain.multiplexes && !plain.usesProxy)
        #expect(SshConfiguration(["controlmaster auto"]).multiplexes)
        #expect(SshConfiguration(["controlpath /x"]).multiplexes)
        #expect(SshConfiguration(["proxyjump gate"]).usesProxy)
        #expect(SshConfiguration(["proxycommand nc %h %p"]).usesProxy)
    }

    @Test("an answer about identity is found among noise, and only when it is whole")
    func answers() {
        let lines: [ByteString] = [
            "Welcome!", "lockstep-identity boot abc", "lockstep-identity missing", "lockstep-identity missing", "noise",
            "lockstep-identity path /a", "lockstep-identity file 1:2", "lockstep-identity file 1:1",
        ]
        #expect(IdentityQuestion.answer(in: lines, to: "/a/b/") == nil)
        let answer = IdentityQuestion.answer(in: lines + ["lockstep-identity end"], to: "/a/b/")
        #expect(answer?.bootID == "abc")
        #expect(
            answer?.chain
                == DirectoryChain(
                    identities: [.init(device: 1, inode: 2), .init(device: 1, inode: 1)], path: "/a", missing: "b"))
    }
}
