import MirrorCore

/// What must be owed, and when it may and must be tried, worked out from what the core was told: a second opinion that
/// shares no code with it.
struct Witness {
    struct Failed {
        var since: Moment
        var attempts: Int
        /// No try of this path alone before then.
        var earliest: Moment
        /// A path that failed is tried again after so long, whatever else happens.
        var latest: Moment
    }

    struct Target {
        var sync: SyncSettings
        var matcher: PathMatcher
        /// Noticed and not carried by a job yet, with the time of the first notice.
        var fresh: [RelativePath: Moment] = [:]
        /// The first notice since the last job began or nothing was owed, of whatever the filters leave out too: the
        /// core may count from it, which is early and never late.
        var firstNotice: Moment?
        var noticedPaths: Set<RelativePath> = []
        /// Noted anew after a loss, since another target's job has looked at it.
        var mayGoAtOnce: Set<RelativePath> = []
        /// What the running job took of these.
        var carried: [RelativePath: Moment] = [:]
        var failed: [RelativePath: Failed] = [:]
        var carriedFailed: [RelativePath: Failed] = [:]
        /// Owed by a source that became suspect: it has to be looked at, all of it, once that is over.
        var held: Moment?
        /// Events were lost then, and what they told has not been found out yet.
        var doubt: Moment?
        /// What the last jobs looked at, and when they ended.
        var looks: [(ended: Moment, paths: [RelativePath])] = []
        /// Paths that may be tried although nothing was noticed, because they failed or somebody asked.
        var reasons: Set<RelativePath> = []
        var carriedNotice: Moment?
        var carriedPaths: Set<RelativePath> = []
        var carriedReasons: Set<RelativePath> = []
        /// Noticed before the end of a comparison that was not exact, and so looked at once more.
        var again: Set<RelativePath> = []
        var job: Job?
        var lastStart: Moment?
        var hasStarted = false
        var failuresInRow = 0
        /// No transfer before then.
        var earliest = Moment.zero
        var isUnreachable = false
        var lastProbe: Moment?
        var isServed = true
        /// When it was asked to leave with all that it was owed; nil too where it was taken away since.
        var drains: Moment?

        init(_ mirror: Mirror) {
            sync = mirror.sync
            matcher = mirror.matcher
            hasStarted = !mirror.sync.comparesAtStart
        }

        /// The oldest thing owed.
        var oldest: Moment? {
            let failures = [failed, carriedFailed].compactMap { $0.values.lazy.map(\.since).min() }
            return ([fresh.values.min(), carried.values.min(), held, doubt].compactMap { $0 } + failures).min()
        }
    }

    var targets: [Target] = []
    var newest = Moment.zero
    /// A loss was told in the event that is being handled.
    private var loss: (moment: Moment, head: UInt64)?
    /// What was noticed in the same batch after a target was told to join.
    var sinceJoin: [RelativePath] = []
    private(set) var trust = WatchedSource.Trust.unchecked
    var unfinished = WrittenFiles()

    init() {}

    init(_ mirrors: borrowing Mirrors, at now: Moment) {
        targets = mirrors.mirrors.map { Target($0) }
        newest = now
        for index in targets.indices where !targets[index].hasStarted { targets[index].fresh[.root] = now }
    }

    mutating func saw(_ event: Event, _ mirrors: borrowing Mirrors, at now: Moment, _ step: Int) throws(Violation) {
        switch event {
        case .noticed(_, let notice):
            if case .missed(_, let since, _) = notice {
                loss = (now, mirrors.sources[0].log.head)
                missed(since: since.boot, at: now)
            } else if !unfinished.noticed(notice, at: now) {
                noticed(notice.paths, at: now)
            }
        case .walked(_, let report):
            let asked = mirrors.sources[0].narrowing.walk?.path ?? .root
            noticed(report.paths(asked: asked), at: now)
        case .filesLooked(_, let files):
            unfinished.looked(files)
            for file in files where file.look != .open { becameReady(file.path, at: now) }
        case .resyncRequested(let target, let path):
            guard targets[target.index].isServed else { return }
            fail(target.index, path, since: now, attempts: 0, wait: .zero, at: now)
        case .targetJoined: sinceJoin = []
        case .targetDrained(let target): targets[target.index].drains = targets[target.index].drains ?? now
        case .targetRemoved(let target): targets[target.index].drains = .zero
        case .transferEnded(let id, let outcome):
            guard let index = targets.firstIndex(where: { $0.job?.id == id }) else {
                throw Violation(check: "one end per job", step: step, detail: "\(id) ends and never began")
            }
            forgetFolded(index, mirrors)
            unfinished.found(outcome.unfinished, at: now)
            ended(index, outcome, at: now)
        case .portProbed(let target, let answered):
            guard answered else { return }
            targets[target.index].isUnreachable = false
            hasten(target.index, to: now)
        case .targetIdentified(let target, let identity): identified(target.index, identity, at: now)
        case .sourceChecked(_, let report):
            guard report.suspicion == nil || report.isAccepted, mirrors.sources[0].isSuspect else { return }
            for index in targets.indices { hasten(index, to: now) }
        case .deadlineReached, .stopRequested, .pauseRequested, .resumeRequested, .hoursBegan, .hoursEnded,
            .flushRequested, .flushCancelled, .queueRead, .namesFound, .script, .httpOpened, .consentGiven,
            .targetRenamed, .faultMet, .faultEnded:
            return
        }
    }

