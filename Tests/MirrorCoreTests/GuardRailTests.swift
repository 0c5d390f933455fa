import MirrorCore
import Testing

@Suite("Guard rails before every deletion")
struct GuardRailTests {
    private let source = SourceID(0)

    private func suspectScene(_ suspicion: SourceSuspicion) -> Scene {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.happen(.targetIdentified(TargetID(0), .distinct))
        scene.notice(.live(directories: 1))
        scene.happen(.sourceChecked(SourceID(0), SourceReport(suspicion: suspicion, isEmpty: true)))
        scene.happen(.sourceChecked(SourceID(0), SourceReport(suspicion: suspicion, isEmpty: true)))
        return scene
    }

    @Test("a source whose mount is gone starts no comparison; its copies go on without deletions")
    func mountGone() {
        var scene = suspectScene(.mountGone(mountPoint: "/src", fileSystem: "ext4"))
        #expect(scene.running == nil)
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].state == .paused)
        #expect(scene.mirrors.snapshot(at: scene.now).problems.count == 1)
        let jobs = scene.notice(.touched("new", isDirectory: false)).jobs
        #expect(jobs.map(\.deletes) == [false])
        #expect(jobs.map(\.paths) == [["new"]])
        scene.finishAll()
        #expect(scene.pass(.seconds(3600)).jobs.isEmpty)
        #expect(scene.mirror(0).owedSince(scene.mirrors.sources[0].log) != nil)
    }

    @Test("a missing source starts nothing at all")
    func missing() {
        var scene = suspectScene(.missing)
        #expect(scene.notice(.touched("new", isDirectory: false)).jobs.isEmpty)
        #expect(scene.pass(.seconds(60)).jobs.isEmpty)
    }

    @Test("it is looked at again, and goes on by itself when it is back")
    func comesBack() {
        var scene = suspectScene(.mountGone(mountPoint: "/src", fileSystem: "ext4"))
        #expect(scene.passToDeadline().contains(.checkSource(source)))
        let jobs = scene.happen(.sourceChecked(source, SourceReport())).jobs
        #expect(jobs.map(\.scope) == [.everything])
        #expect(jobs.map(\.deletes) == [true])
    }

    @Test("an operator's word releases it and is remembered")
    func accepted() {
        var scene = suspectScene(.emptied)
        scene.passToDeadline()
        let report = SourceReport(suspicion: .emptied, isEmpty: true, isAccepted: true)
        let actions = scene.happen(.sourceChecked(source, report))
        #expect(actions.jobs.map(\.scope) == [.everything])
        #expect(actions.contains(.remember(source, hasContent: false)))
    }

    @Test("a source that was seen to become empty is believed")
    func seenEmptied() {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.goInStep()
        scene.notice(.disappeared("last", isDirectory: false))
        let actions = scene.happen(.transferEnded(scene.running!.id, Outcome(.sourceSuspect(.emptied))))
        #expect(actions.contains(.remember(source, hasContent: false)))
        #expect(actions.jobs.map(\.paths) == [["last"]])
    }

    @Test("a source that is empty without a deletion seen is not believed")
    func silentlyEmptied() {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.goInStep()
        scene.notice(.disappeared("below/it", isDirectory: false))
        let actions = scene.happen(.transferEnded(scene.running!.id, Outcome(.sourceSuspect(.emptied))))
        #expect(actions.jobs.isEmpty)
        #expect(actions.raised.count == 1)
    }

    @Test("a deletion at the top that a transfer has carried no longer explains an empty source")
    func oldDeletionExplainsNothing() {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.goInStep()
        scene.notice(.disappeared("one", isDirectory: false))
        scene.finishAll()
        scene.notice(.touched("other/file", isDirectory: false))
        let actions = scene.happen(.transferEnded(scene.running!.id, Outcome(.sourceSuspect(.emptied))))
        #expect(actions.jobs.isEmpty)
    }

    @Test("a root that is gone stops everything until it is watched again and looked at")
    func rootGone() {
        var scene = Scene(sync: { $0.delay = .zero })
        scene.goInStep()
        scene.notice(.rootGone)
        #expect(scene.notice(.touched("a", isDirectory: false)).jobs.isEmpty)
        scene.happen(.sourceChecked(source, SourceReport(suspicion: .missing)))
        #expect(scene.pass(.seconds(2)).contains(.checkSource(source)))
        scene.happen(.sourceChecked(source, SourceReport()))
        #expect(scene.running == nil)
        scene.notice(.lost(.root, reason: .rewatched), .live(directories: 2))
        #expect(scene.happen(.sourceChecked(source, SourceReport())).jobs.map(\.scope) == [.everything])
    }

    @Test("an empty source that nobody remembers rehearses first, and waits where it would delete")
    func firstStartEmpty() {
        var scene = Scene(targets: 2)
        let report = SourceReport(isEmpty: true, isFirstStart: true)
        scene.happen(.targetIdentified(TargetID(0), .distinct), .targetIdentified(TargetID(1), .distinct))
        scene.notice(.live(directories: 1))
        scene.happen(.sourceChecked(source, report))
        scene.happen(.sourceChecked(source, report))
        #expect(scene.mirror(0).hands?.job.isRehearsal == true)
        #expect(scene.mirror(1).hands?.job.isRehearsal == true)
        scene.happen(.transferEnded(scene.mirror(0).hands!.job.id, Outcome(.done, deletions: 0)))
        #expect(scene.mirror(0).hands?.job.isRehearsal == false)
        let held = scene.happen(.transferEnded(scene.mirror(1).hands!.job.id, Outcome(.done, deletions: 5)))
        #expect(held.jobs.isEmpty)
        #expect(held.raised.first?.cause == .source(.emptyAtFirstStart(deletions: 5)))
        // One file in an empty mount point proves nothing.
        scene.passToDeadline()
        #expect(scene.happen(.sourceChecked(source, SourceReport(isFirstStart: true))).jobs.isEmpty)
    }

    @Test("a transfer that would delete too much holds deletions until a person accepts, and may delete then")
    func massDeletion() {
        var scene = Scene()
        scene.goInStep()
        scene.notice(.disappeared("d", isDirectory: true))
        scene.passToDeadline()
        let job = scene.mirror(0).hands!.job
        #expect(job.deletes && !job.mayDeleteMany)
        let held = scene.happen(.transferEnded(job.id, Outcome(.sourceSuspect(.massDeletion(names: 5000)))))
        #expect(held.raised.first?.cause == .source(.massDeletion(names: 5000)))
        // A look that finds nothing wrong is no word of a person; copies go on.
        scene.passToDeadline()
        scene.happen(.sourceChecked(source, SourceReport()))
        scene.notice(.fileArrived("new"))
        scene.passToDeadline()
        #expect(scene.mirror(0).hands?.job.deletes == false)
        scene.happen(.transferEnded(scene.mirror(0).hands!.job.id, Outcome(.done)))
        scene.passToDeadline()
        scene.happen(.sourceChecked(source, SourceReport(isAccepted: true)))
        scene.passToDeadline()
        let all = scene.mirror(0).hands!.job
        #expect(all.scope == .everything && all.deletes && all.mayDeleteMany)
        scene.happen(.transferEnded(all.id, Outcome(.done)))
        scene.notice(.disappeared("e", isDirectory: true))
        scene.passToDeadline()
        #expect(scene.mirror(0).hands?.job.mayDeleteMany == false)
    }

    @Test("a target that can't be asked what an empty source would delete is feared to lose something")
    func rehearsalWithoutAnswer() {
        var scene = Scene()
        let report = SourceReport(isEmpty: true, isFirstStart: true)
        scene.happen(.targetIdentified(TargetID(0), .distinct))
        scene.notice(.live(directories: 1))
        scene.happen(.sourceChecked(source, report))
        scene.happen(.sourceChecked(source, report))
        let held = scene.happen(.transferEnded(scene.mirror(0).hands!.job.id, Outcome(.done)))
        #expect(held.jobs.isEmpty)
        #expect(held.raised.first?.cause == .source(.emptyAtFirstStart(deletions: 0)))
    }

    @Test("delete = false and 'startup' and 'running' delete only when they say so")
    func deletePolicies() {
        for (policy, atStart, later) in [
            (DeletePolicy.always, true, true), (.never, false, false), (.startup, true, false), (.running, false, true),
        ] {
            var scene = Scene(sync: {
                $0.delay = .zero
                $0.delete = policy
            })
            scene.goLive()
            #expect(scene.running?.deletes == atStart)
            scene.finishAll()
            scene.notice(.disappeared("a", isDirectory: false))
            #expect(scene.running?.deletes == later)
        }
    }
}
