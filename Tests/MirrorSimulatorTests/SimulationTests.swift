import MirrorCore
import MirrorSimulator
import MirrorTesting
import Testing

@Suite("The core in a simulated world")
struct SimulationTests {
    @Test("it is safe at every step and ends in step", arguments: 0..<10)
    func seeds(block: UInt64) {
        let runs = Runs.run(block * 10..<(block + 1) * 10)
        #expect(runs.failures.isEmpty, "\(runs.failures.map { "seed \($0.history.text): \($0.violation)" })")
    }

    @Test("one seed is one run")
    func determinism() {
        for seed in UInt64(0)..<5 {
            var first = Simulation(History(seed: seed), keepsTrace: true)
            var second = Simulation(History(seed: seed), keepsTrace: true)
            try? first.run()
            try? second.run()
            #expect(first.trace == second.trace)
            #expect(first.trace.count > 20)
        }
    }

    @Test("one seed is one run in other processes too, whatever the order of their dictionaries")
    func determinismAcrossProcesses() async throws {
        let program = LockstepProcess.buildDirectory + "/lockstep-sim"
        let seeds = (0..<20).map { ByteString("\($0)") }
        var outputs: Set<String> = []
        for _ in 0..<3 {
            let child = try LockstepProcess(["digest"] + seeds, binary: program)
            try await Condition.wait(until: "the digests are there", deadline: .seconds(300)) { child.exit != nil }
            #expect(child.exit == .code(0))
            outputs.insert(child.output)
        }
        #expect(outputs.count == 1)
        #expect(outputs.first?.split(separator: "\n").count == 20)
    }
}
