import MirrorSimulator
import Testing

@Suite("The core in a simulated world")
struct SimulationTests {
    @Test("it is safe at every step and ends in step", arguments: 0..<10)
    func seeds(block: Int) throws {
        for seed in UInt64(block) * 10..<UInt64(block + 1) * 10 {
            var simulation = Simulation(seed: seed)
            do {
                try simulation.run()
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
    }

    @Test(
        "seeds that found something once stay found",
        arguments: [18, 43, 64, 256, 282, 330, 359, 1551, 1751, 4495, 5298, 6232, 7033] as [UInt64])
    func regressions(seed: UInt64) throws {
        var simulation = Simulation(seed: seed)
        try simulation.run()
    }

    @Test("one seed is one run")
    func determinism() throws {
        for seed in UInt64(0)..<5 {
            var first = Simulation(seed: seed)
            var second = Simulation(seed: seed)
            try? first.run()
            try? second.run()
            #expect(first.digest == second.digest)
        }
    }
}
