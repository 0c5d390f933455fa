import MirrorCore

/// What the hand of chaos does. Each kind is absent in half of the rounds.
package enum Fault: String, Sendable, CaseIterable {
    /// sshd of a target ends with all its sessions, and comes back.
    case sshdStops = "sshd stopped"
    /// rsync processes are killed, here or at a target.
    case rsyncKilled = "rsync killed"
    /// kill -9 of the daemon alone, and a start with what it had on disk.
    case daemonKilled = "daemon killed"
    case daemonReloads = "daemon reloaded"
    /// SIGSTOP; the kernel's queue fills meanwhile.
    case daemonSleeps = "daemon stopped for a moment"
    /// The target's file system has no byte left.
    case targetFull = "target full"
    /// A directory of the source that the daemon may not read.
    case unreadable = "directory unreadable"
    /// The cable of a target is pulled.
    case linkCut = "link cut"
    /// fs.inotify.max_queued_events is low when the daemon starts.
    case shortQueue = "short kernel queue"
    /// The far end of a stream, here or at a target.
    case agentKilled = "agent killed"
    /// The way to a target, under a transfer or a stream.
    case sshKilled = "ssh killed"

    /// Faults of one lane come one after the other; lanes do not wait for each other.
    package enum Lane: Hashable, Sendable {
        case daemon, transfers, source
        case target(Int)
    }
}

