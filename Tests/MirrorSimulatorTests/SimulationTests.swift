import MirrorSimulator
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
}
