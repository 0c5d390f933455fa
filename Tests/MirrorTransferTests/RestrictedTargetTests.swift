import Glibc
import MirrorCore
import MirrorTesting
import MirrorTransfer
import Testing

private func cause(_ outcome: Outcome) -> Failure.Cause? {
    if case .failed(let failure) = outcome.result { failure.cause } else { nil }
}

extension SshBench {
    /// What the server's key may do: a command for `sh`, in which the client's own words are $SSH_ORIGINAL_COMMAND.
    fileprivate func pin(_ command: String) throws {
        let quoted = ByteString(command.replacing("\"", with: "\\\""))
        try writeAuthorizedKeys("command=\"" + quoted + "\" " + server.keys.publicIdentity)
    }

    /// The home directory of whoever logs in is one of the test's own.
    fileprivate func moveHome() throws {
        try pin("cd '\(bench.target.root)' && HOME='\(bench.target.root)' exec sh -c \"$SSH_ORIGINAL_COMMAND\"")
    }

    /// Writes down every command that comes, and runs it.
    fileprivate func record() throws {
        try pin(
            "echo \"$SSH_ORIGINAL_COMMAND\" >>'\(bench.scratch.path)/commands'; exec sh -c \"$SSH_ORIGINAL_COMMAND\"")
    }

    fileprivate func commands() throws -> [ByteString] {
        try bench.scratch.tree.read("commands").split(separator: UInt8(ascii: "\n")).filter { $0.hasPrefix("rsync ") }
    }
}

@Suite("Restricted and odd targets over ssh", .enabled(if: geteuid() == 0, "sshd needs root here"))
struct RestrictedTargetTests {
    /// Every kind of batch: the start, a list, a list with a second write in it, more paths than a list has, a removal,
    /// and a rename for ways that move.
    private func bringEverything(_ bench: TransferBench, _ transfer: any Transferring) async throws {
        try bench.source.makeDirectory("d")
        try bench.source.write("d/a", "1")
        #expect(await transfer.run(bench.job()).result == .done)
        try bench.source.write("d/a", "2")
        #expect(await transfer.run(bench.job(["d/a"], exactly: true)).result == .done)
        let names = (0...RsyncWords.listLimit).map { ByteString("d/\($0)") }
        for name in names { try bench.source.write(name, "x") }
        #expect(await transfer.run(bench.job(names)).result == .done)
        for name in names { try bench.source.remove(name) }
        #expect(await transfer.run(bench.job(names)).result == .done)
        try bench.source.rename("d/a", to: "d/b")
        let renamed = [Change("d/a"), Change("d/b", movedFrom: "d/a")]
        #expect(await transfer.run(bench.job(.changes(renamed))).result == .done)
        #expect(try TreeComparison.differences(bench.source, bench.target, checking: .contentsOnly) == [])
    }

