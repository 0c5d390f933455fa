/// From a due batch to its outcome.
extension Mirrors {
    mutating func startWhatIsDue(at now: Moment, into actions: inout [Action]) {
        let first = nextInTurn
        var running = occupiedTransfers
        var waiting: [Waiting] = []
        for offset in mirrors.indices {
            let index = (first + offset) % mirrors.count
            guard isReady(index, at: now, into: &actions), running < settings.maxProcesses ?? .max else { continue }
            guard startTransfer(index, at: now, &waiting, into: &actions) else { continue }
            running += 1
            nextInTurn = (index + 1) % mirrors.count
        }
    }

    /// Whether the mirror may start a transfer now; asks what has to be known first.
    private mutating func isReady(_ index: Int, at now: Moment, into actions: inout [Action]) -> Bool {
        let mirror = mirrors[index]
        guard mirror.isServed, mirror.hands == nil, !isHeld(mirror), mayStart(mirror) else { return false }
        if mirror.identity == .unasked { ask(index, into: &actions) }
        switch mirror.pace {
        case .probing: return false
        case .backingOff(let until): guard until <= now else { return false }
        case .unreachable(let nextProbe):
            if nextProbe <= now {
                mirrors[index].pace = .probing
                actions.append(.probePort(mirror.id))
            }
            return false
        case .ready: break
        }
        mirrors[index].pace = .ready
        guard !mirror.isPaused(at: now) else { return false }
        guard let due = eligibleAt(mirror), due <= now else {
            // Nothing else would find out that the refusal is over.
            if isRefusedInStep(mirror) { ask(index, into: &actions) }
            return false
        }
        switch mirrors[index].identity {
        case .known, .unverified(isFresh: true): return true
        case .unverified(isFresh: false):
            ask(index, into: &actions)
            return false
        case .unasked, .asked, .isSource, .nested: return false
        }
    }

    /// A person's word is not waited for, nor a source that can't say what it would delete.
    func mayStart(_ mirror: Mirror) -> Bool {
        switch mirror.consent {
        case .given: true
        case .unasked: !sources[mirror.source.index].isSuspect
        case .awaited: false
        }
    }

    private mutating func ask(_ index: Int, into actions: inout [Action]) {
        mirrors[index].identity = .asked
        actions.append(.identifyTarget(mirrors[index].id))
    }

    /// The host refused the question who it is, and nothing is owed that would try it again.
    func isRefusedInStep(_ mirror: Mirror) -> Bool {
        guard mirror.identity == .unverified(isFresh: false), ledger[.target(mirror.id)] != nil else { return false }
        return mirror.isInStep(sources[mirror.source.index].log)
    }

    /// What a log has beyond a cursor: mostly the same for all targets of a source, which then have it in common.
    private struct Waiting {
        var source: Int
        var cursor: UInt64
        var changes: [Change]
    }

    private func changes(of source: Int, after cursor: UInt64, _ known: inout [Waiting]) -> [Change] {
        if let same = known.first(where: { $0.source == source && $0.cursor == cursor }) { return same.changes }
        let changes = sources[source].log.changes(after: cursor)
        // Where each target stands elsewhere there is nothing to have in common.
        if known.count < 16 { known.append(Waiting(source: source, cursor: cursor, changes: changes)) }
        return changes
    }

    private mutating func startTransfer(
        _ index: Int, at now: Moment, _ waiting: inout [Waiting], into actions: inout [Action]
    ) -> Bool {
        let sourceIndex = mirrors[index].source.index
        let id = JobID(nextJob)
        let changes = changes(of: sourceIndex, after: mirrors[index].cursor, &waiting)
        guard var hands = BatchPlanning.take(&mirrors[index], sources[sourceIndex], changes, id: id, at: now)
        else { return false }
        hands.job.mayDeleteMany = mirrors[index].mayDeleteMany
        if sources[sourceIndex].isSuspect {
            hands.job.deletes = false
            hands.isHeld = true
        }
        // Where nothing is compared at the start, single deletions were asked for; a comparison was not.
        let isFeared =
            mirrors[index].needsRehearsal && hands.job.deletes
            && (hands.isEverything || mirrors[index].sync.comparesAtStart)
        if isFeared || mirrors[index].consent == .unasked {
            let patterns = hands.job.patterns
            hands.job = Job(id: id, target: mirrors[index].id, scope: .everything, isRehearsal: true)
            (hands.job.patterns, hands.job.made) = (patterns, now)
        }
        sources[sourceIndex].unfinished.leaveOut(hands.job.unfinished)
        nextJob += 1
        if case .unverified = mirrors[index].identity { mirrors[index].identity = .unverified(isFresh: false) }
        mirrors[index].hands = hands
        mirrors[index].lastStart = now
        if !hands.job.isRehearsal { actions.append(.report(.transferStarted(hands.job))) }
        actions.append(.startTransfer(hands.job))
        return true
    }

