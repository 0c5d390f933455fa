import MirrorCore
import Testing

@Suite("What people ask for")
struct RequestTests {
    private func answers(_ actions: [Action]) -> [FlushID] {
        actions.compactMap { if case .answerFlush(let id, _) = $0 { id } else { nil } }
    }

    private func endJob(_ scene: inout Scene, _ result: Outcome.Result = .done) -> [Action] {
        guard let job = scene.running else { return [] }
        return scene.happen(.transferEnded(job.id, Outcome(result)))
    }

    @Test("a flush reads the kernel's queue first, and is answered when what was in it has arrived")
    func flush() {
        var scene = Scene()
        scene.goInStep()
        let asked = scene.happen(.flushRequested(FlushID(1), [TargetID(0)]))
        #expect(asked.contains(.readQueue(SourceID(0), FlushID(1))))
        #expect(answers(asked).isEmpty)
        scene.notice(.touched("f", isDirectory: false))
        #expect(answers(scene.happen(.queueRead(SourceID(0), FlushID(1)))).isEmpty)
        scene.pass(.seconds(1))
        // What comes later is not waited for.
        scene.notice(.touched("g", isDirectory: false))
        #expect(answers(endJob(&scene)) == [FlushID(1)])
    }

    @Test("a flush with nothing owed is answered once the queue has been read")
    func emptyFlush() {
        var scene = Scene()
        scene.goInStep()
        scene.happen(.flushRequested(FlushID(1), [TargetID(0)]))
        #expect(answers(scene.happen(.queueRead(SourceID(0), FlushID(1)))) == [FlushID(1)])
    }

    @Test("a flush waits for the retry set")
    func flushRetries() {
        var scene = Scene()
        scene.goInStep()
        scene.notice(.touched("f", isDirectory: false))
        scene.pass(.seconds(1))
        scene.happen(.flushRequested(FlushID(1), [TargetID(0)]))
        scene.happen(.queueRead(SourceID(0), FlushID(1)))
        let failure = PathFailure(Change("f"), kind: .other, text: "")
        #expect(answers(endJob(&scene, .partial([failure]))).isEmpty)
        scene.passToDeadline()
        #expect(answers(endJob(&scene)) == [FlushID(1)])
    }

    @Test("a flush that is under way when the source is watched anew waits for the comparison")
    func flushRewatched() {
        var scene = Scene()
        scene.goInStep()
        scene.notice(.touched("f", isDirectory: false))
        scene.pass(.seconds(1))
        scene.happen(.flushRequested(FlushID(1), [TargetID(0)]))
        scene.happen(.queueRead(SourceID(0), FlushID(1)))
        scene.notice(.rootGone)
        #expect(answers(endJob(&scene)).isEmpty)
        scene.notice(.lost(.root, reason: .rewatched), .live(directories: 1))
        while scene.mirrors.sources[0].isBeingChecked { scene.happen(.sourceChecked(SourceID(0), SourceReport())) }
        scene.pass(.seconds(1))
        #expect(scene.running?.scope == .everything)
        #expect(answers(endJob(&scene)) == [FlushID(1)])
    }

    @Test("a flush of a target that gets nothing says so; a cancelled one is not answered")
    func refusedAndCancelled() {
        var scene = Scene()
        scene.goLive()
        scene.happen(.targetIdentified(TargetID(0), .nested(inside: true)))
        scene.happen(.flushRequested(FlushID(1), [TargetID(0)]), .flushRequested(FlushID(2), [TargetID(0)]))
        scene.happen(.flushCancelled(FlushID(2)))
        let answered = scene.happen(.queueRead(SourceID(0), FlushID(1)), .queueRead(SourceID(0), FlushID(2)))
        #expect(answered.contains(.answerFlush(FlushID(1), refused: [TargetID(0)])))
        #expect(answers(answered) == [FlushID(1)])
    }

