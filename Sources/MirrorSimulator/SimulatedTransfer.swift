import MirrorCore

/// A transfer on its way: it looks at the source path by path, each at another moment, as rsync does.
struct SimulatedTransfer {
    let job: Job
    private let matcher: PathMatcher
    private var queue: [Change]
    private(set) var endsAt: Moment
    var failure: Fault
    private let failsAfter: Int
    private var handled = 0
    private(set) var failed: [Change] = []

    enum Fault: Equatable { case none, before, middle, after, partial }

    /// What it is about, but for the trees.
    struct Order {
        var job: Job
        var matcher: PathMatcher
        var endsAt: Moment
        var fault: Fault
    }

    init(_ order: Order, source: SimulatedTree, target: SimulatedTree, chance: inout Jitter) {
        job = order.job
        matcher = order.matcher
        endsAt = order.endsAt
        failure = order.fault
        switch job.scope {
        case .everything: queue = Set(source.paths + target.paths).sorted().map { Change($0, mayBeDirectory: true) }
        case .changes(let changes): queue = changes
        }
        failsAfter = Int.random(in: 0...max(queue.count, 1), using: &chance)
    }

    var isWorking: Bool { !queue.isEmpty && failure != .before && !(failure == .middle && handled >= failsAfter) }

    /// Handles the next path against what the source is at this moment.
    mutating func step(
        source: SimulatedTree, target: inout SimulatedTree, second: Int64, chance: inout Jitter
    ) {
        guard isWorking else { return }
        let change = queue.removeFirst()
        handled += 1
        if failure == .partial, Int.random(in: 0..<3, using: &chance) == 0 {
            failed.append(change)
            return
        }
        if change.isSubtree {
            let paths = Set([change.path] + source.below(change.path) + target.below(change.path)).sorted()
            for path in paths {
                bring(Change(path, mayBeDirectory: true, isMoved: change.isMoved), source, &target, second)
            }
        } else {
            bring(change, source, &target, second)
        }
    }

    private func bring(
        _ change: Change, _ source: SimulatedTree, _ target: inout SimulatedTree, _ second: Int64
    ) {
        guard !change.path.isRoot else { return }
        // What is left out is neither sent nor deleted.
        let isDirectory = source[change.path] == .directory || target[change.path] == .directory
        guard !matcher.excludes(change.path, isDirectory: isDirectory) else { return }
        switch source[change.path] {
        case nil:
            guard job.deletes, target[change.path] != nil else { return }
            // rsync does not remove a directory whose content the list leaves out.
            if target[change.path] == .directory, !change.mayBeDirectory, !target.below(change.path).isEmpty { return }
            target.remove(change.path)
        case .directory?:
            if target[change.path] != .directory { target.put(.directory, at: change.path) }
        case .file(let new)?:
            let isExact = (job.comparesExactly && mayHide(new, change)) || (change.isMoved && new.second < second - 1)
            if case .file(let old)? = target[change.path], !isExact, old.size == new.size, old.second == new.second {
                return
            }
            target.put(.file(new), at: change.path)
        }
    }

    /// As an engine sees it: only a time within the transfers before can be that of a second write.
    private func mayHide(_ file: SimulatedTree.File, _ change: Change) -> Bool {
        guard let hiding = job.hiding, !isBelowSubtree(change.path) else { return true }
        let second = { (moment: Moment) in moment.nanoseconds / 1_000_000_000 }
        return (second(hiding.lowerBound)...second(hiding.upperBound)).contains(file.second)
    }

    private func isBelowSubtree(_ path: RelativePath) -> Bool {
        guard case .changes(let changes) = job.scope else { return true }
        return changes.contains { $0.isSubtree && $0.path.contains(path) }
    }

    var outcome: Outcome {
        switch failure {
        case .none: Outcome(.done, exitCode: 0)
        case .before, .middle, .after: Outcome(.failed(Failure(.connectionLost, detail: "simulated")), exitCode: 12)
        case .partial:
            failed.isEmpty
                ? Outcome(.done, exitCode: 0)
                : Outcome(.partial(failed.map { PathFailure($0, kind: .other, text: "simulated") }), exitCode: 23)
        }
    }
}