    /// Past its bound the retry set becomes one comparison, and how often each path has failed is forgotten.
    private mutating func forgetFolded(_ index: Int, _ mirrors: borrowing Mirrors) {
        guard mirrors.mirrors[index].retry.contains(.root) else { return }
        for path in targets[index].carriedFailed.keys where !mirrors.mirrors[index].retry.contains(path) {
            targets[index].carriedFailed[path]!.attempts = 0
        }
        for path in targets[index].failed.keys where !mirrors.mirrors[index].retry.contains(path) {
            targets[index].failed[path]!.attempts = 0
        }
    }

    /// A job that ended since may have seen what nobody tells of.
    private mutating func missed(since: Moment, at now: Moment) {
        for index in targets.indices where targets[index].isServed {
            var seen = targets[index].looks.filter { $0.ended >= since }.flatMap(\.paths)
            if case .changes(let changes)? = targets[index].job?.scope { seen += changes.map(\.path) }
            noticed(seen, for: [index], at: now)
            for other in targets.indices {
                targets[other].reasons.formUnion(seen)
                targets[other].mayGoAtOnce.formUnion(seen)
            }
        }
    }

    private mutating func noticed(_ paths: [RelativePath], at now: Moment) {
        noticed(paths, for: Array(targets.indices), at: now)
    }

    private mutating func noticed(_ paths: [RelativePath], for indices: [Int], at now: Moment) {
        sinceJoin += paths
        for path in paths {
            newest = now
            for index in indices where targets[index].isServed {
                if targets[index].firstNotice == nil { targets[index].firstNotice = now }
                targets[index].noticedPaths.insert(path)
                guard path.isRoot || !targets[index].matcher.excludes(path, isDirectory: false) else { continue }
                if targets[index].fresh[path] == nil { targets[index].fresh[path] = now }
            }
        }
    }

    /// It may go from now on, and need not.
    mutating func becameReady(_ path: RelativePath, at now: Moment) {
        for index in targets.indices where targets[index].isServed {
            if targets[index].firstNotice == nil { targets[index].firstNotice = now }
            targets[index].noticedPaths.insert(path)
        }
    }

    /// What was owed under that name is not owed before it is ready.
    private mutating func putOff(_ path: RelativePath) {
        for index in targets.indices {
            targets[index].fresh[path] = nil
            targets[index].failed[path] = nil
        }
    }

    private mutating func identified(_ index: Int, _ identity: TargetIdentity, at now: Moment) {
        switch identity {
        case .isSource, .nested:
            targets[index].isServed = false
            (targets[index].fresh, targets[index].failed, targets[index].held) = ([:], [:], nil)
        case .unknown(let failure) where failure.cause == .permissionDenied: failedWhole(index, failure, at: now)
        case .unknown, .distinct: break
        }
    }

    private mutating func ended(_ index: Int, _ outcome: Outcome, at now: Moment) {
        guard let job = targets[index].job else { return }
        targets[index].job = nil
        let carried = targets[index].carried
        let failed = targets[index].carriedFailed
        (targets[index].carried, targets[index].carriedFailed) = ([:], [:])
        guard !job.isRehearsal else { return }
        if case .changes(let changes) = job.scope {
            targets[index].looks.append((ended: now, paths: changes.map(\.path)))
        }
        switch outcome.result {
        case .done: arrived(index, job)
        case .partial(let failures):
            arrived(index, job)
            for failure in failures { failedPath(index, failure, carried, failed, at: now) }
        case .failed(let failure):
            putBack(index, carried, failed)
            failedWhole(index, failure, at: now)
        case .stopped, .sourceSuspect: putBack(index, carried, failed)
        }
        targets[index].reasons.formUnion(targets[index].carriedReasons)
        targets[index].carriedReasons = []
    }

    /// After the events of a batch.
    mutating func passFiltered(_ mirrors: borrowing Mirrors) {
        for index in targets.indices where targets[index].fresh.isEmpty && targets[index].job == nil {
            // What became ready without a notice stands in the log, and so does what is put off.
            let isInStep = mirrors.mirrors[index].cursor >= mirrors.sources[0].log.head
            guard isInStep || unfinished.told.isEmpty else { continue }
            targets[index].firstNotice = nil
            targets[index].noticedPaths = []
        }
    }

