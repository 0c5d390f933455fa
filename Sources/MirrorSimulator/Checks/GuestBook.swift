import MirrorCore

/// Which targets came to the running program, and what may be done to them.
struct GuestBook {
    /// Nobody has consented, and no rehearsal has told anything yet.
    private var unrehearsed: Set<TargetID> = []
    /// A rehearsal has found what would be deleted, and nobody has consented.
    private var needsWord: Set<TargetID> = []
    private var left: Set<TargetID> = []
    /// What is asked of the core and not done yet, in order.
    var coming: [Bool] = []

    func hasLeft(_ target: TargetID) -> Bool { left.contains(target) }

    mutating func came(_ target: TargetID, isFeared: Bool) {
        left.remove(target)
        needsWord.remove(target)
        if isFeared { unrehearsed.insert(target) } else { unrehearsed.remove(target) }
    }

    mutating func rehearsed(_ target: TargetID, deletions: Int) {
        guard unrehearsed.remove(target) != nil else { return }
        if deletions > 0 { needsWord.insert(target) }
    }

    mutating func consented(_ target: TargetID) {
        unrehearsed.remove(target)
        needsWord.remove(target)
    }

    mutating func went(_ target: TargetID) { left.insert(target) }

    func checkStart(_ job: Job, _ step: Int) throws(Violation) {
        if left.contains(job.target) { throw Violation(check: "who left gets nothing", step: step, detail: "\(job)") }
        guard job.deletes, !job.isRehearsal, unrehearsed.contains(job.target) else { return }
        throw Violation(check: "consent comes first", step: step, detail: "\(job) before any rehearsal")
    }

    func checkDeletions(_ target: TargetID, _ step: Int) throws(Violation) {
        guard needsWord.contains(target) else { return }
        throw Violation(check: "consent comes first", step: step, detail: "target \(target.index) is deleted from")
    }
}

/// Targets that join and leave while everything else goes on.
extension Simulation {
    /// More than so many are never there at once.
    private static let mostTargets = 8

    mutating func moveGuests() {
        if let index = chosenTarget(.leave, oneIn: 30) {
            let id = TargetID(index)
            inbox.append(step.isMultiple(of: 2) ? .targetDrained(id) : .targetRemoved(id))
        }
        guard chooses(.join, oneIn: 25) == true else { return }
        let isFull = targets.count >= Self.mostTargets && !mirrors.mirrors.contains { $0.hasLeft }
        guard !isFull, guests.coming.isEmpty else { return }
        // With the filters and the policy of one of the others.
        var sync = settings.settings(targets: targets.count).syncs[step % targets.count]
        sync.comparesAtStart = true
        let consents = step.isMultiple(of: 3)
        guests.coming.append(consents)
        inbox.append(.targetJoined(sync, consents: consents))
    }

    /// The core speaks of it from now on. It may hold anything.
    mutating func welcome(_ target: TargetID) {
        var fresh = SimulatedTarget()
        var chance = Jitter(seed: seed &+ UInt64(step) &+ 77)
        if step.isMultiple(of: 2) { fresh.fill(&chance, writer.tree) }
        if target.index < targets.count { targets[target.index] = fresh } else { targets.append(fresh) }
        let mirror = mirrors.mirrors[target.index]
        guests.came(target, isFeared: guests.coming.first == false && mirror.sync.delete != .never)
        if !guests.coming.isEmpty { guests.coming.removeFirst() }
        witness.joined(mirror, at: now)
    }

    mutating func dismiss(_ target: TargetID) throws(Violation) {
        if let job = transfers.first(where: { $0.job.target == target }) {
            throw violation("no transfer outlives its target", "\(job.job)")
        }
        guests.went(target)
        try witness.left(target, at: now, step)
    }

    mutating func consent(to target: TargetID) {
        guests.consented(target)
        inbox.append(.consentGiven(target))
    }
}

extension Witness {
    mutating func joined(_ mirror: Mirror, at now: Moment) {
        var target = Target(mirror)
        target.hasStarted = false
        if trust.isSuspect { target.held = now } else { target.fresh[.root] = now }
        for path in sinceJoin where !target.matcher.excludes(path, isDirectory: false) { target.fresh[path] = now }
        sinceJoin = []
        if mirror.id.index < targets.count { targets[mirror.id.index] = target } else { targets.append(target) }
    }

    mutating func left(_ target: TargetID, at now: Moment, _ step: Int) throws(Violation) {
        let index = target.index
        if targets[index].isServed, let oldest = targets[index].oldest, let drains = targets[index].drains,
            oldest < drains, now < drains + .seconds(600)
        {
            throw Violation(
                check: "who drains has what it was owed", step: step, detail: "\(index) leaves with \(oldest)")
        }
        targets[index].isServed = false
        (targets[index].fresh, targets[index].failed, targets[index].held, targets[index].doubt) = ([:], [:], nil, nil)
        (targets[index].carried, targets[index].carriedFailed, targets[index].job) = ([:], [:], nil)
    }
}
