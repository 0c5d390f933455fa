import MirrorCore

/// One run of the production core in a simulated world, from one seed.
///
/// First safety: faults on, a writer at work, every step checked. Then liveness: faults off, writer gone; within a
/// bounded number of steps every target equals the source. The same seed gives the same trace.
package struct Simulation: ~Copyable {
    /// What goes wrong in this run. Each kind is absent in half of the runs: faults hide each other.
    package struct Swarm: Sendable {
        var targets: Int
        var steps: Int
        var failures: Bool
        var partials: Bool
        var overflows: Bool
        var unreachable: Bool
        var smallLog: Bool
        var bursts: Bool
        var delay: Duration
        var maxProcesses: Int?
        var filters: Bool
        var unmounts: Bool

        init(chance: inout Jitter) {
            targets = Int.random(in: 1...4, using: &chance)
            steps = [30, 100, 300].randomElement(using: &chance)!
            failures = Bool.random(using: &chance)
            partials = Bool.random(using: &chance)
            overflows = Bool.random(using: &chance)
            unreachable = Bool.random(using: &chance)
            smallLog = Bool.random(using: &chance)
            bursts = Bool.random(using: &chance)
            delay = [.zero, .milliseconds(500), .seconds(1), .seconds(15)].randomElement(using: &chance)!
            maxProcesses = Bool.random(using: &chance) ? Int.random(in: 1...2, using: &chance) : nil
            filters = Bool.random(using: &chance)
            unmounts = Bool.random(using: &chance)
        }
    }

    /// A check that failed, with the name that a person looks up.
    package struct Violation: Error, Equatable, CustomStringConvertible {
        package var check: String
        package var step: Int
        package var detail: String
        package var description: String { "step \(step): \(check): \(detail)" }
    }

    let swarm: Swarm
    var chance: Jitter
    var now = Moment(nanoseconds: 1_000_000_000_000)
    var mirrors: Mirrors
    var writer = SimulatedWriter()
    var targets: [SimulatedTree]
    var transfers: [SimulatedTransfer] = []
    /// Notices that the kernel holds, and events that are on their way.
    var queue: [Notice] = []
    var posts: [(at: Moment, event: Event)] = []
    var away: Set<Int> = []
    /// The source's file system is gone: what is there now is an empty directory.
    var isUnmounted = false
    var step = 0
    var isCalm = false
    /// Every action in order, folded into one number: equal traces have equal digests.
    package private(set) var digest: UInt64 = 14_695_981_039_346_656_037
    package private(set) var trace: [String] = []
    let keepsTrace: Bool

    package init(seed: UInt64, keepsTrace: Bool = false) {
        var chance = Jitter(seed: seed)
        swarm = Swarm(chance: &chance)
        self.keepsTrace = keepsTrace
        var settings = Settings()
        settings.insists = true
        settings.maxProcesses = swarm.maxProcesses
        for index in 0..<swarm.targets {
            var sync = SyncSettings(name: ByteString("Sync\(index + 1)"), source: "/src", target: "host:/dst/")
            sync.delay = swarm.delay
            if swarm.filters, index > 0 { sync.excludes = [["f3"], ["z"], ["/d0"]][index % 3] }
            settings.syncs.append(sync)
        }
        var limits = Limits()
        if swarm.smallLog {
            limits.logEntries = 8
            limits.retryEntries = 4
            limits.recentPaths = 4
        }
        mirrors = Mirrors(settings: settings, limits: limits, seed: chance.next())
        targets = Array(repeating: SimulatedTree(), count: swarm.targets)
        self.chance = chance
        for _ in 0..<5 { _ = writer.act(second: second, chance: &self.chance) }
    }

    var second: Int64 { now.nanoseconds / 1_000_000_000 }

    /// Runs both phases; throws the first violation.
    package mutating func run() throws(Violation) {
        var actions: [Action] = []
        mirrors.start(at: now, into: &actions)
        try perform(actions)
        for _ in 0..<swarm.steps { try advance() }
        isCalm = true
        away = []
        mount()
        for _ in 0..<20_000 {
            if try isAtRest() { return try compareAll() }
            try advance()
        }
        throw violation(
            "liveness", "not in step 20,000 steps after the last fault: \(mirrors.snapshot(at: now).targets)")
    }

    /// One moment of the world: time passes, somebody writes, transfers go on, the loop wakes.
    mutating func advance() throws(Violation) {
        step += 1
        passTime()
        if !isCalm { disturb() }
        for index in transfers.indices {
            let target = transfers[index].job.target.index
            for _ in 0..<Int.random(in: 1...3, using: &chance) {
                transfers[index].step(
                    source: writer.tree, target: &targets[target], second: second, chance: &chance)
            }
        }
        try wakeLoop(takeEvents())
    }

    private mutating func passTime() {
        let small = Duration.milliseconds(Int64.random(in: 1...400, using: &chance))
        let soonest = [mirrors.nextDeadline(), posts.map(\.at).min(), transfers.map(\.endsAt).min()]
            .compactMap { $0 }.min()
        if isCalm, let soonest, soonest > now {
            now = soonest
        } else {
            now = now + small
        }
    }

    private mutating func disturb() {
        if swarm.unmounts, Int.random(in: 0..<40, using: &chance) == 0 {
            if isUnmounted { mount() } else { unmount() }
        }
        guard !isUnmounted else { return }
        let operations = swarm.bursts && Int.random(in: 0..<10, using: &chance) == 0 ? 20 : 1
        for _ in 0..<operations where Int.random(in: 0..<3, using: &chance) > 0 {
            queue += writer.act(second: second, chance: &chance)
        }
        if swarm.overflows, queue.count > 12 {
            // What the source itself has to say is no event of the kernel's queue.
            queue = queue.filter { $0 == .rootGone || $0 == .live(directories: 1) } + [.lost(.root, reason: .overflow)]
        }
        if swarm.unreachable, Int.random(in: 0..<25, using: &chance) == 0 {
            away.formSymmetricDifference([Int.random(in: 0..<swarm.targets, using: &chance)])
        }
    }

    private mutating func unmount() {
        isUnmounted = true
        // A lazy unmount is noticed by nobody.
        if Bool.random(using: &chance) { queue.append(.rootGone) }
    }

    private mutating func mount() {
        guard isUnmounted else { return }
        isUnmounted = false
        queue += [.rootGone, .lost(.root, reason: .rewatched), .live(directories: 1)]
    }

    var look: SourceReport {
        isUnmounted
            ? SourceReport(suspicion: .mountGone(mountPoint: "/src", fileSystem: "ext4"), isEmpty: true)
            : SourceReport(isEmpty: writer.tree.paths.isEmpty)
    }

    /// What the loop gets this time: notices up to a random point, and what has ended.
    private mutating func takeEvents() -> [Event] {
        let reads = isCalm || Int.random(in: 0..<3, using: &chance) > 0
        var events: [Event] = []
        if reads {
            events += queue.map { .noticed(SourceID(0), $0) }
            queue = []
        }
        for transfer in transfers where transfer.endsAt <= now && !transfer.isWorking {
            events.append(.transferEnded(transfer.job.id, transfer.outcome))
        }
        transfers.removeAll { $0.endsAt <= now && !$0.isWorking }
        events += posts.filter { $0.at <= now }.map(\.event)
        posts.removeAll { $0.at <= now }
        return events
    }

    private mutating func wakeLoop(_ events: [Event]) throws(Violation) {
        var actions: [Action] = []
        for event in events {
            record(1, "  event \(event)")
            mirrors.handle(event, at: now, into: &actions)
        }
        mirrors.settle(at: now, into: &actions)
        try perform(actions)
        try checkStep()
    }

    private mutating func perform(_ actions: [Action]) throws(Violation) {
        for action in actions {
            record(2, "  action \(action)")
            switch action {
            case .watch(let source): post(.noticed(source, .live(directories: 1)))
            case .checkSource(let source):
                post(.sourceChecked(source, look))
            case .identifyTarget(let target): post(.targetIdentified(target, .distinct))
            case .startTransfer(let job): try start(job)
            case .stopTransfer, .remember, .report, .readQueue, .answerFlush: break
            case .probePort(let target): post(.portProbed(target, answered: !away.contains(target.index)))
            case .exit(let reason): throw violation("stays alive", "exit \(reason)")
            }
        }
    }

    private mutating func post(_ event: Event) {
        posts.append((now + .milliseconds(Int64.random(in: 0...50, using: &chance)), event))
    }

    private mutating func start(_ job: Job) throws(Violation) {
        try checkStart(job)
        let isAway = away.contains(job.target.index)
        var fault = SimulatedTransfer.Fault.none
        if !isCalm {
            if swarm.failures, Int.random(in: 0..<5, using: &chance) == 0 {
                fault = [.before, .middle, .after].randomElement(using: &chance)!
            } else if swarm.partials, Int.random(in: 0..<4, using: &chance) == 0 {
                fault = .partial
            }
        }
        if job.deletes, let suspicion = look.suspicion {
            return post(.transferEnded(job.id, Outcome(.sourceSuspect(suspicion))))
        }
        if isAway { return post(.transferEnded(job.id, Outcome(.failed(Failure(.unreachable))))) }
        let latency = Duration.milliseconds(Int64.random(in: 10...800, using: &chance))
        let order = SimulatedTransfer.Order(
            job: job, matcher: mirrors.mirrors[job.target.index].matcher, endsAt: now + latency, fault: fault)
        transfers.append(
            SimulatedTransfer(
                order, source: isUnmounted ? SimulatedTree() : writer.tree, target: targets[job.target.index],
                chance: &chance))
    }

    /// Folds what happened into the digest; in words only where somebody will read them.
    mutating func record(_ kind: UInt64, _ line: @autoclosure () -> String) {
        mix(kind)
        mix(UInt64(bitPattern: now.nanoseconds))
        if keepsTrace { trace.append("\(step) \(now.nanoseconds / 1_000_000) \(line())") }
    }

    private mutating func mix(_ number: UInt64) { digest = (digest ^ number) &* 1_099_511_628_211 }

    func violation(_ check: String, _ detail: String) -> Violation {
        Violation(check: check, step: step, detail: detail)
    }
}
