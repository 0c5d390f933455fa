import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("the rehearsal before a switch")
struct RehearsalTests {
    private let trial: Trial

    init() throws { trial = try Trial() }

    private func check(_ words: ByteString...) async throws -> Trial.Ending {
        let process = try LockstepProcess(
            ["check"] + words + ["conf"], environment: trial.environment, directory: trial.tree.path)
        let exit = try await process.waitForExit(within: .seconds(60))
        return Trial.Ending(exit: exit, output: process.output, errors: process.errors)
    }

    @Test("a target that lacks files, and has nothing too much, is fine; it is not touched")
    func fine() async throws {
        try trial.write(trial.configuration())
        try trial.source.write("a file", "x")
        try trial.source.makeDirectory("d")
        let ending = try await check("--connect", "--dry-run")
        #expect(ending.exit == .code(0), "\(ending)")
        #expect(ending.output.contains("1 file would be sent: a file"))
        #expect(ending.output.contains("0 names would be deleted"))
        #expect(try trial.target.names().isEmpty)
    }

    @Test("what would be deleted is counted with examples, and is worth a look; it is not deleted")
    func deletions() async throws {
        try trial.write(trial.configuration())
        for number in 0..<8 { try trial.target.write(ByteString("stale\(number)"), "x") }
        let ending = try await check("--dry-run")
        #expect(ending.exit == .code(1), "\(ending)")
        #expect(ending.output.contains("8 names would be deleted: stale") && ending.output.contains("and 3 more"))
        #expect(try trial.target.names().count == 8)
        try trial.write(trial.configuration(sync: "delete = false"))
        let kept = try await check("--dry-run")
        #expect(kept.exit == .code(0) && kept.output.contains("nothing would be deleted"), "\(kept)")
    }

    @Test("a target that can't be used, and a configuration with mistakes, end with 2")
    func unusable() async throws {
        let port = try FreePort.find()
        try trial.write(
            """
            sync{ default.rsync, source = "\(trial.source.root)", target = "\(trial.target.root)" }
            sync{ default.rsync, source = "\(trial.source.root)", target = "rsync://127.0.0.1:\(port)/m" }
            """)
        let ending = try await check("--connect")
        #expect(ending.exit == .code(2), "\(ending)")
        let first = try #require(ending.output.firstRange(of: "Sync1: ")?.lowerBound)
        let second = try #require(ending.output.firstRange(of: "Sync2: ")?.lowerBound)
        #expect(first < second && ending.output.contains("does not answer"))
        try trial.write("sync{ default.rsync, source = 'nowhere' }")
        #expect(try await check("--dry-run").exit == .code(2))
        #expect(try await check().exit == .code(78))
    }

    @Test("a script in place of rsync is not started: it may take a dry run for a real one")
    func script() async throws {
        try trial.tree.tree.write("rsync", ByteString("#!/bin/sh\necho ran >>'\(trial.tree.path)/ran'\n"), mode: 0o755)
        try trial.write(trial.configuration(sync: "rsync = { binary = '\(trial.tree.path)/rsync' }"))
        let ending = try await check("--connect", "--dry-run")
        #expect(ending.exit == .code(1) && ending.output.contains("no dry run"), "\(ending)")
        #expect(try trial.tree.tree.status("ran") == nil)
    }

