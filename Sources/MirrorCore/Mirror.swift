/// One target of one source: where it stands in the source's log, what is in hands, and when it may go on.
///
/// It decides nothing about others; `Mirrors` hands it the log and takes its answers.
package struct Mirror: Sendable {
    /// What is known of the target's identity. No transfer before `known` or `unverified`.
    package enum Identity: Sendable, Equatable {
        /// Not asked yet, or to be asked again. → asked
        case unasked
        /// The question is on its way. → known, unverified, isSource, nested
        case asked
        case known
        /// It could not be told. `isFresh`: asked since the last transfer, so the next one may go. → unasked, known
        case unverified(isFresh: Bool)
        /// The source itself. Final: it gets no transfer, ever.
        case isSource
        /// One inside the other. Final.
        case nested

        package var isFinal: Bool { self == .isSource || self == .nested }
    }

    /// When the next transfer may start.
    package enum Pace: Sendable, Equatable {
        /// At once, when something is due.
        case ready
        /// Not before then. → ready
        case backingOff(until: Moment)
        /// The target can't be reached: its port is looked at then. → probing
        case unreachable(nextProbe: Moment)
        /// The look is on its way. → ready, backingOff, unreachable
        case probing
    }

    /// What the running job carries.
    package struct Hands: Sendable {
        package var job: Job
        /// The cursor moves here when the job has ended.
        package var upTo: UInt64
        package var started: Moment
        /// The oldest of what it carries.
        package var since: Moment
        package var number: UInt64
        /// Paths taken from the retry set.
        package var retried: [RelativePath]
        /// The retry set's stamp then: what it owes since is not carried.
        package var stamp: UInt64
        /// It may not delete because its source is suspect: what has to go at the target stays owed.
        package var isHeld = false
        /// Directories that it compares as a whole.
        package let subtrees: Set<RelativePath>
        package var isEverything: Bool { job.scope == .everything }

        /// Whether it looks at all that lies in this directory, or in one above. Costs the depth of the path.
        package func comparesBelow(_ path: RelativePath) -> Bool {
            guard !isEverything else { return true }
            guard !subtrees.isEmpty else { return false }
            var above: RelativePath? = path
            while let parent = above {
                if subtrees.contains(parent) { return true }
                above = parent.parent
            }
            return false
        }
    }

    /// Events were lost that may concern this target.
    package struct Doubt: Sendable, Equatable {
        /// Of the first loss.
        package var number: UInt64
        package var since: Moment
        /// Where the cursor passes this, everything that was found is at the target or in its retry set; nil while it
        /// is still being found.
        package var arrivesAt: UInt64?
    }

    package let id: TargetID
    package let source: SourceID
    package private(set) var sync: SyncSettings
    /// What is left out; functions of the configuration may change it.
    package private(set) var patterns: Patterns
    package private(set) var matcher: PathMatcher

    /// Every change up to this number is at the target or in its retry set.
    package var cursor: UInt64 = 0
    /// What lies beyond the cursor up to this number has been looked at, and is filtered away.
    private var filteredThrough: UInt64 = 0
    package var retry = RetrySet()
    package var recent = RecentPaths()
    package var looks = RecentLooks()
    package var doubt: Doubt?
    package var hands: Hands?
    package var identity = Identity.unasked
    package var pace = Pace.ready
    package var pauses = Pauses()
    /// Failures of whole jobs in a row.
    package var attempts = 0
    package var lastStart: Moment?
    package var lastEnd: Moment?
    /// A port that answers brings no attempt forward beyond this: it may answer while every transfer fails.
    package var noAttemptBefore = Moment.zero
    package var lastTransfer: TargetStatus.LastTransfer?
    /// The comparison at the start is done, or none was wanted.
    package var hasStarted = false
    /// Whether a rehearsal has to tell first what an empty source would delete.
    package var needsRehearsal = false
    package var consent = Consent.given
    /// It came to a running program: what was noticed before may be anything to it.
    package var joinsLate = false
    package var leave: Leave?
    /// It is gone; its place may be taken by another.
    package private(set) var hasLeft = false
    /// Until everything has been compared: a person has accepted the source as it is.
    package var mayDeleteMany = false

    package init(id: TargetID, source: SourceID, sync: SyncSettings) {
        self.id = id
        self.source = source
        self.sync = sync
        patterns = Patterns(sync)
        matcher = patterns.matcher
        hasStarted = !sync.comparesAtStart
    }

    /// True for a target that takes part: what it has not got is kept for it.
    package var isServed: Bool { !hasLeft && !identity.isFinal && sync.script == nil }

    mutating func rename(_ other: SyncSettings) { (sync.name, sync.place) = (other.name, other.place) }

    /// Nothing is owed and nothing will be; only an answer may still be on its way.
    mutating func depart() {
        hasLeft = true
        (retry, doubt, pauses) = (RetrySet(), nil, Pauses())
        recent = RecentPaths()
        looks = RecentLooks()
    }

    /// No transfer before then; `distantFuture` is until further notice.
    package var pausedUntil: Moment? { pauses.until }
    package func isPaused(at now: Moment) -> Bool { pause(at: now) != nil }
    package func pause(at now: Moment) -> TargetPause? { pauses.pause(at: now) }

    /// Nothing is owed. What the filters take away does not count.
    package func isInStep(_ log: ChangeLog) -> Bool {
        identity == .isSource || hasLeft || (hands == nil && retry.isEmpty && cursor >= log.head && doubt == nil)
    }

    /// When the oldest thing owed was noticed first.
    package func owedSince(_ log: ChangeLog) -> Moment? {
        guard isServed else { return nil }
        let fromLog = cursor < log.head ? log.moment(of: cursor + 1) : nil
        return [fromLog, retry.oldest, hands?.since, doubt?.since].compactMap { $0 }.min()
    }

    /// Whether something numbered `number` or less is owed; what a flush waits for.
    package func owes(upTo number: UInt64, in log: ChangeLog) -> Bool {
        guard isServed else { return false }
        return (cursor < number && cursor < log.head) || (retry.lowestNumber ?? .max) <= number
            || doubt.map { $0.number <= number } ?? false
    }

    /// Where all that lies beyond the cursor is filtered away, it counts as done. The cursor never moves to a place
    /// before the head: what is still owed may have been noticed first before that place, and would become younger.
    package mutating func passFiltered(_ log: ChangeLog) {
        guard isServed, hands == nil, cursor < log.head, !matcher.isEmpty else { return }
        var isOwed = false
        log.visit(after: max(cursor, filteredThrough)) { change, number in
            isOwed = !isFiltered(change)
            if !isOwed { filteredThrough = number }
            return !isOwed
        }
        if !isOwed { cursor = log.head }
    }

    /// For the changes that come. What was left out before is not looked at again.
    package mutating func change(_ step: HookStep) {
        patterns.take(step)
        matcher = patterns.matcher
        filteredThrough = 0
    }

    /// Whether it is left out as everything that it may be.
    package func isFiltered(_ change: Change) -> Bool {
        guard !change.path.isRoot, !matcher.isEmpty else { return false }
        let verdict = matcher.verdict(on: change.path)
        return (!change.mayBeFile || verdict.excludesFile) && (!change.mayBeDirectory || verdict.excludesDirectory)
    }

    /// The comparison of everything is owed, from now on or from when it was first owed.
    package mutating func oweEverything(_ log: ChangeLog, at now: Moment) {
        let since = cursor < log.head ? log.moment(of: cursor + 1) : now
        let number = min(cursor + 1, max(log.head, 1), doubt?.number ?? .max)
        retry.fold(number: number, since: min(since, doubt?.since ?? since), nextTry: now)
        cursor = log.head
        // While it is still being found out what was lost, what is found may have to wait for its writer.
        if doubt?.arrivesAt != nil { doubt = nil }
    }

    package mutating func doubt(number: UInt64, since: Moment) {
        doubt = Doubt(number: min(number, doubt?.number ?? number), since: min(since, doubt?.since ?? since))
    }

    package mutating func endDoubt() {
        if let arrivesAt = doubt?.arrivesAt, cursor >= arrivesAt { doubt = nil }
    }
}
