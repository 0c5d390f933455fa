/// What has happened since the program began, counted. The numbers only grow; who wants rates takes differences.
package struct Metrics: Sendable, Equatable {
    /// In the order of `SourceID`.
    package var sources: [SourceCounts]
    /// In the order of `TargetID`.
    package var targets: [TargetCounts]

    package init(sources: Int, targets: Int) {
        self.sources = Array(repeating: SourceCounts(), count: sources)
        self.targets = Array(repeating: TargetCounts(), count: targets)
    }
}

extension Metrics {
    /// Of a target that a status speaks of.
    package func counts(of target: TargetID) -> TargetCounts {
        targets.indices.contains(target.index) ? targets[target.index] : TargetCounts()
    }
}

package struct SourceCounts: Sendable, Equatable {
    /// Notices of names.
    package var notices: UInt64 = 0
    /// The kernel's queue, or ours, ran over.
    package var overflows: UInt64 = 0
    /// Everything else that made a subtree be compared.
    package var otherLosses: UInt64 = 0

    package init() {}

    mutating func count(_ notice: Notice) {
        switch notice {
        case .touched, .happened, .fileArrived, .directoryAppeared, .directoryFound, .disappeared, .renamed:
            notices += 1
        case .lost(_, .overflow), .missed(_, _, .overflow): overflows += 1
        case .lost, .missed: otherLosses += 1
        case .writing, .unchanged, .rootGone, .live, .uncovered, .watchedBy: break
        }
    }
}

package struct TargetCounts: Sendable, Equatable {
    /// Transfers by how they ended. Rehearsals, and what a suspect source sent back, are none.
    package var done: UInt64 = 0
    package var partial: UInt64 = 0
    package var stopped: UInt64 = 0
    /// By cause; any signal is one cause.
    package var failures: [Failure.Cause: UInt64] = [:]
    /// How many of them all compared everything.
    package var comparisons: UInt64 = 0
    /// Changes that arrived one by one, and those that did not although the rest of their transfer did.
    package var changes: UInt64 = 0
    package var pathFailures: UInt64 = 0
    /// Where the engine can tell.
    package var deletions: UInt64 = 0
    package var bytes: UInt64 = 0
    /// Time in which a transfer ran.
    package var busy = Duration.zero
    /// Of single changes, from the newest notice that their transfer carried to its end.
    package var latency = LatencyHistogram()

    package init() {}

    package var failed: UInt64 { failures.values.reduce(0, +) }

    mutating func count(_ hands: Mirror.Hands, _ outcome: Outcome, at now: Moment) {
        if hands.isEverything { comparisons += 1 }
        deletions += UInt64(max(outcome.deletions ?? 0, 0))
        bytes += UInt64(max(outcome.bytes ?? 0, 0))
        busy += now - hands.started
        switch outcome.result {
        case .done: done += 1
        case .partial(let failures):
            partial += 1
            pathFailures += UInt64(failures.count)
        case .failed(let failure): failures[failure.cause.withoutNumber, default: 0] += 1
        case .stopped: stopped += 1
        case .sourceSuspect: break
        }
    }
}

extension Failure.Cause {
    package var withoutNumber: Failure.Cause { if case .killed = self { .killed(signal: 0) } else { self } }
}

/// How long things took, in steps.
package struct LatencyHistogram: Sendable, Equatable {
    /// The upper ends of all steps but the last, which has none.
    package static let bounds: [Duration] = [
        .milliseconds(1), .milliseconds(2), .milliseconds(5), .milliseconds(10), .milliseconds(25), .milliseconds(50),
        .milliseconds(100), .milliseconds(250), .milliseconds(500), .seconds(1), .milliseconds(2500), .seconds(5),
        .seconds(10), .seconds(30), .seconds(60), .seconds(300), .seconds(1800),
    ]

    package private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    package private(set) var sum = Duration.zero
    package private(set) var count: UInt64 = 0

    package init() {}

    package mutating func add(_ latency: Duration) {
        counts[Self.bounds.firstIndex { latency <= $0 } ?? Self.bounds.count] += 1
        sum += latency
        count += 1
    }
}

extension Mirrors {
    /// The changes of a job that have arrived; to be called before the log and the retry set forget them. Costs the
    /// length of the job.
    mutating func countArrivals(_ index: Int, _ hands: Mirror.Hands, without: [RelativePath], at now: Moment) {
        guard case .changes(let changes) = hands.job.scope, !hands.job.isRehearsal else { return }
        let failed = Set(without)
        let retried = Set(hands.retried)
        let log = sources[mirrors[index].source.index].log
        for change in changes where !failed.contains(change.path) {
            metrics.targets[index].changes += 1
            metrics.targets[index].latency.add(now - noticed(change.path, hands, log, isRetried: retried, index))
        }
    }

    /// A path that was noticed again since the job began was noticed before, too; when, only the batch can tell.
    private func noticed(
        _ path: RelativePath, _ hands: Mirror.Hands, _ log: ChangeLog, isRetried: Set<RelativePath>, _ index: Int
    ) -> Moment {
        if let number = log.number(of: path), number <= hands.upTo, number > mirrors[index].cursor {
            return log.moment(of: number)
        }
        if isRetried.contains(path), let entry = mirrors[index].retry[path] { return min(entry.since, hands.started) }
        return hands.since
    }
}
