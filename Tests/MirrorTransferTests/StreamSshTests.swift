import Glibc
import MirrorCore
import MirrorTesting
import MirrorTransfer
import Synchronization
import Testing

@Suite("The stream over a real sshd", .enabled(if: geteuid() == 0, "sshd needs root here"))
struct StreamSshTests {
    @Test("changes and comparisons go through one login")
    func oneLogin() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        let stream = try bench.stream(to: ssh.target)
        for round in 0..<10 {
            try bench.source.write("a b'c", ByteString("round \(round)"))
            #expect(await stream.run(bench.job(["a b'c"], exactly: true)).result == .done)
            #expect(try bench.exact() == "")
        }
        #expect(await stream.compare(bench).result == .done)
        #expect(ssh.logins == 1)
        #expect(try bench.calls() == [])
        await stream.close()
    }

    @Test("a host without the agent gets its transfers by rsync, and a line says so")
    func noAgent() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        let stream = try bench.stream(to: ssh.target) { _, stream, _ in stream.agentPath = "/nonexistent/agent" }
        try bench.source.write("a", "1")
        #expect(await stream.compare(bench).result == .done)
        #expect(try bench.exact() == "")
        #expect(bench.lines.withLock { $0 }.contains { $0.description.contains("can't run at") })
        await stream.close()
    }

    @Test("a host that is away is told as such, and gets everything when it is back")
    func away() async throws {
        let ssh = try await SshBench()
        let bench = ssh.bench
        let stream = try bench.stream(to: ssh.target)
        try bench.source.write("a", "1")
        guard case .failed(let failure) = await stream.run(bench.job(["a"])).result else {
            Issue.record("it did not fail")
            return
        }
        #expect(failure.cause == .unreachable)
        try await ssh.server.start()
        #expect(await stream.run(bench.job(["a"])).result == .done)
        #expect(try bench.exact() == "")
        await stream.close()
    }

    @Test("text of a login file in the connection is told as such")
    func noise() async throws {
        let ssh = try await SshBench(serverExtra: "ForceCommand echo welcome")
        try await ssh.server.start()
        let stream = try ssh.bench.stream(to: ssh.target)
        try ssh.bench.source.write("a", "1")
        guard case .failed(let failure) = await stream.run(ssh.bench.job(["a"])).result else {
            Issue.record("it did not fail")
            return
        }
        #expect(failure.cause == .loginNoise)
        await stream.close()
    }

    @Test("a forced command pins the agent to its directory, whatever the sender asks for")
    func forcedCommand() async throws {
        let ssh = try await SshBench()
        let bench = ssh.bench
        let agent = LockstepProcess.buildDirectory + "/lockstep-agent"
        try ssh.writeAuthorizedKeys(
            "command=\"" + agent + " --root " + bench.target.root + "\",restrict " + ssh.server.keys.publicIdentity)
        try await ssh.server.start()
        let other = try bench.scratch.directory("other")
        let stream = try bench.stream(to: "web:" + other.root + "/")
        try bench.source.write("a", "1")
        #expect(await stream.run(bench.job(["a"])).result == .done)
        #expect(try bench.target.read("a") == "1")
        #expect(try other.names() == [])
        await stream.close()
    }
}