    @Test("a paused target gets nothing, its changes wait, and it goes on when resumed or when the pause is over")
    func pause() {
        var scene = Scene(targets: 2)
        scene.goInStep()
        scene.happen(.pauseRequested(TargetID(0), until: nil))
        scene.notice(.touched("f", isDirectory: false))
        #expect(scene.pass(.seconds(3600)).jobs.map(\.target) == [TargetID(1)])
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].state == .held(TargetPause(until: nil)))
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].lag == .seconds(3600))
        #expect(scene.happen(.resumeRequested(TargetID(0))).jobs.map(\.target) == [TargetID(0)])
        scene.finishAll()
        scene.happen(.pauseRequested(TargetID(1), until: scene.now + .seconds(60)))
        scene.notice(.touched("g", isDirectory: false))
        scene.pass(.seconds(59))
        scene.finishAll()
        #expect(scene.mirror(1).hands == nil)
        #expect(scene.mirrors.nextDeadline() == scene.now + .seconds(1))
        #expect(scene.passToDeadline().jobs.map(\.target) == [TargetID(1)])
    }

    @Test("a resync compares the subtree at that target alone")
    func resync() {
        var scene = Scene(targets: 2)
        scene.goInStep()
        let jobs = scene.happen(.resyncRequested(TargetID(1), "d")).jobs
        #expect(jobs.map(\.target) == [TargetID(1)])
        #expect(jobs.first?.scope == .changes([Change("d", isSubtree: true)]))
        scene.finishAll()
        #expect(scene.happen(.resyncRequested(TargetID(0), .root)).jobs.map(\.scope) == [.everything])
    }

    @Test("who waits is told which targets are awaited, until they have it")
    func awaited() {
        var scene = Scene()
        scene.goInStep()
        scene.happen(.flushRequested(FlushID(1), [TargetID(0)]))
        #expect(scene.mirrors.targetsAwaited(by: FlushID(1)) == [TargetID(0)])
        scene.notice(.touched("f", isDirectory: false))
        scene.happen(.queueRead(SourceID(0), FlushID(1)))
        scene.pass(.seconds(1))
        #expect(scene.mirrors.targetsAwaited(by: FlushID(1)) == [TargetID(0)])
        _ = endJob(&scene)
        #expect(scene.mirrors.targetsAwaited(by: FlushID(1)).isEmpty)
    }

    private func standing(_ path: RelativePath, in scene: borrowing Scene) -> Explanation? {
        scene.mirrors.explain(path, isDirectory: false, of: SourceID(0), at: scene.now).first
    }

    @Test("a path is explained at each stage: in step, waiting, in hands, tried")
    func explained() throws {
        var scene = Scene()
        scene.goInStep()
        #expect(standing("d/f", in: scene)?.standing == .inStep)
        scene.notice(.touched("d/f", isDirectory: false))
        guard case .waiting(let since, let due?) = standing("d/f", in: scene)?.standing else {
            Issue.record("it waits")
            return
        }
        #expect(since <= scene.now && due >= scene.now)
        #expect(standing("d/g", in: scene)?.standing == .inStep)
        scene.pass(.seconds(1))
        guard case .transferring = standing("d/f", in: scene)?.standing else {
            Issue.record("it is in hands")
            return
        }
        _ = endJob(&scene, .partial([PathFailure(Change("d/f"), kind: .other, text: "no")]))
        guard case .retrying(let retry) = standing("d/f", in: scene)?.standing else {
            Issue.record("it is tried again")
            return
        }
        #expect(retry.failure?.text == "no" && retry.attempts == 1)
        scene.happen(.resyncRequested(TargetID(0), "e"))
        let below = standing("e/x/y", in: scene)
        #expect(below?.within == "e")
    }

    @Test("a path of a paused target has no moment at which it is expected")
    func explainedPause() {
        var scene = Scene()
        scene.goInStep()
        scene.happen(.pauseRequested(TargetID(0), until: nil))
        scene.notice(.touched("f", isDirectory: false))
        guard case .waiting(_, nil) = standing("f", in: scene)?.standing else {
            Issue.record("nobody knows when it goes")
            return
        }
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].state == .held(TargetPause(until: nil)))
    }

    @Test("the summary counts who is in step, and names who is the furthest behind")
    func summary() {
        var scene = Scene(targets: 2)
        scene.goInStep()
        var summary = scene.mirrors.summary(at: scene.now)
        #expect(summary.targets == 2 && summary.inStep == 2 && summary.latest == nil && summary.liveSources == 1)
        scene.happen(.pauseRequested(TargetID(1), until: nil))
        scene.notice(.touched("f", isDirectory: false))
        scene.pass(.seconds(10))
        scene.finishAll()
        summary = scene.mirrors.summary(at: scene.now)
        #expect(summary.inStep == 1 && summary.latest == TargetID(1) && summary.lag >= .seconds(10))
    }
}