    @Test(
        "behind rrsync everything arrives, renames too",
        .enabled(if: access("/usr/bin/rrsync", X_OK) == 0, "needs rrsync"))
    func rrsync() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        try ssh.pin("/usr/bin/rrsync \(ssh.bench.target.root)")
        let transfer = try ssh.rsyncssh(words: ["-lt"]) { sync, ssh in
            sync.target = "web:"
            ssh.targetDirectory = ""
        }
        try await bringEverything(ssh.bench, transfer)
        await ssh.bench.connections.close()
    }

    @Test("behind a pinned rsync --server everything arrives, as it does from lsyncd", arguments: [true, false])
    func pinnedServer(protectsArguments: Bool) async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let words: [ByteString] = [protectsArguments ? "-lts" : "-lt"]
        let exact = ssh.bench.transfer(to: ssh.target, words: words) { _, _, settings in
            settings.rsyncCompat = .exact
        }
        try ssh.record()
        try ssh.bench.source.write("first", "1")
        #expect(await exact.run(ssh.bench.job(["first"])).result == .done)
        let pinned = try #require(try ssh.commands().last)
        try ssh.pin("exec \(pinned)")
        let transfer = ssh.bench.transfer(to: ssh.target, words: words)
        try await bringEverything(ssh.bench, transfer)
        await ssh.bench.connections.close()
    }

    @Test("behind a sudo that takes only lsyncd's own words everything arrives; what it refuses is told")
    func pinnedSudo() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        let words: [ByteString] = ["-lt", "--rsync-path=sudo rsync"]
        // Stands for sudo, which would be asked the same: the words that lsyncd's command lines come to, and no others.
        try ssh.bench.scratch.tree.makeDirectory("bin")
        let allowed = ssh.bench.scratch.path + "/allowed"
        let sudo = """
            #!/bin/bash
            if [ -e '\(allowed).open' ]; then echo "$*" >>'\(allowed)'; exec "$@"; fi
            grep -qxF -- "$*" '\(allowed)' && exec "$@"
            echo "Sorry, user mirror is not allowed to execute '/usr/bin/$*' as root on web." >&2
            exit 1

            """
        try ssh.bench.scratch.tree.write("bin/sudo", ByteString(sudo), mode: 0o755)
        try ssh.pin("PATH='\(ssh.bench.scratch.path)/bin':$PATH exec sh -c \"$SSH_ORIGINAL_COMMAND\"")
        try ssh.bench.scratch.tree.write("allowed", "")
        try ssh.bench.scratch.tree.write("allowed.open", "")
        let exact = ssh.bench.transfer(to: ssh.target, words: words) { _, _, settings in
            settings.rsyncCompat = .exact
        }
        #expect(await exact.run(ssh.bench.job()).result == .done)
        #expect(await exact.run(ssh.bench.job(["nothing"])).result == .done)
        try ssh.bench.scratch.tree.remove("allowed.open")
        try await bringEverything(ssh.bench, ssh.bench.transfer(to: ssh.target, words: words))
        try ssh.bench.scratch.tree.write("allowed", "")
        #expect(cause(await exact.run(ssh.bench.job())) == .refusedWords)
        await ssh.bench.connections.close()
    }

    @Test("an account that takes sftp alone is refused at the start, with that reason")
    func sftpOnly() async throws {
        let ssh = try await SshBench(serverExtra: "ForceCommand internal-sftp")
        try await ssh.server.start()
        try ssh.bench.source.write("a", "1")
        let expected = Failure(.commandsRefused, detail: "This service allows sftp connections only.")
        try await ssh.bench.transfer(to: ssh.target).answers(.unknown(expected))
        try await ssh.rsyncssh().answers(.unknown(expected))
        #expect(try ssh.bench.target.names().isEmpty)
    }

    @Test(
        "a tilde is what a shell would make of it, also where no shell sees it",
        arguments: [
            ("h:~/x/", "-lts", "h:x/"), ("u@h:~/", "-s", "u@h:./"), ("h:~", "-s", "h:./"), ("h:~/x/", "-lt", "h:~/x/"),
            ("h:/~/x/", "-s", "h:/~/x/"), ("/~/x/", "-s", "/~/x/"), ("~/x/", "-s", "~/x/"),
            ("h:~u/x/", "-s", "h:~u/x/"),
            ("h::~/x/", "-s", "h::~/x/"), ("[::1]:~/x/", "-s", "[::1]:x/"),
        ])
    func tilde(target: String, words: String, plain: String) {
        let words = PersonWords([ByteString(words)])
        #expect(HomeDirectory.plain(ByteString(target), words: words) == ByteString(plain))
    }

    @Test("rrsync, which refuses -s, says which setting helps")
    func refusedLetter() {
        let failure = Failure(.refusedWords, detail: "rrsync error: option -s has been disabled on this server.")
        #expect(FailureAdvice.cure(for: failure, target: "h:").contains("protect_args = false"))
    }

    @Test("behind a jump host everything arrives, by the person's configuration and by options of the sync")
    func jumpHost() async throws {
        let gate = try await SshBench()
        try await gate.server.start()
        let proxy = "ProxyCommand '\(gate.shell)' -W %h:%p web"
        let ssh = try await SshBench(clientExtra: "  \(proxy)")
        try await ssh.server.start()
        let transfer = try ssh.rsyncssh()
        #expect(await transfer.answersPort())
        try await transfer.answers(.distinct)
        try await bringEverything(ssh.bench, transfer)
        #expect(gate.logins > 0)
        await ssh.bench.connections.close()
    }

    @Test("a target below the home directory: a tilde, a relative one, and none at all")
    func home() async throws {
        for directory in ["~/x/", "x/", "./x/", ""] as [ByteString] {
            let ssh = try await SshBench()
            try await ssh.server.start()
            try ssh.moveHome()
            let transfer = try ssh.rsyncssh { sync, ssh in
                sync.target = "web:" + directory
                ssh.targetDirectory = directory
            }
            try ssh.bench.source.write("a", "1")
            #expect(await transfer.run(ssh.bench.job()).result == .done)
            let place: ByteString = directory.isEmpty ? "" : "x/"
            let inode = try FileFacts(ssh.bench.target.path(place + "a"))
            try ssh.bench.source.rename("a", to: "b")
            let renamed = [Change("a"), Change("b", movedFrom: "a")]
            #expect(await transfer.run(ssh.bench.job(.changes(renamed))).result == .done)
            // It was moved there, so the moves mean the same directory as rsync.
            #expect(try FileFacts(ssh.bench.target.path(place + "b")) == inode, "\(directory)")
            #expect(try ssh.bench.target.status(place + "a") == nil)
            await ssh.bench.connections.close()
        }
    }

    private struct FileFacts: Equatable {
        var inode: UInt64

        init(_ path: ByteString) throws {
            var facts = stat()
            try #require(stat(path.description, &facts) == 0)
            inode = UInt64(facts.st_ino)
        }
    }
}

