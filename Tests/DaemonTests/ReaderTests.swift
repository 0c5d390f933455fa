import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("Who may look, and who may steer")
struct ReaderTests {

    /// As an ordinary user whose only group is this one, through the real command line.
    private func ask(_ control: ControlTrial, group: ByteString, _ words: ByteString...) async throws -> Trial.Ending {
        let prefix: [ByteString] = ["--reuid=1234", "--regid=" + group, "--clear-groups", "--"]
        let state: [ByteString] = ["--state-dir", control.trial.tree.path + "/state"]
        let process = try LockstepProcess(
            prefix + [LockstepProcess.binary] + words + state, environment: control.trial.environment,
            directory: control.trial.tree.path, binary: "/usr/bin/setpriv")
        let exit = try await process.waitForExit(within: .seconds(60))
        return Trial.Ending(exit: exit, output: process.output, errors: process.errors)
    }

    /// Groups by name, which is how a configuration names them: those of the system's that are ours for the test.
    private func trial() throws -> ControlTrial {
        if geteuid() != 0 { try Test.cancel("only root can ask as somebody else") }
        let control = try ControlTrial()
        try control.trial.tree.tree.changeMode("", 0o755)
        return control
    }

    @Test("a member of controlReaders sees status and explanations, and steers nothing; one of controlGroup does both")
    func groups() async throws {
        let control = try trial()
        // Groups that every Debian has.
        try control.write(settings: #"controlGroup = "operator", controlReaders = "users","#)
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        for group: ByteString in ["100", "37"] {
            let status = try await ask(control, group: group, "status")
            #expect(status.exit == .code(0), "\(status.errors)")
            #expect(status.output.contains("all targets are in step"), "\(status.output)")
            let json = try await ask(control, group: group, "status", "--json")
            #expect(json.output.contains(#""inStep":true"#), "\(json)")
            let explained = try await ask(control, group: group, "explain", control.trial.source.path("first"))
            #expect(explained.output.contains("in step, nothing is owed"), "\(explained)")
        }
        for words: [ByteString] in [
            ["pause", "one"], ["resume"], ["flush"], ["resync"], ["reload"], ["targets", "remove", "one"],
            ["targets", "drain", "one"], ["targets", "accept", "one"], ["targets", "add", "/x/"], ["wait", "1-1"],
        ] {
            let refused = try await ask(control, words)
            #expect(refused.exit == .code(77), "\(words): \(refused)")
            #expect(refused.errors.contains("as the user that runs the mirror"), "\(refused.errors)")
        }
        #expect(try await !control.ask("status").output.contains("paused"))
        #expect(try await ask(control, group: "37", "pause", "one").exit == .code(0))
        #expect(program.output.contains("paused until lockstep resume (user 1234, process "), "\(program.output)")
        try await program.stop()
    }

    private func ask(_ control: ControlTrial, _ words: [ByteString]) async throws -> Trial.Ending {
        let prefix: [ByteString] = ["--reuid=1234", "--regid=100", "--clear-groups", "--", LockstepProcess.binary]
        let state: [ByteString] = ["--state-dir", control.trial.tree.path + "/state"]
        let process = try LockstepProcess(
            prefix + words + state, environment: control.trial.environment, directory: control.trial.tree.path,
            binary: "/usr/bin/setpriv")
        let exit = try await process.waitForExit(within: .seconds(60))
        return Trial.Ending(exit: exit, output: process.output, errors: process.errors)
    }

    @Test("a word that steers is refused at the socket of readers, whatever program brings it")
    func atTheSocket() async throws {
        let control = try trial()
        let socket = control.trial.tree.path + "/sock"
        try control.write(settings: "controlSocket = \"\(socket)\", controlReaders = \"users\",")
        let program = try control.trial.start("run", "conf")
        try await Condition.wait(until: "it answers", deadline: .seconds(60)) {
            try await control.ask("status", "--socket", socket + ".readers").exit == .code(0)
        }
        let refused = try await control.ask("pause", "--socket", socket + ".readers")
        #expect(refused.exit == .code(77))
        #expect(refused.errors.contains("may look (status, explain), and not steer"), "\(refused.errors)")
        #expect(try control.trial.tree.tree.status("sock")?.mode == 0o600)
        #expect(try control.trial.tree.tree.status("sock.readers")?.mode == 0o660)
        try await program.stop()
        #expect(try control.trial.tree.tree.status("sock.readers") == nil)
    }

    @Test("without controlReaders nobody else sees anything, and is told who may")
    func nobody() async throws {
        let control = try trial()
        try control.write()
        let program = try await control.start()
        for words: [ByteString] in [["status"], ["explain", "/x"], ["flush"]] {
            let refused = try await ask(control, words)
            #expect(refused.exit == .code(77), "\(words): \(refused)")
            #expect(refused.errors.contains("Permission denied"), "\(refused.errors)")
            #expect(refused.errors.contains("controlGroup"), "\(refused.errors)")
        }
        try await program.stop()
        let gone = try await ask(control, ["status"])
        #expect(gone.exit == .code(69))
        #expect(gone.errors.contains("no lockstep runs here"), "\(gone.errors)")
    }

    @Test("a group that is not there is told, and the mirror goes on; nobody gets in because of it")
    func unknownGroup() async throws {
        let control = try trial()
        try control.write(settings: #"controlReaders = "no-such-group","#)
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(program.output.contains("the socket of controlReaders cannot be made"), "\(program.output)")
        #expect(try await ask(control, ["status"]).exit == .code(77))
        try await program.stop()
    }

    @Test("who reads the configuration anew, and who accepts a source, is in the log")
    func names() async throws {
        let control = try ControlTrial()
        try control.write(settings: #"reload = "difference","#)
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try await control.ask("reload").exit == .code(0))
        try await Condition.wait(
            until: "it is told", state: { program.output },
            holds: {
                program.output.contains("the configuration: is read again (user \(geteuid()), process ")
            })
        try await program.stop()
        try control.trial.source.remove("first")
        let second = try await control.start()
        try await Condition.wait(until: "the source is held", deadline: .seconds(60)) {
            try await control.ask("status").output.contains("lockstep accept")
        }
        #expect(try await control.ask("accept", control.trial.source.root).exit == .code(0))
        try await Condition.wait(
            until: "it is told", deadline: .seconds(60), state: { second.output },
            holds: {
                second.output.contains("user \(geteuid()) has accepted it as it is")
            })
        try await second.stop()
    }
}
