import Glibc
package import MirrorCore

/// kill -9 at random moments, over and over, of what keeps two targets in step by the stream, one here and one behind a
/// real sshd: while a writer works, and while somebody reads at both targets all the time.
package struct KillTrial: Sendable {
    package enum Victim: String, Sendable, CaseIterable {
        case daemon, agent, ssh
    }

    package struct Report: Sendable {
        package var kills = 0
        /// Times that everything was compared.
        package var comparisons = 0
        package var operations = 0
        package var readings = 0
        package var duration = Duration.zero
        package var failures: [String] = []
        /// The end of what the program said, where something failed.
        package var evidence = ""

        package var line: String {
            """
            \(kills) kills, \(operations) operations, \(comparisons) comparisons, \(readings) readings, \
            \(Int(duration.inSeconds)) s: \(failures.isEmpty ? "equal" : "FAILED")
            """
        }
    }

    /// Kills between two comparisons.
    private static let together = 10

    let victim: Victim
    let kills: Int
    let seed: UInt64
    let binary: ByteString?

    package init(_ victim: Victim, kills: Int, seed: UInt64, binary: ByteString? = nil) {
        self.victim = victim
        self.kills = kills
        self.seed = seed
        self.binary = binary
    }

    /// Throws only where the stage can't be built.
    package func run() async throws -> Report {
        let began = ContinuousClock.now
        let stage = try await StreamStage(binary: binary)
        let files = try WholeFiles(in: stage.source)
        let end = EndMark()
        var report = try await withThrowingTaskGroup(of: Report.self) { group in
            for target in stage.targets {
                group.addTask { await read(files, at: target, until: end) }
            }
            group.addTask {
                defer { end.set() }
                return await kill(on: stage, files)
            }
            var whole = Report()
            for try await part in group {
                whole.kills += part.kills
                whole.comparisons += part.comparisons
                whole.operations += part.operations
                whole.readings += part.readings
                whole.failures += part.failures
            }
            return whole
        }
        if !report.failures.isEmpty { report.evidence = String(stage.words.suffix(6000)) }
        await stage.stop(&report)
        report.duration = ContinuousClock.now - began
        return report
    }

    private func read(_ files: WholeFiles, at target: DirectoryTree, until end: EndMark) async -> Report {
        var reading = WholeFiles.Reading()
        while !end.isSet {
            reading.look(at: target, of: files, keepsOrder: true)
            await Task.yield()
        }
        return Report(readings: reading.readings, failures: reading.faults.map { "\(target.root): \($0)" })
    }

    private func kill(on stage: StreamStage, _ files: WholeFiles) async -> Report {
        var report = Report()
        do {
            try await stage.start()
            var random = SeededGenerator(seed: seed)
            var writer = RandomWriter(stage.work, habits: .renaming, seed: seed)
            while report.kills < kills {
                for _ in 0..<min(Self.together, kills - report.kills) {
                    writer.run(Int.random(in: 1...40, using: &random))
                    for _ in 0..<Int.random(in: 0...3, using: &random) { try files.replaceOne(using: &random) }
                    try await stage.kill(victim, &random)
                    report.kills += 1
                }
                report.operations = writer.performed
                try await stage.waitUntilEqual()
                report.comparisons += 1
            }
        } catch {
            report.failures.append("\(error)")
        }
        return report
    }
}
