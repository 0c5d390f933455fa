import MirrorCore

/// What must hold at every step, each with the name that a failure prints.
extension Simulation {
    mutating func checkStart(_ job: Job) throws(Violation) {
        let target = job.target
        if transfers.contains(where: { $0.job.target == target }) {
            throw violation("one job per target", "\(job.id) starts while another runs")
        }
        if let limit = swarm.maxProcesses, transfers.count >= limit {
            throw violation("limit on all transfers", "\(transfers.count) run, \(limit) allowed")
        }
        if case .backingOff(let until) = mirrors.mirrors[target.index].pace, until > now {
            throw violation("back-off", "job \(job.id.number) starts before \(until)")
        }
        if case .changes(let changes) = job.scope {
            if Set(changes.map(\.path)).count != changes.count {
                throw violation("each path once", "\(changes)")
            }
            if changes.isEmpty { throw violation("no empty job", "\(job)") }
        }
    }

    mutating func checkStep() throws(Violation) {
        let snapshot = mirrors.snapshot(at: now)
        for source in mirrors.sources where source.log.count > mirrors.limits.logEntries {
            throw violation("bound of the log", "\(source.log.count)")
        }
        for mirror in mirrors.mirrors {
            let log = mirrors.sources[mirror.source.index].log
            if mirror.cursor > log.head { throw violation("cursor within the log", "\(mirror.cursor) > \(log.head)") }
            if mirror.retry.count > mirrors.limits.retryEntries {
                throw violation("bound of the retry set", "\(mirror.retry.count)")
            }
            let status = snapshot.targets[mirror.id.index]
            let owesNothing = mirror.isInStep(log)
            if owesNothing != (status.pendingCount == 0) && mirror.hands == nil {
                throw violation("status adds up", "in step \(owesNothing), \(status.pendingCount) pending")
            }
            if !owesNothing, mirror.owedSince(log) == nil { throw violation("lag", "something owed has no age") }
            try checkDifferences(mirror, log)
        }
    }

    /// Whatever differs between source and target is known to be owed, unless the kernel has not told it yet.
    private func checkDifferences(_ mirror: Mirror, _ log: ChangeLog) throws(Violation) {
        guard queue.isEmpty, mirror.hands == nil, mirror.isInStep(log) else { return }
        let wrong = differences(mirror)
        guard wrong.isEmpty else {
            throw violation("in step means equal", "target \(mirror.id.index) differs at \(wrong)")
        }
    }

    /// Paths at which the target is not what the source's filtered tree is.
    private func differences(_ mirror: Mirror) -> [RelativePath] {
        let target = targets[mirror.id.index]
        return Set(target.paths + writer.tree.paths).sorted().filter { path in
            let isDirectory = writer.tree[path] == .directory || target[path] == .directory
            return !mirror.matcher.excludes(path, isDirectory: isDirectory) && target[path] != writer.tree[path]
        }
    }

    mutating func isAtRest() throws(Violation) -> Bool {
        guard queue.isEmpty, transfers.isEmpty, posts.isEmpty else { return false }
        return mirrors.mirrors.allSatisfy { $0.isInStep(mirrors.sources[$0.source.index].log) }
    }

    func compareAll() throws(Violation) {
        for mirror in mirrors.mirrors where !differences(mirror).isEmpty {
            throw violation("liveness", "target \(mirror.id.index) differs at the end: \(differences(mirror))")
        }
        if mirrors.sources[0].log.count > 0 { throw violation("liveness", "the log is not empty at the end") }
    }
}
