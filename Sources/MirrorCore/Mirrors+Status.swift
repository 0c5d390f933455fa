extension Mirrors {
    /// The state of everything. Costs the number of pending paths: for status writers, not for every event.
    /// `shown`: how many changes of each target are listed; nil is `Limits.pendingShown`.
    package func snapshot(at now: Moment, shown: Int? = nil) -> StatusSnapshot {
        var counts = LogCounts()
        return StatusSnapshot(
            moment: now,
            sources: sources.map {
                SourceStatus(path: $0.path, isLive: $0.isLive, means: $0.means, changesInLog: $0.log.count)
            },
            targets: mirrors.filter { !$0.hasLeft }.map {
                status(of: $0, at: now, shown: shown ?? limits.pendingShown, counts: &counts)
            },
            problems: ledger.problems.map { withNextTry($0) })
    }

    /// Looks at a port that does not answer are no news, so the ledger does not hear of them.
    private func withNextTry(_ problem: Problem) -> Problem {
        guard case .target(let target) = problem.subject else { return problem }
        var problem = problem
        switch mirrors[target.index].pace {
        case .unreachable(let nextProbe): problem.nextTry = nextProbe
        case .backingOff(let until): problem.nextTry = until
        case .ready, .probing: break
        }
        return problem
    }

    private func status(
        of mirror: Mirror, at now: Moment, shown: Int, counts: inout LogCounts
    ) -> TargetStatus {
        if let index = scriptIndex(of: mirror.id) { return status(of: scripts[index], at: now, shown: shown) }
        let log = sources[mirror.source.index].log
        let pending = pendingList(of: mirror, log, limit: shown, counts: &counts)
        return TargetStatus(
            id: mirror.id, name: mirror.sync.name, source: mirror.sync.source, target: mirror.sync.target,
            state: state(of: mirror, log, at: now), pendingCount: pending.count, pending: pending.shown,
            lag: mirror.isInStep(log) ? .zero : mirror.owedSince(log).map { now - $0 } ?? .zero,
            filters: mirror.patterns.filters, excludes: mirror.patterns.excludes, lastTransfer: mirror.lastTransfer)
    }

    private func state(of mirror: Mirror, _ log: ChangeLog, at now: Moment) -> TargetStatus.State {
        let source = sources[mirror.source.index]
        if mirror.identity == .isSource { return .isSource }
        if mirror.identity == .nested { return .refused }
        if mirror.hands != nil { return .transferring }
        if source.isSuspect || mirror.consent == .awaited { return .paused }
        if let pause = mirror.pause(at: now) { return .held(pause) }
        switch mirror.pace {
        case .backingOff(let until): return .failing(nextTry: until)
        case .unreachable(let nextProbe): return .failing(nextTry: nextProbe)
        case .probing: return .failing(nextTry: .zero)
        case .ready: break
        }
        if mirror.isInStep(log) { return .inStep }
        return mirror.hasStarted && source.isLive ? .waiting : .starting
    }

    private func pendingList(
        of mirror: Mirror, _ log: ChangeLog, limit: Int, counts: inout LogCounts
    ) -> (count: Int, shown: [TargetStatus.Pending]) {
        guard mirror.isServed else { return (0, []) }
        var shown: [TargetStatus.Pending] = []
        var count = 0
        func add(_ change: Change, _ stage: TargetStatus.Pending.Stage) {
            count += 1
            if shown.count < limit {
                shown.append(.init(stage: stage, change: change.path.isRoot && change.isDeep ? nil : change))
            }
        }
        for queued in eventsBeside(mirror.id) {
            count += 1
            if shown.count < limit { shown.append(.init(queued)) }
        }
        let inHands = mirror.hands?.upTo ?? 0
        let retried = Set(mirror.hands?.retried ?? [])
        for entry in mirror.retry.sorted where (log.number(of: entry.change.path) ?? 0) <= mirror.cursor {
            add(entry.change, retried.contains(entry.change.path) ? .active : .waiting)
        }
        if limit == 0, mirror.matcher.isEmpty {
            count += counts.count(after: mirror.cursor, in: log, of: mirror.source)
        } else {
            log.visit(after: mirror.cursor) { change, number in
                guard !mirror.isFiltered(change) else { return true }
                add(change, number <= inHands ? .active : .waiting)
                return true
            }
        }
        if mirror.doubt != nil, count == 0, mirror.hands == nil { add(Change(.root, isSubtree: true), .waiting) }
        return (count, shown)
    }
}

/// How much of a source's log lies beyond a cursor, for targets of which most stand at the same place: a thousand of
/// them cost one count.
private struct LogCounts {
    private struct Place: Hashable {
        var source: SourceID
        var cursor: UInt64
    }

    private var known: [Place: Int] = [:]

    mutating func count(after cursor: UInt64, in log: ChangeLog, of source: SourceID) -> Int {
        let place = Place(source: source, cursor: cursor)
        if let count = known[place] { return count }
        let count = log.count(after: cursor)
        known[place] = count
        return count
    }
}