    mutating func identified(
        _ id: TargetID, _ answer: TargetIdentity, at now: Moment, into actions: inout [Action]
    ) {
        guard !mirrors[id.index].hasLeft else {
            mirrors[id.index].identity = .unasked
            return
        }
        switch answer {
        case .isSource:
            mirrors[id.index].identity = .isSource
            actions.append(.report(.targetIsSource(id)))
        case .nested(let inside):
            mirrors[id.index].identity = .nested
            raise(.target(id), .targetNested(inside: inside), at: now, into: &actions)
        case .distinct:
            mirrors[id.index].identity = .known
            // A refusal that is over; where something is owed, a transfer has to show that.
            if mirrors[id.index].isInStep(log(of: id.index)), ledger[.target(id)] != nil {
                mirrors[id.index].attempts = 0
                clear(.target(id), into: &actions)
            }
        case .unknown(let failure):
            let isRefusal = failure.cause.isRefusal
            mirrors[id.index].identity = .unverified(isFresh: !isRefusal)
            // A server that has just refused us would refuse the transfer too: that was the attempt.
            if isRefusal { wholeJobFailed(id.index, failure, exitCode: nil, at: now, into: &actions) }
        }
    }

    mutating func probed(_ id: TargetID, answered: Bool, at now: Moment) {
        guard case .probing = mirrors[id.index].pace else { return }
        guard answered else {
            mirrors[id.index].pace = .unreachable(nextProbe: now + jitter.around(Backoff.betweenProbes))
            return
        }
        let earliest = mirrors[id.index].noAttemptBefore
        mirrors[id.index].pace = earliest <= now ? .ready : .backingOff(until: earliest)
        if !sources[mirrors[id.index].source.index].isSuspect { mirrors[id.index].retry.hasten(to: now) }
    }

    mutating func ended(_ jobID: JobID, _ outcome: Outcome, at now: Moment, into actions: inout [Action]) {
        guard let index = mirrors.firstIndex(where: { $0.hands?.job.id == jobID }), let hands = mirrors[index].hands
        else { preconditionFailure("job \(jobID.number) ended twice or never started") }
        mirrors[index].hands = nil
        mirrors[index].lastEnd = now
        if !hands.job.isRehearsal {
            mirrors[index].looks.add(hands.job.scope, at: now, limit: limits.recentPaths)
        }
        foundUnfinished(mirrors[index].source, outcome.unfinished, since: hands.started, at: now)
        metLinked(mirrors[index].source, outcome.linked)
        noteLastTransfer(index, hands, outcome, at: now)
        switch outcome.result {
        case .done:
            if hands.job.isRehearsal { return rehearsed(index, outcome.deletions, at: now, into: &actions) }
            countArrivals(index, hands, without: outcome.unfinished, at: now)
            arrived(index, hands, failures: [], at: now, into: &actions)
            report(hands, outcome, retryAfter: nil, at: now, into: &actions)
        case .partial(let failures):
            if hands.job.isRehearsal { return rehearsed(index, outcome.deletions, at: now, into: &actions) }
            countArrivals(index, hands, without: failures.map(\.change.path) + outcome.unfinished, at: now)
            arrived(index, hands, failures: failures, at: now, into: &actions)
            let next = mirrors[index].retry.nextTry.map { max($0 - now, .zero) }
            report(hands, outcome, retryAfter: next, at: now, into: &actions)
        case .failed(let failure):
            let isRepetition = mirrors[index].attempts > 0
            if !failure.cause.isBeforeAll { mayHaveArrived(index, hands, isSure: false, at: now) }
            wholeJobFailed(index, failure, exitCode: outcome.exitCode, at: now, into: &actions)
            report(
                hands, outcome, retryAfter: wait(of: index, at: now), isQuiet: isRepetition, at: now, into: &actions)
        case .stopped:
            mayHaveArrived(index, hands, isSure: false, at: now)
            report(hands, outcome, retryAfter: nil, at: now, into: &actions)
        case .sourceSuspect(let suspicion):
            foundSuspect(mirrors[index].source, suspicion, at: now, into: &actions)
        }
    }

