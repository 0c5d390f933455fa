/// The state of everything in three numbers. Costs the number of targets, whatever they owe.
package struct Summary: Sendable, Equatable {
    package var targets: Int
    package var inStep: Int
    /// The target whose oldest change is the oldest of all.
    package var latest: TargetID?
    package var lag: Duration
    /// Sources whose watches stand, of all.
    package var liveSources: Int
    package var sources: Int
}

extension Mirrors {
    package func summary(at now: Moment) -> Summary {
        var summary = Summary(
            targets: mirrors.count { !$0.hasLeft }, inStep: 0, latest: nil, lag: .zero,
            liveSources: sources.count(where: \.isLive),
            sources: sources.count)
        for mirror in mirrors where !mirror.hasLeft {
            guard let since = owedSince(mirror) else {
                summary.inStep += 1
                continue
            }
            let lag = now - since
            guard summary.latest == nil || lag > summary.lag else { continue }
            summary.latest = mirror.id
            summary.lag = lag
        }
        return summary
    }

    /// nil where nothing is owed, or nothing ever will be sent.
    func owedSince(_ mirror: Mirror) -> Moment? {
        if let index = scriptIndex(of: mirror.id) {
            return scripts[index].isBusy ? scripts[index].queue.oldest ?? lastSettled : scripts[index].queue.oldest
        }
        return mirror.owedSince(log(of: mirror.id.index))
    }
}
