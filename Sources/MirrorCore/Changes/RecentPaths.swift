/// What a target may have got so recently that a second write can hide behind the first.
///
/// rsync compares size and whole seconds. A second write of the same size in the second of the first is seen only when
/// times are compared exactly, which the batch must ask for; so it has to be known that the path went shortly before
/// the notice. A path is forgotten when a later batch has carried everything that was noticed in its window.
package struct RecentPaths: Sendable {
    /// A whole second of the file system's clock, and a second for what lies between a write, its notice and a
    /// transfer.
    package static let window = Duration.seconds(2)

    private var transferred: [RelativePath: Moment] = [:]
    /// The same for all paths at once: after a comparison of everything, or more paths than are kept.
    private var everything: Moment?

    package init() {}

    package var holdsEverything: Bool { everything != nil }

    /// These paths went, or may have gone, until now.
    package mutating func add(_ changes: [Change], at now: Moment, limit: Int) {
        let hasSubtree = changes.contains(where: \.isSubtree)
        guard !hasSubtree, changes.count + transferred.count <= limit else { return addEverything(at: now) }
        for change in changes { transferred[change.path] = now }
    }

    package mutating func addEverything(at now: Moment) {
        everything = now
        transferred = [:]
    }

    /// Whether a batch whose first notice came at `first` may hold a second write of this path.
    package func mayHide(_ path: RelativePath, noticedFrom first: Moment) -> Bool {
        if let everything, first - everything <= Self.window { return true }
        guard let moment = transferred[path] else { return false }
        return first - moment <= Self.window
    }

    /// A batch that began then has arrived: it has carried all notices before.
    package mutating func forget(through started: Moment) {
        if let moment = everything, started - moment > Self.window { everything = nil }
        transferred = transferred.filter { started - $0.value <= Self.window }
    }
}