    private mutating func report(
        _ hands: Mirror.Hands, _ outcome: Outcome, retryAfter: Duration?, isQuiet: Bool = false, at now: Moment,
        into actions: inout [Action]
    ) {
        guard !hands.job.isRehearsal else { return }
        metrics.targets[hands.job.target.index].count(hands, outcome, at: now)
        actions.append(.report(.transferEnded(hands.job, outcome, retryAfter: retryAfter, isQuiet: isQuiet)))
    }

    /// The cursor moves; what failed goes into the retry set with the number and time of the batch.
    private mutating func arrived(
        _ index: Int, _ hands: Mirror.Hands, failures: [PathFailure], at now: Moment, into actions: inout [Action]
    ) {
        let entries = retries(index, hands, failures, at: now)
        forgetRetried(index, hands)
        mirrors[index].retry.insert(entries)
        keepRetryBound(index, number: hands.number, since: hands.since, nextTry: now + Backoff.longestForPath)
        mirrors[index].cursor = max(mirrors[index].cursor, hands.upTo)
        mirrors[index].recent.forget(through: hands.started, owed: mirrors[index].retry)
        mayHaveArrived(index, hands, isSure: failures.isEmpty, at: now)
        if hands.isEverything { mirrors[index].hasStarted = true }
        if hands.isEverything, hands.job.deletes { mirrors[index].mayDeleteMany = false }
        if hands.job.deletes { sources[mirrors[index].source.index].forgetRemovals(through: hands.upTo) }
        mirrors[index].identity = .known
        succeeded(index, at: now, into: &actions)
        tellPathFailures(index, at: now, into: &actions)
    }

    private mutating func retries(
        _ index: Int, _ hands: Mirror.Hands, _ failures: [PathFailure], at now: Moment
    ) -> [RetrySet.Entry] {
        guard !failures.isEmpty else { return [] }
        let carried = hands.job.carried
        return failures.map { failure in
            let path = failure.change.path
            var change = carried[path].map { failure.change.joined(withOlder: $0) } ?? failure.change
            // Of what a comparison of everything carried, nobody knows what came by a rename.
            change.isMoved = change.isMoved || hands.isEverything
            let attempts = (mirrors[index].retry[path]?.attempts ?? 0) + 1
            let wait = Backoff.wait(afterPathFailure: failure.kind, attempts: attempts, jitter: &jitter)
            return RetrySet.Entry(
                change: change, number: hands.number, since: hands.since, attempts: attempts, nextTry: now + wait,
                failure: failure)
        }
    }

    /// What went, or what a transfer that broke may have brought: a second write must not hide behind it.
    private mutating func mayHaveArrived(_ index: Int, _ hands: Mirror.Hands, isSure: Bool, at now: Moment) {
        let span = hands.started...now
        switch hands.job.scope {
        case .everything: mirrors[index].recent.addEverything(in: span, isSure: isSure)
        case .changes(let changes):
            mirrors[index].recent.add(changes, in: span, isSure: isSure, limit: limits.recentPaths)
        }
    }

    /// While deletions are held, the comparison that is owed stays owed.
    private mutating func forgetRetried(_ index: Int, _ hands: Mirror.Hands) {
        if hands.isEverything, !hands.isHeld { return mirrors[index].retry.removeAll(through: hands.stamp) }
        mirrors[index].retry.remove(hands.retried.filter { !(hands.isHeld && $0.isRoot) }, through: hands.stamp)
    }

    private mutating func succeeded(_ index: Int, at now: Moment, into actions: inout [Action]) {
        mirrors[index].attempts = 0
        mirrors[index].pace = .ready
        clear(.target(mirrors[index].id), into: &actions)
    }

    private mutating func tellPathFailures(_ index: Int, at now: Moment, into actions: inout [Action]) {
        let entries = mirrors[index].retry.sorted
        let told = entries.filter { $0.isProblem }.compactMap(\.failure)
        let subject = Problem.Subject.paths(mirrors[index].id)
        guard !told.isEmpty else { return clear(subject, into: &actions) }
        let shown = Array(told.prefix(limits.pathFailuresShown))
        raise(
            subject, .paths(shown, more: told.count - shown.count), nextTry: mirrors[index].retry.nextTry, at: now,
            into: &actions)
    }

