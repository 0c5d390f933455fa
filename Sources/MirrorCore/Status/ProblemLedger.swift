/// The problems that last, and when each was last told. A repetition is told at doubling intervals from one minute on.
package struct ProblemLedger: Sendable {
    private struct Line: Sendable {
        var problem: Problem
        var nextTelling: Moment
        var interval: Duration
    }

    private var lines: [Problem.Subject: Line] = [:]

    package init() {}

    package var problems: [Problem] { lines.values.map(\.problem).sorted { $0.subject < $1.subject } }

    package subscript(subject: Problem.Subject) -> Problem? { lines[subject]?.problem }

    /// Answers what is to be told of it now, if anything. Another cause is told at once.
    package mutating func raise(
        _ subject: Problem.Subject, _ cause: Problem.Cause, nextTry: Moment?, at now: Moment
    ) -> Report? {
        guard var line = lines[subject], line.problem.cause.isLike(cause) else {
            let since = lines[subject]?.problem.since ?? now
            let problem = Problem(subject: subject, cause: cause, since: since, nextTry: nextTry)
            lines[subject] = Line(problem: problem, nextTelling: now + .seconds(60), interval: .seconds(60))
            return .problemRaised(problem)
        }
        line.problem.cause = cause
        line.problem.count += 1
        line.problem.nextTry = nextTry
        let isTold = now >= line.nextTelling
        if isTold {
            line.interval = min(line.interval * 2, .seconds(3600))
            line.nextTelling = now + line.interval
        }
        lines[subject] = line
        return isTold ? .problemContinues(line.problem) : nil
    }

    /// Answers that it has ended, if there was one.
    package mutating func clear(_ subject: Problem.Subject) -> Report? {
        lines.removeValue(forKey: subject).map { .problemEnded($0.problem) }
    }
}

extension Problem.Cause {
    /// The same trouble, whatever the words of this time.
    fileprivate func isLike(_ other: Problem.Cause) -> Bool {
        switch (self, other) {
        case (.transfer(let left), .transfer(let right)): left.cause == right.cause
        case (.paths, .paths): true
        case (.script(let left), .script(let right)): left.kind == right.kind && left.place == right.place
        default: self == other
        }
    }
}