    @Test("the report has the words that will run, and what would be better")
    func report() async throws {
        try trial.write(
            """
            sync{ default.rsync, source = "\(trial.source.root)", target = "h:/t", exclude = { "*.bak" },
              rsync = { rsh = "ssh -p 22" } }
            sync{ default.rsyncssh, source = "\(trial.source.root)", host = "h", targetdir = "d", init = false }
            sync{ default.direct, source = "\(trial.source.root)", target = "t", delay = 0.5, crontab = "@daily" }
            """)
        let ending = try await check("--report")
        #expect(ending.exit == .code(0))
        let expected = [
            "Sync1 (conf:1)", "rsync --exclude-from=- --delete --ignore-errors -lts '--rsh=ssh -p 22' -r",
            "      *.bak", "--force --from0 --include-from=- '--exclude=*'", "above 1000 paths at once: ",
            "better: delay = 1 brings", "~/.ssh/config", "nothing is compared (init = false)",
            "renamed: ssh h sh -c", "by copies of its own", "goes once the source is quiet for 0.0 s",
            "crontab: @daily",
            "better: insist = true",
        ]
        for text in expected { #expect(ending.output.contains(text), "\(text)\n\(ending.output)") }
    }

    @Test("-t says as nginx says it whether a configuration would start, under both names")
    func configurationTest() async throws {
        try trial.write(trial.configuration())
        for asLsyncd in [true, false] {
            let good = try await trial.run("-t", "conf", asLsyncd: asLsyncd)
            #expect(good.exit == .code(0) && good.output.isEmpty)
            #expect(
                good.errors == "lsyncd: the configuration file conf syntax is ok\n"
                    + "lsyncd: configuration file conf test is successful\n")
        }
        try trial.write("settings{ insisit = true }\nsync{ default.rsync }")
        let bad = try await trial.run("-t", "conf", asLsyncd: true)
        #expect(bad.exit == .code(1) && bad.errors.hasSuffix("lsyncd: configuration file conf test failed\n"))
        #expect(bad.errors.contains("Error: conf:1: "))
    }
}

@Suite("the rehearsal over ssh", .enabled(if: geteuid() == 0, "sshd needs root here"))
struct SshRehearsalTests {
    private struct World {
        let trial: Trial
        let server: SshServer
        let place: TemporaryTree

        init() async throws {
            trial = try Trial()
            place = try TemporaryTree()
            let keys = try await SshKeys.make(in: place.tree)
            server = try SshServer(in: place.tree, keys: keys, port: try FreePort.find())
            try await server.start()
            try place.tree.write("known_hosts", keys.knownHosts("127.0.0.1", port: server.port))
        }

        func pin(_ command: String) throws {
            try place.tree.write(
                "authorized_keys", ByteString("command=\"\(command)\" ") + server.keys.publicIdentity, mode: 0o600)
        }

        func check(sync: String = "", knownHosts: ByteString? = nil) async throws -> Trial.Ending {
            let words = server.clientWords(knownHosts: knownHosts ?? place.tree.path("known_hosts"))
            let shell = words.joined(separator: " ")
            try trial.write(
                """
                sync{ default.rsync, source = "\(trial.source.root)", target = "root@127.0.0.1:\(trial.target.root)",
                  rsync = { rsh = "\(shell)" }, \(sync) }
                """)
            return try await trial.run("check", "--connect", "--dry-run", "conf")
        }
    }

    @Test("keys, the host's key, rsync there, and what a comparison would do")
    func connects() async throws {
        let world = try await World()
        try world.trial.source.write("new", "x")
        try world.trial.target.write("stale", "x")
        let ending = try await world.check()
        #expect(ending.exit == .code(1), "\(ending)")
        let expected = [
            "it is reached: the host is known", "there is rsync  version 3.", "1 file would be sent: new",
            "1 name would be deleted: stale",
        ]
        for text in expected { #expect(ending.output.contains(text), "\(text)\n\(ending.output)") }
        #expect(try world.trial.target.names() == ["stale"])
        try world.place.tree.write("nobody", "")
        let unknown = try await world.check(knownHosts: world.place.tree.path("nobody"))
        #expect(unknown.exit == .code(2) && unknown.output.contains("ssh-keyscan"), "\(unknown)")
        try world.place.tree.write("authorized_keys", "", mode: 0o600)
        let refused = try await world.check()
        #expect(refused.exit == .code(2) && refused.output.contains("authorized_keys"), "\(refused)")
    }

    @Test("a pinned rsync, which would take a dry run for a real one and delete, gets none, and nothing is deleted")
    func pinned() async throws {
        let world = try await World()
        try world.trial.target.write("precious", "x")
        try world.pin("rsync --server -ltre.iLsfxCIvu --delete --ignore-errors . \(world.trial.target.root)/")
        let ending = try await world.check(sync: "")
        #expect(ending.exit == .code(1) && ending.output.contains("no dry run: the host runs a command"), "\(ending)")
        #expect(try world.trial.target.names() == ["precious"])
    }
}
