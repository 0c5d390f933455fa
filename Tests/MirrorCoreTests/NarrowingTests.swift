import MirrorCore
import Testing

@Suite("Events were lost, and it is known since when")
struct NarrowingTests {
    private let source = SourceID(0)

    private func since(_ scene: borrowing Scene, ago: Duration = .seconds(1)) -> TrackedMoment {
        TrackedMoment(boot: scene.now - ago, wall: scene.now.nanoseconds - ago.wholeNanoseconds)
    }

    private func lose(_ scene: inout Scene, ago: Duration = .seconds(1)) -> [Action] {
        scene.notice(.missed(.root, since: since(scene, ago: ago), reason: .overflow))
    }

    private func findings(_ files: [RelativePath], directories: [RelativePath] = []) -> WalkReport {
        var findings = WalkReport.Findings()
        (findings.files, findings.directories, findings.looked) = (files, directories, 1000)
        return .found(findings)
    }

    /// In step, and nothing has gone for a while.
    private func quiet(targets: Int = 1) -> Scene {
        var scene = Scene(targets: targets)
        scene.goInStep()
        scene.pass(.seconds(30))
        return scene
    }

    @Test("a loss is a walk and no comparison; what it finds is sent, and then nothing is owed")
    func walks() throws {
        var scene = quiet()
        let actions = lose(&scene)
        let request = try #require(actions.walks.first)
        #expect(request.path == .root)
        #expect(request.changedFrom == request.since.wall - Narrowing.margin.wholeNanoseconds)
        #expect(actions.jobs.isEmpty)
        #expect(!scene.mirror().isInStep(scene.mirrors.sources[0].log))
        scene.happen(.walked(source, findings(["d/f"], directories: ["d"])))
        let jobs = scene.pass(.seconds(1)).jobs
        #expect(jobs.first?.paths == ["d", "d/f"])
        scene.finishAll()
        #expect(scene.mirror().isInStep(scene.mirrors.sources[0].log))
    }

    @Test("a walk that finds nothing leaves nothing owed")
    func findsNothing() {
        var scene = quiet()
        _ = lose(&scene)
        scene.happen(.walked(source, findings([])))
        #expect(scene.mirror().isInStep(scene.mirrors.sources[0].log))
        #expect(scene.pass(.seconds(60)).jobs.isEmpty)
    }

    @Test("a changed directory is a comparison of its names, a file comes by any time of its own")
    func kinds() throws {
        var scene = quiet()
        _ = lose(&scene)
        scene.happen(.walked(source, findings(["d/f", "e/f"], directories: ["d"])))
        let job = try #require(scene.pass(.seconds(1)).jobs.first)
        guard case .changes(let changes) = job.scope else { throw Unexpected() }
        let byPath = Dictionary(uniqueKeysWithValues: changes.map { ($0.path, $0) })
        #expect(byPath["d"]?.isShallow == true && byPath["d"]?.isSubtree == true)
        #expect(byPath["d/f"]?.isMoved == true)
        // In `d` a name may have become a file that was a directory; in `e` no name has come or gone.
        #expect(byPath["d/f"]?.mayBeDirectory == true)
        #expect(byPath["e/f"]?.mayBeDirectory == false)
    }

    @Test("transfers go on while the walk is on its way")
    func goesOn() {
        var scene = quiet()
        _ = lose(&scene)
        scene.notice(.touched("a", isDirectory: false))
        #expect(scene.pass(.seconds(1)).jobs.first?.paths == ["a"])
    }

