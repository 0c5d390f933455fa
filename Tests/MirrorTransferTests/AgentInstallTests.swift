import Glibc
import MirrorCore
import MirrorTesting
import MirrorTransfer
import Synchronization
import Testing

@Suite(
    "An agent that is put on a host, only where that is asked for", .enabled(if: geteuid() == 0, "sshd needs root here")
)
struct AgentInstallTests {
    /// A host with a home directory of its own, and without an agent in PATH.
    private struct Host {
        let place: TemporaryTree
        let home: DirectoryTree
        let ssh: SshBench

        init(path: String = "/usr/bin:/bin", home: DirectoryTree? = nil) async throws {
            place = try TemporaryTree()
            self.home = try home ?? place.directory("home")
            let home = self.home
            ssh = try await SshBench(
                serverExtra: "SetEnv HOME=\(home.root) PATH=\(path.replacing("PLACE", with: place.path.description))")
            try await ssh.server.start()
        }

        func stream(installs: Bool) throws -> StreamTransfer {
            try ssh.bench.stream(to: ssh.target) { _, stream, _ in
                stream.agentPath = nil
                stream.installs = installs
            }
        }

        var copies: [ByteString] { (try? home.names(".local/lib/lockstep")) ?? [] }

        func says(_ text: String) -> Int {
            ssh.bench.lines.withLock { $0 }.count { $0.description.contains(text) }
        }
    }

    @Test("it is installed at the first contact, found at the next one, and removed again")
    func installs() async throws {
        let host = try await Host()
        let bench = host.ssh.bench
        let first = try host.stream(installs: true)
        try bench.source.write("a", "1")
        #expect(await first.run(bench.job()).result == .done)
        #expect(try bench.exact() == "")
        #expect(try bench.calls() == [])
        #expect(host.says("has been installed") == 1)
        #expect(host.copies.count == 1 && host.copies[0].hasPrefix("lockstep-agent-2-"), "\(host.copies)")
        await first.close()
        let second = try host.stream(installs: true)
        try bench.source.write("a", "22")
        #expect(await second.run(bench.job(["a"])).result == .done)
        #expect(try bench.exact() == "")
        #expect(host.says("has been installed") == 1)
        await second.close()
        // What is not ours stays.
        try host.home.write(".local/lib/lockstep/other", "kept")
        let removed = await AgentRemoval.run(at: "web", bench.connections)
        #expect(removed.ending == .exited(0) && removed.output.count == 1)
        #expect(host.copies == ["other"])
        #expect(await AgentRemoval.run(at: "web", bench.connections).output == [])
    }

    @Test("nobody asked: rsync does the transfer, nothing is put there, and a line says how to ask")
    func unasked() async throws {
        let host = try await Host()
        let bench = host.ssh.bench
        let stream = try host.stream(installs: false)
        try bench.source.write("a", "1")
        #expect(await stream.compare(bench).result == .done)
        #expect(try bench.exact() == "")
        #expect(try bench.calls().count == 1)
        #expect(try host.home.names() == [])
        #expect(host.says("agentInstall = true") == 1)
        await stream.close()
    }

    @Test("a host of another kind gets none, and its transfers by rsync")
    func otherMachine() async throws {
        let host = try await Host(path: "PLACE/bin:/usr/bin:/bin")
        try host.place.tree.makeDirectory("bin")
        try host.place.tree.write(
            "bin/uname", "#!/bin/sh\n[ \"$1\" = -s ] && echo Linux || echo riscv64\n", mode: 0o755)
        let bench = host.ssh.bench
        let stream = try host.stream(installs: true)
        try bench.source.write("a", "1")
        #expect(await stream.compare(bench).result == .done)
        #expect(try bench.exact() == "")
        #expect(try bench.calls().count == 1)
        #expect(try host.home.names() == [])
        #expect(host.says("riscv64") == 1)
        await stream.close()
    }

    @Test("where it can't be put, or not be executed, rsync does the transfers; it is not sent again and again")
    func noExecution() async throws {
        let mounted = try await MountedFileSystem(.tmpfs)
        try await ChildProcess.run(["mount", "-o", "remount,noexec", mounted.path])
        let host = try await Host(home: DirectoryTree(mounted.path))
        let bench = host.ssh.bench
        for round in 1...2 {
            let stream = try host.stream(installs: true)
            try bench.source.write("a", ByteString("round \(round)"))
            #expect(await stream.compare(bench).result == .done)
            #expect(try bench.exact() == "")
            #expect(try bench.calls().count == round)
            await stream.close()
        }
        #expect(host.copies.count == 1)
        #expect(host.says("is there already and does not run") == 1)
        try await ChildProcess.run(["rm", "-r", host.home.path(".local")])
        try host.home.write(".local", "a file in the way")
        let stream = try host.stream(installs: true)
        #expect(await stream.compare(bench).result == .done)
        #expect(host.says("could not be installed") == 2)
        await stream.close()
    }
}
