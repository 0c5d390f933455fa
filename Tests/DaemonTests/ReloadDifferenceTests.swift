import Glibc
import MirrorCore
import MirrorDaemon
import MirrorTesting
import Testing

@Suite("HUP where reload is by difference")
struct ReloadDifferenceTests {
    private let control: ControlTrial
    private let calls: DirectoryTree

    init() throws {
        control = try ControlTrial()
        calls = try control.trial.tree.directory("calls")
        let list = calls.path("list")
        let script =
            "#!/bin/sh\nfor last; do :; done\n[ \"$1\" = --version ] || echo \"$last\" >>\(list)\nexec rsync \"$@\"\n"
        try calls.write("rsync", ByteString(script), mode: 0o755)
    }

    private func sync(_ target: DirectoryTree, _ more: String = "") -> String {
        """
        sync{ default.rsync, source = "\(control.trial.source.root)", target = "\(target.root)", delay = 0.2,
              rsync = { binary = "\(calls.path("rsync"))" }, \(more) }
        """
    }

    private func write(_ syncs: String..., settings: String = "") throws {
        let first =
            "settings{ stateDir = \"\(control.trial.tree.path)/state\", nodaemon = true, insist = true, "
            + "reload = \"difference\", \(settings) }\n"
        try control.trial.write(first + syncs.joined(separator: "\n"))
    }

    private func reload(_ program: LockstepProcess, until words: String) async throws {
        program.signal(SIGHUP)
        try await told(program, words)
    }

    private func told(_ program: LockstepProcess, _ words: String) async throws {
        try await Condition.wait(
            until: words, deadline: .seconds(60), state: { program.output + program.errors },
            holds: { (program.output + program.errors).contains(words) })
    }

    /// How often something went there.
    private func count(_ target: DirectoryTree) throws -> Int {
        try calls.read("list").split(separator: UInt8(ascii: "\n")).count { $0.hasPrefix(target.root) }
    }

    @Test("what did not change goes on untouched; what is new, changed and gone is as it says")
    func difference() async throws {
        let (one, two) = (control.trial.target, control.second)
        let three = try control.trial.tree.directory("three")
        try write(sync(one), sync(two))
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try await control.ask("pause", two.root).exit == .code(0))
        let before = try count(one)
        // A sync before the others gives these other names; that is no change.
        try write(sync(three), sync(one), sync(two, "exclude = 'left-out',"))
        try await reload(program, until: "1 target goes on untouched, 1 changed, 1 new, 0 gone")
        #expect(try await control.ask("flush", "--target", three.root).exit == .code(0))
        #expect(try three.read("first") == "1")
        #expect(try count(one) == before)
        let status = try await control.ask("status").output
        #expect(status.contains("Sync2  \(one.root)") && status.contains("paused by request"), "\(status)")
        #expect(try await control.ask("resume").exit == .code(0))
        try control.trial.source.write("left-out", "1")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try one.read("left-out") == "1")
        #expect(try !two.names().contains("left-out"))
        try write(sync(one))
        try await reload(program, until: "1 target goes on untouched, 0 changed, 0 new, 2 gone")
        try control.trial.source.write("last", "1")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try one.read("last") == "1")
        #expect(try !three.names().contains("last") && !two.names().contains("last"))
        try await program.stop()
    }

    @Test("with mistakes the old one goes on untouched and status says so, until a good one is read")
    func mistakes() async throws {
        try write(sync(control.trial.target))
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        let before = try count(control.trial.target)
        try control.trial.write("sync{ default.rsync, sorce = 'x' }")
        try await reload(program, until: "it has mistakes; the one from before stays")
        let status = try await control.ask("status").output
        #expect(status.contains("the configuration: it has mistakes") && status.contains("sorce"), "\(status)")
        #expect(try count(control.trial.target) == before)
        try write(sync(control.trial.target))
        try await reload(program, until: "the configuration: works again")
        #expect(try await !control.ask("status").output.contains("mistakes"))
        #expect(try count(control.trial.target) == before)
        try await program.stop()
    }

    @Test("what is about the whole program starts it anew")
    func anew() async throws {
        try write(sync(control.trial.target))
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        try write(sync(control.trial.target), settings: "maxProcesses = 3,")
        try await reload(program, until: "everything starts anew: settings have changed")
        try await told(program, "HUP signal, resetting")
        #expect(try await control.ask("flush").exit == .code(0))
        try await program.stop()
    }

    @Test("a target that was added by hand stays, with the settings of what it is like")
    func guest() async throws {
        let guest = try control.trial.tree.directory("guest")
        try write(sync(control.trial.target))
        let program = try await control.start()
        #expect(try await control.ask("targets", "add", guest.root).exit == .code(0))
        #expect(try await control.ask("flush").exit == .code(0))
        let before = try count(guest)
        try write(sync(control.trial.target), "-- nothing else")
        try await reload(program, until: "2 targets go on untouched, 0 changed, 0 new, 0 gone")
        #expect(try count(guest) == before)
        try write(sync(control.trial.target, "exclude = '*.tmp',"))
        try await reload(program, until: "0 targets go on untouched, 2 changed, 0 new, 0 gone")
        try control.trial.source.write("x.tmp", "1")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try !guest.names().contains("x.tmp"))
        try await program.stop()
    }
}

@Suite("What a reload changes")
struct ReloadPlanTests {
    private func settings(_ syncs: SyncSettings...) -> Settings {
        var settings = Settings()
        settings.syncs = syncs
        return settings
    }

    private func sync(_ target: ByteString, _ change: (inout SyncSettings) -> Void = { _ in }) -> SyncSettings {
        var sync = SyncSettings(name: target, source: "/src", target: target)
        change(&sync)
        return sync
    }

    @Test("syncs are told by source and target, whatever their order and their names")
    func plan() {
        let running = settings(sync("a"), sync("b"), sync("c"), sync("x") { $0.standing = .left })
        let written = settings(sync("new"), sync("c") { $0.name = "other" }, sync("a") { $0.delay = .seconds(1) })
        guard case .difference(let plan) = ReloadPlan.make(from: running, to: written, guests: []) else {
            Issue.record("it starts anew")
            return
        }
        #expect(plan.drained == [TargetID(1)] && plan.replaced == [TargetID(0)] && plan.unchanged == 1)
        #expect(plan.joining.map(\.target) == ["new", "a"])
        #expect(plan.renamed.map(\.target) == [TargetID(2)])
    }

    @Test("who wants directories that are not watched has everything start anew")
    func watches() {
        let running = settings(sync("a") { $0.excludes = ["big/"] })
        let more = ReloadPlan.make(from: running, to: settings(sync("a") { $0.excludes = [] }), guests: [])
        let same = ReloadPlan.make(from: running, to: settings(sync("b") { $0.excludes = ["big/"] }), guests: [])
        guard case .anew = more, case .difference = same else {
            Issue.record("\(more) \(same)")
            return
        }
    }
}
