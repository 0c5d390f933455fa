import MirrorCore
import Testing

/// One test for each fault of the core that the simulator has found, in the smallest form that shows it.
@Suite("What the simulator has found")
struct SimulatorFindingTests {
    private let source = SourceID(0)
    private let target = TargetID(0)

    private func end(_ scene: inout Scene, _ result: Outcome.Result = .done, deletions: Int? = nil) -> [Action] {
        guard let job = scene.running else { return [] }
        return scene.happen(.transferEnded(job.id, Outcome(result, deletions: deletions)))
    }

    private func check(_ scene: inout Scene, _ report: SourceReport) {
        while scene.mirrors.sources[0].isBeingChecked { scene.happen(.sourceChecked(source, report)) }
    }

    @Test("a path that is written all the time goes in time, however much that is filtered away happens beside it")
    func filteredBesideSteady() {
        var scene = Scene(sync: { sync in
            sync.delay = .seconds(15)
            sync.excludes = ["*.tmp"]
        })
        scene.goInStep()
        var started: Moment?
        let first = scene.now
        for _ in 0..<40 where started == nil {
            scene.notice(.touched("steady", isDirectory: false))
            scene.notice(.touched("a.tmp", isDirectory: false), .touched("steady", isDirectory: false))
            if scene.running != nil { started = scene.now }
            scene.pass(.seconds(1))
        }
        #expect(started.map { $0 - first <= .seconds(15) } == true)
    }

    @Test("what a suspect source owed goes at once when it is trusted, also when its root went away in between")
    func heldAcrossRootGone() {
        var scene = Scene(sync: { $0.delay = .seconds(15) })
        scene.goInStep()
        scene.notice(.rootGone)
        check(&scene, SourceReport(suspicion: .mountGone(mountPoint: "/src", fileSystem: "ext4"), isEmpty: true))
        scene.notice(.rootGone)
        scene.notice(.lost(.root, reason: .rewatched), .live(directories: 1))
        check(&scene, SourceReport())
        #expect(scene.running?.scope == .everything)
    }

    @Test("a comparison that is owed is not put off by paths that fail, past the bound of the retry set")
    func foldKeepsComparison() {
        var limits = Limits()
        limits.retryEntries = 2
        var scene = Scene(limits: limits)
        scene.goInStep()
        scene.notice(.touched("a", isDirectory: false), .touched("b", isDirectory: false))
        scene.pass(.seconds(1))
        scene.happen(.resyncRequested(target, .root))
        _ = end(&scene, .partial(["a", "b"].map { PathFailure(Change($0), kind: .other, text: "") }))
        #expect(scene.running?.scope == .everything)
    }

    @Test("a comparison that is held for a suspect source stays held when failing paths are folded into it")
    func foldKeepsHeld() {
        var limits = Limits()
        limits.retryEntries = 1
        var scene = Scene(limits: limits)
        scene.goInStep()
        let suspicion = SourceSuspicion.mountGone(mountPoint: "/src", fileSystem: "ext4")
        scene.notice(.rootGone, .lost(.root, reason: .rewatched), .live(directories: 1))
        check(&scene, SourceReport(suspicion: suspicion, isEmpty: true))
        scene.notice(.touched("a", isDirectory: false), .touched("b", isDirectory: false))
        scene.pass(.seconds(1))
        _ = end(&scene, .partial(["a", "b"].map { PathFailure(Change($0), kind: .other, text: "") }))
        #expect(scene.mirror().retry.nextTry == .distantFuture)
        scene.pass(.seconds(2))
        check(&scene, SourceReport())
        #expect(scene.running?.scope == .everything)
    }

    @Test("a path that fails in a comparison of everything before its own retry is due stays as old as it was")
    func failsBeforeItsTurn() {
        var scene = Scene()
        scene.goInStep()
        scene.notice(.touched("a", isDirectory: false))
        let noticed = scene.now
        scene.happen(.flushRequested(FlushID(1), [target]))
        scene.happen(.queueRead(source, FlushID(1)))
        scene.pass(.seconds(1))
        let failure = PathFailure(Change("a"), kind: .other, text: "")
        _ = end(&scene, .partial([failure]))
        scene.happen(.resyncRequested(target, .root))
        let actions = end(&scene, .partial([failure]))
        #expect(scene.mirror().retry["a"]?.since == noticed)
        #expect(!actions.contains { if case .answerFlush = $0 { true } else { false } })
    }

    @Test("what is noticed beside the comparison at the start is looked at once more, exactly")
    func besideTheStart() {
        var scene = Scene()
        scene.notice(.live(directories: 1))
        scene.notice(.renamed(from: "old", to: "new", isDirectory: false))
        check(&scene, SourceReport(isFirstStart: true))
        scene.happen(.targetIdentified(target, .distinct))
        #expect(scene.running?.scope == .everything)
        _ = end(&scene)
        scene.pass(.seconds(1))
        #expect(scene.running?.paths == ["old", "new"])
        #expect(scene.running?.comparesExactly == true)
    }

