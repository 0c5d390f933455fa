import Glibc
package import MirrorCore

/// A round: writer and hand of chaos at work, then neither, then the trees must become equal.
package struct ChaosRound: Sendable {
    private let plan: ChaosPlan
    private let deadline: Duration
    private let binary: ByteString?

    /// `binary`: another program than the one that was built beside this one.
    package init(_ plan: ChaosPlan, deadline: Duration = .seconds(240), binary: ByteString? = nil) {
        self.plan = plan
        self.deadline = deadline
        self.binary = binary
    }

    /// Throws only where the stage itself can't be built.
    package func run() async throws -> RoundReport {
        let clock = ContinuousClock()
        let began = clock.now
        let stage = try await ChaosStage(plan, binary: binary)
        defer { stage.stop() }
        var report = RoundReport(plan: plan)
        do {
            try await perform(on: stage, &report)
        } catch {
            report.failures.append("\(error)")
        }
        if !report.failures.isEmpty {
            let daemon = stage.daemon
            report.evidence = """
                daemon: \(daemon?.exit.map { "ended with \($0)" } ?? "running") \(daemon?.errors.suffix(500) ?? "")
                status:
                \(stage.status.split(separator: "\n").filter { !$0.isWatch }.joined(separator: "\n"))
                log:
                \(stage.log.suffix(6000))
                """
        }
        report.transfers = stage.log.split(separator: "\n").count {
            $0.contains("Calling rsync") || $0.contains("recursive full rsync")
        }
        report.duration = clock.now - began
        return report
    }

    private func perform(on stage: ChaosStage, _ report: inout RoundReport) async throws {
        try KeptFiles.prepare(in: stage.source)
        let files = try WholeFiles(in: stage.source)
        var writer = RandomWriter(stage.source, yard: stage.yard, habits: plan.habits, seed: plan.seed)
        writer.run(plan.operationsBefore)
        try await stage.startDaemon()
        if plan.waitsForStart {
            try await waitUntilEqual(stage, stale: writer.unnoticed, "the first comparison is through")
        }
        let counts = FaultCounts()
        let (written, losses) = try await disturb(stage, writer, files, ChaosHand(stage: stage, counts: counts))
        writer = written
        report.failures += losses
        report.operations = writer.counts
        report.faults = counts.all
        if plan.queueLength != nil { report.faults[.shortQueue] = 1 }
        report.names = try stage.source.count()
        let clock = ContinuousClock()
        let quiet = clock.now
        try await waitUntilEqual(stage, stale: writer.unnoticed, "the trees are equal and the status says so")
        report.settling = clock.now - quiet
        guard let daemon = stage.daemon, daemon.exit == nil else { throw FixtureError("the daemon has ended") }
        let exit = try await daemon.stop(within: .seconds(60))
        if exit != .code(143) { report.failures.append("the daemon ended with \(exit) at SIGTERM") }
    }

    private enum Part {
        case written(RandomWriter)
        case lost([String])
        case done
    }

    /// Writer and faults side by side; returns when both are done and every fault is undone.
    private func disturb(
        _ stage: ChaosStage, _ writer: RandomWriter, _ files: WholeFiles, _ hand: ChaosHand
    ) async throws -> (RandomWriter, losses: [String]) {
        let began = ContinuousClock.now
        let lanes = Dictionary(grouping: plan.spells, by: \.lane)
        return try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask { .written(try await write(writer, until: began + plan.span)) }
            group.addTask { .lost(try await watchKept(stage, until: began + plan.end)) }
            for target in stage.targets {
                group.addTask { .lost(try await read(files, at: target, until: began + plan.end)) }
            }
            group.addTask {
                try await replace(files, until: began + plan.span)
                return .done
            }
            for spells in lanes.values {
                group.addTask {
                    try await hand.perform(spells, since: began)
                    return .done
                }
            }
            var (written, losses) = (writer, [String]())
            for try await part in group {
                switch part {
                case .written(let writer): written = writer
                case .lost(let found): losses += found
                case .done: break
                }
            }
            return (written, losses)
        }
    }

    private func watchKept(_ stage: ChaosStage, until end: ContinuousClock.Instant) async throws -> [String] {
        var kept = KeptFiles()
        while ContinuousClock.now < end {
            kept.look(at: stage.targets)
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
        return kept.losses
    }

    /// A broken rsync may go on beside the next one for a moment, so it may bring something older.
    private func read(
        _ files: WholeFiles, at target: ChaosStage.Target, until end: ContinuousClock.Instant
    ) async throws -> [String] {
        var reading = WholeFiles.Reading()
        while ContinuousClock.now < end {
            reading.look(at: target.tree, of: files, keepsOrder: false)
            try await ContinuousClock().sleep(for: .milliseconds(20))
        }
        return reading.faults.map { "\(target.name): \($0)" }
    }

    private func replace(_ files: WholeFiles, until end: ContinuousClock.Instant) async throws {
        var random = SeededGenerator(seed: plan.seed)
        while ContinuousClock.now < end {
            // Where its directory can't be written just now, the next one will do.
            try? files.replaceOne(using: &random)
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }

    private func write(_ writer: RandomWriter, until end: ContinuousClock.Instant) async throws -> RandomWriter {
        var writer = writer
        while ContinuousClock.now < end, writer.performed < plan.operationsBefore + plan.operationsAtMost {
            for _ in 0..<plan.group { writer.step() }
            try await ContinuousClock().sleep(for: plan.pause)
        }
        return writer
    }

    private func waitUntilEqual(_ stage: ChaosStage, stale: Set<ByteString>, _ what: String) async throws {
        var last: [String] = []
        try await Condition.wait(
            until: what, deadline: deadline, interval: .milliseconds(300),
            state: {
                let told = stage.saysInStep ? "the status says in step" : "the status does not say in step"
                return "\(told)\n" + (last.isEmpty ? "trees not compared yet" : last.joined(separator: "\n"))
            },
            holds: {
                if let exit = stage.daemon?.exit {
                    throw FixtureError("the daemon ended by itself with \(exit): \(stage.daemon?.errors ?? "")")
                }
                last = try stage.differences(stale: stale)
                return last.isEmpty && stage.saysInStep
            })
    }
}

extension Substring {
    /// A line of the status file that names a watch.
    fileprivate var isWatch: Bool { hasPrefix("  ") && dropFirst(2).first?.isNumber ?? false }
}
