/// Decides everything: events in, actions out. A pure value: it never waits, never throws, and knows neither clock nor
/// chance but what is handed in.
///
/// Use: `start` once, then `handle` for each event of a batch and `settle` at the end of the batch, all with one `now`.
package struct Mirrors: ~Copyable {
    /// With every sync that has ever joined, at the index of its target's id.
    package internal(set) var settings: Settings
    package let limits: Limits
    package internal(set) var sources: [WatchedSource] = []
    package internal(set) var mirrors: [Mirror] = []
    /// Syncs with functions or commands of their own; their mirrors do nothing.
    package internal(set) var scripts: [ScriptedSync] = []
    var alarms: [ScriptAlarm] = []
    /// Events that the function of an alarm, or of a descriptor, is looking at.
    var windows: [HookCallID: [TargetID: [EventID]]] = [:]
    var nextHook: UInt64 = 0
    var nextScript = 0
    package internal(set) var metrics = Metrics(sources: 0, targets: 0)
    var ledger = ProblemLedger()
    var flushes: [Flush] = []
    var jitter: Jitter
    var nextJob: UInt64 = 1
    /// When the last batch of events had been handled.
    var lastSettled: Moment?
    /// Whose turn it is when the number of transfers is limited.
    var nextInTurn = 0
    var stopping: StopManner?
    var stopDeadline: Moment?
    var hasExited = false

    package init(settings: Settings, limits: Limits = Limits(), seed: UInt64) {
        self.settings = settings
        self.limits = limits
        jitter = Jitter(seed: seed)
        for (index, sync) in settings.syncs.enumerated() {
            let known = sources.firstIndex { $0.path == sync.source }
            if known == nil { sources.append(WatchedSource(id: SourceID(sources.count), path: sync.source)) }
            let source = SourceID(known ?? sources.count - 1)
            mirrors.append(Mirror(id: TargetID(index), source: source, sync: sync))
            sources[source.index].mirrors.append(index)
        }
        metrics = Metrics(sources: sources.count, targets: mirrors.count)
        scripts = Self.scripts(of: mirrors)
        if settings.tellsEvents { for index in scripts.indices { scripts[index].tellNotes() } }
    }

    package mutating func start(at now: Moment, into actions: inout [Action]) {
        for index in sources.indices {
            sources[index].log.note(Change(.root, isSubtree: true), at: now)
            actions.append(.watch(sources[index].id))
            check(sources[index].id, into: &actions)
        }
        for index in mirrors.indices where !mirrors[index].sync.comparesAtStart {
            mirrors[index].cursor = sources[mirrors[index].source.index].log.head
        }
        startScripts(at: now)
        settle(at: now, into: &actions)
    }

    package mutating func handle(_ event: Event, at now: Moment, into actions: inout [Action]) {
        switch event {
        case .noticed(let source, let notice): noticed(source, notice, at: now, into: &actions)
        case .sourceChecked(let source, let report): checked(source, report, at: now, into: &actions)
        case .namesFound(let source, let files): namesFound(source, files, at: now)
        case .filesLooked(let source, let files): looked(source, files, at: now, into: &actions)
        case .targetIdentified(let target, let answer): identified(target, answer, at: now, into: &actions)
        case .transferEnded(let job, let outcome): ended(job, outcome, at: now, into: &actions)
        case .portProbed(let target, let answered): probed(target, answered: answered, at: now)
        case .walked(let source, let report): walked(source, report, at: now, into: &actions)
        case .script(let news): heard(news, at: now, into: &actions)
        case .deadlineReached: break
        case .httpOpened(nil): clear(.http, into: &actions)
        case .httpOpened(let errno?): raise(.http, .notListening(errno: errno), at: now, into: &actions)
        case .stopRequested(let manner): stop(manner, at: now, into: &actions)
        case .pauseRequested(let target, let until): mirrors[target.index].pauses.requested(until: until)
        case .resumeRequested(let target): mirrors[target.index].pauses.resumed(at: now)
        case .hoursBegan(let target, let until): mirrors[target.index].pauses.hoursBegan(until: until)
        case .hoursEnded(let target): mirrors[target.index].pauses.hoursEnded()
        case .resyncRequested(let target, let path): resync(target, path, at: now)
        case .flushRequested(let id, let targets): beginFlush(id, targets, at: now, into: &actions)
        case .flushCancelled(let id): flushes.removeAll { $0.id == id }
        case .queueRead(let source, let id): queueRead(source, for: id, at: now)
        case .faultMet(let subject, let text): raise(subject, .told(text), at: now, into: &actions)
        case .faultEnded(let subject): clear(subject, into: &actions)
        case .targetJoined(let sync, let consents): join(sync, consents: consents, at: now, into: &actions)
        case .targetRenamed(let target, let sync): rename(target, sync)
        case .targetDrained(let target): drain(target, at: now)
        case .targetRemoved(let target): remove(target, at: now)
        case .consentGiven(let target): consent(to: target, into: &actions)
        }
    }

    /// To be called once after the events of a batch: starts what is due and keeps the bounds.
    package mutating func settle(at now: Moment, into actions: inout [Action]) {
        guard !hasExited else { return }
        for index in sources.indices {
            recheckIfDue(index, at: now, into: &actions)
            settleUnfinished(index, at: now, into: &actions)
            settleLinked(index, into: &actions)
        }
        startWalks(at: now, into: &actions)
        for index in mirrors.indices { mirrors[index].passFiltered(log(of: index)) }
        letGo(at: now, into: &actions)
        if stopping == nil { startWhatIsDue(at: now, into: &actions) }
        settleScripts(at: now, into: &actions)
        for index in sources.indices { keepBounds(index, at: now) }
        for index in mirrors.indices { mirrors[index].endDoubt() }
        lastSettled = now
        answerFlushes(into: &actions)
        exitWhenDone(at: now, into: &actions)
    }

    /// When `settle` has to be called at the latest, if nothing happens before; nil when only an event can change
    /// anything.
    package mutating func nextDeadline() -> Moment? {
        guard !hasExited else { return nil }
        var soonest = stopDeadline
        func consider(_ moment: Moment?) {
            if let moment, soonest.map({ moment < $0 }) ?? true { soonest = moment }
        }
        for source in sources where !source.isBeingChecked { consider(source.nextCheck) }
        guard stopping == nil else { return soonest }
        for source in sources where source.narrowing.doubt != nil && source.narrowing.walk == nil {
            consider(source.narrowing.notBefore)
        }
        for source in sources { consider(source.unfinished.deadline()) }
        consider(scriptDeadline())
        for mirror in mirrors where !mirror.hasLeft && mirror.leave?.isStopped == false {
            consider(mirror.leave?.latest)
        }
        let isFull = runningTransfers >= settings.maxProcesses ?? .max
        for mirror in mirrors where mirror.isServed && mirror.hands == nil && !isHeld(mirror) && mayStart(mirror) {
            switch mirror.pace {
            case .probing: continue
            case .unreachable(let nextProbe): consider(nextProbe)
            case .ready where isFull || mirror.identity == .asked: continue
            case .ready: consider(startOfNext(mirror))
            case .backingOff(let until) where isRefusedInStep(mirror) && !isHeld(mirror):
                consider(max(until, mirror.pausedUntil ?? until))
            case .backingOff(let until): consider(startOfNext(mirror).map { max($0, until) })
            }
        }
        return soonest
    }

    /// Processes of scripts included.
    package var runningTransfers: Int { mirrors.count { $0.hands != nil } + runningProcesses }

    func log(of mirrorIndex: Int) -> ChangeLog { sources[mirrors[mirrorIndex].source.index].log }

    /// When the mirror's next batch is due, if its source lets it go at all.
    func eligibleAt(_ mirror: Mirror) -> Moment? {
        let source = sources[mirror.source.index]
        guard source.isLive, source.mayCopy else { return nil }
        return BatchPlanning.due(mirror, source.log)
    }

    private func startOfNext(_ mirror: Mirror) -> Moment? {
        eligibleAt(mirror).map { max($0, mirror.pausedUntil ?? $0) }
    }

    private mutating func stop(_ manner: StopManner, at now: Moment, into actions: inout [Action]) {
        if stopping != nil, case .fade(let signal) = manner {
            stopAllTransfers(into: &actions)
            stopping = .now(signal: signal)
            return
        }
        actions.append(.report(.stopping(manner, runningTransfers: runningTransfers)))
        stopping = manner
        stopDeadline = now + (manner == .reload ? Self.reloadTime : Self.fadeTime)
        if case .now = manner { stopAllTransfers(into: &actions) }
    }

    /// How long running transfers may go on after TERM or INT before they are stopped; nothing is lost by that.
    static let fadeTime = Duration.seconds(15)
    /// The same after HUP, where nobody waits for the end.
    static let reloadTime = Duration.seconds(60)

    private func stopAllTransfers(into actions: inout [Action]) {
        for mirror in mirrors {
            if let job = mirror.hands?.job.id { actions.append(.stopTransfer(job)) }
        }
        for job in scripts.flatMap(\.processes.keys).sorted() { actions.append(.stopTransfer(job)) }
    }

    private mutating func exitWhenDone(at now: Moment, into actions: inout [Action]) {
        if let deadline = stopDeadline, now >= deadline {
            stopDeadline = nil
            stopAllTransfers(into: &actions)
        }
        guard runningTransfers == 0, !hasScriptWork else { return }
        switch stopping {
        case .fade(let signal), .now(let signal): exit(.signal(signal), into: &actions)
        case .reload: exit(.reload, into: &actions)
        case nil:
            let allStarted =
                mirrors.allSatisfy { $0.hasStarted || !$0.isServed } && scripts.allSatisfy(\.hasStarted)
            if settings.onePass, allStarted { exit(.onePassDone, into: &actions) }
        }
    }

    mutating func exit(_ reason: ExitReason, into actions: inout [Action]) {
        guard !hasExited else { return }
        hasExited = true
        for source in sources where source.trust == .fine && source.isLive && isInStep(source) {
            actions.append(.remember(source.id, hasContent: !source.isEmpty, inStep: true))
        }
        actions.append(.exit(reason))
    }

    /// Also, nobody writes, and nothing has gone so shortly before that a second write, not noticed yet, could hide
    /// behind it.
    private func isInStep(_ source: WatchedSource) -> Bool {
        !source.unfinished.hasNews
            && source.mirrors.allSatisfy { index in
                let mirror = mirrors[index]
                let isQuiet = mirror.lastTransfer.map { (lastSettled ?? .zero) - $0.ended > RecentPaths.window } ?? true
                return !mirror.isServed || (isQuiet && mirror.isInStep(source.log))
            }
    }

    mutating func raise(
        _ subject: Problem.Subject, _ cause: Problem.Cause, nextTry: Moment? = nil, at now: Moment,
        into actions: inout [Action]
    ) {
        if let report = ledger.raise(subject, cause, nextTry: nextTry, at: now) { actions.append(.report(report)) }
    }

    mutating func clear(_ subject: Problem.Subject, into actions: inout [Action]) {
        if let report = ledger.clear(subject) { actions.append(.report(report)) }
    }
}
