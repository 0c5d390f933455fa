import ArgumentParser
import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting

/// The real daemon among writers and faults, from seeds.
@main
struct LockstepChaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockstep-chaos",
        abstract: "Runs the real lockstep against real rsync, sshd and file systems while everything goes wrong.",
        subcommands: [Run.self, Replay.self, Kill.self])
}

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs rounds, one for each seed.")

    @Option(help: "How many rounds.") var seeds: UInt64 = 100
    @Option(help: "The first seed.") var first: UInt64 = 1
    @Option(help: "Another program than the lockstep beside this one.") var program: String?
    @Option(help: "Seconds in which the trees must become equal.") var patience = 240

    func run() async throws {
        let chaos = try await Chaos(program: program, patience: patience)
        var summary = Summary()
        for seed in first..<(first + seeds) {
            let report = try await chaos.round(seed)
            summary.add(report)
            print(report.line)
            if !report.failures.isEmpty { print(report.complaint) }
            fflush(nil)
        }
        print(summary.text)
        if summary.failed > 0 { throw ExitCode(1) }
    }
}

struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs one round again and shows its plan and its log.")

    @Argument(help: "The seed.") var seed: UInt64
    @Option(help: "Another program than the lockstep beside this one.") var program: String?
    @Option(help: "Seconds in which the trees must become equal.") var patience = 240

    func run() async throws {
        let report = try await Chaos(program: program, patience: patience).round(seed)
        print(report.plan.text)
        for spell in report.plan.spells { print("  \(spell.begin) \(spell.fault.rawValue) for \(spell.length)") }
        print(report.line)
        if !report.failures.isEmpty {
            print(report.complaint)
            throw ExitCode(1)
        }
    }
}

struct Kill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Kills what keeps two targets in step by the stream, again and again, at random moments.")

    @Option(help: "How often each is killed.") var times = 500
    @Option(help: "daemon, agent or ssh; all of them, unless given.") var only: String?
    @Option(help: "The seed of the writer and of the moments.") var seed: UInt64 = 1
    @Option(help: "Another program than the lockstep beside this one.") var program: String?

    func run() async throws {
        let victims = KillTrial.Victim.allCases.filter { only == nil || only == $0.rawValue }
        guard !victims.isEmpty else { throw ValidationError("nothing is killed that is named \(only ?? "")") }
        guard geteuid() == 0 else { throw ValidationError("sshd needs root here") }
        var hasFailed = false
        for victim in victims {
            let trial = KillTrial(victim, kills: times, seed: seed, binary: program.map { ByteString($0) })
            let report = try await trial.run()
            print("\(victim.rawValue): \(report.line)")
            if !report.failures.isEmpty {
                print(report.failures.joined(separator: "\n"))
                print(report.evidence)
            }
            fflush(nil)
            hasFailed = hasFailed || !report.failures.isEmpty
        }
        if hasFailed { throw ExitCode(1) }
    }
}
