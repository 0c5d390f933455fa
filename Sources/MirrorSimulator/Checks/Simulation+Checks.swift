import MirrorCore

/// What must hold at every step, each with the name that a failure prints.
extension Simulation {
    mutating func checkStart(_ job: Job) throws(Violation) {
        if isStopping { throw violation("nothing starts after a stop", "\(job)") }
        if let limit = mirrors.settings.maxProcesses, transfers.count >= limit {
            throw violation("limit on all transfers", "\(transfers.count) run, \(limit) allowed")
        }
        let policy = mirrors.mirrors[job.target.index].sync.delete
        if job.deletes, !job.isRehearsal, !allowsDeletions(policy, isEverything: job.scope == .everything) {
            throw violation("delete policy", "\(job)")
        }
        if job.deletes, !job.isRehearsal, mirrors.sources[0].isSuspect {
            throw violation("delete guard", "\(job) of a suspect source")
        }
        try checkUnfinished(job)
        try guests.checkStart(job, step)
        try witness.started(job, mirrors.mirrors[job.target.index], at: now, step)
    }

    /// lsyncd's `delete`, in words of our own.
    private func allowsDeletions(_ policy: DeletePolicy, isEverything: Bool) -> Bool {
        switch policy {
        case .always: true
        case .never: false
        case .startup: isEverything
        case .running: !isEverything
        }
    }

    mutating func checkStep() throws(Violation) {
        guard isRunning else { return }
        for mirror in mirrors.mirrors {
            let log = mirrors.sources[mirror.source.index].log
            if mirror.cursor > log.head { throw violation("cursor within the log", "\(mirror.cursor) > \(log.head)") }
            if mirror.retry.count > mirrors.limits.retryEntries {
                throw violation("bound of the retry set", "\(mirror.retry.count)")
            }
        }
        for source in mirrors.sources where source.log.count > mirrors.limits.logEntries {
            throw violation("bound of the log", "\(source.log.count)")
        }
        let snapshot = mirrors.snapshot(at: now)
        try witness.checkLag(snapshot, at: now, step)
        if !isStopping { try witness.checkDue(mirrors, at: now, step) }
        try bookkeeping.check(snapshot, mirrors, step)
        if !isStopping { try checkOpenFiles() }
        try counting.check(snapshot, mirrors, step)
        guard !isUnmounted else { return }
        for index in mirrors.mirrors.indices where !mirrors.mirrors[index].hasLeft { try checkDifferences(index) }
    }

    /// Whatever differs between source and target is known to be owed, unless the kernel has still to tell it.
    private func checkDifferences(_ index: Int) throws(Violation) {
        let mirror = mirrors.mirrors[index]
        guard mirror.isServed, mirrors.sources[0].isLive else { return }
        let wrong = differences(index)
        guard !wrong.isEmpty else { return }
        let owed = Owed(mirror, mirrors.sources[0].log, writer.tree)
        for path in wrong where !owed.covers(path) && !isStillToBeTold(path) {
            if goesWithAFile(path, owed) { continue }
            throw violation(
                "nothing is forgotten",
                "target \(index) has \(text(targets[index].tree[path])) at \(path), "
                    + "the source \(text(writer.tree[path]))"
            )
        }
    }

    /// With the stream all that is in a directory goes where a file takes its place, or nothing.
    private func goesWithAFile(_ path: RelativePath, _ owed: Owed) -> Bool {
        guard swarm.engine.streams else { return false }
        return path.parents.contains { above in
            guard !writer.tree.isDirectory(above) else { return false }
            return owed.covers(above) || isStillToBeTold(above)
        }
    }

    func text(_ node: SimulatedTree.Node?) -> String { node.map { "\($0)" } ?? "nothing" }

    /// The kernel, or what reads it, will say something that brings this path up.
    private func isStillToBeTold(_ path: RelativePath) -> Bool {
        // What a target has below a name that is a file now goes when that file does.
        let isBeingWritten = ([path] + path.parents).contains {
            writer.openFiles.contains($0) || mirrors.sources[0].unfinished[$0] != nil
        }
        if isBeingWritten || kernel.isBlindTo(path) { return true }
        if kernel.queue.contains(where: { $0.isAbout(path) }) { return true }
        return inbox.contains { event in
            switch event {
            case .noticed(_, .rootGone): true
            case .noticed(_, let notice): notice.isAbout(path)
            default: false
            }
        }
    }

    /// Paths at which the target is not what the source's filtered tree is, as far as its settings want it.
    func differences(_ index: Int, foreignToo: Bool = false) -> [RelativePath] {
        let (source, target) = (writer.tree, targets[index])
        let sync = mirrors.mirrors[index].sync
        var wrong: [RelativePath] = []
        for path in source.paths where !source[path]!.matches(target.tree[path]) { wrong.append(path) }
        if sync.delete == .always { for path in target.tree.paths where source[path] == nil { wrong.append(path) } }
        guard !wrong.isEmpty else { return [] }
        return wrong.filter { path in
            if target.hidden.contains(path) || !foreignToo && target.isForeign(path) { return false }
            let matcher = mirrors.mirrors[index].matcher
            let isDirectory = source.isDirectory(path) || target.tree.isDirectory(path)
            if matcher.excludes(path, isDirectory: isDirectory) { return false }
            // A directory that holds what is left out stays.
            guard swarm.engine.streams, isDirectory, source[path] == nil else { return true }
            let inside = target.tree.below(path)
            return !inside.contains { matcher.excludes($0, isDirectory: target.tree.isDirectory($0)) }
        }
    }

