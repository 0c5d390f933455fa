import MirrorCore

/// One run of the production core in a simulated world, from one seed.
///
/// First safety: faults on, a writer at work, every step checked. Then liveness: faults off, writer gone; within a
/// bounded number of steps every target equals the source. The same seed gives the same trace.
package struct Simulation: ~Copyable {
    package let swarm: Swarm
    let seed: UInt64
    var deck: Deck
    var settings: SettingsSwarm
    var step = 0
    var now = Moment(nanoseconds: 1_000_000_000_000)
    var isCalm = false

    // The world.
    var kernel: SimulatedKernel
    var writer: SimulatedWriter
    var targets: [SimulatedTarget]
    /// The source's file system is gone: what is there now is an empty directory.
    var isUnmounted = false
    /// What the program keeps about its source across restarts.
    var memory: SourceFacts?
    /// How this run of the program has seen the source last.
    var sight: SourceFacts?
    /// A person has said that the source is right as it is.
    var isAccepted = false

    // The program.
    var mirrors: Mirrors
    var isRunning = false
    var isStopping = false
    var restartsAt = Moment.zero
    var starts = 0
    var transfers: [RunningTransfer] = []
    /// What the program has read and not yet handled, and what is on its way.
    var inbox: [Event] = []
    var posts: [(at: Moment, event: Event)] = []
    var catchUps: [FlushID] = []
    var walk: SimulatedWalk?
    /// When the kernel's queue was empty last.
    var queuedSince: Moment?
    var nextFlush: UInt64 = 1
    var answers = 0
    var guests = GuestBook()

    // Those who check.
    var witness: Witness
    var flushes: [FlushID: FlushPromise] = [:]
    var bookkeeping = Bookkeeping()
    var counting: Counting

    let keepsTrace: Bool
    package private(set) var trace: [String] = []

    /// Runs of the core up to here: steps of the world, the measure of how much was lived through.
    package var steps: Int { step }
    package var playedCards: [Card] { deck.played }

    package init(_ history: History, keepsTrace: Bool = false, remembersCards: Bool = false) {
        seed = history.seed
        var swarm = Swarm(seed: history.seed)
        swarm.targets = min(history.targets ?? swarm.targets, swarm.targets)
        swarm.steps = min(history.steps ?? swarm.steps, swarm.steps)
        self.swarm = swarm
        self.keepsTrace = keepsTrace
        deck = Deck(seed: history.seed, kept: history.cards, remembersPlayed: remembersCards)
        settings = swarm.settings
        kernel = SimulatedKernel(swarm: swarm)
        writer = SimulatedWriter(swarm: swarm, seed: history.seed &+ 1)
        targets = Array(repeating: SimulatedTarget(), count: swarm.targets)
        mirrors = Mirrors(settings: settings.settings(targets: swarm.targets), seed: 0)
        witness = Witness()
        counting = Counting(targets: swarm.targets)
        prepare()
    }

    private mutating func prepare() {
        var chance = Jitter(seed: seed &+ 2)
        if !swarm.startsEmpty {
            for _ in 0..<max(swarm.firstWrites, 1) { _ = writer.act(at: now, &kernel, &chance) }
            writer.closeAll(&kernel)
        }
        for index in targets.indices {
            if !settings.comparesAtStart { targets[index].copy(expected(at: index)) }
            if swarm.oldContent { targets[index].fill(&chance, writer.tree) }
        }
        now = now + .seconds(2)
    }

    /// Whole seconds of the wall clock.
    var second: Int64 { now.nanoseconds / 1_000_000_000 }

    /// Both clocks.
    var tracked: TrackedMoment { TrackedMoment(boot: now, wall: now.nanoseconds + writer.wallOffset) }

    /// What programs see at the source's path now.
    var visibleSource: SimulatedTree { isUnmounted ? SimulatedTree() : writer.tree }

    /// The source's tree as the target's filters leave it.
    private func expected(at index: Int) -> SimulatedTree {
        let sync = settings.settings(targets: targets.count).syncs[index]
        let matcher = PathMatcher(filters: sync.filters, excludes: sync.excludes)
        var tree = SimulatedTree()
        for path in writer.tree.paths where !matcher.excludes(path, isDirectory: writer.tree.isDirectory(path)) {
            tree.put(writer.tree[path]!, at: path)
        }
        return tree
    }

    /// Runs both phases; throws the first violation.
    package mutating func run() throws(Violation) {
        try startProgram()
        while step < swarm.steps { try advance() }
        try calmDown()
        try reachRest("after the last fault")
        try compareAll(foreignToo: false)
        for mirror in mirrors.mirrors where mirror.isServed { inbox.append(.resyncRequested(mirror.id, .root)) }
        try reachRest("after the last comparison")
        try compareAll(foreignToo: true)
    }

    private mutating func reachRest(_ text: String) throws(Violation) {
        for _ in 0..<4000 {
            if inbox.isEmpty, try isAtRest() { return }
            try advance()
        }
        let owed = mirrors.snapshot(at: now).targets.map { "\($0.state) \($0.pending.map(\.change))" }
        throw violation("liveness", "not in step 4,000 steps \(text): \(owed)")
    }

    /// One moment of the world: time passes, somebody writes, transfers go on, the loop wakes.
    private mutating func advance() throws(Violation) {
        step += 1
        passTime()
        if !isCalm { try disturb() }
        if queuedSince == nil, !kernel.queue.isEmpty { queuedSince = now }
        try advanceTransfers()
        advanceWalk()
        guard isRunning else {
            if restartsAt <= now { try startProgram() }
            return
        }
        readKernel()
        takePosts()
        guard isCalm || !swarm.slowLoop || chooses(.wake, oneIn: 2) != true else { return }
        try wakeLoop()
        try checkStep()
    }

    private mutating func passTime() {
        var small = Duration.milliseconds(100)
        if var chance = deck.draw(Card(step, .time)) {
            let longest: Int64 = Int.random(in: 0..<12, using: &chance) == 0 ? 20_000 : 400
            small = .milliseconds(Int64.random(in: 1...longest, using: &chance))
        }
        let deadline = isRunning ? mirrors.nextDeadline() : restartsAt
        let soonest = [deadline, posts.map(\.at).min(), transfers.map(\.order.endsAt).min()].compactMap { $0 }.min()
        if isCalm, let soonest, soonest > now, soonest < .distantFuture {
            now = soonest
        } else {
            now = now + small
        }
    }

    /// True about once in so many times; nil where the card is not played.
    mutating func chooses(_ kind: Card.Kind, oneIn count: Int, part: Int = 0) -> Bool? {
        let card = Card(step, kind, part)
        guard var chance = deck.draw(card) else { return nil }
        let isChosen = Int.random(in: 0..<count, using: &chance) == 0
        if !isChosen { deck.takeBack(card) }
        return isChosen
    }

    // MARK: The loop of the program

    private mutating func readKernel() {
        guard kernel.isWatching else { return }
        // The thread that reads the kernel's queue also sees children end: neither is a second behind the other.
        let isLate = queuedSince.map { now - $0 > .seconds(1) } ?? false
        let mustReadAll = isCalm || !catchUps.isEmpty || isLate
        var count = kernel.queue.count
        if !mustReadAll, swarm.slowLoop, var chance = deck.draw(Card(step, .read)) {
            count = Bool.random(using: &chance) ? 0 : Int.random(in: 0...count, using: &chance)
        }
        var notices = kernel.read(count, isLate: isLate)
        if kernel.queue.isEmpty { queuedSince = nil }
        kernel.noteRead(at: tracked)
        let waits = !mustReadAll && chooses(.cover, oneIn: 3) == true
        if !waits { notices += kernel.cover(writer.tree) }
        inbox += notices.map { .noticed(SourceID(0), $0) }
        answerCatchUps()
    }

    /// Everything has been read and looked at; what no watch covers is told as lost.
    private mutating func answerCatchUps() {
        guard !catchUps.isEmpty, !isUnmounted else { return }
        inbox += kernel.blindSpots().map { .noticed(SourceID(0), $0) }
        inbox += catchUps.map { .queueRead(SourceID(0), $0) }
        catchUps = []
    }

    private mutating func takePosts() {
        for transfer in transfers where transfer.order.endsAt <= now && !transfer.isWorking {
            inbox.append(.transferEnded(transfer.job.id, transfer.outcome))
        }
        transfers.removeAll { $0.order.endsAt <= now && !$0.isWorking }
        inbox += posts.filter { $0.at <= now }.map(\.event)
        posts.removeAll { $0.at <= now }
    }

    private mutating func wakeLoop() throws(Violation) {
        let events = inbox
        inbox = []
        counting.beginTurn(mirrors)
        var actions: [Action] = []
        for event in events {
            record("  event \(event.text)")
            try witness.saw(event, mirrors, at: now, self.step)
            counting.saw(event)
            mirrors.handle(event, at: now, into: &actions)
            witness.handled(mirrors)
        }
        mirrors.settle(at: now, into: &actions)
        witness.passFiltered(mirrors)
        try perform(actions)
    }

    /// In words, where somebody will read them.
    mutating func record(_ line: @autoclosure () -> String) {
        if keepsTrace { trace.append("\(step) \(now.nanoseconds / 1_000_000) \(line())") }
    }

    func violation(_ check: String, _ detail: String) -> Violation {
        Violation(check: check, step: step, detail: detail)
    }
}

extension Event {
    /// The same in every process: settings hold dictionaries.
    fileprivate var text: String {
        guard case .targetJoined(let sync, let consents) = self else { return "\(self)" }
        return "targetJoined(like \(sync.name), delete \(sync.delete), consents: \(consents))"
    }
}

/// A check that failed, with the name that a person looks up in docs/testing.md.
package struct Violation: Error, Equatable, Sendable, CustomStringConvertible {
    package var check: String
    package var step: Int
    package var detail: String
    package var description: String { "step \(step): \(check): \(detail)" }
}