    @Test("an empty source that nobody remembers is rehearsed again when another empty one stands in its place")
    func anotherEmptySource() {
        let unknown = SourceReport(isEmpty: true, isFirstStart: true)
        var scene = Scene()
        scene.notice(.live(directories: 1))
        check(&scene, unknown)
        scene.happen(.targetIdentified(target, .distinct))
        #expect(scene.running?.isRehearsal == true)
        _ = end(&scene, deletions: 5)
        // A file is copied, and the whole is compared, while deletions are held.
        scene.notice(.lost(.root, reason: .overflow), .touched("a", isDirectory: false))
        #expect(scene.running?.scope == .everything && scene.running?.deletes == false)
        scene.finishAll()
        scene.notice(.rootGone, .lost(.root, reason: .rewatched), .live(directories: 1))
        check(&scene, unknown)
        scene.pass(.seconds(1))
        #expect(scene.running?.isRehearsal == true)
        #expect(end(&scene, deletions: 5).jobs.allSatisfy { !$0.deletes })
    }

    @Test("a new directory is compared as a whole where a comparison from above ran meanwhile, and only there")
    func newDirectoryBesideComparison() {
        var scene = Scene()
        scene.goInStep()
        scene.pass(.seconds(10))
        scene.notice(.directoryAppeared("before", moved: false))
        scene.pass(.seconds(10))
        #expect(scene.running?.scope == .changes([.present("before", isDirectory: true)]))
        _ = end(&scene)
        scene.happen(.resyncRequested(target, .root))
        scene.notice(.directoryAppeared("during", moved: false))
        _ = end(&scene)
        scene.pass(.seconds(1))
        guard case .changes(let changes)? = scene.running?.scope else { return #expect(Bool(false)) }
        #expect(changes.map(\.path) == ["during"] && changes.allSatisfy(\.isSubtree))
    }

    @Test("what is read late, after the program was held up, may hide behind a transfer of before")
    func heldUp() {
        var scene = Scene()
        scene.goInStep()
        scene.pass(.seconds(60))
        scene.notice(.touched("a", isDirectory: false))
        scene.pass(.seconds(1))
        _ = end(&scene)
        // Nothing was handled since, so this may have happened right after the transfer.
        scene.now = scene.now + .seconds(30)
        scene.notice(.touched("a", isDirectory: false))
        scene.pass(.seconds(1))
        #expect(scene.running?.hiding != nil)
    }

    @Test("while the program stops, what the filters leave out is not shown as owed")
    func filteredWhileStopping() {
        var scene = Scene(targets: 2, sync: { $0.excludes = ["*.tmp"] })
        scene.goInStep()
        scene.notice(.touched("b", isDirectory: false))
        scene.pass(.seconds(1))
        scene.happen(.transferEnded(scene.mirror(0).hands!.job.id, Outcome(.done)))
        scene.happen(.stopRequested(.fade(signal: 15)))
        scene.notice(.touched("a.tmp", isDirectory: false))
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].state == .inStep)
    }

    @Test("a name at any depth makes an empty source one that was not, before anything of it goes")
    func filledFromBelow() {
        var scene = Scene(sync: { $0.comparesAtStart = false })
        scene.notice(.live(directories: 1))
        check(&scene, SourceReport(isEmpty: true, isFirstStart: true))
        scene.happen(.targetIdentified(target, .distinct))
        let noticed = scene.happen(.noticed(source, .directoryAppeared("d/e", moved: false)))
        #expect(noticed.contains(.checkSource(source)))
        #expect(scene.pass(.seconds(60)).jobs.isEmpty)
        let checked = scene.happen(.sourceChecked(source, SourceReport(isFirstStart: true)))
        #expect(checked.contains(.remember(source, hasContent: true)))
    }

    @Test("a refusal is asked about again while nothing is owed, and ends as a problem when it is over")
    func refusedInStep() throws {
        var scene = Scene(sync: { $0.comparesAtStart = false })
        scene.notice(.live(directories: 1))
        check(&scene, SourceReport())
        scene.happen(.targetIdentified(target, .unknown(Failure(.permissionDenied))))
        #expect(scene.mirrors.snapshot(at: scene.now).problems.count == 1)
        let next = scene.mirrors.nextDeadline()
        let deadline = try #require(next)
        let asked = scene.pass(deadline - scene.now)
        #expect(asked.contains(.identifyTarget(target)))
        scene.happen(.targetIdentified(target, .distinct))
        #expect(scene.mirrors.snapshot(at: scene.now).problems.isEmpty)
    }

    @Test(
        "the first comparison is exact where its mark is newer than a rename, as after a source that was watched anew")
    func renamedBeforeNewMark() {
        var scene = Scene()
        scene.happen(.pauseRequested(target, until: nil))
        scene.notice(.live(directories: 1))
        check(&scene, SourceReport())
        scene.happen(.targetIdentified(target, .distinct))
        scene.notice(.renamed(from: "a", to: "b", isDirectory: false))
        scene.notice(.rootGone)
        scene.notice(.lost(.root, reason: .rewatched), .live(directories: 1))
        check(&scene, SourceReport())
        scene.happen(.resumeRequested(target))
        #expect(scene.running?.scope == .everything && scene.running?.comparesExactly == true)
    }
}
