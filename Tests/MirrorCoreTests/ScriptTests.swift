import MirrorCore
import Testing

@Suite("syncs with functions of their own") struct ScriptTests {
    private let failure = ScriptFailure(.error, name: "onCreate", place: Place(file: "conf", line: 3), text: "no")

    @Test("an event waits for its delay, its function is called, its process runs, its end is collected")
    func life() throws {
        var scene = Scene.scripted()
        scene.goScripted()
        #expect(scene.write("a").calls.isEmpty)
        #expect(scene.pass(.milliseconds(900)).calls.isEmpty)
        let call = try #require(scene.passToDeadline().calls.first)
        #expect(call.events.map(\.event) == [ScriptEvent(.create, "a", isDirectory: false)])
        #expect(call.room == 1)
        let process = try #require(scene.spawnEach(call).first)
        #expect(scene.queue.list(limit: 9).map(\.status) == [.active])
        let collect = try #require(scene.happen(.script(.processEnded(process.id, .exited(0)))).calls.first)
        #expect(collect.hook == .collect(TargetID(0), Agent(keys: [1], isList: false), exitCode: 0))
        scene.answer(collect) { $0.meaning = .ok }
        #expect(scene.queue.isEmpty)
        #expect(scene.mirrors.nextDeadline() == nil)
    }

    @Test("what was seen by a function and is gone is told with the next call")
    func forgotten() throws {
        var scene = Scene.scripted()
        scene.goScripted()
        scene.write("a")
        let call = try #require(scene.passToDeadline().calls.first)
        scene.answer(call) { $0.steps = [.discard(TargetID(0), 1)] }
        scene.write("b")
        let next = try #require(scene.passToDeadline().calls.first)
        #expect(next.forgotten == [ForgottenEvent(target: TargetID(0), key: 1)])
    }

    @Test("one call at a time for a sync, and processes up to maxProcesses")
    func limits() throws {
        var scene = Scene.scripted { $0.maxProcesses = 2 }
        scene.goScripted()
        scene.write("a")
        scene.write("b")
        scene.write("c")
        let call = try #require(scene.pass(.seconds(2)).calls.first)
        #expect(call.events.count == 3 && call.room == 2)
        #expect(scene.write("d").calls.isEmpty)
        let processes = scene.answer(call) { decision in
            for event in call.events.prefix(2) {
                let agent = Agent(keys: [event.key], isList: false)
                decision.steps.append(.spawn(TargetID(0), agent, ScriptCommand(words: ["p"])))
            }
        }.processes
        #expect(processes.count == 2)
        #expect(scene.pass(.seconds(5)).calls.isEmpty)
        let next = scene.end(processes[0]).calls
        #expect(next.first?.events.map(\.event.path) == ["c", "d"])
        #expect(next.first?.room == 1)
    }

    @Test("settings.maxProcesses counts over all syncs, also while functions are deciding")
    func globalLimit() throws {
        var scene = Scene.scripted(count: 2, settings: { $0.maxProcesses = 1 })
        scene.goScripted()
        scene.write("a")
        let calls = scene.pass(.seconds(2)).calls
        #expect(calls.count == 1)
        let process = try #require(scene.spawnEach(calls[0]).first)
        #expect(scene.pass(.seconds(2)).calls.isEmpty)
        let next = try #require(scene.end(process).calls.first)
        #expect(next.target != calls[0].target)
    }

    @Test("the function of one event fails: it is tried again with growing pauses, the others go on")
    func eventFailure() throws {
        var scene = Scene.scripted()
        scene.goScripted()
        scene.write("bad")
        scene.write("good")
        let call = try #require(scene.pass(.seconds(2)).calls.first)
        let actions = scene.answer(call) { decision in
            decision.eventFailures = [HookDecision.EventFailure(key: 1, failure: failure)]
            decision.steps = [.discard(TargetID(0), 2)]
        }
        #expect(actions.raised.first?.cause == .script(failure))
        var waits: [Duration] = []
        for _ in 0..<4 {
            let before = scene.now
            let again = try #require(scene.passToDeadline().calls.first)
            waits.append(scene.now - before)
            #expect(again.events.map(\.event.path) == ["bad"])
            scene.answer(again) { $0.eventFailures = [HookDecision.EventFailure(key: 1, failure: failure)] }
        }
        #expect(waits == waits.sorted() && waits[3] > .seconds(4), "\(waits)")
        let last = try #require(scene.passToDeadline().calls.first)
        let end = scene.answer(last) { $0.steps = [.discard(TargetID(0), 1)] }
        #expect(end.reports.contains { if case .problemEnded = $0 { true } else { false } })
        #expect(scene.queue.isEmpty)
    }

