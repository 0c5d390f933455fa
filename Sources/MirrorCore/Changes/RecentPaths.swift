import DequeModule

/// Which paths a target got within the last seconds.
///
/// rsync compares size and whole seconds. A second write of the same size in the second of the first is seen only when
/// times are compared exactly, which the batch must ask for; so it has to be known that the path went before.
package struct RecentPaths: Sendable {
    /// A whole second of the file system's clock, and a second for the difference between clocks.
    package static let window = Duration.seconds(2)

    private var moments: [RelativePath: Moment] = [:]
    private var order = Deque<(path: RelativePath, moment: Moment)>()
    /// Until then every path counts as recent: after a comparison of everything, or more paths than are kept.
    private var everythingUntil = Moment.zero

    package init() {}

    package mutating func add(_ changes: [Change], at now: Moment, limit: Int) {
        forget(before: now - Self.window)
        guard changes.count + moments.count <= limit else { return addEverything(at: now) }
        for change in changes {
            if change.isSubtree { addEverything(at: now) }
            moments[change.path] = now
            order.append((change.path, now))
        }
    }

    package mutating func addEverything(at now: Moment) { everythingUntil = now + Self.window }

    package func contains(_ path: RelativePath, at now: Moment) -> Bool {
        if now <= everythingUntil { return true }
        guard let moment = moments[path] else { return false }
        return now - moment <= Self.window
    }

    private mutating func forget(before limit: Moment) {
        while let first = order.first, first.moment < limit {
            order.removeFirst()
            if moments[first.path] == first.moment { moments[first.path] = nil }
        }
    }
}
