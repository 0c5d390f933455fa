import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer
import Testing

private func cause(_ outcome: Outcome) -> Failure.Cause? {
    if case .failed(let failure) = outcome.result { failure.cause } else { nil }
}

@Suite("Shared ssh connections with a real sshd", .enabled(if: geteuid() == 0, "sshd needs root here"))
struct SshConnectionTests {
    @Test("after the first success all transfers to a host share one connection, until the end")
    func shared() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        try bench.source.write("a", "1")
        let transfer = bench.transfer(to: ssh.target)
        #expect(await transfer.run(bench.job()).result == .done)
        try await ssh.waitForMaster()
        let logins = ssh.logins
        #expect(logins == 2)
        for round in 0..<5 {
            try bench.source.write("a", ByteString("round \(round)"))
            #expect(await transfer.run(bench.job(["a"], exactly: true)).result == .done)
            #expect(try bench.target.read("a") == ByteString("round \(round)"))
        }
        let second = bench.transfer(to: "web:" + bench.target.path("second/"))
        #expect(await second.run(bench.job()).result == .done)
        #expect(ssh.logins == logins)
        await bench.connections.close()
        #expect(!ssh.host.isShared)
        #expect(await transfer.run(bench.job()).result == .done)
        #expect(ssh.logins == logins + 1)
    }

    @Test("where the person's configuration multiplexes, or a shell is given, nothing is added")
    func personDecides() async throws {
        let ssh = try await SshBench(clientExtra: "  ControlPath /nonexistent/%h")
        try await ssh.server.start()
        #expect(await ssh.host.configuration()?.multiplexes == true)
        #expect(await ssh.bench.transfer(to: ssh.target).run(ssh.bench.job()).result == .done)
        #expect(!ssh.host.isShared)
        let other = try await SshBench()
        try await other.server.start()
        let words: [ByteString] = ["-a", "-e", other.shell]
        let transfer = other.bench.transfer(to: other.target, words: words)
        #expect(await transfer.run(other.bench.job()).result == .done)
        #expect(await transfer.run(other.bench.job()).result == .done)
        #expect(other.logins == 2)
        #expect(await transfer.answersPort())
        try await transfer.answers(.distinct)
    }

    @Test("a master that dies is replaced after the next success, and no transfer is lost to it")
    func masterDies() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        let transfer = bench.transfer(to: ssh.target)
        #expect(await transfer.run(bench.job()).result == .done)
        try await ssh.waitForMaster()
        for process in ssh.masters { kill(process, SIGKILL) }
        try await Condition.wait(until: "its end is noticed", deadline: .seconds(120)) { !ssh.host.isShared }
        try bench.source.write("a", "1")
        #expect(await transfer.run(bench.job()).result == .done)
        #expect(try bench.differences() == "")
    }

    @Test("a master that hangs is found out before the next transfer, which goes without it")
    func masterHangs() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        let transfer = bench.transfer(to: ssh.target)
        #expect(await transfer.run(bench.job()).result == .done)
        try await ssh.waitForMaster()
        for process in ssh.masters { kill(process, SIGSTOP) }
        ssh.host.forgetLastSuccess()
        try bench.source.write("a", "1")
        #expect(await transfer.run(bench.job()).result == .done)
        #expect(try bench.differences() == "")
        #expect(!ssh.host.isShared)
    }

    @Test("a transfer whose connection is cut has lost its connection")
    func cut() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        let path = "touch \(bench.scratch.path)/begun; exec sleep 60; rsync"
        let words: [ByteString] = ["-a", ByteString("--rsync-path=\(path)")]
        let transfer = bench.transfer(to: ssh.target, words: words)
        async let outcome = transfer.run(bench.job())
        try await Condition.wait(until: "the far side runs", deadline: .seconds(120)) {
            try bench.scratch.tree.status("begun") != nil
        }
        ssh.server.stop()
        #expect(cause(await outcome) == .connectionLost)
    }

    @Test("a server that allows one session at a time gets plain connections once that shows")
    func oneSession() async throws {
        let ssh = try await SshBench(serverExtra: "MaxSessions 1")
        try await ssh.server.start()
        let bench = ssh.bench
        let transfer = bench.transfer(to: ssh.target)
        #expect(await transfer.run(bench.job()).result == .done)
        try await ssh.waitForMaster()
        let gate = "until [ -e \(bench.scratch.path)/gate ]; do sleep 0.1; done"
        let slow = bench.transfer(
            to: ssh.target, words: ["-a", ByteString("--rsync-path=touch \(bench.scratch.path)/begun; \(gate); rsync")])
        async let first = slow.run(bench.job())
        try await Condition.wait(until: "the far side runs", deadline: .seconds(120)) {
            try bench.scratch.tree.status("begun") != nil
        }
        #expect(await transfer.run(bench.job()).result == .done)
        try bench.scratch.tree.write("gate", "")
        let earlier = await first
        #expect(earlier.result == .done)
        #expect(await transfer.run(bench.job()).result == .done)
        #expect(!ssh.host.isShared)
    }
}

