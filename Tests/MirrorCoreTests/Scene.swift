import MirrorCore

/// A core under test with a clock of its own: says what happened, keeps what is to be done.
struct Scene: ~Copyable {
    var mirrors: Mirrors
    var now = Moment(nanoseconds: 1_000_000_000_000)
    var actions: [Action] = []

    init(
        targets: Int = 1, limits: Limits = Limits(), settings change: (inout Settings) -> Void = { _ in },
        sync changeSync: (inout SyncSettings) -> Void = { _ in }
    ) {
        var settings = Settings()
        settings.insists = true
        for index in 0..<targets {
            var sync = SyncSettings(name: ByteString("Sync\(index + 1)"), source: "/src", target: "host:/dst/")
            sync.delay = .seconds(1)
            changeSync(&sync)
            settings.syncs.append(sync)
        }
        change(&settings)
        mirrors = Mirrors(settings: settings, limits: limits, seed: 7)
        mirrors.start(at: now, into: &actions)
    }

    /// Hands over events in one batch; answers what is to be done because of them.
    @discardableResult
    mutating func happen(_ events: Event...) -> [Action] {
        actions = []
        for event in events { mirrors.handle(event, at: now, into: &actions) }
        mirrors.settle(at: now, into: &actions)
        return actions
    }

    @discardableResult
    mutating func pass(_ duration: Duration) -> [Action] {
        now = now + duration
        return happen(.deadlineReached)
    }

    /// Goes to the core's own deadline.
    @discardableResult
    mutating func passToDeadline() -> [Action] {
        guard let deadline = mirrors.nextDeadline() else { return [] }
        now = max(now, deadline)
        return happen(.deadlineReached)
    }

    @discardableResult
    mutating func notice(_ notices: Notice...) -> [Action] {
        actions = []
        for notice in notices { mirrors.handle(.noticed(SourceID(0), notice), at: now, into: &actions) }
        mirrors.settle(at: now, into: &actions)
        return actions
    }

    /// Watches stand, source and targets are fine: the comparisons at the start are running, if any are wanted.
    mutating func goLive() {
        notice(.live(directories: 3))
        happen(.sourceChecked(SourceID(0), SourceReport()))
        if mirrors.sources[0].isBeingChecked { happen(.sourceChecked(SourceID(0), SourceReport())) }
        for target in mirrors.mirrors.map(\.id) { happen(.targetIdentified(target, .distinct)) }
    }

    /// All targets are in step.
    mutating func goInStep() {
        goLive()
        finishAll()
    }

    mutating func finishAll() {
        for _ in 0..<20 {
            let running = mirrors.mirrors.compactMap { $0.hands?.job.id }
            if running.isEmpty { return }
            for job in running { happen(.transferEnded(job, Outcome(.done, exitCode: 0))) }
        }
    }

    func mirror(_ index: Int = 0) -> Mirror { mirrors.mirrors[index] }
    var running: Job? { mirrors.mirrors[0].hands?.job }
}

extension [Action] {
    var jobs: [Job] { compactMap { if case .startTransfer(let job) = $0 { job } else { nil } } }
    var reports: [Report] { compactMap { if case .report(let report) = $0 { report } else { nil } } }
    var raised: [Problem] { reports.compactMap { if case .problemRaised(let problem) = $0 { problem } else { nil } } }
    var exits: [ExitReason] { compactMap { if case .exit(let reason) = $0 { reason } else { nil } } }
}

extension Job {
    var paths: [RelativePath]? {
        if case .changes(let changes) = scope { changes.map(\.path) } else { nil }
    }
}