    @Test("the age of what was lost counts from the loss, and stays until it has arrived")
    func age() {
        var scene = quiet()
        _ = lose(&scene)
        scene.pass(.seconds(5))
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].lag == .seconds(5))
        scene.happen(.walked(source, findings(["f"])))
        scene.pass(.seconds(1))
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].lag == .seconds(6))
        scene.finishAll()
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].lag == .zero)
    }

    @Test("a second loss merges with the first: one more walk, since the first")
    func merges() throws {
        var scene = quiet()
        let first = try #require(lose(&scene).walks.first)
        scene.pass(.seconds(1))
        #expect(lose(&scene, ago: .milliseconds(10)).walks.isEmpty)
        scene.happen(.walked(source, findings([])))
        #expect(!scene.mirror().isInStep(scene.mirrors.sources[0].log))
        let second = try #require(scene.pass(.seconds(10)).walks.first)
        #expect(second.since == first.since)
        let told = scene.happen(.walked(source, findings([]))).reports
        #expect(told == [.trackRegained(source, nil, looked: 1000, found: 0, losses: 2)])
        #expect(scene.mirror().isInStep(scene.mirrors.sources[0].log))
    }

    @Test("a queue that runs over all the time is told a few times, and walked with growing pauses")
    func bounded() {
        var scene = quiet()
        var reports = 0
        var walks = 0
        for _ in 0..<600 {
            let actions = lose(&scene, ago: .milliseconds(50)) + scene.pass(.milliseconds(100))
            reports += actions.reports.count
            walks += actions.walks.count
            if !actions.walks.isEmpty { reports += scene.happen(.walked(source, findings([]))).reports.count }
        }
        #expect(walks < 15)
        #expect(reports < 30)
    }

    @Test("what a job looked at while track was lost is looked at once more")
    func looksAgain() throws {
        var scene = quiet()
        scene.notice(.disappeared("d", isDirectory: true), .touched("f", isDirectory: false))
        scene.pass(.seconds(1))
        scene.finishAll()
        scene.pass(.seconds(1))
        _ = lose(&scene, ago: .seconds(3))
        scene.happen(.walked(source, findings([])))
        let job = try #require(scene.pass(.seconds(2)).jobs.first)
        #expect(job.paths == ["d", "f"])
    }

    @Test("what a job looked at before is not")
    func looksAtNothingOlder() {
        var scene = quiet()
        scene.notice(.touched("f", isDirectory: false))
        scene.pass(.seconds(1))
        scene.finishAll()
        scene.pass(.seconds(5))
        _ = lose(&scene)
        scene.happen(.walked(source, findings([])))
        #expect(scene.pass(.seconds(5)).jobs.isEmpty)
    }

    @Test("a comparison that was at work meanwhile is made again")
    func comparesAgain() {
        var scene = quiet()
        scene.happen(.resyncRequested(TargetID(0), .root))
        #expect(scene.running?.scope == .everything)
        #expect(lose(&scene).walks.isEmpty)
        scene.finishAll()
        scene.pass(.seconds(1))
        #expect(scene.running?.scope == .everything)
    }

    @Test("times that say nothing, or more than can be told apart, are a comparison of that subtree")
    func useless() throws {
        for refusal in [WalkReport.Refusal.clockSet, .tooMuch, .cancelled] {
            var scene = quiet()
            _ = lose(&scene)
            let told = scene.happen(.walked(source, .useless(refusal))).reports
            #expect(told == [.trackRegained(source, refusal, looked: 0, found: 0, losses: 1)])
            scene.pass(.seconds(1))
            #expect(scene.running?.scope == .everything)
        }
    }

    @Test("a directory that can't be told apart is compared as a whole, and exactly")
    func unknown() throws {
        var scene = quiet()
        _ = lose(&scene)
        var findings = WalkReport.Findings()
        findings.unknown = ["mnt"]
        scene.happen(.walked(source, .found(findings)))
        guard case .changes(let changes)? = scene.pass(.seconds(1)).jobs.first?.scope else { throw Unexpected() }
        #expect(changes.map(\.isDeep) == [true])
        #expect(changes.map(\.wasRemoved) == [true])
    }

    @Test("a target that is away owes what was found, and nothing else")
    func away() throws {
        var scene = quiet(targets: 2)
        scene.notice(.touched("a", isDirectory: false))
        scene.pass(.seconds(1))
        let jobs = scene.mirrors.mirrors.compactMap { $0.hands?.job.id }
        scene.happen(.transferEnded(jobs[0], Outcome(.done, exitCode: 0)))
        scene.happen(.transferEnded(jobs[1], Outcome(.failed(Failure(.unreachable)))))
        scene.pass(.seconds(1))
        _ = lose(&scene, ago: .milliseconds(100))
        scene.happen(.walked(source, findings(["b"])))
        for _ in 0..<20 where scene.mirror(1).hands == nil {
            let probes = scene.passToDeadline().contains(.probePort(TargetID(1)))
            if probes { scene.happen(.portProbed(TargetID(1), answered: true)) }
        }
        #expect(scene.mirror(1).hands?.job.paths?.sorted() == ["a", "b"])
        scene.finishAll()
        #expect(scene.mirror(1).isInStep(scene.mirrors.sources[0].log))
    }

    @Test("a flush waits for what was lost before it")
    func flush() {
        var scene = quiet()
        _ = lose(&scene)
        scene.happen(.flushRequested(FlushID(1), [TargetID(0)]))
        #expect(scene.happen(.queueRead(source, FlushID(1))).answers.isEmpty)
        #expect(scene.happen(.walked(source, findings(["f"]))).answers.isEmpty)
        #expect(scene.pass(.seconds(1)).answers.isEmpty)
        let job = scene.running?.id
        #expect(scene.happen(.transferEnded(job ?? JobID(0), Outcome(.done, exitCode: 0))).answers == [FlushID(1)])
    }

    @Test("while anything is in doubt, a new directory is compared as a whole")
    func newDirectory() throws {
        var scene = quiet()
        _ = lose(&scene)
        scene.notice(.directoryAppeared("d", moved: false))
        guard case .changes(let changes)? = scene.pass(.seconds(1)).jobs.first?.scope else { throw Unexpected() }
        #expect(changes.map(\.isDeep) == [true])
    }

    @Test("a comparison of names and a comparison of all are one of all; names do not cover what lies deeper")
    func joining() {
        var names = Change("d", isSubtree: true)
        names.isShallow = true
        #expect(names.joined(withOlder: Change("d", isSubtree: true)).isDeep)
        #expect(Change("d", isSubtree: true).joined(withOlder: names).isDeep)
        #expect(names.joined(withOlder: Change("d")).isShallow)
        #expect(Change("d").joined(withOlder: names).isShallow)
        #expect(!Change("d").joined(withOlder: Change("d")).isShallow)
        var scene = quiet()
        _ = lose(&scene)
        scene.happen(.walked(source, findings(["d/e/f"], directories: ["d"])))
        #expect(scene.pass(.seconds(1)).jobs.first?.paths == ["d", "d/e/f"])
    }

    @Test("a source that is not trusted is compared")
    func untrusted() {
        var scene = quiet()
        scene.notice(.rootGone)
        #expect(lose(&scene).walks.isEmpty)
    }

    @Test("a jump of the clock is seen in two readings, whichever way it went")
    func clocks() {
        let first = TrackedMoment(boot: Moment(nanoseconds: 5), wall: 1_000_000_000_000)
        func later(_ seconds: Int64, jump: Int64) -> TrackedMoment {
            TrackedMoment(boot: first.boot + .seconds(seconds), wall: first.wall + (seconds + jump) * 1_000_000_000)
        }
        #expect(first.agrees(with: later(100, jump: 0)))
        #expect(first.agrees(with: later(100_000, jump: 1)))
        #expect(!first.agrees(with: later(3, jump: -3600)))
        #expect(!first.agrees(with: later(3, jump: 3600)))
    }

    private struct Unexpected: Error {}
}

extension [Action] {
    fileprivate var walks: [WalkRequest] {
        compactMap { if case .walk(_, let request) = $0 { request } else { nil } }
    }

    fileprivate var answers: [FlushID] {
        compactMap { if case .answerFlush(let id, _) = $0 { id } else { nil } }
    }
}
