import MirrorCore
import MirrorStatus

/// Values that the tests of this folder share.
enum Samples {
    static let evening = WallTime(dayAndTime: "Sun Nov 22 18:48:56 2026", timeOfDay: "18:48:56")
    static let now = Moment(nanoseconds: 1_000_000_000_000)

    static func settings(targets: [ByteString] = ["h1:/t/", "h2:/t/"], source: ByteString = "/srv/web") -> Settings {
        var settings = Settings()
        for (index, target) in targets.enumerated() {
            settings.syncs.append(SyncSettings(name: ByteString("Sync\(index + 1)"), source: source, target: target))
        }
        return settings
    }

    static func words(_ settings: Settings) -> ProblemText {
        ProblemText(settings: settings, cure: { _, _ in "do this\nthen that" }, errorText: { "errno \($0)" })
    }

    static func target(
        _ index: Int, state: TargetStatus.State = .inStep, pending: [TargetStatus.Pending] = [], count: Int? = nil
    ) -> TargetStatus {
        TargetStatus(
            id: TargetID(index), name: ByteString("Sync\(index + 1)"), source: "/srv/web",
            target: ByteString("h\(index + 1):/t/"), state: state, pendingCount: count ?? pending.count,
            pending: pending,
            lag: count == 0 ? .zero : .milliseconds(3200), filters: [], excludes: [], lastTransfer: nil)
    }

    static func snapshot(_ targets: [TargetStatus], problems: [Problem] = []) -> StatusSnapshot {
        let source = SourceStatus(path: "/srv/web", isLive: true, changesInLog: 0)
        return StatusSnapshot(moment: now, sources: [source], targets: targets, problems: problems)
    }

    static func status(_ targets: [TargetStatus], problems: [Problem] = []) -> String {
        let settings = settings()
        let watches = WatchList(
            count: 2, watches: [.init(number: 1, path: "/srv/web"), .init(number: 3, path: "/srv/web/sub")])
        return StatusText.render(
            snapshot(targets, problems: problems), watches: watches, at: evening, words: words(settings)
        ).description
    }

    static func pending(_ stage: TargetStatus.Pending.Stage, _ path: RelativePath) -> TargetStatus.Pending {
        TargetStatus.Pending(stage: stage, change: Change(path))
    }
}
