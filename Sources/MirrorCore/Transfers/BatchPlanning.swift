/// When a target's batch goes, and what is in it. Pure functions over the mirror and the log.
package enum BatchPlanning {
    /// When the next batch is due; nil when nothing is owed. A moment that has passed means now.
    package static func due(_ mirror: Mirror, _ log: ChangeLog) -> Moment? {
        let fromLog = mirror.cursor < log.head ? dueFromLog(mirror, log) : nil
        return [fromLog, mirror.retry.nextTry].compactMap { $0 }.min()
    }

    /// `delay` is the bound: counted from the first notice, as in lsyncd. Below it a batch goes when the source has
    /// been quiet for `settle` and half of `delay` has passed since the last start, so that at most twice as many
    /// transfers run as lsyncd would start.
    private static func dueFromLog(_ mirror: Mirror, _ log: ChangeLog) -> Moment {
        let first = log.moment(of: mirror.cursor + 1)
        let sync = mirror.sync
        // The comparison at the start does not wait.
        guard mirror.hasStarted else { return first }
        if log.head - mirror.cursor >= UInt64(max(sync.maxDelays, 0)),
            log.count(after: mirror.cursor, upTo: sync.maxDelays) >= sync.maxDelays
        {
            return first
        }
        let bound = first + sync.delay
        guard let settle = sync.effectiveSettle else { return bound }
        var quiet = log.newest + settle
        if let last = mirror.lastStart { quiet = max(quiet, last + sync.delay / 2) }
        return min(bound, quiet)
    }

    /// Takes everything beyond the cursor and every retry that is due; nil when only filtered changes were there, and
    /// then the cursor is at the head.
    /// What somebody is writing is left out: it is noticed anew when it is ready. `waiting` is what the log has beyond
    /// the cursor.
    package static func take(
        _ mirror: inout Mirror, _ source: WatchedSource, _ waiting: [Change], id: JobID, at now: Moment
    ) -> Mirror.Hands? {
        let (log, unfinished) = (source.log, source.unfinished)
        let retries = mirror.retry.due(at: now)
        let mayLeaveOut = !mirror.matcher.isEmpty || !unfinished.isEmpty
        let fresh =
            mayLeaveOut ? waiting.filter { !mirror.isFiltered($0) && !unfinished.keepsBack($0) } : waiting
        guard !fresh.isEmpty || !retries.isEmpty else {
            mirror.cursor = log.head
            return nil
        }
        let changes = merged(retries.map(\.change), fresh)
        let isEverything = changes.contains { $0.path.isRoot && $0.isDeep }
        let scope = isEverything ? Job.Scope.everything : .changes(withoutCovered(changes))
        // A comparison of everything answers what is not due yet as well, and what fails in it stays as old as it was.
        let answered = isEverything ? mirror.retry.sorted : retries
        let sinceLog = fresh.isEmpty ? nil : log.moment(of: mirror.cursor + 1)
        // What a walk has found is as old as the loss that it answers.
        let doubt = mirror.doubt.flatMap { $0.arrivesAt == nil ? nil : $0 }
        let since = [sinceLog, answered.map(\.since).min(), doubt?.since].compactMap { $0 }.min() ?? now
        var job = Job(
            id: id, target: mirror.id, scope: scope, deletes: mirror.sync.deletes(everything: isEverything))
        job.made = now
        if mirror.patterns != Patterns(mirror.sync) { job.patterns = mirror.patterns }
        if isEverything {
            // Where anything has gone before, in this run or in one that was killed a moment ago, any of what a
            // comparison of everything finds may hide; so may a rename that was noticed before its mark.
            job.comparesExactly =
                mirror.hasStarted || mirror.joinsLate || mirror.recent.hasTaken || source.followsBrokenRun ?? false
                || log.number(of: .root) != 1
        } else {
            let earliest = fresh.isEmpty ? since : min(since, log.earliest(of: mirror.cursor + 1))
            for change in changes {
                guard let span = mirror.recent.span(hiding: change.path, noticedFrom: earliest) else { continue }
                job.hiding = job.hiding.map { RecentPaths.hull($0, span) } ?? span
            }
            job.comparesExactly = job.hiding != nil
            job.noticedFrom = earliest
        }
        let subtrees = isEverything ? [.root] : Set(changes.lazy.filter(\.isSubtree).map(\.path))
        job.unfinished = unfinished.below(subtrees, areOffered: false)
        job.offered = unfinished.below(subtrees, areOffered: true)
        return Mirror.Hands(
            job: job, upTo: reach(of: job, mirror, log), started: now, since: since,
            number: min(mirror.cursor + 1, answered.map(\.number).min() ?? .max, doubt?.number ?? .max),
            retried: answered.map(\.change.path), stamp: mirror.retry.stamp,
            subtrees: Set(changes.lazy.filter(\.isSubtree).map(\.path)))
    }

    /// What failed and is being written again is not tried before it is ready.
    static func putOffUnfinished(_ mirror: inout Mirror, _ unfinished: UnfinishedFiles, at now: Moment) {
        guard !unfinished.isEmpty, mirror.retry.nextTry.map({ $0 <= now }) ?? false else { return }
        let open = mirror.retry.due(at: now).map(\.change).filter(unfinished.keepsBack)
        mirror.retry.putOff(open.map(\.path), to: now + betweenLooks)
    }

    private static let betweenLooks = Duration.seconds(1)

    /// How far the cursor will move. A comparison that is not exact, which the one at the start is, may not see what
    /// was noticed beside its own mark: a rename brings a file of any age. That stays owed, and is compared exactly
    /// then.
    private static func reach(of job: Job, _ mirror: Mirror, _ log: ChangeLog) -> UInt64 {
        guard job.scope == .everything, !job.comparesExactly else { return log.head }
        return max(mirror.cursor, log.number(of: .root) ?? 0)
    }

    /// Each path once, with the flags of both.
    private static func merged(_ retries: [Change], _ fresh: [Change]) -> [Change] {
        guard !retries.isEmpty else { return fresh }
        var retried = Dictionary(uniqueKeysWithValues: retries.map { ($0.path, $0) })
        var all: [Change] = []
        for var change in fresh {
            if let old = retried.removeValue(forKey: change.path) { change = change.joined(withOlder: old) }
            all.append(change)
        }
        return retries.filter { retried[$0.path] != nil } + all
    }

    /// Leaves out what lies below a directory that is compared as a whole.
    private static func withoutCovered(_ changes: [Change]) -> [Change] {
        let subtrees = Set(changes.lazy.filter { $0.isDeep && !$0.wasRemoved }.map(\.path))
        guard !subtrees.isEmpty else { return changes }
        return changes.filter { change in
            var above = change.path.parent
            while let path = above {
                if subtrees.contains(path) { return false }
                above = path.parent
            }
            return true
        }
    }
}