@Suite("Failures over a real sshd", .enabled(if: geteuid() == 0, "sshd needs root here"))
struct SshFailureTests {
    @Test("a port that refuses is unreachable, and the probe says so; an open one answers")
    func refused() async throws {
        let ssh = try await SshBench()
        let transfer = ssh.bench.transfer(to: ssh.target)
        #expect(await !transfer.answersPort())
        #expect(cause(await transfer.run(ssh.bench.job())) == .unreachable)
        guard case .unknown(let failure) = await transfer.identify() else {
            Issue.record("nobody was there to say who it is")
            return
        }
        #expect(failure.cause == .unreachable)
        try await ssh.server.start()
        #expect(await transfer.answersPort())
    }

    @Test("a stand-in for rsync is called with lsyncd's words and no others, though nobody is there")
    func standIn() async throws {
        let ssh = try await SshBench()
        let recording = try RecordingRsync(in: ssh.bench.scratch.directory("recording"))
        try ssh.bench.source.write("a", "1")
        let transfer = ssh.bench.transfer(to: ssh.target, words: ["-rltvupgo"]) { _, rsync, _ in
            rsync.binary = recording.binary
            rsync.ignoresErrors = false
        }
        guard case .unknown = await transfer.identify() else {
            Issue.record("nobody was there to say who it is")
            return
        }
        #expect(await transfer.run(ssh.bench.job()).result == .done)
        #expect(await transfer.run(ssh.bench.job(["a"])).result == .done)
        let ends = [ssh.bench.source.root + "/", ssh.target]
        let list: [ByteString] = ["--force", "--from0", "--include-from=-", "--exclude=*"]
        let startup: [ByteString] = ["--delete", "-rltvupgo", "-r"]
        let batch: [ByteString] = ["-rltvupgo", "-r", "--delete"]
        let calls = try recording.calls()
        #expect(calls.map(\.words) == [startup + ends, batch + list + ends])
        #expect(calls.map(\.input) == ["", "/a\0/"])
    }

    @Test("a host key that is unknown, and one that has changed, are never accepted")
    func hostKeys() async throws {
        let ssh = try await SshBench(knowsHost: false)
        try await ssh.server.start()
        let transfer = ssh.bench.transfer(to: ssh.target)
        #expect(cause(await transfer.run(ssh.bench.job())) == .hostKeyUnknown)
        let other = try await SshKeys.make(in: ssh.bench.scratch.directory("other"))
        try ssh.writeKnownHosts(other.knownHosts("127.0.0.1", port: ssh.server.port))
        #expect(cause(await transfer.run(ssh.bench.job())) == .hostKeyChanged)
    }

