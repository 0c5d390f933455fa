import MirrorCore

/// Whether a transfer may start as it does, and whether one should have.
extension Witness {
    mutating func started(_ job: Job, _ mirror: Mirror, at now: Moment, _ step: Int) throws(Violation) {
        let index = job.target.index
        func fail(_ check: String, _ detail: String) -> Violation {
            Violation(check: check, step: step, detail: detail)
        }
        guard targets[index].job == nil else {
            throw fail("one job per target", "\(job.id) starts while \(targets[index].job!.id) runs")
        }
        guard targets[index].isServed else { throw fail("the source gets no transfer", "\(job)") }
        guard !mirror.isPaused(at: now) else { throw fail("a pause holds", "\(job)") }
        guard now >= targets[index].earliest, !targets[index].isUnreachable else {
            throw fail("back-off", "job \(job.id.number) starts at \(now), not before \(targets[index].earliest)")
        }
        defer {
            targets[index].job = job
            targets[index].lastStart = now
            if !job.isRehearsal { carryNotices(index) }
        }
        guard !job.isRehearsal else { return }
        guard case .changes(let changes) = job.scope else { return carryEverything(index, job) }
        guard !changes.isEmpty else { throw fail("no empty job", "\(job)") }
        guard Set(changes.map(\.path)).count == changes.count else { throw fail("each path once", "\(changes)") }
        for (path, since) in targets[index].fresh.sorted(by: { $0.key < $1.key })
        where !changes.cover(path) && unfinished.open[path] == nil {
            // A full log, or a suspect source, has folded it into a comparison that is still to come.
            guard mirror.retry.contains(.root) else {
                throw fail("nothing is left behind", "\(path) was noticed and job \(job.id.number) does not carry it")
            }
            hold(index, [since])
            targets[index].fresh[path] = nil
        }
        for change in changes
        where targets[index].fresh[change.path] == nil && !targets[index].again.contains(change.path)
            && !unfinished.told.contains(change.path)
        {
            guard targets[index].reasons.contains(change.path) else {
                throw fail("nothing without a reason", "\(change) was neither noticed nor owed")
            }
            guard let failed = targets[index].failed[change.path], now < failed.earliest,
                !targets[index].mayGoAtOnce.contains(change.path)
            else { continue }
            throw fail("back-off of a path", "\(change.path) is tried at \(now), not before \(failed.earliest)")
        }
        targets[index].mayGoAtOnce.subtract(changes.map(\.path))
        try checkTiming(index, changes, at: now, step)
        carry(index, changes, at: now)
    }

    private mutating func carryNotices(_ index: Int) {
        (targets[index].carriedNotice, targets[index].firstNotice) = (targets[index].firstNotice, nil)
        (targets[index].carriedPaths, targets[index].noticedPaths) = (targets[index].noticedPaths, [])
    }

    private mutating func carryEverything(_ index: Int, _ job: Job) {
        // What an inexact comparison may not see is looked at once more.
        if !job.comparesExactly {
            targets[index].again.formUnion(targets[index].fresh.keys)
            targets[index].again.formUnion(targets[index].reasons)
        }
        targets[index].carried = targets[index].fresh
        if let held = targets[index].held {
            targets[index].carried[.root] = min(held, targets[index].carried[.root] ?? held)
            targets[index].held = nil
        }
        if let doubt = targets[index].doubt {
            targets[index].carried[.root] = min(doubt, targets[index].carried[.root] ?? doubt)
            targets[index].doubt = nil
        }
        (targets[index].carriedFailed, targets[index].failed, targets[index].fresh) = (targets[index].failed, [:], [:])
        // While deletions are held, what failed stays to be tried again.
        guard !trust.isSuspect else { return }
        (targets[index].carriedReasons, targets[index].reasons) = (targets[index].reasons, [])
    }

    private mutating func carry(_ index: Int, _ changes: [Change], at now: Moment) {
        targets[index].carried = targets[index].fresh
        targets[index].fresh = [:]
        for (path, failed) in targets[index].failed where changes.cover(path) && failed.earliest <= now {
            targets[index].carriedFailed[path] = failed
            targets[index].failed[path] = nil
        }
    }

