/// What a target may have got so recently that a second write can hide behind the first.
///
/// rsync compares size and whole seconds. A second write of the same size in the second of the first is seen only when
/// times are compared exactly, which the batch must ask for; so it has to be known that the path went shortly before
/// the notice. A path is forgotten when a later batch has carried everything that was noticed in its window.
package struct RecentPaths: Sendable {
    /// A whole second of the file system's clock, and a second for what lies between a write, its notice and a
    /// transfer.
    package static let window = Duration.seconds(2)

    /// From the begin to the end of the transfer that carried it. A second write that hides was made after the begin,
    /// and in a second that had begun by the end.
    package typealias Span = ClosedRange<Moment>

    private var transferred: [RelativePath: Span] = [:]
    /// How many of them were compared with all that lies below.
    private var subtrees = 0
    /// The same for all paths at once: after a comparison of everything, or more paths than are kept.
    private var everything: Span?

    /// Something has gone since the program started, or may have.
    package private(set) var hasTaken = false

    package init() {}

    /// These paths went, or may have gone, in this time. Where it is not sure that they did, what an earlier transfer
    /// brought may be what the target still has.
    package mutating func add(_ changes: [Change], in span: Span, isSure: Bool, limit: Int) {
        hasTaken = true
        guard changes.count + transferred.count <= limit else { return addEverything(in: span, isSure: false) }
        for change in changes {
            let earlier = isSure ? nil : transferred[change.path]
            transferred[change.path] = earlier.map { Self.hull($0, span) } ?? span
        }
        subtrees += changes.count(where: \.isSubtree)
    }

    package mutating func addEverything(in span: Span, isSure: Bool) {
        hasTaken = true
        let earlier = isSure ? [] : transferred.values.map { $0 } + (everything.map { [$0] } ?? [])
        everything = earlier.reduce(span, Self.hull)
        transferred = [:]
        subtrees = 0
    }

    /// When the path may have gone, if a batch whose first notice came at `first` may hold a second write of it.
    package func span(hiding path: RelativePath, noticedFrom first: Moment) -> Span? {
        var found = everything.flatMap { Self.reaches($0, first) ? $0 : nil }
        func consider(_ path: RelativePath) {
            guard let span = transferred[path], Self.reaches(span, first) else { return }
            found = found.map { Self.hull($0, span) } ?? span
        }
        consider(path)
        guard subtrees > 0 else { return found }
        var above = path.parent
        while let parent = above {
            consider(parent)
            above = parent.parent
        }
        return found
    }

    /// Whether a comparison of everything, of this directory, or of one above, may have gone so shortly before.
    package func mayHaveTaken(below path: RelativePath, by now: Moment) -> Bool {
        if let everything, Self.reaches(everything, now) { return true }
        guard subtrees > 0 else { return false }
        var above: RelativePath? = path
        while let parent = above {
            if let span = transferred[parent], Self.reaches(span, now) { return true }
            above = parent.parent
        }
        return false
    }

    /// A batch that began then has arrived: it has carried all notices before, but for the paths that stay owed.
    package mutating func forget(through started: Moment, owed: RetrySet) {
        if owed.isEmpty { everything = everything.flatMap { Self.reaches($0, started) ? $0 : nil } }
        transferred = transferred.filter { Self.reaches($0.value, started) || owed.contains($0.key) }
        if transferred.isEmpty { subtrees = 0 }
    }

    package static func hull(_ left: Span, _ right: Span) -> Span {
        min(left.lowerBound, right.lowerBound)...max(left.upperBound, right.upperBound)
    }

    private static func reaches(_ span: Span, _ moment: Moment) -> Bool { moment - span.upperBound <= window }
}
