import DequeModule

/// Which paths the last jobs of a target looked at.
///
/// Where events were lost, a job may have seen a path in a state that nobody tells of: a directory that was moved away
/// and back. What is now as it was before the loss has times of before, so no walk finds it; but a job may have taken
/// it for gone. So what jobs looked at while track was lost is looked at once more.
package struct RecentLooks: Sendable {
    private struct Look: Sendable {
        var ended: Moment
        /// nil: at everything.
        var changes: [Change]?
    }

    /// A loss that began longer ago means a comparison.
    static let window = Duration.seconds(120)

    private var looks = Deque<Look>()
    private var count = 0
    /// Jobs that ended before may be forgotten.
    private var horizon = Moment.zero

    package init() {}

    package mutating func add(_ scope: Job.Scope, at ended: Moment, limit: Int) {
        switch scope {
        case .everything: looks.append(Look(ended: ended, changes: nil))
        case .changes(let changes):
            looks.append(Look(ended: ended, changes: changes))
            count += changes.count
        }
        while let first = looks.first, count > limit || ended - first.ended > Self.window {
            looks.removeFirst()
            count -= first.changes?.count ?? 0
            horizon = first.ended
        }
    }

    /// What may have been looked at since then; nil where that is everything, or not known any more.
    package func changes(since moment: Moment) -> [Change]? {
        guard moment > horizon || horizon == .zero else { return nil }
        var all: [Change] = []
        for look in looks where look.ended >= moment {
            guard let changes = look.changes else { return nil }
            all += changes
        }
        return all
    }
}