    /// A batch goes for one of four reasons: `delay` is over, the source is quiet and the last start long enough ago,
    /// there are `maxDelays` changes, or something failed and is tried again.
    private func checkTiming(_ index: Int, _ changes: [Change], at now: Moment, _ step: Int) throws(Violation) {
        let target = targets[index]
        guard target.hasStarted, let oldest = target.firstNotice else { return }
        let retries =
            changes.contains { target.fresh[$0.path] == nil }
            || target.again.contains { changes.cover($0) }
            || target.reasons.contains { changes.cover($0) }
            || unfinished.told.contains { changes.cover($0) }
        let count = target.noticedPaths.union(unfinished.told).count
        guard !retries, now < oldest + target.sync.delay, count < target.sync.maxDelays else {
            return
        }
        if let settle = target.sync.effectiveSettle, now >= newest + settle,
            target.lastStart.map({ now >= $0 + target.sync.delay / 2 }) ?? true
        {
            return
        }
        throw Violation(
            check: "a batch is not early", step: step,
            detail: "target \(index) starts at \(now); first notice \(oldest), last start \(target.lastStart ?? .zero)")
    }

    /// After the loop has done what is due: nothing that may go waits beyond its time.
    func checkDue(_ mirrors: borrowing Mirrors, at now: Moment, _ step: Int) throws(Violation) {
        let source = mirrors.sources[0]
        guard mirrors.runningTransfers < mirrors.settings.maxProcesses ?? .max, source.isLive, source.mayCopy else {
            return
        }
        for (index, target) in targets.enumerated() {
            let mirror = mirrors.mirrors[index]
            let isReady =
                mirror.isServed && mirror.hands == nil && mirror.identity.allowsTransfer && mirror.consent == .given
            guard isReady, !mirror.isPaused(at: now), mirror.pace == .ready, target.job == nil else { continue }
            // What a full log has folded away waits with everything else until the source is trusted again.
            let isHeld = source.isSuspect && mirror.retry.contains(.root)
            let isDue = !isHeld && target.fresh.values.min().map { now >= $0 + target.sync.delay } ?? false
            let isRetryDue = !source.isSuspect && target.failed.values.contains { now >= $0.latest }
            guard isDue || isRetryDue else { continue }
            throw Violation(
                check: "due in time", step: step, detail: "target \(index) waits: \(target.fresh) \(target.failed)")
        }
    }

    func checkLag(_ snapshot: StatusSnapshot, at now: Moment, _ step: Int) throws(Violation) {
        for status in snapshot.targets where targets[status.id.index].isServed {
            let target = targets[status.id.index]
            guard let oldest = target.oldest else { continue }
            if status.lag < now - oldest {
                throw Violation(
                    check: "lag", step: step,
                    detail:
                        "\(status.name) says \(status.lag) and owes something of \(now - oldest): \(target.fresh) "
                        + "\(target.failed) \(target.carried) \(target.doubt as Any) \(target.held as Any)")
            }
            if status.state == .inStep || status.pendingCount == 0 && target.job == nil {
                throw Violation(check: "in step", step: step, detail: "\(status.name) owes \(target.fresh)")
            }
        }
    }

    mutating func probes(_ target: TargetID, at now: Moment, _ step: Int) throws(Violation) {
        defer { targets[target.index].lastProbe = now }
        guard let last = targets[target.index].lastProbe, now < last + .milliseconds(1500) else { return }
        throw Violation(
            check: "back-off of a probe", step: step, detail: "target \(target.index) again after \(now - last)")
    }
}

extension Mirror.Identity {
    fileprivate var allowsTransfer: Bool {
        switch self {
        case .known, .unverified(isFresh: true): true
        default: false
        }
    }
}

extension [Change] {
    /// Whether a job of these changes looks at the path.
    func cover(_ path: RelativePath) -> Bool {
        contains { $0.path == path || ($0.isDeep && $0.path.contains(path)) }
    }
}
