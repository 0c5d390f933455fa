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
        /// Counts insertions: tells what was owed when a job began from what came while it ran.
        fileprivate(set) var stamp: UInt64 = 0

        package init(
            change: Change, number: UInt64, since: Moment, attempts: Int, nextTry: Moment, failure: PathFailure?
        ) {
            self.change = change
            self.number = number
            self.since = since
            self.attempts = attempts
            self.nextTry = nextTry
            self.failure = failure
        }
    }

    private var entries: [RelativePath: Entry] = [:]

    /// The stamp of the newest insertion.
    package private(set) var stamp: UInt64 = 0

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

    /// Puts entries in; where a path is there already, the older number and time stay. One call costs the length of the
    /// set, so a batch is one call.
    package mutating func insert(_ added: [Entry]) {
        guard !added.isEmpty else { return }
        stamp += 1
        for var entry in added {
            entry.stamp = stamp
            entries[entry.change.path] = entries[entry.change.path].map { entry.joined(with: $0) } ?? entry
        }
        summarize()
    }

    /// Takes paths out, if they were put in no later than the stamp says.
    package mutating func remove(_ paths: [RelativePath], through stamp: UInt64) {
        guard !paths.isEmpty else { return }
        for path in paths where entries[path].map({ $0.stamp <= stamp }) ?? false { entries[path] = nil }
        summarize()
    }

    package mutating func removeAll(through stamp: UInt64) { remove(sorted.map(\.change.path), through: stamp) }

    /// Everything becomes one "compare it all", as old as the oldest part. A comparison that was owed already is not
    /// put off by paths that failed, and one that is held stays so until it is released.
    package mutating func fold(number: UInt64, since: Moment, nextTry: Moment) {
        let number = min(number, lowestNumber ?? number)
        let since = min(since, oldest ?? since)
        let owed = entries.values.lazy.filter { $0.failure == nil }.map(\.nextTry).min()
        let nextTry = owed.map { $0 == .distantFuture ? $0 : min($0, nextTry) } ?? nextTry
        let change = Change(.root, isSubtree: true)
        entries = [:]
        insert([Entry(change: change, number: number, since: since, attempts: 0, nextTry: nextTry, failure: nil)])
    }

    /// All paths may be tried at once: the target has come back.
    package mutating func hasten(to now: Moment) {
        for path in entries.keys { entries[path]!.nextTry = min(entries[path]!.nextTry, now) }
        summarize()
    }

    package mutating func putOff(_ paths: [RelativePath], to moment: Moment) {
        guard !paths.isEmpty else { return }
        for path in paths { entries[path]?.nextTry = moment }
        summarize()
    }

    /// Nothing of it is tried before it is released.
    package mutating func hold() {
        for path in entries.keys { entries[path]!.nextTry = .distantFuture }
        summarize()
    }

    /// What was held may be tried at once; nothing else changes.
    package mutating func release(at now: Moment) {
        guard entries.values.contains(where: { $0.nextTry == .distantFuture }) else { return }
        for path in entries.keys where entries[path]!.nextTry == .distantFuture { entries[path]!.nextTry = now }
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
        joined.change = change.joined(withOlder: old.change)
        return joined
    }
}