    // MARK: What a transfer has done

    func checkDeeds(_ world: TransferWorld, of transfer: RunningTransfer) throws(Violation) {
        let index = transfer.job.target.index
        for path in world.made {
            guard let node = targets[index].tree[path], !writer.hasLived(node, at: path) else { continue }
            throw violation("nothing is made up", "target \(index) got \(node) at \(path)")
        }
        guard !world.deleted.isEmpty else { return }
        try guests.checkDeletions(transfer.job.target, step)
        if !transfer.job.deletes || transfer.job.isRehearsal {
            throw violation("delete policy", "target \(index) lost \(world.deleted) in \(transfer.job)")
        }
        try checkEmptySource(world, of: transfer)
        guard !isUnmounted, isRunning else { return }
        let mirror = mirrors.mirrors[index]
        let later = Owed(mirror, mirrors.sources[0].log, writer.tree, after: mirror.hands?.upTo ?? 0)
        for path in world.deleted where writer.tree[path] != nil && targets[index].tree[path] == nil {
            if later.covers(path) || isStillToBeTold(path) { continue }
            throw violation("nothing is deleted that is there", "target \(index) lost \(path), which the source has")
        }
    }

    /// A source that is gone, or empty without a reason, empties nothing.
    private func checkEmptySource(_ world: TransferWorld, of transfer: RunningTransfer) throws(Violation) {
        guard transfer.order.seesNothing, !world.deletedForeign.isSuperset(of: world.deleted) else { return }
        // Where the program remembers an empty source at the outer mount, this is its source.
        if let memory, !memory.hasContent, memory.mountPoint == "/" { return }
        throw violation("delete guard", "target \(transfer.job.target.index) lost \(world.deleted) to a missing source")
    }

    // MARK: Flush

    mutating func checkFlush(_ id: FlushID, refused: [TargetID]) throws(Violation) {
        guard let promise = flushes.removeValue(forKey: id) else {
            throw violation("one answer per flush", "\(id.number)")
        }
        guard !isUnmounted else { return }
        for target in promise.targets
        where !guests.hasLeft(target) && !refused.contains(target) && mirrors.mirrors[target.index].isServed {
            let late = differences(target.index).filter {
                promise.includes($0, writer) && !hasComeWithARename($0, promise)
            }
            guard let path = late.first else { continue }
            throw violation(
                "a flush is not early", "flush \(id.number) is answered, and target \(target.index) lacks \(path)")
        }
    }

    /// The stream repeats renames, and with a directory comes what is still to go in it, under names that are newer
    /// than the question.
    private func hasComeWithARename(_ path: RelativePath, _ promise: FlushPromise) -> Bool {
        guard swarm.engine.streams, writer.tree[path] == nil else { return false }
        return path.parents.contains { (writer.changed[$0] ?? 0) > promise.clock }
    }

    // MARK: The end

    mutating func isAtRest() throws(Violation) -> Bool {
        if isRunning, case .suspect(let suspicion) = mirrors.sources[0].trust {
            switch suspicion {
            case .emptied, .emptyAtFirstStart, .mountGone, .massDeletion: isAccepted = true
            default: break
            }
            return false
        }
        let waiting = mirrors.mirrors.filter { $0.isServed && $0.consent == .awaited }.map(\.id)
        guard !isRunning || waiting.isEmpty else {
            for target in waiting { consent(to: target) }
            return false
        }
        guard isRunning, kernel.queue.isEmpty, transfers.isEmpty, posts.isEmpty, catchUps.isEmpty,
            walk == nil, !mirrors.sources[0].narrowing.isOpen
        else { return false }
        return mirrors.mirrors.allSatisfy {
            !$0.isServed || $0.isInStep(mirrors.sources[0].log) && $0.hands == nil
        } && !mirrors.sources[0].unfinished.hasNews
    }

    func compareAll(foreignToo: Bool) throws(Violation) {
        for index in targets.indices where mirrors.mirrors[index].isServed {
            let wrong = differences(index, foreignToo: foreignToo)
            if let path = wrong.first {
                throw violation(
                    "every target equals the source",
                    "target \(index) has \(text(targets[index].tree[path])) at \(path), "
                        + "the source \(text(writer.tree[path])); \(wrong.count) differ")
            }
        }
        let served = mirrors.mirrors.contains { $0.isServed }
        if served, mirrors.sources[0].log.count > 0 { throw violation("the log is empty at rest", "") }
        let problems = mirrors.snapshot(at: now).problems.filter { problem in
            if case .targetNested = problem.cause { false } else { true }
        }
        if let problem = problems.first { throw violation("no problem is left at rest", "\(problem)") }
        if let flush = flushes.keys.sorted().first { throw violation("every flush is answered", "\(flush.number)") }
    }
}
