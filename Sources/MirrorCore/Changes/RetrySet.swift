/// What one target did not get although it was tried: path by path, each with its own next try.
package struct RetrySet: Sendable {
    package struct Entry: Sendable {
        package var change: Change
        /// No later than the number of the notice that it answers.
        package var number: UInt64
        package var since: Moment
        package var attempts: Int
        package var nextTry: Moment
        /// nil: not a failure of its own, but a comparison that is owed.
        package var failure: PathFailure?
    }

    private var entries: [RelativePath: Entry] = [:]

    /// The earliest of all next tries.
    package private(set) var nextTry: Moment?
    package private(set) var oldest: Moment?
    package private(set) var lowestNumber: UInt64?

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }

    package subscript(path: RelativePath) -> Entry? { entries[path] }

    package func contains(_ path: RelativePath) -> Bool { entries[path] != nil }

    /// Oldest first; equal numbers by path, so that the order never depends on chance.
    package var sorted: [Entry] {
        entries.values.sorted { ($0.number, $0.change.path) < ($1.number, $1.change.path) }
    }

    package func due(at now: Moment) -> [Entry] { sorted.filter { $0.nextTry <= now } }

    /// Takes paths out and puts entries in; where a path is there already, the older number and time stay.
    /// One call costs the length of the set, so a batch is one call.
    package mutating func apply(removing paths: [RelativePath] = [], inserting added: [Entry] = []) {
        for path in paths { entries[path] = nil }
        for entry in added {
            entries[entry.change.path] = entries[entry.change.path].map { entry.joined(with: $0) } ?? entry
        }
        summarize()
    }

    package mutating func removeAll() {
        entries.removeAll()
        summarize()
    }

    /// Everything becomes one "compare it all", as old as the oldest part.
    package mutating func fold(number: UInt64, since: Moment, nextTry: Moment) {
        let number = min(number, lowestNumber ?? number)
        let since = min(since, oldest ?? since)
        let change = Change(.root, isSubtree: true)
        entries = [
            .root: Entry(change: change, number: number, since: since, attempts: 0, nextTry: nextTry, failure: nil)
        ]
        summarize()
    }

    /// All paths may be tried at once: the target has come back.
    package mutating func hasten(to now: Moment) {
        for path in entries.keys { entries[path]!.nextTry = min(entries[path]!.nextTry, now) }
        summarize()
    }

    /// Nothing of it is tried before then.
    package mutating func postpone(to moment: Moment) {
        for path in entries.keys { entries[path]!.nextTry = moment }
        summarize()
    }

    private mutating func summarize() {
        nextTry = entries.values.lazy.map(\.nextTry).min()
        oldest = entries.values.lazy.map(\.since).min()
        lowestNumber = entries.values.lazy.map(\.number).min()
    }
}

extension RetrySet.Entry {
    fileprivate func joined(with old: RetrySet.Entry) -> RetrySet.Entry {
        var joined = self
        joined.number = min(number, old.number)
        joined.since = min(since, old.since)
        joined.change.isSubtree = change.isSubtree || old.change.isSubtree
        joined.change.mayBeDirectory = change.mayBeDirectory || old.change.mayBeDirectory
        return joined
    }
}
