import MirrorCore
import Testing

@Suite("Notices become changes")
struct NoticeTests {
    private func batch(_ notices: Notice..., sync: (inout SyncSettings) -> Void = { _ in }) -> [Change] {
        var scene = Scene(sync: sync)
        scene.goInStep()
        scene.pass(.seconds(10))
        for notice in notices { scene.notice(notice) }
        while scene.running == nil, scene.mirrors.nextDeadline() != nil { scene.passToDeadline() }
        guard case .changes(let changes) = scene.running?.scope else { return [] }
        return changes
    }

    @Test("a new directory is a plain change; its entries are noticed one by one")
    func newDirectory() {
        #expect(
            batch(.directoryAppeared("d", moved: false), .touched("d/x", isDirectory: false))
                == [.present("d", isDirectory: true), .written("d/x")])
    }

    @Test("a directory that came by a rename is compared as a whole")
    func movedIn() {
        let changes = batch(.directoryAppeared("d", moved: true), .touched("d/x", isDirectory: false))
        #expect(changes.map(\.path) == ["d"])
        #expect(changes.first?.isSubtree == true)
        #expect(changes.first?.isMoved == true)
    }

    @Test("a directory made where another one has just gone is compared as a whole")
    func replacedDirectory() {
        let changes = batch(.disappeared("d", isDirectory: true), .directoryAppeared("d", moved: false))
        #expect(changes.map(\.path) == ["d"])
        #expect(changes.first?.isSubtree == true)
    }

    @Test("a directory that went is listed with what went from it, and compared as a whole if one stands there again")
    func removedDirectory() {
        let changes = batch(.disappeared("d/x", isDirectory: false), .disappeared("d", isDirectory: true))
        #expect(changes == [.removed("d/x", isDirectory: false), .removed("d", isDirectory: true)])
        #expect(changes.last?.isSubtree == true)
    }

    @Test("both ends of a rename are changes, and the new one knows the old")
    func rename() {
        #expect(
            batch(.renamed(from: "a", to: "b", isDirectory: false)) == [Change("a"), Change("b", movedFrom: "a")])
        let directory = batch(.renamed(from: "a", to: "b", isDirectory: true))
        #expect(directory.map(\.path) == ["a", "b"])
        #expect(directory.map(\.isSubtree) == [true, true])
        #expect(directory.last?.movedFrom == "a")
    }

    @Test("loss of track below a directory is one mark, and what lies below it is covered")
    func lossOfTrack() {
        #expect(
            batch(
                .touched("d/e/x", isDirectory: false), .lost("d", reason: .overflow),
                .touched("other", isDirectory: false))
                == [Change("d", isSubtree: true), .written("other")])
    }

    @Test("an overflow compares everything, without a restart")
    func overflow() {
        var scene = Scene()
        scene.goInStep()
        scene.notice(.touched("a", isDirectory: false), .lost(.root, reason: .overflow))
        scene.pass(.seconds(1))
        #expect(scene.running?.scope == .everything)
    }

    @Test(
        "past the bound of the log the target that is behind owes a comparison of everything, the others nothing more")
    func bound() {
        var limits = Limits()
        limits.logEntries = 100
        var scene = Scene(targets: 2, limits: limits, sync: { $0.delay = .zero })
        scene.goInStep()
        scene.notice(.touched("start", isDirectory: false))
        scene.happen(.transferEnded(scene.mirror(0).hands!.job.id, Outcome(.failed(Failure(.unreachable)))))
        scene.finishAll()
        for step in 0..<500 {
            scene.notice(.touched(RelativePath("f\(step)".utf8)!, isDirectory: false))
            scene.finishAll()
            #expect(scene.mirrors.sources[0].log.count <= 101)
        }
        #expect(scene.mirror(1).isInStep(scene.mirrors.sources[0].log))
        scene.passToDeadline()
        scene.happen(.portProbed(TargetID(0), answered: true))
        #expect(scene.mirror(0).hands?.job.scope == .everything)
    }

    @Test("lag counts from the oldest thing owed and is zero only in step")
    func lag() {
        var scene = Scene(sync: { $0.delay = .seconds(15) })
        scene.goInStep()
        #expect(scene.mirrors.snapshot(at: scene.now).targets[0].lag == .zero)
        scene.notice(.touched("a", isDirectory: false))
        for _ in 0..<10 {
            scene.pass(.seconds(1))
            scene.notice(.touched("a", isDirectory: false))
        }
        let status = scene.mirrors.snapshot(at: scene.now).targets[0]
        #expect(status.lag == .seconds(10))
        #expect(status.pendingCount == 1)
    }

    @Test("a file in the place of a directory that is left out is sent, and the reverse")
    func kindDecides() {
        let outDirectories = { (sync: inout SyncSettings) in sync.excludes = ["d/"] }
        #expect(batch(.touched("d", isDirectory: true), sync: outDirectories) == [])
        let gone = Notice.disappeared("d", isDirectory: true)
        #expect(batch(gone, .touched("d", isDirectory: false), sync: outDirectories).map(\.path) == ["d"])
        #expect(
            batch(.disappeared("d", isDirectory: false), .touched("d", isDirectory: true), sync: outDirectories)
                .map(\.path) == ["d"])
        let outFiles = { (sync: inout SyncSettings) in
            sync.filters = [FilterRule(includes: true, pattern: "d/"), FilterRule(includes: false, pattern: "d")]
        }
        #expect(batch(gone, .touched("d", isDirectory: false), sync: outFiles).map(\.path) == ["d"])
        #expect(batch(.touched("d", isDirectory: false), sync: outFiles) == [])
    }
}

extension Change {
    fileprivate static func written(_ path: RelativePath) -> Change {
        var change = Change(path)
        change.isWritten = true
        return change
    }
}
