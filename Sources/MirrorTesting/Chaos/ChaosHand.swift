import Glibc
import MirrorCore
import Synchronization

/// Does what the plan says to a stage, and undoes it.
struct ChaosHand: Sendable {
    let stage: ChaosStage
    let counts: FaultCounts

    /// All faults of one lane, in their order. At the end each has been undone.
    func perform(_ spells: [ChaosPlan.Spell], since began: ContinuousClock.Instant) async throws {
        for spell in spells {
            try await ContinuousClock().sleep(until: began + spell.begin)
            if try await perform(spell) { counts.add(spell.fault) }
        }
    }

    /// False: there was nothing to do it to.
    private func perform(_ spell: ChaosPlan.Spell) async throws -> Bool {
        switch spell.fault {
        case .sshdStops, .linkCut, .targetFull:
            guard case .target(let number) = spell.lane else { return false }
            try await perform(spell, on: stage.targets[number])
        case .rsyncKilled: return kill("rsync", spell.chance)
        case .agentKilled: return kill("lockstep-agent", spell.chance)
        case .sshKilled: return kill("ssh", spell.chance)
        case .daemonKilled:
            try await stage.daemon?.crash()
            try await pause(spell)
            try await stage.startDaemon()
        case .daemonReloads: stage.daemon?.signal(SIGHUP)
        case .daemonSleeps:
            stage.daemon?.signal(SIGSTOP)
            try await pause(spell)
            stage.daemon?.wake()
        case .unreadable: return try await makeUnreadable(spell)
        case .shortQueue: return false
        }
        return true
    }

    private func perform(_ spell: ChaosPlan.Spell, on target: ChaosStage.Target) async throws {
        switch spell.fault {
        case .sshdStops:
            target.node?.sshd.stop()
            try await pause(spell)
            try await target.node?.sshd.start()
        case .linkCut:
            try await target.node?.cutLink()
            try await pause(spell)
            try await target.node?.restoreLink()
        default:
            try target.beside.fill("ballast")
            try await pause(spell)
            try target.beside.remove("ballast")
        }
    }

    private func pause(_ spell: ChaosPlan.Spell) async throws { try await ContinuousClock().sleep(for: spell.length) }

    /// One of the processes, or all of them, on the master or on a target.
    private func kill(_ name: ByteString, _ chance: UInt64) -> Bool {
        let tops = [stage.daemon?.identifier].compactMap { $0 } + stage.targets.compactMap(\.node?.namespace.identifier)
        let top = tops.isEmpty ? 0 : tops[Int(chance % UInt64(tops.count))]
        guard top > 0 else { return false }
        let found = ProcessTree.descendants(of: top).filter { ProcessTree.name(of: $0) == name }
        guard let one = found.isEmpty ? nil : found[Int((chance >> 8) % UInt64(found.count))] else { return false }
        let signal = chance & (1 << 60) == 0 ? SIGKILL : SIGTERM
        for process in chance & (1 << 61) == 0 ? [one] : found { Glibc.kill(process, signal) }
        return true
    }

    private func makeUnreadable(_ spell: ChaosPlan.Spell) async throws -> Bool {
        // What becomes unreadable between the daemon's look and rsync's is deleted at the target until it can be read
        // again; docs/differences.md says so. The files that are watched for losses are spared that.
        let all = try stage.source.directories().filter { !$0.isEmpty && !$0.isAtOrBelow(KeptFiles.top) }
        guard !all.isEmpty else { return false }
        let path = all[Int(spell.chance % UInt64(all.count))]
        // By its descriptor, as it may get another name meanwhile. The writer may remove it first.
        guard let directory = try? stage.source.open(path, O_RDONLY | O_DIRECTORY) else { return false }
        defer { close(directory) }
        var facts = stat()
        guard fstat(directory, &facts) == 0, fchmod(directory, 0) == 0 else { return false }
        defer { fchmod(directory, facts.st_mode & 0o7777) }
        try await pause(spell)
        return true
    }
}

/// How many faults of each kind there were.
final class FaultCounts: Sendable {
    private let counts = Mutex<[Fault: Int]>([:])

    func add(_ fault: Fault) { counts.withLock { $0[fault, default: 0] += 1 } }
    var all: [Fault: Int] { counts.withLock { $0 } }
}

extension DirectoryTree {
    /// Every directory, the root (an empty path) first.
    func directories(_ top: ByteString = "") throws -> [ByteString] {
        var found = [top]
        for name in (try? names(top)) ?? [] {
            let path = top.isEmpty ? name : top + "/" + name
            if (try? status(path))??.kind == .directory { found += try directories(path) }
        }
        return found
    }
}
