import MirrorCore
import Testing

@Suite("Targets that come and go")
struct JoiningTests {
    private func sync(_ target: ByteString = "new:/dst/", delete: DeletePolicy = .always) -> SyncSettings {
        var sync = SyncSettings(name: "new", source: "/src", target: target)
        sync.delay = .seconds(1)
        sync.delete = delete
        return sync
    }

    private func opened(_ actions: [Action]) -> [TargetID] {
        actions.compactMap { if case .openTarget(let id) = $0 { id } else { nil } }
    }

    private func closed(_ actions: [Action]) -> [TargetID] {
        actions.compactMap { if case .closeTarget(let id) = $0 { id } else { nil } }
    }

    /// In step, with a target that has joined and been identified.
    private func joined(consents: Bool = true, _ sync: SyncSettings) -> Scene {
        var scene = Scene(targets: 2)
        scene.goInStep()
        scene.pass(.seconds(60))
        scene.happen(.targetJoined(sync, consents: consents))
        return scene
    }

    @Test("a target that joins is compared exactly, alone, and in step no sooner than that has ended")
    func joins() {
        var scene = joined(sync())
        #expect(scene.mirrors.snapshot(at: scene.now).targets.map(\.state) == [.inStep, .inStep, .starting])
        let jobs = scene.happen(.targetIdentified(TargetID(2), .distinct)).jobs
        #expect(jobs.map(\.target) == [TargetID(2)])
        #expect(jobs.first?.scope == .everything)
        #expect(jobs.first?.comparesExactly == true)
        scene.happen(.flushRequested(FlushID(1), [TargetID(2)]))
        let early = scene.happen(.queueRead(SourceID(0), FlushID(1)))
        #expect(!early.contains(.answerFlush(FlushID(1), refused: [])))
        let end = scene.happen(.transferEnded(jobs[0].id, Outcome(.done, exitCode: 0)))
        #expect(end.contains(.answerFlush(FlushID(1), refused: [])))
        #expect(scene.mirrors.snapshot(at: scene.now).targets[2].state == .inStep)
        scene.notice(.touched("f", isDirectory: false))
        #expect(Set(scene.pass(.seconds(1)).jobs.map(\.target.index)) == [0, 1, 2])
    }

    @Test("a new source is watched, checked and compared before anything goes")
    func newSource() {
        var scene = Scene()
        scene.goInStep()
        var other = sync()
        other.source = "/other"
        let actions = scene.happen(.targetJoined(other, consents: true))
        #expect(opened(actions) == [TargetID(1)])
        #expect(actions.contains(.watch(SourceID(1))) && actions.contains(.checkSource(SourceID(1))))
        scene.happen(.targetIdentified(TargetID(1), .distinct))
        #expect(scene.mirror(1).hands == nil)
        scene.happen(.flushRequested(FlushID(1), [TargetID(1)]), .queueRead(SourceID(1), FlushID(1)))
        scene.happen(.noticed(SourceID(1), .live(directories: 1)), .sourceChecked(SourceID(1), SourceReport()))
        scene.happen(.sourceChecked(SourceID(1), SourceReport()))
        #expect(scene.mirror(1).hands?.isEverything == true)
        #expect(scene.mirror(0).hands == nil)
        #expect(scene.mirrors.targetsAwaited(by: FlushID(1)) == [TargetID(1)])
    }

    @Test("without consent a rehearsal comes first; what it would delete waits for a person, and nothing else goes")
    func consent() {
        var scene = joined(consents: false, sync())
        let job = scene.happen(.targetIdentified(TargetID(2), .distinct)).jobs[0]
        #expect(job.isRehearsal)
        let told = scene.happen(.transferEnded(job.id, Outcome(.done, exitCode: 0, deletions: 3)))
        #expect(told.raised.map(\.cause) == [.targetUnknown(deletions: 3)])
        scene.notice(.touched("f", isDirectory: false))
        #expect(!scene.pass(.seconds(3600)).jobs.contains { $0.target == TargetID(2) })
        scene.finishAll()
        #expect(scene.mirrors.snapshot(at: scene.now).targets[2].state == .paused)
        #expect(scene.mirrors.nextDeadline() == nil)
        let go = scene.happen(.consentGiven(TargetID(2)))
        #expect(go.contains(.rememberTarget(TargetID(2))))
        #expect(go.jobs.map(\.isRehearsal) == [false] && go.jobs.map(\.deletes) == [true])
        #expect(scene.mirrors.snapshot(at: scene.now).problems.isEmpty)
    }

    @Test("a rehearsal that can't be had counts as a danger")
    func consentUntold() {
        var scene = joined(consents: false, sync())
        let job = scene.happen(.targetIdentified(TargetID(2), .distinct)).jobs[0]
        let told = scene.happen(.transferEnded(job.id, Outcome(.done, exitCode: 0)))
        #expect(told.raised.map(\.cause) == [.targetUnknown(deletions: nil)])
        #expect(told.jobs.isEmpty)
    }

    @Test("an empty target needs no word; where nothing is ever deleted, no rehearsal is made")
    func noConsentNeeded() {
        var scene = joined(consents: false, sync())
        let job = scene.happen(.targetIdentified(TargetID(2), .distinct)).jobs[0]
        let actions = scene.happen(.transferEnded(job.id, Outcome(.done, exitCode: 0, deletions: 0)))
        #expect(actions.jobs.map(\.isRehearsal) == [false])
        #expect(actions.contains(.rememberTarget(TargetID(2))))
        var other = joined(consents: false, sync(delete: .never))
        #expect(other.happen(.targetIdentified(TargetID(2), .distinct)).jobs.map(\.isRehearsal) == [false])
    }