    /// After an event. While the source is suspect, what was owed before waits for a comparison.
    mutating func handled(_ mirrors: borrowing Mirrors) {
        noteDoubt(mirrors)
        for path in unfinished.open.keys { putOff(path) }
        let (before, now) = (trust, mirrors.sources[0].trust)
        trust = now
        let becameSuspect = now.isSuspect && !before.isSuspect
        guard becameSuspect || (now == .fine && before != .fine) else { return }
        for index in targets.indices where targets[index].isServed {
            let target = targets[index]
            if becameSuspect {
                hold(index, [target.fresh.values.min(), target.failed.values.lazy.map(\.since).min(), target.doubt])
                targets[index].doubt = nil
                targets[index].reasons.formUnion(target.fresh.keys)
                targets[index].reasons.formUnion(target.failed.keys)
                (targets[index].fresh, targets[index].failed) = ([:], [:])
            } else if let held = target.held {
                targets[index].fresh[.root] = min(held, target.fresh[.root] ?? held)
                targets[index].held = nil
            }
        }
    }

    /// What was lost is in doubt until it is found out, or compared as a whole.
    private mutating func noteDoubt(_ mirrors: borrowing Mirrors) {
        let source = mirrors.sources[0]
        if let (moment, head) = loss {
            loss = nil
            if source.log.head > head, source.log.number(of: .root) == source.log.head { noticed([.root], at: moment) }
            for index in targets.indices where source.narrowing.isOpen && targets[index].isServed {
                targets[index].doubt = targets[index].doubt ?? moment
            }
        }
        if !source.narrowing.isOpen { for index in targets.indices { targets[index].doubt = nil } }
    }

    private mutating func arrived(_ index: Int, _ job: Job) {
        targets[index].failuresInRow = 0
        targets[index].earliest = .zero
        guard job.scope == .everything else {
            targets[index].again = []
            return
        }
        targets[index].hasStarted = true
        targets[index].carriedReasons = []
        guard !job.comparesExactly else {
            targets[index].again = []
            return
        }
        let first = [targets[index].firstNotice, targets[index].carriedNotice].compactMap { $0 }
        targets[index].firstNotice = first.min()
        targets[index].noticedPaths.formUnion(targets[index].carriedPaths)
    }

    private mutating func putBack(
        _ index: Int, _ carried: [RelativePath: Moment], _ failed: [RelativePath: Failed]
    ) {
        let first = [targets[index].firstNotice, targets[index].carriedNotice, carried.values.min()]
        targets[index].firstNotice = first.compactMap { $0 }.min()
        targets[index].noticedPaths.formUnion(targets[index].carriedPaths)
        guard trust.isSuspect else {
            targets[index].failed.merge(failed) { old, _ in old }
            return targets[index].fresh.merge(carried) { min($0, $1) }
        }
        targets[index].reasons.formUnion(carried.keys)
        hold(index, [carried.values.min(), failed.values.lazy.map(\.since).min()])
    }

    mutating func hold(_ index: Int, _ moments: [Moment?]) {
        targets[index].held = (moments + [targets[index].held]).compactMap { $0 }.min()
    }

    // MARK: Back-off

    private mutating func failedPath(
        _ index: Int, _ failure: PathFailure, _ carried: [RelativePath: Moment], _ failed: [RelativePath: Failed],
        at now: Moment
    ) {
        let path = failure.change.path
        // What somebody asked for while the job ran counts anew.
        let old = targets[index].failed[path] ?? failed[path]
        let since = [old?.since, failed[path]?.since, carried[path]].compactMap { $0 }.min() ?? now
        let attempts = (old?.attempts ?? 0) + 1
        let isQuick = failure.kind == .vanished && attempts <= 3
        let wait = isQuick ? Duration.milliseconds(100) : Self.least(attempts, longest: .seconds(60))
        fail(index, path, since: since, attempts: attempts, wait: wait, at: now)
    }

    private mutating func fail(
        _ index: Int, _ path: RelativePath, since: Moment, attempts: Int, wait: Duration, at now: Moment
    ) {
        targets[index].reasons.insert(path)
        targets[index].failed[path] = Failed(
            since: since, attempts: attempts, earliest: now + wait, latest: now + .seconds(75))
    }

    private mutating func failedWhole(_ index: Int, _ failure: Failure, at now: Moment) {
        targets[index].failuresInRow += 1
        let exponential = Self.least(targets[index].failuresInRow, longest: .seconds(30))
        switch failure.cause {
        case .unreachable:
            targets[index].isUnreachable = true
            targets[index].lastProbe = now
            targets[index].earliest = now + exponential
        case .permissionDenied: targets[index].earliest = now + .seconds(300)
        default: targets[index].earliest = now + exponential
        }
    }

    private mutating func hasten(_ index: Int, to now: Moment) {
        for path in targets[index].failed.keys { targets[index].failed[path]!.earliest = now }
    }

    /// The least that a wait may be: three quarters of 1, 2, 4 … seconds, up to the longest.
    private static func least(_ attempts: Int, longest: Duration) -> Duration {
        min(.milliseconds(750) * (1 << min(attempts - 1, 12)), longest)
    }
}

extension WatchedSource.Trust {
    var isSuspect: Bool { if case .suspect = self { true } else { false } }
}

extension WalkReport {
    /// What it says is to be looked at.
    fileprivate func paths(asked: RelativePath) -> [RelativePath] {
        switch self {
        case .found(let findings): findings.files + findings.directories + findings.unknown
        case .useless: [asked]
        }
    }
}
