import MirrorCore

/// One run of the production core with syncs whose functions do the work, from one seed: functions that copy, delete
/// and move what they are told of, in a world where functions fail, processes fail or are killed, events get lost and
/// the source goes away.
///
/// As in `Simulation`, first every step is checked under faults; then, without faults, every target must come to equal
/// the source and nothing may be left in a queue.
package struct ScriptSimulation: ~Copyable {
    struct Swarm: Sendable {
        var syncs: Int
        var steps: Int
        var functionFailures: Bool
        var processFailures: Bool
        var overflows: Bool
        var unmounts: Bool
        var maxProcesses: Int?

        init(chance: inout Jitter) {
            syncs = Int.random(in: 1...3, using: &chance)
            steps = [40, 120, 300].randomElement(using: &chance)!
            functionFailures = Bool.random(using: &chance)
            processFailures = Bool.random(using: &chance)
            overflows = Bool.random(using: &chance)
            unmounts = Bool.random(using: &chance)
            maxProcesses = Bool.random(using: &chance) ? Int.random(in: 1...2, using: &chance) : nil
        }
    }

    let swarm: Swarm
    var chance: Jitter
    var now = Moment(nanoseconds: 1_000_000_000_000)
    var mirrors: Mirrors
    var writer = ScriptWriter()
    var targets: [ScriptTree]
    var processes: [ScriptRun] = []
    /// Notices that the kernel holds, and events that are on their way.
    var notices: [Notice] = []
    var posts: [(at: Moment, event: Event)] = []
    var isUnmounted = false
    var isCalm = false
    var step = 0
    var lastLabel: Int64 = 0
    /// The events that each function has been shown and that are not done, by their keys.
    var shown: [TargetID: [Int64: ScriptEvent]] = [:]
    package private(set) var digest: UInt64 = 14_695_981_039_346_656_037
    package private(set) var trace: [String] = []
    private let keepsTrace: Bool

    package init(seed: UInt64, keepsTrace: Bool = false) {
        self.keepsTrace = keepsTrace
        var chance = Jitter(seed: seed)
        swarm = Swarm(chance: &chance)
        var settings = Settings()
        settings.insists = true
        settings.maxProcesses = swarm.maxProcesses
        for index in 0..<swarm.syncs {
            var sync = SyncSettings(name: ByteString("Sync\(index + 1)"), source: "/src", target: "")
            sync.delay = [.zero, .milliseconds(300), .seconds(2)].randomElement(using: &chance)!
            sync.maxProcesses = Int.random(in: 1...3, using: &chance)
            sync.maxDelays = [1, 10, 1000].randomElement(using: &chance)!
            var script = ScriptSettings(number: index + 1)
            script.takesMoves = Bool.random(using: &chance)
            script.hasOwnAction = Bool.random(using: &chance)
            sync.script = script
            settings.syncs.append(sync)
        }
        var limits = Limits()
        if Bool.random(using: &chance) { limits.scriptList = 5 }
        mirrors = Mirrors(settings: settings, limits: limits, seed: chance.next())
        targets = Array(repeating: ScriptTree(), count: swarm.syncs)
        self.chance = chance
        for _ in 0..<5 { _ = writer.act(second: 0, chance: &self.chance) }
    }

    /// Runs both phases; throws the first violation.
    package mutating func run() throws(Violation) {
        var actions: [Action] = []
        mirrors.start(at: now, into: &actions)
        try perform(actions)
        for _ in 0..<swarm.steps { try advance() }
        isCalm = true
        mount()
        for _ in 0..<4000 {
            if isAtRest { return try compareAll() }
            try advance()
        }
        throw violation(
            "liveness", "not at rest after 4,000 steps: \(mirrors.scripts.map { $0.queue.list(limit: 5) })")
    }

    func violation(_ check: String, _ detail: String) -> Violation {
        Violation(check: check, step: step, detail: detail)
    }

    private var isAtRest: Bool {
        notices.isEmpty && posts.isEmpty && processes.isEmpty
            && mirrors.scripts.allSatisfy { $0.queue.isEmpty && !$0.isBusy }
    }

    private func compareAll() throws(Violation) {
        for (index, target) in targets.enumerated() where target != writer.tree {
            let missing = writer.tree.paths.filter { target[$0] != writer.tree[$0] }
            let more = target.paths.filter { writer.tree[$0] == nil }
            throw violation("equal at the end", "Sync\(index + 1): differs \(missing), too much \(more)")
        }
        let problems = mirrors.snapshot(at: now).problems
        guard problems.isEmpty else { throw violation("no problem at the end", "\(problems)") }
    }

    // MARK: One moment

    private mutating func advance() throws(Violation) {
        step += 1
        passTime()
        if !isCalm { disturb() }
        for index in processes.indices {
            processes[index].step(at: now, source: writer.tree, target: &targets[processes[index].target.index])
        }
        var actions: [Action] = []
        for event in takeEvents() {
            record(1, "event \(event)")
            mirrors.handle(event, at: now, into: &actions)
        }
        mirrors.settle(at: now, into: &actions)
        try perform(actions)
        try checkStep()
    }

    private mutating func passTime() {
        let soonest = [mirrors.nextDeadline(), posts.map(\.at).min(), processes.map(\.endsAt).min()]
            .compactMap { $0 }.min()
        if isCalm, let soonest, soonest > now {
            now = soonest
        } else {
            now = now + .milliseconds(Int64.random(in: 1...300, using: &chance))
        }
    }

    private mutating func disturb() {
        if swarm.unmounts, Int.random(in: 0..<40, using: &chance) == 0 {
            if isUnmounted { mount() } else { unmount() }
        }
        guard !isUnmounted else { return }
        for _ in 0..<Int.random(in: 0...3, using: &chance) {
            let before = writer.tree
            for notice in writer.act(second: 0, chance: &chance) { notices.append(told(notice, before)) }
        }
        if swarm.overflows, notices.count > 14 {
            notices = notices.filter { $0 == .rootGone || $0 == .live(directories: 1) }
            notices.append(.lost(.root, reason: .overflow))
        }
    }

    /// A source that knows what happened says so; the kernel tells every new name as created.
    private mutating func told(_ notice: Notice, _ before: ScriptTree) -> Notice {
        guard case .touched(let path, let isDirectory) = notice else { return notice }
        let isNew = before[path] == nil || Bool.random(using: &chance)
        let happening: Happening = isNew ? .created : .written
        return .happened(happening, path, isDirectory: isDirectory)
    }

    private mutating func unmount() {
        isUnmounted = true
        notices.append(.rootGone)
    }

    private mutating func mount() {
        guard isUnmounted else { return }
        isUnmounted = false
        notices += [.rootGone, .lost(.root, reason: .rewatched), .live(directories: 1)]
    }

    private mutating func takeEvents() -> [Event] {
        var events: [Event] = []
        if isCalm || Int.random(in: 0..<3, using: &chance) > 0 {
            for notice in notices {
                events.append(.noticed(SourceID(0), notice))
                guard case .directoryAppeared(let path, _) = notice else { continue }
                // What a walk finds in a new directory is told name by name.
                for inside in writer.tree.below(path) {
                    let isDirectory = writer.tree[inside] == .directory
                    events.append(.noticed(SourceID(0), .touched(inside, isDirectory: isDirectory)))
                }
            }
            notices = []
        }
        for process in processes where process.endsAt <= now {
            events.append(.script(.processEnded(process.id, process.end)))
        }
        processes.removeAll { $0.endsAt <= now }
        events += posts.filter { $0.at <= now }.map(\.event)
        posts.removeAll { $0.at <= now }
        return events
    }

    mutating func post(_ event: Event) {
        posts.append((now + .milliseconds(Int64.random(in: 0...50, using: &chance)), event))
    }

    /// Folds what happened into the digest; in words only where somebody will read them.
    mutating func record(_ kind: UInt64, _ line: @autoclosure () -> String) {
        for number in [kind, UInt64(bitPattern: now.nanoseconds)] { digest = (digest ^ number) &* 1_099_511_628_211 }
        if keepsTrace { trace.append("\(step) \(now.nanoseconds / 1_000_000) \(line())") }
    }
}
