import Glibc
import MirrorCore
import MirrorDaemon
import MirrorTesting
import Testing

/// A program with two targets, and its control commands through the real command line.
struct ControlTrial {
    let trial: Trial
    let second: DirectoryTree

    init() throws {
        trial = try Trial()
        second = try trial.tree.directory("second")
        try trial.source.write("first", "1")
    }

    func write(settings: String = "", second target: String? = nil, sync: String = "") throws {
        try trial.write(
            """
            settings{ stateDir = "\(trial.tree.path)/state", nodaemon = true, insist = true, \(settings) }
            sync{ default.rsync, name = "one", source = "\(trial.source.root)", target = "\(trial.target.root)",
                  delay = 0.2, \(sync) }
            sync{ default.rsync, name = "two", source = "\(trial.source.root)", delay = 0.2,
                  target = "\(target ?? second.root.description)" }
            """)
    }

    func ask(_ words: ByteString...) async throws -> Trial.Ending {
        let state: [ByteString] = ["--state-dir", trial.tree.path + "/state"]
        let process = try LockstepProcess(words + state, environment: trial.environment, directory: trial.tree.path)
        let exit = try await process.waitForExit(within: .seconds(120))
        return Trial.Ending(exit: exit, output: process.output, errors: process.errors)
    }

    /// Started, and ready to be asked.
    func start() async throws -> LockstepProcess {
        let process = try trial.start("run", "conf")
        try await answering(process)
        return process
    }

    func answering(_ process: LockstepProcess) async throws {
        try await Condition.wait(
            until: "the program answers", deadline: .seconds(60), state: { process.errors + process.output },
            holds: { try await ask("status").exit == .code(0) })
    }
}

@Suite("The control socket")
struct ControlTests {
    @Test("flush returns when everything written before is there; status says so")
    func flush() async throws {
        let control = try ControlTrial()
        try control.write()
        let program = try await control.start()
        for round in 0..<5 {
            let names = (0..<200).map { ByteString("d\(round)/\($0)") }
            try control.trial.source.makeDirectory(ByteString("d\(round)"))
            for name in names { try control.trial.source.write(name, "x") }
            let ending = try await control.ask("flush")
            #expect(ending.exit == .code(0), "\(ending.errors)")
            for target in [control.trial.target, control.second] {
                #expect(try TreeComparison.differences(control.trial.source, target) == [])
            }
        }
        let status = try await control.ask("status").output
        #expect(status.contains("all targets are in step"), "\(status)")
        let json = try await control.ask("status", "--json").output
        #expect(json.contains(#""inStep":true,"sources""#), "\(json)")
        try await program.stop()
        #expect(try await control.ask("status").exit == .code(69))
        #expect(try DirectoryTree(control.trial.tree.path + "/state/control").names() == [])
    }

    @Test("a flush that can't be done in time names the target that is late, and why; the others are told apart")
    func late() async throws {
        let control = try ControlTrial()
        try control.write(second: "127.0.0.77:/nowhere")
        let program = try await control.start()
        let late = try await control.ask("flush", "--timeout", "1")
        #expect(late.exit == .code(1))
        #expect(late.errors.contains("1 of 2 targets has not got everything"), "\(late.errors)")
        #expect(late.errors.contains("two -> 127.0.0.77:/nowhere/"))
        #expect(late.errors.contains("does not answer"))
        #expect(!late.errors.contains("one ->"))
        #expect(try await control.ask("flush", "--target", "one").exit == .code(0))
        #expect(try await control.ask("flush", "--target", "127.0.0.77", "--timeout", "0").exit == .code(1))
        let unknown = try await control.ask("flush", "--target", "three")
        #expect(unknown.exit == .code(64))
        #expect(unknown.errors.contains("no target is called \"three\""))
        try await program.stop()
    }

    @Test("a token stands for what was written before it, also after a reload")
    func tokens() async throws {
        let control = try ControlTrial()
        try control.write()
        let program = try await control.start()
        try control.trial.source.write("late", "1")
        let token = try await control.ask("flush", "--token").output
        let word = ByteString(String(token.dropLast()))
        for _ in 0..<2 {
            #expect(try await control.ask("wait", word).exit == .code(0))
            #expect(try control.second.read("late") == "1")
        }
        #expect(try await control.ask("reload").exit == .code(0))
        #expect(try await control.ask("wait", word).exit == .code(0))
        #expect(try await control.ask("wait", "nonsense").exit == .code(64))
        try await program.stop()
    }