@Suite("Targets at IPv6 addresses")
struct AddressTests {
    private static var hasAddress: Bool { (try? DirectoryTree("/proc/net").read("if_inet6"))?.isEmpty == false }

    @Test("an rsync daemon with a password file", .enabled(if: hasAddress, "this machine has no IPv6"))
    func daemon() async throws {
        let bench = try TransferBench()
        let port = try FreePort.find()
        try bench.scratch.tree.write("secrets", "user:secret word\n", mode: 0o600)
        try bench.scratch.tree.write("password", "secret word\n", mode: 0o600)
        let text = """
            use chroot = no
            address = ::1
            uid = \(geteuid())
            gid = \(getegid())
            [m]
              path = \(bench.target.root)
              read only = no
              auth users = user
              secrets file = \(bench.scratch.path)/secrets

            """
        try bench.scratch.tree.write("rsyncd.conf", ByteString(text))
        let daemon = try ChildProcess([
            "rsync", "--daemon", "--no-detach", ByteString("--port=\(port)"),
            "--config=" + bench.scratch.tree.path("rsyncd.conf"),
        ])
        let password: ByteString = "--password-file=" + bench.scratch.tree.path("password")
        let byURL = bench.transfer(
            to: ByteString("rsync://user@[::1]:\(port)/m/"), words: ["-lts", password])
        try await Condition.wait(
            until: "the daemon listens", deadline: .seconds(60), state: { daemon.errorText },
            holds: { await byURL.answersPort() })
        try bench.source.write("a", "1")
        #expect(await byURL.run(bench.job()).result == .done)
        let byModule = bench.transfer(
            to: "user@[::1]::m/", words: ["-lts", password, ByteString("--port=\(port)")])
        try bench.source.write("b", "2")
        #expect(await byModule.answersPort())
        #expect(await byModule.run(bench.job(["b"])).result == .done)
        #expect(try bench.target.names() == ["a", "b"])
        let without = bench.transfer(to: ByteString("rsync://user@[::1]:\(port)/m/"), words: ["-lts"])
        #expect(cause(await without.run(bench.job())) == .permissionDenied)
    }

    @Test(
        "a host over ssh", .enabled(if: hasAddress, "this machine has no IPv6"),
        .enabled(if: geteuid() == 0, "sshd needs root here"))
    func shell() async throws {
        let place = try TemporaryTree()
        let keys = try await SshKeys.make(in: place.tree)
        let server = try SshServer(in: place.tree, keys: keys, address: "::1", port: try FreePort.find())
        try await server.start()
        try place.tree.write("known_hosts", keys.knownHosts("::1", port: server.port))
        let bench = try TransferBench()
        try bench.source.write("a", "1")
        let words = server.clientWords(knownHosts: place.tree.path("known_hosts")).joined(separator: " ")
        var ssh = SshSettings(host: "root@[::1]", targetDirectory: bench.target.root + "/")
        ssh.options = ByteString(Array(words.bytes.dropFirst(4)))
        var rsync = RsyncSettings()
        rsync.words.append("--rsh=" + words)
        var sync = SyncSettings(
            name: "S", source: bench.source.root, target: "root@[::1]:" + bench.target.root + "/")
        sync.transfer = .rsyncssh(rsync, ssh)
        let behind = RsyncTransfer(
            sync: sync, settings: Settings(), kernel: bench.kernel, pool: bench.pool, connections: bench.connections,
            output: { _ in })
        let transfer = RsyncSshTransfer(sync: sync, ssh: ssh, rsync: behind)
        #expect(await transfer.run(bench.job()).result == .done)
        try await transfer.answers(.distinct)
        try bench.source.rename("a", to: "b")
        let renamed = [Change("a"), Change("b", movedFrom: "a")]
        #expect(await transfer.run(bench.job(.changes(renamed))).result == .done)
        #expect(try bench.target.names() == ["b"])
    }
}

@Suite("A rehearsal at a host that would not hear that it is one", .enabled(if: geteuid() == 0, "sshd needs root here"))
struct RehearsalSafetyTests {
    @Test("a pinned rsync is not rehearsed: it would delete for real what an empty source does not have")
    func pinned() async throws {
        let ssh = try await SshBench()
        try await ssh.server.start()
        try ssh.bench.target.write("precious", "x")
        try ssh.pin("rsync --server -ltre.iLsfxCIvu --delete --ignore-errors . \(ssh.bench.target.root)/")
        var job = ssh.bench.job()
        job.isRehearsal = true
        let outcome = await ssh.bench.transfer(to: ssh.target, words: ["-lt"]).run(job)
        #expect(outcome.result == .done && outcome.deletions == nil)
        #expect(try ssh.bench.target.names() == ["precious"])
    }
}
