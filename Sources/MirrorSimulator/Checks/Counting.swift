import MirrorCore

/// Counts again, from the events and reports alone, what the core says that it has counted, and looks whether the
/// status and the health say the same as the core.
struct Counting {
    private struct Target {
        var ends: [String: UInt64] = [:]
        var comparisons: UInt64 = 0
        var changes: UInt64 = 0
        var pathFailures: UInt64 = 0
        /// Between which the sum of all latencies has to lie.
        var least = Duration.zero
        var most = Duration.zero
        var hasCompared = false
        var began: [JobID: Moment] = [:]
        /// How old the oldest thing owed was before this turn.
        var oldest: Moment?
    }

    private var notices: UInt64 = 0
    private var overflows: UInt64 = 0
    private var targets: [Target]

    init(targets count: Int) { targets = Array(repeating: Target(), count: count) }

    mutating func beginTurn(_ mirrors: borrowing Mirrors) {
        for (index, mirror) in mirrors.mirrors.enumerated() where targets.indices.contains(index) {
            targets[index].oldest = mirror.owedSince(mirrors.sources[mirror.source.index].log)
        }
    }

    mutating func saw(_ event: Event) {
        guard case .noticed(_, let notice) = event else { return }
        switch notice {
        case .lost(_, .overflow), .missed(_, _, .overflow): overflows += 1
        case .lost, .missed, .writing, .unchanged, .rootGone, .live, .uncovered, .watchedBy: break
        default: notices += 1
        }
    }

    mutating func took(_ report: Report, at now: Moment) {
        switch report {
        case .targetJoined(let id):
            // In a new place, or in that of one who has left.
            if id.index == targets.count { targets.append(Target()) } else { targets[id.index] = Target() }
        case .transferStarted(let job): targets[job.target.index].began[job.id] = now
        case .transferEnded(let job, let outcome, _, _): ended(job, outcome, at: now)
        default: break
        }
    }

    private mutating func ended(_ job: Job, _ outcome: Outcome, at now: Moment) {
        let index = job.target.index
        let began = targets[index].began.removeValue(forKey: job.id) ?? now
        if job.scope == .everything { targets[index].comparisons += 1 }
        var failed = Set(outcome.unfinished)
        switch outcome.result {
        case .done: targets[index].ends["done", default: 0] += 1
        case .partial(let failures):
            targets[index].ends["partial", default: 0] += 1
            targets[index].pathFailures += UInt64(failures.count)
            failed.formUnion(failures.map(\.change.path))
        case .failed, .stopped, .sourceSuspect:
            let isStopped = outcome.result == .stopped
            targets[index].ends[isStopped ? "stopped" : "failed", default: 0] += 1
            return
        }
        guard case .changes(let changes) = job.scope else {
            targets[index].hasCompared = true
            return
        }
        let count = changes.count { !failed.contains($0.path) }
        targets[index].changes += UInt64(count)
        targets[index].least += (now - began) * count
        targets[index].most += (now - (targets[index].oldest ?? now)) * count
    }

    func check(_ snapshot: StatusSnapshot, _ mirrors: borrowing Mirrors, _ step: Int) throws(Violation) {
        func fail(_ detail: String) -> Violation { Violation(check: "the counts add up", step: step, detail: detail) }
        let metrics = mirrors.metrics
        let heard = metrics.sources.reduce(0) { $0 + $1.notices }
        guard heard == notices else { throw fail("\(heard) notices counted, \(notices) came") }
        let lost = metrics.sources.reduce(0) { $0 + $1.overflows }
        guard lost == overflows else { throw fail("\(lost) overflows counted, \(overflows) came") }
        for (target, counts) in zip(targets, metrics.targets) {
            let ends = [
                ("done", counts.done), ("partial", counts.partial), ("failed", counts.failed),
                ("stopped", counts.stopped),
            ]
            for (name, count) in ends where target.ends[name, default: 0] != count {
                throw fail("\(count) \(name), told \(target.ends)")
            }
            guard counts.comparisons == target.comparisons, counts.changes == target.changes,
                counts.pathFailures == target.pathFailures
            else { throw fail("\(counts), told \(target)") }
            let latency = counts.latency
            guard latency.count == target.changes, latency.counts.reduce(0, +) == latency.count,
                latency.sum >= target.least, latency.sum <= target.most
            else { throw fail("latencies \(latency), between \(target.least) and \(target.most)") }
        }
        // Without its lists the status is counted another way.
        if step.isMultiple(of: 8) {
            let short = mirrors.snapshot(at: snapshot.moment, shown: 0).targets.map(\.pendingCount)
            let long = snapshot.targets.map(\.pendingCount)
            guard short == long else { throw fail("owed \(short) counted, \(long) listed") }
        }
        try checkHealth(mirrors.health(at: snapshot.moment), snapshot, mirrors, step)
    }

    /// A load balancer is told what everybody else is told, and never too early that all is well.
    private func checkHealth(
        _ health: HealthReport, _ snapshot: StatusSnapshot, _ mirrors: borrowing Mirrors, _ step: Int
    ) throws(Violation) {
        func fail(_ detail: String) -> Violation { Violation(check: "health is the truth", step: step, detail: detail) }
        for status in snapshot.targets {
            let index = status.id.index
            let told = health.targets[index]
            let lag = told.owedSince.map { snapshot.moment - $0 } ?? .zero
            guard lag == status.lag else { throw fail("\(status.name): lag \(status.lag), health \(lag)") }
            let mirror = mirrors.mirrors[index]
            guard mirror.isServed, mirror.leave == nil else { continue }
            if told.owedSince == nil, status.pendingCount > 0 { throw fail("\(status.name) owes, and is told in step") }
            if told.hasStarted, mirror.sync.comparesAtStart, !targets[index].hasCompared {
                throw fail("\(status.name) is told ready before it was compared")
            }
        }
        let live = snapshot.sources.count(where: \.isLive)
        guard health.liveSources == live else { throw fail("\(health.liveSources) sources live, status says \(live)") }
    }
}