    /// Everything stays owed. A failed start ends the program where lsyncd's contract says so.
    private mutating func wholeJobFailed(
        _ index: Int, _ failure: Failure, exitCode: Int32?, at now: Moment, into actions: inout [Action]
    ) {
        if failure.cause != .tunnelDown, isFatal(index, exitCode: exitCode) {
            return exit(.fatal(mirrors[index].id, failure), into: &actions)
        }
        mirrors[index].attempts += 1
        let wait = Backoff.wait(after: failure.cause, attempts: mirrors[index].attempts, jitter: &jitter)
        let next =
            now + max(wait, failure.cause == .unreachable ? .zero : min(mirrors[index].sync.delay, Backoff.longest))
        mirrors[index].noAttemptBefore =
            now + Backoff.exponential(mirrors[index].attempts, longest: Backoff.longest, jitter: &jitter)
        mirrors[index].pace = failure.cause == .unreachable ? .unreachable(nextProbe: next) : .backingOff(until: next)
        raise(.target(mirrors[index].id), .transfer(failure), nextTry: next, at: now, into: &actions)
    }

    private func isFatal(_ index: Int, exitCode: Int32?) -> Bool {
        let sync = mirrors[index].sync
        if sync.exitCodes.isCustom, let exitCode, sync.exitCodes.table[exitCode] == .die { return true }
        // One that joins a running program does not end it for the others.
        return !mirrors[index].hasStarted && !mirrors[index].joinsLate && !settings.insists
            && settings.dialect == .current
    }

    /// What an empty source would delete at a target that nobody remembers; nil where the target can't be asked, and
    /// then it has to be feared.
    private mutating func rehearsed(_ index: Int, _ deletions: Int?, at now: Moment, into actions: inout [Action]) {
        if mirrors[index].consent == .unasked { rehearsedUnknown(index, deletions, at: now, into: &actions) }
        guard mirrors[index].needsRehearsal else { return }
        mirrors[index].needsRehearsal = false
        let source = mirrors[index].source
        if deletions != 0 {
            suspect(source, .emptyAtFirstStart(deletions: deletions ?? 0), at: now, into: &actions)
        } else if !mirrors.contains(where: { $0.source == source && $0.needsRehearsal && $0.isServed }) {
            actions.append(.remember(source, hasContent: false))
        }
    }

    private mutating func noteLastTransfer(_ index: Int, _ hands: Mirror.Hands, _ outcome: Outcome, at now: Moment) {
        guard !hands.job.isRehearsal else { return }
        var changes: Int?
        if case .changes(let list) = hands.job.scope { changes = list.count }
        mirrors[index].lastTransfer = TargetStatus.LastTransfer(
            ended: now, took: now - hands.started, changes: changes, succeeded: outcome.result == .done)
    }

    private func wait(of index: Int, at now: Moment) -> Duration? {
        switch mirrors[index].pace {
        case .backingOff(let until): until - now
        case .unreachable(let nextProbe): nextProbe - now
        case .ready, .probing: nil
        }
    }
}

extension Job {
    /// Its single changes by path; none where it compares everything.
    fileprivate var carried: [RelativePath: Change] {
        guard case .changes(let changes) = scope else { return [:] }
        return Dictionary(changes.map { ($0.path, $0) }) { first, _ in first }
    }
}

extension RetrySet.Entry {
    /// Worth telling: a cause that does not pass by itself, or several tries.
    fileprivate var isProblem: Bool {
        switch failure?.kind {
        case .unreadable, .noSpace: true
        case .vanished, .other: attempts >= 3
        case nil: false
        }
    }
}

extension Failure.Cause {
    /// Nothing has reached the target.
    fileprivate var isBeforeAll: Bool { self == .unreachable || self == .tunnelDown }

    /// The far side has said no; asking again at once says nothing new and may lock the account.
    fileprivate var isRefusal: Bool {
        switch self {
        case .permissionDenied, .hostKeyUnknown, .hostKeyChanged, .commandsRefused,
            .mirroredByAnother:
            true
        default: false
        }
    }
}
