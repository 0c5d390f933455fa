import MirrorSimulator
import Testing

@Suite("Functions of a configuration in a simulated world")
struct ScriptSimulationTests {
    @Test("it is safe at every step, and every target comes to equal the source", arguments: 0..<10)
    func seeds(block: Int) throws {
        for seed in UInt64(block) * 10..<UInt64(block + 1) * 10 {
            var simulation = ScriptSimulation(seed: seed)
            do {
                try simulation.run()
            } catch {
                Issue.record("seed \(seed): \(error)")
            }
        }
    }

    @Test(
        "seeds that found something once stay found",
        arguments: [13, 31, 86, 93, 107, 117, 152, 258, 349, 447, 726, 2183, 10752, 30110, 34994] as [UInt64])
    func regressions(seed: UInt64) throws {
        var simulation = ScriptSimulation(seed: seed)
        try simulation.run()
    }

    @Test("one seed is one run")
    func determinism() throws {
        for seed in UInt64(0)..<5 {
            var first = ScriptSimulation(seed: seed)
            var second = ScriptSimulation(seed: seed)
            try? first.run()
            try? second.run()
            #expect(first.digest == second.digest)
        }
    }
}
