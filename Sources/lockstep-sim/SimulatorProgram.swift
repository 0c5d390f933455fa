import Glibc
import MirrorCore
import MirrorSimulator
import MirrorStatus

/// `lockstep-sim`: lives through seeds, makes a failing history short, and shows it.
struct SimulatorProgram {
    private let words: [String]

    init(_ words: [String]) { self.words = words }

    static let usage = """
        usage: lockstep-sim run [--seeds N] [--first SEED] [--threads N] [--most N] [--quick]
                 lives through N seeds (1000), from SEED (0), until so many (10) have failed;
                 one of these is made short and shown, unless --quick
               lockstep-sim replay HISTORY
                 shows what happens in one run, step by step; HISTORY is a seed, or what `run` has printed
               lockstep-sim digest HISTORY [HISTORY …]
                 prints one number for everything that happens in each, to compare runs with each other
               lockstep-sim replay-record FILE
                 hands the core what `lockstep record` or `lockstep capsule` has written, and shows what it does
               lockstep-sim scripts FIRST COUNT
                 the same for syncs with functions of their own; with COUNT 1 it shows what happens
        """

    func run() async -> Int32 {
        switch words.first {
        case "run": return await runSeeds(Array(words.dropFirst()))
        case "replay-record": return replayRecord(Array(words.dropFirst()))
        case "replay": return replay(Array(words.dropFirst()))
        case "scripts": return runScripts(words.dropFirst().compactMap { UInt64($0) })
        case "digest": return digest(Array(words.dropFirst()))
        case "help", "-h", "--help":
            print(Self.usage)
            return 0
        default: return complain(words.first.map { "\($0): no such command" } ?? "what is to be done?")
        }
    }

    private func runScripts(_ numbers: [UInt64]) -> Int32 {
        guard numbers.count == 2 else { return complain("scripts wants a first seed and a count") }
        var failures = 0
        for seed in numbers[0]..<(numbers[0] + numbers[1]) {
            var simulation = ScriptSimulation(seed: seed, keepsTrace: numbers[1] == 1)
            do {
                try simulation.run()
            } catch {
                failures += 1
                print("seed \(seed): \(error)")
            }
            for line in simulation.trace { print(line) }
        }
        print("\(numbers[1]) seeds from \(numbers[0]): \(failures) failed")
        return failures == 0 ? 0 : 1
    }

    private func replayRecord(_ words: [String]) -> Int32 {
        guard words.count == 1, let file = fopen(words[0], "r") else { return complain("replay-record wants a file") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part[..<count] }
        var records = [bytes]
        if let capsule = Capsule(ByteString(bytes)) {
            records = capsule.records.map(\.bytes)
            if records.isEmpty { return complain("\(words[0]): this capsule holds no record; its program did not run") }
        }
        var isInStep = true
        for (index, record) in records.enumerated() {
            if records.count > 1 { print("source \(index + 1) of \(records.count)") }
            do {
                var run = try RecordedRun(record)
                run.live { print($0) }
                isInStep = isInStep && run.isInStep
            } catch {
                return complain("\(words[0]): \(error)")
            }
        }
        return isInStep ? 0 : 1
    }

    private func complain(_ text: String) -> Int32 {
        let line = "lockstep-sim: \(text)\n\(Self.usage)\n"
        _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
        return 64
    }

    // MARK: Many runs

    private func runSeeds(_ words: [String]) async -> Int32 {
        var numbers: [String: UInt64] = [
            "--seeds": 1000, "--first": 0, "--most": 10, "--threads": UInt64(sysconf(Int32(_SC_NPROCESSORS_ONLN))),
        ]
        var isQuick = false
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--quick" {
                isQuick = true
            } else if numbers[word] != nil {
                guard let text = rest.popFirst(), let number = UInt64(text) else {
                    return complain("\(word) wants a whole number")
                }
                numbers[word] = number
            } else {
                return complain("\(word): no such option")
            }
        }
        let (first, count) = (numbers["--first"]!, numbers["--seeds"]!)
        let started = Self.seconds()
        let runs = await Runs.run(
            first..<(first + count), threads: Int(numbers["--threads"]!),
            atMost: Int(numbers["--most"]!))
        for failure in runs.failures.sorted(by: { $0.history.seed < $1.history.seed }) {
            print("seed \(failure.history.text): \(failure.violation)")
        }
        if !isQuick, let failure = runs.failures.min(by: { $0.violation.step < $1.violation.step }) { shrink(failure) }
        let took = max(Self.seconds() - started, 0.001)
        let rate = Int(Double(runs.seeds) / took)
        print("\(runs.seeds) seeds from \(first), \(runs.steps) steps, \(rate) seeds/s: \(runs.failures.count) failed")
        return runs.failures.isEmpty ? 0 : 1
    }

    private func shrink(_ failure: Runs.Failure) {
        var shrinking = Shrinking(failure)
        let history = shrinking.run()
        print("\nthe shortest history that fails so, of \(shrinking.tries) tries:")
        show(history)
        print("\nshow it again: lockstep-sim replay \(history.text)\n")
    }

    private static func seconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    // MARK: One run

    private func replay(_ words: [String]) -> Int32 {
        guard words.count == 1, let history = History(words[0]) else { return complain("replay wants one history") }
        return show(history) ? 0 : 1
    }

    @discardableResult
    private func show(_ history: History) -> Bool {
        var simulation = Simulation(history, keepsTrace: true)
        print(simulation.swarm.text)
        do throws(Violation) {
            try simulation.run()
            print(simulation.trace.joined(separator: "\n"))
            return true
        } catch {
            print(simulation.trace.joined(separator: "\n"))
            print(error)
            return false
        }
    }

    private func digest(_ words: [String]) -> Int32 {
        for word in words {
            guard let history = History(word) else { return complain("\(word): no history") }
            var simulation = Simulation(history, keepsTrace: true)
            var end = "ends in step"
            do throws(Violation) { try simulation.run() } catch { end = "\(error)" }
            let digest = (simulation.trace + [end]).reduce(14_695_981_039_346_656_037 as UInt64) { digest, line in
                line.utf8.reduce(digest) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
            }
            print("\(history.seed) \(String(digest, radix: 16)) \(end)")
        }
        return 0
    }
}