/// One round of chaos, drawn from its seed: what stands where, who writes how, which fault comes when.
package struct ChaosPlan: Sendable {
    package struct Spell: Sendable {
        package var fault: Fault
        package var lane: Fault.Lane
        /// After the writer's start.
        package var begin: Duration
        package var length: Duration
        /// Chooses among what is there when it begins.
        package var chance: UInt64
    }

    package struct Target: Sendable {
        package enum Way: String, Sendable { case rsync, stream }

        package var system: FileSystem
        package var way: Way
        /// As rsync calls them.
        package var options: [String]

        /// What these options keep.
        package var attributes: TreeComparison.Attributes {
            var kept: TreeComparison.Attributes = [.everything, .nanoseconds]
            if options.contains("xattrs") { kept.insert(.extended) }
            if options.contains("acls") { kept.insert(.accessLists) }
            return kept
        }
    }

    package let seed: UInt64
    package let source: FileSystem
    package let remotes: [Target]
    /// nil: no local target.
    package let local: Target?
    package let delay: Int
    package let faults: Set<Fault>
    package let spells: [Spell]
    package let habits: WriterHabits
    /// How long the writer works, in how large groups, with which pauses.
    package let span: Duration
    package let group: Int
    package let pause: Duration
    package let operationsBefore: Int
    package let operationsAtMost: Int
    /// Begin with the faults only when the first comparison is through.
    package let waitsForStart: Bool
    package let queueLength: Int?
    package let mayReadEverything: Bool

    /// `available`: the file systems of this machine.
    package init(seed: UInt64, available: [FileSystem] = FileSystem.allCases, source: FileSystem? = nil) {
        var random = SeededGenerator(seed: seed)
        self.seed = seed
        // The sources take turns, so that any few rounds in a row have all of them.
        let origin = source ?? available[Int(seed % UInt64(available.count))]
        self.source = origin
        let faults = Set(Fault.allCases.filter { _ in Bool.random(using: &random) })
        self.faults = faults
        mayReadEverything = !faults.contains(.unreadable)
        let count = Int.random(in: mayReadEverything ? 0...3 : 1...3, using: &random)
        remotes = (0..<count).map { _ in Self.target(available, from: origin, &random) }
        // A local rsync lacks the same rights, and could not delete a directory that it has given the mode 000.
        let hasLocal = count == 0 || (Bool.random(using: &random) && mayReadEverything)
        local = hasLocal ? Self.target(available, from: origin, &random) : nil
        delay = Int.random(in: 0...2, using: &random)
        span = .milliseconds(Int.random(in: 4000...9000, using: &random))
        group = [1, 5, 20, 200].randomElement(using: &random) ?? 1
        pause = .milliseconds([2, 20, 100, 400].randomElement(using: &random) ?? 20)
        operationsBefore = [10, 30, 400].randomElement(using: &random) ?? 0
        operationsAtMost = [300, 1000, 4000].randomElement(using: &random) ?? 1000
        waitsForStart = Bool.random(using: &random)
        queueLength = faults.contains(.shortQueue) ? [16, 128, 1024].randomElement(using: &random) : nil
        // A daemon that may not read everything can't read what belongs to others either.
        habits = .swarm(seed: seed, never: mayReadEverything ? [] : [.changeOwner])
        spells = Self.spells(faults, targets: count, hasLocal: local != nil, within: span, &random)
    }

    private static func target(
        _ available: [FileSystem], from source: FileSystem, _ random: inout SeededGenerator
    ) -> Target {
        let system = available.randomElement(using: &random) ?? .tmpfs
        var options = ["archive", "acls", "xattrs"]
        // XFS shows root its access lists a second time, as an attribute named trusted.SGI_ACL_FILE. rsync with both
        // options takes that away where the source, on another file system, has none, and the list goes with it.
        if (system == .xfs) != (source == .xfs) { options.remove(at: Bool.random(using: &random) ? 1 : 2) }
        for more in ["hard_links", "sparse"] where Int.random(in: 0..<3, using: &random) == 0 { options.append(more) }
        let way: Target.Way = Bool.random(using: &random) ? .stream : .rsync
        return Target(system: system, way: way, options: options)
    }

    private static func spells(
        _ faults: Set<Fault>, targets: Int, hasLocal: Bool, within span: Duration, _ random: inout SeededGenerator
    ) -> [Spell] {
        var spells: [Spell] = []
        for fault in Fault.allCases where faults.contains(fault) {
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let (target, chance) = (Int.random(in: 0..<3, using: &random), random.next())
                let begin = Duration.milliseconds(Int.random(in: 0...3800, using: &random)) * (span / .seconds(4))
                let length = Duration.milliseconds([50, 400, 1500, 4000].randomElement(using: &random) ?? 400)
                guard let lane = lane(of: fault, target: target, targets: targets, hasLocal: hasLocal) else { continue }
                spells.append(Spell(fault: fault, lane: lane, begin: begin, length: length, chance: chance))
            }
        }
        return spells.sorted { $0.begin < $1.begin }
    }

    /// nil where the round has nothing that the fault could befall. The local target comes after the others.
    private static func lane(of fault: Fault, target: Int, targets: Int, hasLocal: Bool) -> Fault.Lane? {
        switch fault {
        case .daemonKilled, .daemonReloads, .daemonSleeps: .daemon
        case .rsyncKilled, .agentKilled, .sshKilled: .transfers
        case .unreadable: .source
        case .sshdStops, .linkCut: targets == 0 ? nil : .target(target % targets)
        case .targetFull: .target(target % (targets + (hasLocal ? 1 : 0)))
        case .shortQueue: nil
        }
    }

    /// When the writer has stopped and every fault is undone, if nothing is slow.
    var end: Duration { spells.map { $0.begin + $0.length }.reduce(span, max) }

    /// In a few lines, for the person who replays it.
    package var text: String {
        let places = remotes.map(\.text) + [local.map { "local \($0.text)" }].compactMap { $0 }
        let kinds = Fault.allCases.filter(faults.contains).map(\.rawValue)
        return """
            seed \(seed): source \(source.rawValue), delay \(delay)
              targets: \(places.joined(separator: ", "))
              writer: up to \(operationsAtMost) operations in \(span), \(group) at once, pauses of \(pause)\
            \(queueLength.map { ", kernel queue of \($0)" } ?? "")\
            \(mayReadEverything ? "" : ", without CAP_DAC_OVERRIDE")
              faults: \(kinds.isEmpty ? "none" : kinds.joined(separator: ", "))
            """
    }
}

extension ChaosPlan.Target {
    fileprivate var text: String { "\(way.rawValue) to \(system.rawValue) (\(options.joined(separator: " ")))" }
}
