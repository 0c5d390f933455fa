import MirrorCore
import Testing

@Suite("what functions of alarms ask of a sync without functions") struct ScriptBesideTests {
    private let target = TargetID(0)

    private func decide(_ scene: inout Scene, _ steps: HookStep...) -> [Action] {
        var decision = HookDecision()
        decision.steps = steps
        return scene.happen(.script(.hookReturned(HookCallID(0), decision)))
    }

    @Test("a blanket holds what is sent until it is discarded, without a deadline of its own")
    func held() throws {
        var scene = Scene()
        scene.goInStep()
        #expect(decide(&scene, .createBlanket(target, label: -1)).isEmpty)
        #expect(scene.notice(.touched("a", isDirectory: false)).jobs.isEmpty)
        #expect(scene.mirrors.nextDeadline() == nil)
        #expect(scene.pass(.seconds(100)).jobs.isEmpty)
        let status = scene.mirrors.snapshot(at: scene.now).targets[0]
        #expect(status.pendingCount == 2 && status.pending.first?.event == .blanket)
        #expect(decide(&scene, .discard(target, -1)).jobs.map(\.paths) == [["a"]])
    }

    @Test("a process for a blanket that fails is told, and holds nothing any more; the target's own problem stays")
    func failed() throws {
        for end in [ScriptProcessEnd.killed(signal: 9), .notStarted("no"), .exited(3)] {
            var scene = Scene()
            scene.goInStep()
            let agent = Agent(keys: [-1], isList: false)
            let started = decide(
                &scene, .createBlanket(target, label: -1), .spawn(target, agent, ScriptCommand(words: ["p"])))
            scene.notice(.touched("a", isDirectory: false))
            var actions = scene.happen(.script(.processEnded(try #require(started.processes.first).id, end)))
            if let collect = actions.calls.first {
                actions = scene.answer(collect) { $0.meaning = .failed(ScriptFailure(.exitCode(3), name: "p")) }
            }
            #expect(actions.reports.contains { if case .scriptFailed = $0 { true } else { false } })
            let jobs = actions.jobs + scene.pass(.seconds(2)).jobs
            #expect(jobs.map(\.paths) == [["a"]])
            scene.happen(.transferEnded(jobs[0].id, Outcome(.failed(Failure(.unreachable)))))
            #expect(scene.mirrors.snapshot(at: scene.now).problems.count == 1)
        }
    }

    @Test("patterns count for the changes that come, and go with each job")
    func patterns() throws {
        var scene = Scene(sync: { $0.excludes = ["*.o"] })
        scene.goInStep()
        _ = decide(&scene, .addExclude(target, "*.tmp"), .removeExclude(target, "*.o"))
        scene.notice(.touched("a.tmp", isDirectory: false), .touched("a.o", isDirectory: false))
        let job = try #require(scene.pass(.seconds(2)).jobs.first)
        #expect(job.paths == ["a.o"])
        #expect(job.patterns?.excludes == ["*.tmp"])
        scene.finishAll()
        _ = decide(&scene, .removeExclude(target, "*.tmp"), .addExclude(target, "*.o"))
        scene.notice(.touched("b", isDirectory: false))
        #expect(try #require(scene.pass(.seconds(2)).jobs.first).patterns == nil, "as the sync says it")
    }

    @Test("a Full is a comparison; an alarm is shown what waits, of every kind of sync, and holds it meanwhile")
    func windows() throws {
        var scene = Scene(
            targets: 2,
            sync: { sync in
                guard sync.name == "Sync2" else { return }
                sync.script = ScriptSettings(number: 2)
                sync.comparesAtStart = false
            })
        scene.goInStep()
        #expect(decide(&scene, .createFull(target, .root, label: -1)).jobs.map(\.scope) == [.everything])
        scene.finishAll()
        scene.notice(.happened(.written, "a", isDirectory: false))
        _ = decide(&scene, .setAlarm(ScriptAlarm(number: 1, at: scene.now + .milliseconds(100))))
        let call = try #require(scene.pass(.milliseconds(100)).calls.first)
        #expect(call.windows.map(\.target) == [target, TargetID(1)] && call.windows.map(\.isPlain) == [true, false])
        #expect(call.windows.allSatisfy { $0.events.map(\.event.path) == ["a"] })
        #expect(scene.pass(.seconds(2)).calls.isEmpty, "the event is in the hands of the alarm")
        let released = scene.answer(call)
        #expect((released.calls.first ?? scene.passToDeadline().calls.first)?.events.map(\.event.path) == ["a"])
    }
}
