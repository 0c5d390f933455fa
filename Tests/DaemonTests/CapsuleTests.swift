import Glibc
import MirrorCore
import MirrorStatus
import MirrorTesting
import Testing

@Suite("lockstep capsule")
struct CapsuleCommandTests {
    /// Each of another kind.
    private static let secrets = [
        "planted-file-1", "planted-token-2", "planted-shell-3", "planted-env-4", "planted-url-5", "planted-word-6",
        "planted-sshpass-7", "planted-hook-8",
    ]

    private struct Made {
        let ending: Trial.Ending
        let capsule: Capsule
        let text: String

        func part(_ name: String) -> String {
            capsule.parts.first { $0.name.description.hasPrefix(name) }?.text.description ?? "(no part \(name))"
        }
    }

    private func make(_ control: ControlTrial, _ words: ByteString..., named name: ByteString) async throws -> Made {
        let state: [ByteString] = ["--state-dir", control.trial.tree.path + "/state"]
        let process = try LockstepProcess(
            ["capsule", name] + words + state, environment: control.trial.environment,
            directory: control.trial.tree.path)
        let exit = try await process.waitForExit(within: .seconds(60))
        let ending = Trial.Ending(exit: exit, output: process.output, errors: process.errors)
        #expect(ending.exit == .code(0), "\(ending)")
        let bytes = try control.trial.tree.tree.read(name)
        return Made(ending: ending, capsule: try #require(Capsule(bytes)), text: bytes.description)
    }

    private func write(_ control: ControlTrial) throws {
        let tree = control.trial.tree
        try tree.tree.write("password", "planted-file-1\n", mode: 0o600)
        try tree.tree.write(
            "rsync", "#!/bin/sh\necho \"rsync: got $* and planted-file-1 and $PLANTED_SECRET\" >&2\nexit 12\n",
            mode: 0o755)
        try control.trial.write(
            """
            settings{ stateDir = "\(tree.path)/state", nodaemon = true, insist = true, httpToken = "planted-token-2",
                logfile = "\(tree.path)/log", statusFile = "\(tree.path)/status", statusInterval = 1 }
            -- mysql -u me:planted-url-5 http://me:planted-url-5@host/
            local function tell() return "mysql --password=planted-shell-3 -e x" end
            sync{ default.rsync, name = "one", source = "\(control.trial.source.root)", target = "host::module/x",
                delay = 0.2, onProblem = { "/bin/true", "--token", "planted-hook-8" },
                rsync = { binary = "\(tree.path)/rsync", password_file = "\(tree.path)/password",
                    rsh = "sshpass -p planted-sshpass-7 ssh", _extra = { "--password=planted-word-6",
                    "--comment=" .. (os.getenv("PLANTED_SECRET") or "none") } } }
            sync{ default.rsync, name = "two", source = "\(control.trial.source.root)", delay = 0.2,
                target = "\(control.second.root)" }
            """)
    }

    private func start(_ control: ControlTrial) async throws -> LockstepProcess {
        let environment = control.trial.environment.merging(["PLANTED_SECRET": "planted-env-4"]) { $1 }
        let program = try LockstepProcess(
            ["run", "conf"], environment: environment, directory: control.trial.tree.path)
        try await control.answering(program)
        return program
    }

    @Test("tells configuration, status, what is owed, messages, versions and limits, without a secret of any kind")
    func whole() async throws {
        let control = try ControlTrial()
        try write(control)
        let program = try await start(control)
        try control.trial.source.write("incident", "1")
        #expect(try await control.ask("flush", "--target", "two").exit == .code(0))
        try await Condition.wait(
            until: "the failure is told", deadline: .seconds(60), state: { program.output },
            holds: {
                program.output.contains("rsync: got ")
            })
        let made = try await make(control, named: "capsule")
        #expect(made.ending.output.contains("is written, for you alone to read"))
        #expect(try control.trial.tree.tree.status("capsule")?.mode == 0o600)
        for secret in Self.secrets { #expect(!made.text.contains(secret), "\(secret)") }
        #expect(made.part("configuration").contains("default.rsync, name = \"one\""))
        #expect(made.part("configuration").contains("httpToken = \"***\""))
        #expect(made.part("status as JSON").contains(#""name":"one""#))
        #expect(made.part("owed").contains("one -> host::module/x/: "))
        #expect(made.part("metrics").contains("lockstep_target_lag_seconds"))
        #expect(made.part("messages").contains("Calling rsync with filter-list"), "\(made.part("messages"))")
        #expect(made.part("log ").contains("rsync: got "))
        #expect(made.part("status file").contains("Lsyncd status report at"))
        #expect(made.part("kernel and its limits").contains("max_user_watches"))
        #expect(made.part("the process").contains("Max open files"))
        #expect(made.part("programs").contains("rsync"))
        #expect(made.part("file systems").contains(control.second.root.description))
        try await program.stop()
    }

    @Test("the simulator replays what the source told")
    func replay() async throws {
        let control = try ControlTrial()
        try control.write()
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        try control.trial.source.write("incident", "1")
        #expect(try await control.ask("flush").exit == .code(0))
        try await Condition.wait(until: "its name has been told", deadline: .seconds(30)) {
            _ = try await control.ask("status")
            return true
        }
        let made = try await make(control, named: "capsule")
        try await program.stop()
        #expect(made.capsule.records.map(\.source) == [control.trial.source.root + "/"])
        let simulator = try ChildProcess(
            [LockstepProcess.buildDirectory + "/lockstep-sim", "replay-record", control.trial.tree.path + "/capsule"])
        #expect(try await simulator.waitForExit(within: .seconds(60)) == .code(0), "\(simulator.errorText)")
        #expect(simulator.outputText.contains("incident"), "\(simulator.outputText)")
    }

    @Test("a program that hangs is told to be so, after a while, and the capsule says what its process does")
    func hanging() async throws {
        let control = try ControlTrial()
        try control.write()
        let program = try await control.start()
        program.signal(SIGSTOP)
        let status = try await control.ask("status")
        #expect(status.exit == .code(69))
        #expect(status.errors.contains("process \(program.identifier) takes the question and does not answer"))
        let made = try await make(control, "--config", "conf", named: "capsule")
        program.signal(SIGCONT)
        #expect(made.part("about").contains("does not answer"), "\(made.part("about"))")
        #expect(made.part("the process").contains("State:\tT (stopped)"), "\(made.part("the process"))")
        #expect(made.part("configuration").contains("default.rsync"))
        try await program.stop()
    }

    @Test("without a running program it holds what can be had, and says why it is not more")
    func down() async throws {
        let control = try ControlTrial()
        try write(control)
        let program = try await start(control)
        try await Condition.wait(
            until: "the failure is told", deadline: .seconds(60), state: { program.output },
            holds: {
                program.output.contains("rsync: got ")
            })
        try await program.crash()
        let made = try await make(control, "--config", "conf", named: "capsule")
        for secret in Self.secrets { #expect(!made.text.contains(secret), "\(secret)") }
        #expect(made.part("about").contains("no word from a running program: no lockstep runs here"))
        #expect(made.part("log ").contains("rsync: got "))
        #expect(made.part("status file").contains("Lsyncd status report at"))
        #expect(made.capsule.records.isEmpty)
        // A configuration with mistakes is shown with them, and its secrets are not either.
        let text = try control.trial.tree.tree.read("conf").description
        try control.trial.write(text.replacing("delay = 0.2, onProblem", with: "dely = 0.2, onProblem"))
        let mistaken = try await make(control, "--config", "conf", named: "mistaken")
        for secret in Self.secrets { #expect(!mistaken.text.contains(secret), "\(secret)") }
        #expect(mistaken.part("mistakes").contains("dely"), "\(mistaken.text.prefix(3000))")
        #expect(mistaken.part("configuration").contains("dely = 0.2"))
        // It is made beside a program that is another one, too.
        try control.write()
        try control.trial.tree.tree.rename("conf", to: "other")
        let other = try control.trial.start("run", "other")
        try await control.answering(other)
        let beside = try await make(control, "--config", "gone", named: "beside")
        #expect(beside.ending.errors.contains("no program runs with that configuration"), "\(beside.ending)")
        try await other.stop()
        let twice = try await control.ask("capsule", control.trial.tree.path + "/capsule")
        #expect(twice.exit == .code(69))
        #expect(twice.errors.contains("name a file that is not there yet"), "\(twice)")
    }
}
