/// Files of one source that somebody may still be writing: told as `Notice.writing`, and not closed since.
///
/// None of them is a change yet, so none goes to a target. Each becomes one when it is closed; when a look finds that
/// nobody has it open, since links, fifos and truncate(2) have no close; when it has been quiet for `fileQuiet` where
/// nobody can tell; and at the latest after `openFileInterval`, since logs and databases are never closed.
package struct UnfinishedFiles: Sendable {
    package struct Entry: Sendable, Equatable {
        /// The first writing that has not been offered to the targets; nil where all has.
        package fileprivate(set) var since: Moment?
        package fileprivate(set) var newest: Moment
        /// It has become a change after `openFileInterval`, and may go as it is until it is closed.
        package fileprivate(set) var isOffered = false
        /// It came to its name by a rename, open.
        package fileprivate(set) var isMoved = false
        /// It may have gone to a target shortly before, or while it was written.
        package fileprivate(set) var isLate = false
        /// A comparison has left it out, and with it what a target has under that name, whatever that is.
        package fileprivate(set) var isLeftOut = false
        /// It was written, not only made; scripts have not heard of that.
        package fileprivate(set) var isModified: Bool
        fileprivate var nextLook: Moment?
        fileprivate var looks = 0

        /// What it is when it is ready.
        package func change(at path: RelativePath) -> Change {
            var change = Change(path, isSubtree: isLeftOut, isMoved: isMoved)
            (change.isLate, change.isWritten, change.isNewName) = (isLate, isModified, !isModified)
            return change
        }
    }

    /// What is known of a file beyond its name; see `Entry`.
    package struct Flags: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let isModified = Flags(rawValue: 1)
        package static let isMoved = Flags(rawValue: 2)
        package static let isLate = Flags(rawValue: 4)
        package static let isLeftOut = Flags(rawValue: 8)
    }

    /// Who waits for a look at everything.
    package enum LookReason: Sendable, Equatable {
        case flush(FlushID)
        /// A walk has found changes of files that are being written.
        case walk
    }

    /// What an answer says for a file.
    package enum Verdict: Sendable {
        case goes(Entry)
        case stays
    }

    /// Most writers close a new file before that, and then nobody looks at it.
    package static let firstLook = Duration.milliseconds(20)
    /// The longest pause between two looks at a file that is open.
    static let longestPause = Duration.seconds(60)

    private var entries: [RelativePath: Entry] = [:]
    /// No entry has anything due before then.
    private var soonest = Moment.distantFuture
    /// A look is on its way since then.
    private var askedAt: Moment?
    /// Those that wait for a look at everything, and those that the look on its way answers.
    private var waiting: [LookReason] = []
    private var answered: [LookReason] = []

    package init() {}

    package var isEmpty: Bool { entries.isEmpty }
    /// Something has been written that no target has been offered.
    package var hasNews: Bool { entries.values.contains { $0.since != nil } }
    package var count: Int { entries.count }
    package subscript(path: RelativePath) -> Entry? { entries[path] }

    /// Whether a change is left out until its file is ready. Not where there was more at this name than a file.
    package func keepsBack(_ change: Change) -> Bool {
        guard !entries.isEmpty, !change.isSubtree, !change.mayBeDirectory else { return false }
        return keepsBack(change.path)
    }

    /// Whether the file is to be left out of transfers.
    package func keepsBack(_ path: RelativePath) -> Bool {
        guard !entries.isEmpty, let entry = entries[path] else { return false }
        return !entry.isOffered
    }

    /// Those that a comparison of these directories would meet; `areOffered` as in `Entry.isOffered`.
    package func below(_ directories: Set<RelativePath>, areOffered: Bool) -> [RelativePath] {
        guard !entries.isEmpty, !directories.isEmpty else { return [] }
        let found = entries.filter { path, entry in
            entry.isOffered == areOffered && (directories.contains(.root) || path.lies(below: directories))
        }
        return found.keys.sorted()
    }

    // MARK: What is noticed

    package mutating func note(_ path: RelativePath, _ flags: Flags, at now: Moment) {
        var entry = entries[path] ?? Entry(newest: now, isModified: false)
        if entry.since == nil {
            entry.since = now
            entry.looks = 0
            entry.nextLook = now + Self.firstLook
        }
        entry.newest = now
        entry.isModified = entry.isModified || flags.contains(.isModified)
        entry.isMoved = entry.isMoved || flags.contains(.isMoved)
        entry.isLate = entry.isLate || flags.contains(.isLate)
        entry.isLeftOut = entry.isLeftOut || flags.contains(.isLeftOut)
        entries[path] = entry
        soonest = min(soonest, entry.nextLook ?? soonest)
    }

    /// A comparison begins that leaves these out.
    mutating func leaveOut(_ paths: [RelativePath]) {
        for path in paths { entries[path]?.isLeftOut = true }
    }

    mutating func insert(_ entry: Entry, movedTo path: RelativePath, at now: Moment) {
        entries[path] = entry
        entries[path]!.isMoved = true
        entries[path]!.newest = now
        entries[path]!.nextLook = now + Self.firstLook
        soonest = min(soonest, now + Self.firstLook)
    }

    @discardableResult
    package mutating func remove(_ path: RelativePath) -> Entry? {
        entries.isEmpty ? nil : entries.removeValue(forKey: path)
    }

    package mutating func removeBelow(_ directory: RelativePath) {
        guard !entries.isEmpty else { return }
        entries = entries.filter { !directory.contains($0.key) }
    }

    package mutating func removeAll() {
        entries = [:]
        soonest = waiting.isEmpty ? .distantFuture : .zero
    }

    /// A directory has another name, and what is open in it too. An answer to a look that is on its way is of no use.
    package mutating func moveBelow(_ from: RelativePath, to directory: RelativePath, at now: Moment) {
        guard !entries.isEmpty else { return }
        for (path, old) in entries where path != from && from.contains(path) {
            var entry = old
            entry.newest = now
            if entry.since != nil { entry.nextLook = now + Self.firstLook }
            entries[path] = nil
            entries[RelativePath(uncheckedBytes: directory.bytes + path.bytes.dropFirst(from.bytes.count))] = entry
            soonest = min(soonest, now + Self.firstLook)
        }
    }

    /// A close may have been missed there.
    package mutating func doubt(below directory: RelativePath, at now: Moment) {
        for path in entries.keys where directory.contains(path) { entries[path]!.nextLook = now }
        if !entries.isEmpty { soonest = min(soonest, now) }
    }

    /// Everything is looked at, and then `endLook` names the reason.
    mutating func waitForLook(_ reason: LookReason, at now: Moment) {
        if !waiting.contains(reason) { waiting.append(reason) }
        doubt(below: .root, at: now)
        soonest = min(soonest, now)
    }

    func isAwaited(_ reason: LookReason) -> Bool { waiting.contains(reason) || answered.contains(reason) }

    // MARK: What is due

    package func deadline() -> Moment? {
        guard askedAt == nil, soonest < .distantFuture else { return nil }
        return soonest
    }

    /// Files that have been kept back for long enough: they may go from now on. `interval` nil is never.
    mutating func offer(at now: Moment, interval: Duration?) -> [(RelativePath, Entry)] {
        guard soonest <= now, let interval else { return [] }
        let due = entries.filter { $0.value.since.map { $0 + interval <= now } ?? false }.sorted { $0.key < $1.key }
        for (path, _) in due {
            entries[path]!.isOffered = true
            entries[path]!.since = nil
            entries[path]!.nextLook = nil
        }
        return due.map { ($0.key, $0.value) }
    }

    /// Files whose look is due, which may be none where somebody waits; nil where no look is due. One look at a time.
    mutating func takeDue(at now: Moment, interval: Duration?) -> [RelativePath]? {
        guard askedAt == nil, soonest <= now else { return nil }
        let due = entries.filter { $0.value.nextLook.map { $0 <= now } ?? false }.keys.sorted()
        if due.isEmpty, waiting.isEmpty {
            summarize(interval)
            return nil
        }
        for path in due { entries[path]!.nextLook = nil }
        askedAt = now
        (answered, waiting) = (waiting, [])
        return due
    }

    private mutating func summarize(_ interval: Duration?) {
        let moments = entries.values.lazy.flatMap { entry in
            [entry.nextLook, interval.flatMap { pause in entry.since.map { $0 + pause } }].compactMap { $0 }
        }
        soonest = moments.min() ?? .distantFuture
    }

    /// The answer to a look. `quiet` is how long a file has to be left alone where nobody can tell.
    mutating func looked(_ path: RelativePath, _ look: FileLook, quiet: Duration, at now: Moment) -> Verdict {
        guard var entry = entries[path], entry.since != nil || look == .ready else { return .stays }
        let isStale = askedAt.map { entry.newest > $0 } ?? true
        switch look {
        case .ready where !isStale:
            entries[path] = nil
            return .goes(entry)
        case .unknown where entry.newest + quiet <= now || !answered.isEmpty:
            entries[path] = nil
            return .goes(entry)
        case .ready: entry.nextLook = now + Self.firstLook
        case .unknown: entry.nextLook = entry.newest + quiet
        case .open:
            entry.nextLook = now + min(quiet * (1 << min(entry.looks, 8)), Self.longestPause)
            entry.looks += 1
        }
        entries[path] = entry
        return .stays
    }

    /// The look is over: these need not wait any more.
    mutating func endLook(interval: Duration?) -> [LookReason] {
        askedAt = nil
        answered.removeAll(where: waiting.contains)
        defer { answered = [] }
        summarize(interval)
        if !waiting.isEmpty {
            doubt(below: .root, at: .zero)
            soonest = .zero
        }
        return answered
    }
}

extension RelativePath {
    fileprivate func lies(below directories: Set<RelativePath>) -> Bool {
        var above = parent
        while let directory = above {
            if directories.contains(directory) { return true }
            above = directory.parent
        }
        return false
    }
}