    @Test("a target that joins an empty source is rehearsed, whoever consents")
    func emptySource() {
        var scene = Scene()
        scene.notice(.live(directories: 1))
        while scene.mirrors.sources[0].isBeingChecked {
            scene.happen(.sourceChecked(SourceID(0), SourceReport(isEmpty: true)))
        }
        scene.happen(.targetIdentified(TargetID(0), .distinct))
        scene.finishAll()
        scene.happen(.targetJoined(sync(), consents: true))
        #expect(scene.happen(.targetIdentified(TargetID(1), .distinct)).jobs.map(\.isRehearsal) == [true])
    }

    @Test("one that fails its first comparison is tried again, also where a failed start would end the program")
    func failsAtFirst() {
        var scene = Scene(settings: { $0.insists = false })
        scene.goInStep()
        scene.happen(.targetJoined(sync(), consents: true))
        let job = scene.happen(.targetIdentified(TargetID(1), .distinct)).jobs[0]
        let actions = scene.happen(.transferEnded(job.id, Outcome(.failed(Failure(.permissionDenied)))))
        #expect(actions.exits.isEmpty && actions.raised.count == 1)
    }

    @Test("one that drains gets what it is owed, and then leaves; what comes later does not hold it")
    func drains() {
        var scene = Scene(targets: 2)
        scene.goInStep()
        scene.notice(.touched("f", isDirectory: false))
        scene.pass(.seconds(1))
        scene.happen(.targetDrained(TargetID(1)))
        scene.notice(.touched("g", isDirectory: false))
        #expect(scene.mirror(1).hands?.job.paths == ["f"])
        let job = scene.mirror(1).hands!.job.id
        #expect(closed(scene.happen(.transferEnded(job, Outcome(.done, exitCode: 0)))) == [TargetID(1)])
        #expect(scene.mirrors.snapshot(at: scene.now).targets.map(\.id) == [TargetID(0)])
        scene.finishAll()
        #expect(Set(scene.pass(.seconds(1)).jobs.map(\.target)) == [TargetID(0)])
        scene.finishAll()
        #expect(scene.mirrors.sources[0].log.count == 0)
    }

    @Test("one that can't get what it is owed is let go when its time is over, its problem with it")
    func drainsInVain() {
        var scene = Scene(targets: 2)
        scene.goInStep()
        scene.notice(.touched("f", isDirectory: false))
        scene.pass(.seconds(1))
        let job = scene.mirror(1).hands!.job.id
        scene.happen(.targetDrained(TargetID(1)), .flushRequested(FlushID(1), [TargetID(1)]))
        scene.happen(.queueRead(SourceID(0), FlushID(1)))
        scene.happen(.transferEnded(job, Outcome(.failed(Failure(.unreachable)))))
        #expect(!scene.mirrors.snapshot(at: scene.now).problems.isEmpty)
        scene.pass(.seconds(590))
        #expect(!scene.mirror(1).hasLeft)
        let actions = scene.pass(.seconds(11))
        #expect(closed(actions) == [TargetID(1)])
        #expect(actions.contains(.answerFlush(FlushID(1), refused: [TargetID(1)])))
        #expect(scene.mirrors.snapshot(at: scene.now).problems.isEmpty)
    }

    @Test("one that is removed has its transfer stopped and gets nothing more")
    func removed() {
        var scene = Scene(targets: 2)
        scene.goInStep()
        scene.notice(.touched("f", isDirectory: false))
        scene.pass(.seconds(1))
        let job = scene.mirror(1).hands!.job.id
        let actions = scene.happen(.targetRemoved(TargetID(1)))
        #expect(actions.contains(.stopTransfer(job)) && closed(actions).isEmpty)
        #expect(!scene.happen(.deadlineReached).contains(.stopTransfer(job)))
        #expect(closed(scene.happen(.transferEnded(job, Outcome(.stopped)))) == [TargetID(1)])
        let refused = scene.happen(.flushRequested(FlushID(1), [TargetID(1)]), .queueRead(SourceID(0), FlushID(1)))
        #expect(refused.contains(.answerFlush(FlushID(1), refused: [TargetID(1)])))
    }

    @Test("its place is taken by the next, but not while an answer to it is on its way")
    func places() {
        var scene = Scene(targets: 2)
        scene.goInStep()
        for round in 0..<100 {
            let actions = scene.happen(.targetJoined(sync(ByteString("h\(round):/")), consents: true))
            let id = opened(actions)[0]
            #expect(id.index <= 3)
            if round.isMultiple(of: 2) { scene.happen(.targetIdentified(id, .distinct)) }
            scene.finishAll()
            scene.happen(.targetRemoved(id))
            if !round.isMultiple(of: 2) {
                let other = opened(scene.happen(.targetJoined(sync("x:/"), consents: true)))
                #expect(other != [id])
                scene.happen(.targetRemoved(other[0]), .targetIdentified(other[0], .distinct))
                scene.happen(.targetIdentified(id, .isSource))
            }
        }
        #expect(scene.mirrors.mirrors.count <= 4)
    }
}