    @Test("a function that fails for all is called again with growing pauses, whatever comes")
    func callFailure() throws {
        var scene = Scene.scripted { $0.script?.hasOwnAction = true }
        scene.goScripted()
        scene.write("a")
        let call = try #require(scene.pass(.seconds(2)).calls.first)
        #expect(scene.answer(call) { $0.failure = failure }.raised.count == 1)
        #expect(scene.write("b").calls.isEmpty)
        let again = try #require(scene.passToDeadline().calls.first)
        #expect(again.events.count == 2)
    }

    @Test("a function that changes nothing is not called again without a pause")
    func idle() throws {
        var scene = Scene.scripted(sync: {
            $0.delay = .zero
            $0.script?.hasOwnAction = true
        })
        scene.goScripted()
        let call = try #require(scene.write("a").calls.first)
        #expect(scene.answer(call).calls.isEmpty)
        #expect(scene.mirrors.nextDeadline() == scene.now + .seconds(1))
        #expect(scene.write("b").calls.count == 1)
    }

    @Test("an exit code of no meaning, a killed process, and one that did not start: nothing is taken for done")
    func processFailures() throws {
        let ends: [ScriptProcessEnd] = [.exited(3), .killed(signal: 9), .notStarted("no such program")]
        for end in ends {
            var scene = Scene.scripted()
            scene.goScripted()
            scene.write("a")
            let process = try #require(scene.spawnNext().first)
            var actions = scene.happen(.script(.processEnded(process.id, end)))
            if let collect = actions.calls.first {
                actions = scene.answer(collect) { $0.meaning = .failed(ScriptFailure(.exitCode(3), name: "")) }
            }
            let raised = try #require(actions.raised.first)
            guard case .script(let told) = raised.cause else { throw Unexpected("\(raised)") }
            #expect(told.name == "p")
            #expect(scene.queue.count == 1)
            #expect(scene.passToDeadline().calls.first?.events.map(\.key) == [1])
        }
    }

    @Test("what the person calls the end is the end")
    func die() throws {
        var scene = Scene.scripted()
        scene.goScripted()
        scene.write("a")
        let process = try #require(scene.spawnNext().first)
        #expect(scene.end(process, 9, as: .die).exits == [.script(code: -1, isCritical: true)])
        var other = Scene.scripted()
        other.goScripted()
        other.write("a")
        let call = try #require(other.passToDeadline().calls.first)
        let exits = other.answer(call) { $0.steps = [.terminate(4)] }.exits
        #expect(exits == [.script(code: 4, isCritical: false)])
    }

