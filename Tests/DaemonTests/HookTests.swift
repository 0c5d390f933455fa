import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("Commands that are told, and two programs")
struct HookTests {
    @Test("each is told in order; one that fails is tried again and holds nothing up")
    func told() async throws {
        let control = try ControlTrial()
        let log = control.trial.tree.path + "/told"
        let hook = "echo \"$LOCKSTEP_EVENT $LOCKSTEP_CHANGES $LOCKSTEP_TRY\" >>\(log); test $LOCKSTEP_TRY -ge 2"
        try control.write(sync: "onBatch = [[\(hook)]], onInStep = { '/bin/sh', '-c', [[\(hook)]] },")
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        try await Condition.wait(until: "the first are told", deadline: .seconds(60)) {
            (try? control.trial.tree.tree.read("told").description.contains("inStep all 2")) ?? false
        }
        #expect(try control.trial.tree.tree.read("told") == "batch all 1\nbatch all 2\ninStep all 1\ninStep all 2\n")
        try control.trial.source.write("new", "1")
        #expect(try await control.ask("flush").exit == .code(0))
        try await Condition.wait(until: "the batch is told", deadline: .seconds(60)) {
            try control.trial.tree.tree.read("told").description.contains("batch 1 2\n")
        }
        try await program.stop()
    }

    @Test("a command that hangs does not keep the program from its end")
    func hangs() async throws {
        let control = try ControlTrial()
        let mark = control.trial.tree.path + "/begun"
        try control.write(sync: "onInStep = [[touch \(mark); exec sleep 1000]],")
        let program = try await control.start()
        try await Condition.wait(until: "it hangs", deadline: .seconds(60)) {
            try control.trial.tree.tree.names().contains("begun")
        }
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try await program.stop() == .code(143))
    }

    @Test("two programs with nothing in common but source and target: the second waits until the first is gone")
    func twoPrograms() async throws {
        let control = try ControlTrial()
        try control.write()
        let first = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        let tree = control.trial.tree
        try control.trial.write(
            """
            settings{ stateDir = "\(tree.path)/state2", nodaemon = true, insist = true }
            sync{ default.rsync, name = "rival", source = "\(control.trial.source.root)", target = "\(control.second.root)",
                  delay = 0.2, rsync = { _extra = { "--chmod=F600" } } }
            """, as: "conf2")
        let second = try control.trial.start("run", "conf2")
        func said() -> String { second.output + second.errors }
        try await Condition.wait(until: "it is told", deadline: .seconds(60), state: said) {
            said().contains("another program mirrors this source to this target (process \(first.identifier))")
        }
        #expect(!said().contains("recursive full rsync"))
        try await first.stop()
        try await Condition.wait(until: "it goes on", deadline: .seconds(90), state: said) {
            said().contains("Startup of") && said().contains("finished")
        }
        try await second.stop()
    }
}
