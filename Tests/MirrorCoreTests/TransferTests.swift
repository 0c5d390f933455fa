import MirrorCore
import Testing

@Suite("From a batch to its outcome")
struct TransferTests {
    @Test("the start is one comparison of everything for each target, after the watches stand")
    func start() {
        var scene = Scene(targets: 4)
        #expect(scene.actions.jobs.isEmpty)
        scene.goLive()
        #expect((0..<4).map { scene.mirror($0).hands?.job.scope } == Array(repeating: .everything, count: 4))
        scene.finishAll()
        #expect((0..<4).allSatisfy { scene.mirror($0).isInStep(scene.mirrors.sources[0].log) })
    }

    @Test("init = false compares nothing at the start and sends what comes later")
    func noStart() {
        var scene = Scene(sync: { $0.comparesAtStart = false })
        scene.goLive()
        #expect(scene.running == nil)
        scene.notice(.touched("a", isDirectory: false))
        #expect(scene.pass(.seconds(1)).jobs.map(\.paths) == [["a"]])
    }

    @Test("a change during a transfer is sent afterwards")
    func changeDuringTransfer() {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.goInStep()
        scene.notice(.touched("a", isDirectory: false))
        #expect(scene.running?.paths == ["a"])
        scene.notice(.touched("a", isDirectory: false))
        let next = scene.happen(.transferEnded(scene.running!.id, Outcome(.done)))
        #expect(next.jobs.map(\.paths) == [["a"]])
        #expect(next.jobs.first?.comparesExactly == true)
    }

    @Test("the comparison at the start is exact where an earlier run was killed or ended while something was owed")
    func restart() {
        for isBroken in [false, true] {
            var scene = Scene()
            scene.notice(.live(directories: 3))
            scene.happen(.sourceChecked(SourceID(0), SourceReport(followsBrokenRun: isBroken)))
            // From the second look on it is this run that is remembered, as one that has not ended.
            scene.happen(.sourceChecked(SourceID(0), SourceReport(followsBrokenRun: true)))
            scene.happen(.targetIdentified(TargetID(0), .distinct))
            #expect(scene.running?.scope == .everything)
            #expect(scene.running?.comparesExactly == isBroken)
        }
    }

    @Test("a program that ends with everything at its targets remembers that it does, and no other")
    func endsInStep() {
        for (owes, waits) in [(false, true), (true, true), (false, false)] {
            var scene = Scene(targets: 2, sync: { $0.delay = .seconds(15) })
            scene.goInStep()
            // A second write that nobody has noticed yet may hide behind a transfer that ended just now.
            if waits { scene.pass(.seconds(5)) }
            if owes { scene.notice(.touched("a", isDirectory: false)) }
            let actions = scene.happen(.stopRequested(.fade(signal: 15)))
            let isInStep = waits && !owes
            #expect(actions.contains(.remember(SourceID(0), hasContent: true, inStep: true)) == isInStep)
            #expect(actions.exits == [.signal(15)])
        }
    }

    @Test("a path is compared exactly only while a second write may hide in the second of the first")
    func exactComparison() {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.goInStep()
        scene.pass(.seconds(10))
        #expect(scene.notice(.touched("a", isDirectory: false)).jobs.first?.comparesExactly == false)
        scene.finishAll()
        scene.pass(.milliseconds(500))
        #expect(scene.notice(.touched("a", isDirectory: false)).jobs.first?.comparesExactly == true)
        scene.finishAll()
        scene.pass(.seconds(5))
        #expect(scene.notice(.touched("a", isDirectory: false)).jobs.first?.comparesExactly == false)
    }

    @Test("paths that did not arrive stay owed to that target alone, and hold up nothing")
    func partial() {
        var scene = Scene(targets: 2, sync: { $0.delay = .zero })
        scene.goInStep()
        scene.pass(.seconds(10))
        scene.notice(.touched("a", isDirectory: false), .touched("b", isDirectory: false))
        let failure = PathFailure(Change("a"), kind: .unreadable, text: "denied")
        scene.happen(.transferEnded(scene.mirror(0).hands!.job.id, Outcome(.partial([failure]), exitCode: 23)))
        scene.happen(.transferEnded(scene.mirror(1).hands!.job.id, Outcome(.done)))
        let log = scene.mirrors.sources[0].log
        #expect(!scene.mirror(0).isInStep(log))
        #expect(scene.mirror(1).isInStep(log))
        let jobs = scene.notice(.touched("c", isDirectory: false)).jobs
        #expect(jobs.map(\.paths) == [["c"], ["c"]])
        scene.finishAll()
        #expect(scene.pass(.seconds(2)).jobs.map(\.paths) == [["a"]])
        scene.finishAll()
        #expect(scene.mirror(0).isInStep(scene.mirrors.sources[0].log))
    }

