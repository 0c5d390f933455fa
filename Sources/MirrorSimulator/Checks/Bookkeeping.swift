import MirrorCore

/// The log, read as a person reads it: what begins ends once, and the status says the same.
struct Bookkeeping {
    private var jobs: Set<JobID> = []
    private var problems: Set<Problem.Subject> = []

    mutating func took(_ report: Report, _ step: Int) throws(Violation) {
        let isRight =
            switch report {
            case .transferStarted(let job): jobs.insert(job.id).inserted
            case .transferEnded(let job, _, _, _): jobs.remove(job.id) != nil
            case .problemRaised(let problem): problems.insert(problem.subject).inserted || isAnotherCause(problem)
            case .problemContinues(let problem): problems.contains(problem.subject)
            case .problemEnded(let problem): problems.remove(problem.subject) != nil
            default: true
            }
        guard isRight else { throw Violation(check: "the log adds up", step: step, detail: "\(report)") }
    }

    /// The same subject with another cause is told as a new problem.
    private func isAnotherCause(_ problem: Problem) -> Bool { problem.count == 1 }

    func check(_ snapshot: StatusSnapshot, _ mirrors: borrowing Mirrors, _ step: Int) throws(Violation) {
        func fail(_ detail: String) -> Violation { Violation(check: "the status adds up", step: step, detail: detail) }
        let shown = Set(snapshot.problems.map(\.subject))
        guard shown == problems else { throw fail("problems \(shown), told \(problems)") }
        let running = mirrors.mirrors.compactMap { mirror in
            mirror.hands.flatMap { $0.job.isRehearsal ? nil : $0.job.id }
        }
        // One that a suspect source sent back was never told as ended.
        guard jobs.isSuperset(of: running) else { throw fail("running \(running), told \(jobs)") }
        let there = mirrors.mirrors.filter { !$0.hasLeft }.map(\.id)
        guard snapshot.targets.map(\.id) == there else { throw fail("targets \(snapshot.targets.map(\.id))") }
        for status in snapshot.targets where mirrors.mirrors[status.id.index].isServed {
            let mirror = mirrors.mirrors[status.id.index]
            let log = mirrors.sources[mirror.source.index].log
            let isInStep = mirror.isInStep(log)
            if isInStep != (status.pendingCount == 0), mirror.hands == nil {
                throw fail("\(status.name): in step \(isInStep), \(status.pendingCount) pending")
            }
            if isInStep != (status.lag == .zero), mirror.owedSince(log) != snapshot.moment {
                throw fail("\(status.name): in step \(isInStep), lag \(status.lag)")
            }
            if case .failing = status.state, !shown.contains(.target(mirror.id)) {
                throw fail("\(status.name) fails without a problem")
            }
        }
    }
}
