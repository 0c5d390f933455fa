/// Events were lost, and it is known since when: a walk finds what has changed, and everything else goes on.
extension Mirrors {
    mutating func missed(
        _ id: SourceID, _ path: RelativePath, since: TrackedMoment, _ reason: LossReason, at now: Moment,
        into actions: inout [Action]
    ) {
        sources[id.index].removalAtTop = nil
        guard let looked = looksSince(since.boot, of: id) else {
            return lost(id, path, reason, at: now, into: &actions)
        }
        for change in looked { note(id, change.asLookedAtOnceMore, at: now) }
        if !sources[id.index].narrowing.isOpen { tellLoss(id, path, reason, at: now, into: &actions) }
        sources[id.index].narrowing.lose(path, since: since, at: now)
        for index in sources[id.index].mirrors where mirrors[index].isServed {
            mirrors[index].doubt(number: sources[id.index].log.head, since: now)
        }
    }

    /// Everything below has to be compared.
    mutating func lost(
        _ id: SourceID, _ path: RelativePath, _ reason: LossReason, at now: Moment, into actions: inout [Action]
    ) {
        note(id, Change(path, isSubtree: true), at: now)
        if path.isRoot { sources[id.index].removalAtTop = nil }
        tellLoss(id, path, reason, at: now, into: &actions)
    }

    /// A queue that runs over again and again is told once a minute.
    private mutating func tellLoss(
        _ id: SourceID, _ path: RelativePath, _ reason: LossReason, at now: Moment, into actions: inout [Action]
    ) {
        // The problem that comes with it says more, and says it once.
        if case .watchLimit = reason { return }
        if reason == .unwatchable(errno: LossReason.tooManyInstances) { return }
        if reason == .overflow {
            if let last = sources[id.index].overflowTold, now - last < .seconds(60) { return }
            sources[id.index].overflowTold = now
        }
        actions.append(.report(.trackLost(id, path, reason)))
    }

    /// What jobs may have looked at since then; nil where a comparison is the only answer.
    private func looksSince(_ moment: Moment, of id: SourceID) -> [Change]? {
        let source = sources[id.index]
        guard source.isLive, source.trust == .fine, !scripts.contains(where: { $0.source == id }) else { return nil }
        var all: [Change] = []
        for index in source.mirrors where mirrors[index].isServed {
            guard let ended = mirrors[index].looks.changes(since: moment) else { return nil }
            all += ended
            switch mirrors[index].hands?.job.scope {
            case .everything: return nil
            case .changes(let changes): all += changes
            case nil: continue
            }
        }
        return all
    }

    /// The end of a directory may be among what was lost: of a new one of the same name, a target may have any content.
    func isInDoubt(_ id: SourceID) -> Bool {
        sources[id.index].narrowing.isOpen || sources[id.index].mirrors.contains { mirrors[$0].doubt != nil }
    }

    mutating func startWalks(at now: Moment, into actions: inout [Action]) {
        guard stopping == nil else { return }
        for index in sources.indices {
            guard let request = sources[index].narrowing.begin(at: now) else { continue }
            actions.append(.walk(sources[index].id, request))
        }
    }

    mutating func walked(_ id: SourceID, _ report: WalkReport, at now: Moment, into actions: inout [Action]) {
        guard let request = sources[id.index].narrowing.walk else {
            preconditionFailure("a walk ended that was not asked for")
        }
        var (looked, found) = (0, 0)
        var isOneOpen = false
        switch report {
        case .found(let findings):
            let changes = findings.changes
            for change in changes { isOneOpen = changeFound(id, change, at: now) || isOneOpen }
            (looked, found) = (findings.looked, changes.count)
        case .useless:
            var change = Change(request.path, isSubtree: true, isMoved: true)
            change.wasRemoved = !request.path.isRoot
            note(id, change, at: now)
        }
        guard let losses = sources[id.index].narrowing.end(at: now) else { return }
        // Some may be closed by now, and then they are owed with the rest.
        if isOneOpen { sources[id.index].unfinished.waitForLook(.walk, at: now) } else { settleDoubts(of: id) }
        actions.append(.report(.trackRegained(id, report.refusal, looked: looked, found: found, losses: losses)))
    }
}

extension Mirrors {
    /// What the walks have found is all in the log.
    mutating func settleDoubts(of id: SourceID) {
        guard !sources[id.index].narrowing.isOpen else { return }
        for index in sources[id.index].mirrors { mirrors[index].doubt?.arrivesAt = sources[id.index].log.head }
    }
}

extension WalkReport {
    fileprivate var refusal: Refusal? { if case .useless(let refusal) = self { refusal } else { nil } }
}

extension Change {
    /// What was seen may have been another file, or nothing at all, where now stands what always stood there.
    fileprivate var asLookedAtOnceMore: Change {
        var change = self
        change.isMoved = true
        change.isShallow = false
        if isSubtree, !path.isRoot { change.wasRemoved = true }
        return change
    }
}