    @Test("a target that fails keeps everything, waits longer each time, and the others go on")
    func wholeFailure() {
        var scene = Scene(targets: 2, sync: { $0.delay = .zero })
        scene.goInStep()
        scene.notice(.touched("a", isDirectory: false))
        var waits: [Duration] = []
        for _ in 0..<6 {
            let job = scene.mirror(0).hands!.job
            scene.happen(.transferEnded(job.id, Outcome(.failed(Failure(.moduleError)), exitCode: 5)))
            if let second = scene.mirror(1).hands { scene.happen(.transferEnded(second.job.id, Outcome(.done))) }
            let before = scene.now
            while scene.mirror(0).hands == nil { scene.passToDeadline() }
            waits.append(scene.now - before)
        }
        #expect(waits.last! >= .seconds(20))
        #expect(waits.allSatisfy { $0 <= Backoff.longest })
        #expect(waits[0] < waits[3])
        #expect(scene.mirror(0).hands?.job.paths == ["a"])
        #expect(scene.mirror(1).isInStep(scene.mirrors.sources[0].log))
    }

    @Test("after permission denied the next try waits five minutes")
    func denied() {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.goInStep()
        scene.notice(.touched("a", isDirectory: false))
        let ended = scene.happen(.transferEnded(scene.running!.id, Outcome(.failed(Failure(.permissionDenied)))))
        #expect(ended.raised.count == 1)
        #expect(scene.pass(.seconds(299)).jobs.isEmpty)
        #expect(scene.pass(.seconds(20)).jobs.count == 1)
    }

    @Test("a target that can't be reached is found by its port, and told of once")
    func unreachable() {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.goInStep()
        scene.notice(.touched("a", isDirectory: false))
        var told = scene.happen(.transferEnded(scene.running!.id, Outcome(.failed(Failure(.unreachable))))).reports
            .count
        for _ in 0..<10 {
            let actions = scene.passToDeadline()
            told += actions.reports.count
            #expect(actions.contains(.probePort(TargetID(0))))
            #expect(scene.happen(.portProbed(TargetID(0), answered: false)).jobs.isEmpty)
        }
        #expect(told == 2)
        scene.passToDeadline()
        #expect(scene.happen(.portProbed(TargetID(0), answered: true)).jobs.map(\.paths) == [["a"]])
        let end = scene.happen(.transferEnded(scene.running!.id, Outcome(.done)))
        #expect(end.reports.contains { if case .problemEnded = $0 { true } else { false } })
    }

    @Test("a port that answers while transfers fail is not tried in a storm")
    func answeringPort() {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.goInStep()
        scene.notice(.touched("a", isDirectory: false))
        var attempts = 0
        let start = scene.now
        while scene.now - start < .seconds(120) {
            if let job = scene.running {
                attempts += 1
                scene.happen(.transferEnded(job.id, Outcome(.failed(Failure(.unreachable)))))
            } else if scene.passToDeadline().contains(.probePort(TargetID(0))) {
                scene.happen(.portProbed(TargetID(0), answered: true))
            }
        }
        #expect(attempts <= 12)
    }

    @Test("a failed start without insist ends the program; a 2.0 configuration and a running one go on")
    func fatalStart() {
        let failure = Outcome(.failed(Failure(.unreachable)), exitCode: 255)
        var strict = Scene(settings: { $0.insists = false })
        strict.goLive()
        let waiting = strict.happen(.transferEnded(strict.running!.id, Outcome(.failed(Failure(.tunnelDown)))))
        #expect(waiting.exits.isEmpty && waiting.raised.count == 1, "a tunnel that is not up is waited for")
        strict.passToDeadline()
        #expect(strict.happen(.transferEnded(strict.running!.id, failure)).exits.count == 1)

        var old = Scene(settings: {
            $0.insists = false
            $0.dialect = .era20
        })
        old.goLive()
        #expect(old.happen(.transferEnded(old.running!.id, failure)).exits.isEmpty)

        var running = Scene(settings: { $0.insists = false }, sync: { $0.delay = .zero })
        running.goInStep()
        running.notice(.touched("a", isDirectory: false))
        #expect(running.happen(.transferEnded(running.running!.id, failure)).exits.isEmpty)
    }