    @Test("a key that is not taken is a permission denied, asked for once per try")
    func keyRefused() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        try ssh.writeAuthorizedKeys("")
        #expect(cause(await ssh.bench.transfer(to: ssh.target).run(ssh.bench.job())) == .permissionDenied)
        #expect(!ssh.host.isShared)
    }

    @Test(
        "what the far side says is recognised",
        arguments: [
            ("/nonexistent/rsync", Failure.Cause.rsyncMissingThere),
            ("echo Welcome to this machine; rsync", .loginNoise),
            ("echo 'sudo: a password is required' >&2; exit 1;", .sudoPassword),
            ("echo 'Sorry, user x is not allowed to execute rsync as root on web.' >&2; exit 1;", .refusedWords),
        ])
    func farSide(rsyncPath: String, expected: Failure.Cause) async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let words: [ByteString] = ["-a", ByteString("--rsync-path=\(rsyncPath)")]
        let outcome = await ssh.bench.transfer(to: ssh.target, words: words).run(ssh.bench.job())
        #expect(cause(outcome) == expected, "\(outcome)")
    }

    @Test("a full disk at the far side is told", .enabled(if: access("/usr/bin/mount", X_OK) == 0, "needs mount"))
    func fullDisk() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        try await ChildProcess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", bench.target.root])
        defer { umount2(bench.target.root.description, Int32(MNT_DETACH)) }
        try bench.source.write("large", ByteString([UInt8](repeating: 7, count: 300_000)))
        // rsync's last message is sometimes lost with the connection; the next try tells it.
        try await Condition.wait(until: "the full disk is told", deadline: .seconds(120)) {
            let outcome = await bench.transfer(to: ssh.target).run(bench.job(["large"]))
            #expect(outcome.result != .done)
            if case .partial(let failures) = outcome.result { return failures.map(\.kind) == [.noSpace] }
            return cause(outcome) == .noSpace
        }
    }

    @Test("a directory that can't be made there is an unusable target")
    func missingParent() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let outcome = await ssh.bench.transfer(to: "web:/proc/no/such/").run(ssh.bench.job())
        #expect(cause(outcome) == .targetUnusable, "\(outcome)")
    }

    @Test("a key pinned to other words refuses ours, and the batch goes with lsyncd's")
    func pinned() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let script = ssh.bench.scratch.tree.path("pinned")
        try ssh.bench.scratch.tree.write(
            "pinned",
            """
            #!/bin/sh
            case "$SSH_ORIGINAL_COMMAND" in *-@-1*|*modify-window*) exit 1;; esac
            exec $SSH_ORIGINAL_COMMAND

            """, mode: 0o755)
        try ssh.writeAuthorizedKeys("command=\"" + script + "\" " + ssh.server.keys.publicIdentity)
        try ssh.bench.source.write("a", "1")
        let transfer = ssh.bench.transfer(to: ssh.target)
        #expect(await transfer.run(ssh.bench.job(["a"], exactly: true)).result == .done)
        #expect(try ssh.bench.target.read("a") == "1")
    }

    @Test(
        "behind rrsync both forms arrive, by whichever words it takes",
        .enabled(if: access("/usr/bin/rrsync", X_OK) == 0, "needs rrsync"))
    func restricted() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        let command = "/usr/bin/rrsync " + bench.target.root
        try ssh.writeAuthorizedKeys("command=\"" + command + "\" " + ssh.server.keys.publicIdentity)
        let transfer = bench.transfer(to: "web:sub/", words: ["-rlt"])
        try bench.source.makeDirectory("d")
        try bench.source.write("d/a", "1")
        #expect(await transfer.run(bench.job()).result == .done)
        try bench.source.write("d/a", "2")
        let exactly = await transfer.run(bench.job(["d/a"], exactly: true))
        #expect(exactly.result == .done)
        let names = (0...RsyncWords.listLimit).map { ByteString("d/\($0)") }
        for name in names { try bench.source.write(name, "x") }
        #expect(await transfer.run(bench.job(names)).result == .done)
        for name in names { try bench.source.remove(name) }
        #expect(await transfer.run(bench.job(names)).result == .done)
        let arrived = DirectoryTree(bench.target.path("sub"))
        #expect(try TreeComparison.differences(bench.source, arrived, checking: .contentsOnly) == [])
        guard case .unknown(let failure) = await transfer.identify() else {
            Issue.record("rrsync runs no command")
            return
        }
        #expect(failure.cause != .unreachable)
    }
}

@Suite("Whether a target over ssh is its source", .enabled(if: geteuid() == 0, "sshd needs root here"))
struct SshIdentityTests {
    @Test("the host says it by device and inode, whatever noise and names there are")
    func identity() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let bench = ssh.bench
        let own = "web:" + bench.source.root
        try bench.scratch.tree.makeLink("alias", to: "source")
        try bench.source.makeDirectories("it's in \"here\" $HOME")
        try await bench.transfer(to: own + "/").answers(.isSource)
        try await bench.transfer(to: "web:" + bench.scratch.tree.path("alias/")).answers(.isSource)
        try await bench.transfer(to: ssh.target).answers(.distinct)
        try await bench.transfer(to: own + "/it's in \"here\" $HOME/").answers(.nested(inside: true))
        try await bench.transfer(to: own + "/not/yet/").answers(.nested(inside: true))
        try await bench.transfer(to: "web:" + bench.scratch.path + "/").answers(.nested(inside: false))
        let excluded = bench.transfer(to: own + "/not/yet/") { sync, _, _ in sync.excludes = ["/not"] }
        try await excluded.answers(.distinct)
        let shell = bench.transfer(to: own, words: ["-a", "-e", "'" + ssh.shell + "' -x"])
        try await shell.answers(.isSource)
    }

    @Test("where no command may run, own address and path decide")
    func noCommand() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        try ssh.writeAuthorizedKeys("command=\"exit 0\" " + ssh.server.keys.publicIdentity)
        try await ssh.bench.transfer(to: "web:" + ssh.bench.source.root + "/").answers(.isSource)
        guard case .unknown = await ssh.bench.transfer(to: ssh.target).identify() else {
            Issue.record("nothing tells what this target is")
            return
        }
    }
}
