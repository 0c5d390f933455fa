import Glibc
import MirrorCore
import MirrorTesting

/// An editor works on the source; this looks at every place for each change to arrive.
struct Demonstration {
    private let stage: Stage
    private let options: Options
    private var workday: Workday
    private let screen: Screen
    private let clock = ContinuousClock()

    init(on stage: Stage, options: Options) throws {
        self.stage = stage
        self.options = options
        workday = Workday(in: stage.source, seenAt: stage.places, seed: options.seed)
        screen = Screen(title: stage.title, isTerminal: isatty(STDOUT_FILENO) == 1)
        try workday.editor.prepare()
    }

    /// True when all trees are equal at the end.
    mutating func run() async throws -> Bool {
        let lockstep = try stage.start()
        try await waitForStart(lockstep)
        try await work(lockstep)
        let isEqual = try report()
        say("What lockstep's status file says, which it writes every ten seconds:")
        for line in Screen.targets(in: stage.status()) { say("    \(line)") }
        say("")
        if let visit = stage.visit { for line in try await visit() { say(line) } }
        let exit = try await lockstep.stop()
        say("lockstep ended with \(exit == .code(143) ? "143, as lsyncd does after TERM" : "\(exit)").")
        return isEqual && workday.arrivals.isComplete && exit == .code(143)
    }

    private func waitForStart(_ lockstep: LockstepProcess) async throws {
        let began = clock.now
        let stage = stage
        try await Condition.wait(
            until: "all places hold the source's content", deadline: .seconds(60), interval: .milliseconds(20),
            state: { lockstep.output + lockstep.errors },
            holds: {
                try Self.checkAlive(lockstep)
                return try stage.places.allSatisfy {
                    try TreeComparison.differences(stage.source, $0.tree, checking: [.mode], limit: 1).isEmpty
                }
            })
        let took = Screen.seconds(clock.now - began)
        say("All places hold the \(try stage.source.count()) files and folders of the site, \(took) after the start.\n")
    }

    private mutating func work(_ lockstep: LockstepProcess) async throws {
        var screen = screen
        let (total, stage) = (options.changes, stage)
        try await workday.work(changes: total, over: .seconds(options.seconds)) { count, arrivals in
            try Self.checkAlive(lockstep)
            screen.show(made: count, of: total, arrivals: arrivals, stage: stage)
        }
        try? await workday.waitForArrival(within: .seconds(30)) { arrivals in
            try Self.checkAlive(lockstep)
            screen.show(made: total, of: total, arrivals: arrivals, stage: stage)
        }
    }

    private func report() throws -> Bool {
        let deeds = Editor.Deed.allCases.map { "\(workday.made[$0] ?? 0) \($0.rawValue)" }.joined(separator: ", ")
        say("\nChanges made: \(options.changes) (\(deeds))\n")
        say("place                   arrived   p50       p99       longest")
        for place in workday.arrivals.places {
            let cells = [
                place.name.padded(24), "\(place.delays.count)".padded(10),
                Screen.seconds(place.percentile(0.5)).padded(10), Screen.seconds(place.percentile(0.99)).padded(10),
                Screen.seconds(place.delays.max() ?? .zero),
            ]
            say(cells.joined())
        }
        if !workday.arrivals.isComplete { say("\nNot arrived:\n\(workday.arrivals.missing)") }
        say("\nComparison with the master, byte for byte (names, types, contents, modes, owners, times):")
        var isEqual = true
        for place in stage.places {
            let found = try TreeComparison.differences(stage.source, place.tree)
            say("\(place.name.padded(24))\(found.isEmpty ? "equal" : "DIFFERENT")")
            for line in found { say("    \(line)") }
            isEqual = isEqual && found.isEmpty
        }
        say("\(try stage.source.count()) files and folders each.\n")
        return isEqual
    }

    private static func checkAlive(_ lockstep: LockstepProcess) throws {
        guard let exit = lockstep.exit else { return }
        throw FixtureError("lockstep ended with \(exit):\n\(lockstep.output)\(lockstep.errors)")
    }
}