    @Test("a target that is the source gets no transfer, ever, and is in step")
    func targetIsSource() {
        var scene = Scene(targets: 2, sync: { $0.delay = .zero })
        scene.notice(.live(directories: 1))
        scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        var jobs = scene.happen(.targetIdentified(TargetID(0), .isSource), .targetIdentified(TargetID(1), .distinct))
            .jobs
        scene.finishAll()
        for _ in 0..<20 {
            jobs += scene.notice(.touched("a", isDirectory: false), .lost(.root, reason: .overflow)).jobs
            scene.finishAll()
            jobs += scene.pass(.seconds(60)).jobs
        }
        #expect(jobs.allSatisfy { $0.target == TargetID(1) })
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].state == .isSource)
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].lag == .zero)
        #expect(scene.mirrors.sources[0].log.count == 0)
    }

    @Test("a target inside its source gets no transfer, and is a problem that is told once")
    func nestedTarget() {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.notice(.live(directories: 1))
        scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        let actions = scene.happen(.targetIdentified(TargetID(0), .nested(inside: true)))
        #expect(actions.reports.count == 1)
        #expect(actions.raised.first?.cause == .targetNested(inside: true))
        #expect(scene.notice(.touched("a", isDirectory: false)).jobs.isEmpty)
        #expect(scene.pass(.seconds(600)).jobs.isEmpty)
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].state == .refused)
    }

    @Test("no transfer starts before the target's identity was asked for")
    func identityFirst() {
        var scene = Scene()
        scene.notice(.live(directories: 1))
        scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        #expect(scene.happen(.sourceChecked(SourceID(0), SourceReport())).jobs.isEmpty)
        #expect(scene.pass(.seconds(60)).jobs.isEmpty)
        let unknown = TargetIdentity.unknown(Failure(.unreachable))
        #expect(scene.happen(.targetIdentified(TargetID(0), unknown)).jobs.count == 1)
    }

    @Test("an identity that could not be told is asked again before the next transfer, until one succeeds")
    func identityAgain() {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.notice(.live(directories: 1))
        scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        let unknown = TargetIdentity.unknown(Failure(.moduleError))
        scene.happen(.targetIdentified(TargetID(0), unknown))
        scene.happen(.transferEnded(scene.running!.id, Outcome(.failed(Failure(.moduleError)))))
        #expect(scene.pass(.seconds(5)).contains(.identifyTarget(TargetID(0))))
        #expect(scene.running == nil)
        #expect(scene.happen(.targetIdentified(TargetID(0), .isSource)).jobs.isEmpty)
        #expect(scene.pass(.seconds(600)).jobs.isEmpty)
    }

    @Test("a key that was refused while asking counts as the attempt")
    func refusedWhileAsking() {
        var scene = Scene()
        scene.notice(.live(directories: 1))
        scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        let refused = TargetIdentity.unknown(Failure(.permissionDenied))
        let actions = scene.happen(.targetIdentified(TargetID(0), refused))
        #expect(actions.jobs.isEmpty)
        #expect(actions.raised.count == 1)
        #expect(!scene.pass(.seconds(290)).contains(.identifyTarget(TargetID(0))))
    }

    @Test("an account that runs no command is told before the first transfer, which does not start")
    func commandsRefused() {
        var scene = Scene()
        scene.notice(.live(directories: 1))
        scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        scene.happen(.sourceChecked(SourceID(0), SourceReport()))
        let refused = TargetIdentity.unknown(Failure(.commandsRefused))
        let actions = scene.happen(.targetIdentified(TargetID(0), refused))
        #expect(actions.jobs.isEmpty)
        #expect(actions.raised.count == 1)
    }

    @Test("TERM lets transfers end and then ends; a second TERM stops them")
    func stopping() {
        var scene = Scene()
        scene.goLive()
        #expect(scene.happen(.stopRequested(.fade(signal: 15))).exits.isEmpty)
        let second = scene.happen(.stopRequested(.fade(signal: 15)))
        #expect(second.contains(.stopTransfer(scene.running!.id)))
        let end = scene.happen(.transferEnded(scene.running!.id, Outcome(.stopped)))
        #expect(end.exits == [.signal(15)])
    }

    @Test("what does not end by itself is stopped after a quarter of a minute, after HUP later")
    func boundedStop() {
        for (manner, patience) in [(StopManner.fade(signal: 15), 15), (.reload, 60)] {
            var scene = Scene()
            scene.goLive()
            let job = Action.stopTransfer(scene.running!.id)
            #expect(!scene.happen(.stopRequested(manner)).contains(job))
            let early = scene.pass(.seconds(patience - 1))
            #expect(!early.contains(job) && early.exits.isEmpty)
            let late = scene.pass(.seconds(1))
            #expect(late.contains(job) && late.exits.isEmpty)
            #expect(scene.happen(.transferEnded(scene.running!.id, Outcome(.stopped))).exits.count == 1)
        }
    }

    @Test("onepass ends when every comparison at the start is done, and not before")
    func onePass() {
        var scene = Scene(targets: 2, settings: { $0.onePass = true })
        scene.goLive()
        #expect(scene.happen(.transferEnded(scene.mirror(0).hands!.job.id, Outcome(.done))).exits.isEmpty)
        #expect(
            scene.happen(.transferEnded(scene.mirror(1).hands!.job.id, Outcome(.done))).exits == [.onePassDone])
    }
}