    @Test("the start goes first and what comes meanwhile waits for it")
    func start() throws {
        var scene = Scene.scripted { $0.comparesAtStart = true }
        #expect(scene.mirrors.nextDeadline() == nil)
        scene.goScripted()
        let initial = try #require(scene.mirrors.scripts[0].call)
        guard case .initial(_, let event) = initial.hook else { throw Unexpected("\(initial.hook)") }
        scene.write("a")
        let process = try #require(
            scene.spawnEach(HookCall(id: initial.id, hook: .initial(TargetID(0), event))).first)
        #expect(scene.pass(.seconds(5)).calls.isEmpty)
        #expect(scene.queue.list(limit: 9).map(\.isBlocked) == [false, true])
        #expect(scene.end(process).calls.first?.events.map(\.event.path) == ["a"])
        #expect(scene.mirrors.scripts[0].hasStarted)
    }

    @Test("lost events bring the start once more, not while it is ahead anyway, and not where there is none")
    func lost() {
        for (starts, count) in [(true, 2), (false, 0)] {
            var scene = Scene.scripted { $0.comparesAtStart = starts }
            scene.goScripted()
            scene.notice(.lost(.root, reason: .overflow))
            scene.notice(.lost(.root, reason: .overflow))
            scene.notice(.lost("d", reason: .watchLimit(limit: 9)))
            #expect(scene.queue.list(limit: 9).map(\.event.kind) == Array(repeating: .initial, count: count))
        }
    }

    @Test("a suspect source: nothing is called until it is back, events are kept")
    func suspect() throws {
        var scene = Scene.scripted()
        scene.goScripted()
        scene.notice(.rootGone)
        scene.happen(.sourceChecked(SourceID(0), SourceReport(suspicion: .missing)))
        scene.notice(.disappeared("a", isDirectory: false))
        #expect(scene.pass(.seconds(9)).calls.isEmpty)
        scene.notice(.live(directories: 1))
        scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        let back = scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        #expect(back.calls.first?.events.map(\.event.kind) == [.delete])
    }

    @Test("a look just before a process finds the source empty: its event goes back and the sync pauses")
    func suspectAtStart() throws {
        var scene = Scene.scripted()
        scene.goScripted()
        scene.write("a")
        let process = try #require(scene.spawnNext().first)
        let actions = scene.happen(.script(.processEnded(process.id, .sourceSuspect(.emptied))))
        #expect(actions.raised.first?.cause == .source(.emptied))
        #expect(actions.calls.isEmpty)
        #expect(scene.queue.list(limit: 9).map(\.status) == [.waiting])
    }

    @Test("a list is everything that may go, in bounds; a function that never asks for one gets what is due")
    func windows() throws {
        var limits = Limits()
        limits.scriptList = 3
        var scene = Scene(targets: 1, limits: limits) { _ in
        } sync: { sync in
            sync.script = ScriptSettings(number: 1)
            sync.script?.hasOwnAction = true
            sync.comparesAtStart = false
            sync.delay = .zero
        }
        scene.goScripted()
        let first = try #require(scene.write("a").calls.first)
        for name: RelativePath in ["b", "c", "d", "e"] { scene.write(name) }
        let second = try #require(scene.answer(first) { $0.steps = [.discard(TargetID(0), 1)] }.calls.first)
        #expect(second.events.count == 4)
        let third = scene.answer(second) {
            $0.steps = [.discard(TargetID(0), 2)]
            $0.wantedList = true
        }
        #expect(third.calls.first?.events.count == 3)
    }

    @Test("blankets of a script: known by its label, and all that comes later waits")
    func blankets() throws {
        var scene = Scene.scripted { $0.delay = .zero }
        scene.goScripted()
        let call = try #require(scene.write("a").calls.first)
        let process = scene.answer(call) {
            $0.steps = [
                .createBlanket(TargetID(0), label: -5),
                .spawn(TargetID(0), Agent(keys: [1], isList: true), ScriptCommand(words: ["p"])),
            ]
        }.processes[0]
        scene.write("b")
        let next = try #require(scene.end(process).calls.first)
        #expect(next.events.map(\.key) == [-5])
        let blanket = try #require(scene.spawnEach(next).first)
        #expect(scene.queue.count == 2)
        #expect(scene.end(blanket).calls.first?.events.map(\.event.path) == ["b"])
    }

    @Test("a rename of a directory, split, is told with what is in it; a flush waits for that too")
    func listing() throws {
        var scene = Scene.scripted { $0.delay = .zero }
        scene.goScripted()
        let actions = scene.notice(.renamed(from: "d", to: "e", isDirectory: true))
        #expect(actions.orders.contains(.listSubtree(TargetID(0), "e")))
        var asked = scene.happen(.flushRequested(FlushID(1), [TargetID(0)]))
        #expect(asked.contains(.readQueue(SourceID(0), FlushID(1))))
        asked = scene.happen(.queueRead(SourceID(0), FlushID(1)))
        scene.answer(try #require(actions.calls.first)) {
            $0.steps = [.discard(TargetID(0), 1), .discard(TargetID(0), 2)]
        }
        #expect(scene.queue.isEmpty)
        let listed = scene.happen(
            .script(.subtreeListed(TargetID(0), "e", [FoundName("e/f", isDirectory: false)])))
        let call = try #require(listed.calls.first)
        #expect(call.events.map(\.event) == [ScriptEvent(.create, "e/f", isDirectory: false)])
        let end = scene.answer(call) { $0.steps = [.discard(TargetID(0), 3)] }
        #expect(end.contains(.answerFlush(FlushID(1), refused: [])))
    }

    @Test("a paused sync keeps its events; a resync is its start once more")
    func requests() throws {
        var scene = Scene.scripted {
            $0.delay = .zero
            $0.comparesAtStart = true
        }
        scene.goScripted()
        let initial = try #require(scene.mirrors.scripts[0].call)
        scene.answer(HookCall(id: initial.id, hook: initial.hook)) { $0.steps = [.discard(TargetID(0), 1)] }
        scene.happen(.pauseRequested(TargetID(0), until: nil))
        #expect(scene.write("a").calls.isEmpty)
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].state == .held(TargetPause(until: nil)))
        let resumed = scene.happen(.resumeRequested(TargetID(0)))
        scene.answer(try #require(resumed.calls.first)) { $0.steps = [.discard(TargetID(0), 2)] }
        #expect(scene.happen(.resyncRequested(TargetID(0), .root)).calls.first?.isInitial == true)
    }

    @Test("the end waits for processes and their collect, but not for ever, and not for a function that hangs")
    func stopping() throws {
        var scene = Scene.scripted { $0.delay = .zero }
        scene.goScripted()
        let process = try #require(scene.spawn(after: scene.write("a")).first)
        #expect(scene.happen(.stopRequested(.fade(signal: 15))).exits.isEmpty)
        let collect = try #require(scene.happen(.script(.processEnded(process.id, .exited(0)))).calls.first)
        #expect(scene.answer(collect) { $0.meaning = .ok }.exits == [.signal(15)])

        var hung = Scene.scripted { $0.delay = .zero }
        hung.goScripted()
        #expect(hung.write("a").calls.count == 1)
        #expect(hung.happen(.stopRequested(.fade(signal: 15))).exits.isEmpty)
        #expect(hung.pass(.seconds(14)).exits.isEmpty)
        #expect(hung.pass(.seconds(2)).exits == [.signal(15)])
    }

    @Test("a function that does not come back for a minute is a problem until it does")
    func stuck() throws {
        var scene = Scene.scripted { $0.delay = .zero }
        scene.goScripted()
        let call = try #require(scene.write("a").calls.first)
        let problem = try #require(scene.passToDeadline().raised.first)
        #expect(problem.cause == .script(ScriptFailure(.stuck, name: "action")))
        #expect(scene.mirrors.nextDeadline() == nil)
        let end = scene.answer(call) { $0.steps = [.discard(TargetID(0), 1)] }
        #expect(end.reports.contains { if case .problemEnded = $0 { true } else { false } })
    }

    @Test("alarms ring once, in the order of their moments, and belong to no sync")
    func alarms() throws {
        var scene = Scene.scripted()
        scene.goScripted()
        var decision = HookDecision()
        decision.steps = [
            .setAlarm(ScriptAlarm(number: 2, at: scene.now + .seconds(9))),
            .setAlarm(ScriptAlarm(number: 1, at: scene.now + .seconds(4))),
        ]
        scene.happen(.script(.hookReturned(HookCallID(0), decision)))
        #expect(scene.passToDeadline().calls.map(\.hook) == [.alarm(1)])
        let second = scene.passToDeadline().calls
        #expect(second.map(\.hook) == [.alarm(2)])
        #expect(scene.mirrors.nextDeadline() == nil)
        let reports = scene.answer(second[0]) { $0.failure = failure }.reports
        #expect(reports == [.scriptFailed(failure)])
    }

    @Test("syncs by rsync of the same source are not touched by any of it")
    func beside() throws {
        var scene = Scene(
            targets: 2,
            sync: { sync in
                guard sync.name == "Sync1" else { return }
                sync.script = ScriptSettings(number: 1)
                sync.comparesAtStart = false
            })
        scene.goScripted()
        scene.happen(.targetIdentified(TargetID(1), .distinct))
        #expect(scene.mirrors.mirrors[1].hands?.isEverything == true)
        let job = try #require(scene.mirrors.mirrors[1].hands?.job)
        scene.happen(.transferEnded(job.id, Outcome(.done, exitCode: 0)))
        scene.write("a", .written)
        let actions = scene.pass(.seconds(2))
        #expect(actions.jobs.map(\.target) == [TargetID(1)])
        #expect(actions.jobs.first?.paths == ["a"])
        #expect(actions.calls.first?.events.map(\.event.kind) == [.modify])
        #expect(scene.mirrors.sources[0].log.count <= 1)
    }
}