    @Test("a paused target gets nothing until it is resumed, also over a restart; the other one goes on")
    func pause() async throws {
        let control = try ControlTrial()
        try control.write()
        var program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try await control.ask("pause", "two").exit == .code(0))
        try control.trial.source.write("new", "1")
        #expect(try await control.ask("flush", "--target", "one").exit == .code(0))
        try await program.stop()
        program = try await control.start()
        #expect(try await control.ask("flush", "--target", "one").exit == .code(0))
        #expect(try !control.second.names().contains("new"))
        let status = try await control.ask("status").output
        #expect(status.contains("paused by request"), "\(status)")
        let explained = try await control.ask("explain", control.trial.source.path("new")).output
        #expect(explained.contains("it is paused by request"), "\(explained)")
        #expect(try await control.ask("resume").exit == .code(0))
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try control.second.read("new") == "1")
        try await program.stop()
        program = try await control.start()
        #expect(try await !control.ask("status").output.contains("paused"))
        try await program.stop()
    }

    @Test("a pause with a length ends by itself")
    func shortPause() async throws {
        let control = try ControlTrial()
        try control.write()
        let program = try await control.start()
        #expect(try await control.ask("pause", "--for", "1").exit == .code(0))
        try control.trial.source.write("new", "1")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try control.second.read("new") == "1")
        try await program.stop()
    }

    @Test("resync repairs what somebody else did at a target, whole or at one path")
    func resync() async throws {
        let control = try ControlTrial()
        try control.trial.source.makeDirectory("a")
        try control.trial.source.write("a/f", "1")
        try control.write()
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        for target in [control.trial.target, control.second] {
            try target.remove("a/f")
            try target.write("stranger", "1")
        }
        #expect(try await control.ask("resync", "--target", "one").exit == .code(0))
        #expect(try await control.ask("resync", "--target", "two", control.trial.source.path("a")).exit == .code(0))
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try TreeComparison.differences(control.trial.source, control.trial.target) == [])
        #expect(try control.second.read("a/f") == "1")
        #expect(try control.second.names().contains("stranger"))
        let outside = try await control.ask("resync", "/nowhere/at/all")
        #expect(outside.exit == .code(64))
        #expect(outside.errors.contains("lies below no source"))
        try await program.stop()
    }

    @Test("explain names the rule that leaves a path out, and says what is in step")
    func explain() async throws {
        let control = try ControlTrial()
        try control.write(sync: #"exclude = { "*.bak", "*.tmp" }"#)
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        let text = try await control.ask("explain", control.trial.source.path("x.tmp")).output
        #expect(text.contains("left out by the exclude pattern *.tmp"), "\(text)")
        let other = try await control.ask("explain", control.trial.source.path("first")).output
        #expect(other.contains("in step, nothing is owed"), "\(other)")
        try await program.stop()
    }

    @Test("of two programs the one that is meant has to be named; a fixed socket needs no name")
    func two() async throws {
        let control = try ControlTrial()
        try control.write()
        let program = try await control.start()
        let socket = control.trial.tree.path + "/other.sock"
        try control.trial.write(
            """
            settings{ stateDir = "\(control.trial.tree.path)/state", nodaemon = true, insist = true }
            sync{ default.rsync, name = "third", source = "\(control.trial.source.root)", target = "127.0.0.78:/x" }
            """, as: "conf2")
        let second = try control.trial.start("run", "conf2")
        try await Condition.wait(until: "both are there", deadline: .seconds(60)) {
            try await control.ask("status").exit == .code(64)
        }
        let which = try await control.ask("status").errors
        #expect(which.contains("which one?") && which.contains("conf2"), "\(which)")
        #expect(try await control.ask("status", "--config", "conf2").output.contains("third"))
        #expect(
            try await control.ask("status", "--pid", ByteString("\(program.identifier)")).output.contains("one"))
        try await second.stop()
        try control.write(settings: "controlSocket = \"\(socket)\"")
        program.signal(SIGHUP)
        try await Condition.wait(until: "it listens at its new place", deadline: .seconds(60)) {
            try await control.ask("status", "--socket", socket).exit == .code(0)
        }
        try await program.stop()
    }

    @Test("a socket of a program that was killed is no obstacle, and another file in its place is left alone")
    func leftovers() async throws {
        let control = try ControlTrial()
        let socket = control.trial.tree.path + "/sock"
        try control.write(settings: "controlSocket = \"\(socket)\"")
        let killed = try control.trial.start("run", "conf")
        try await Condition.wait(until: "it answers", deadline: .seconds(60)) {
            try await control.ask("status", "--socket", socket).exit == .code(0)
        }
        try await killed.crash()
        #expect(try await control.ask("status", "--socket", socket).exit == .code(69))
        let program = try control.trial.start("run", "conf")
        try await Condition.wait(until: "it answers again", deadline: .seconds(60)) {
            try await control.ask("status", "--socket", socket).exit == .code(0)
        }
        try await program.stop()
        try control.trial.tree.tree.write("sock", "mine")
        let other = try control.trial.start("run", "conf")
        try await Condition.wait(
            until: "it says so", deadline: .seconds(60), state: { other.errors + other.output },
            holds: { (other.output + other.errors).contains("the control socket cannot be made") })
        #expect(try control.trial.tree.tree.read("sock") == "mine")
        try await other.stop()
    }
}
