import Synchronization

/// Many runs, and what came of them.
package struct Runs: Sendable {
    package struct Failure: Sendable {
        package var history: History
        package var violation: Violation
    }

    package var seeds: UInt64 = 0
    package var steps = 0
    package var failures: [Failure] = []

    package init() {}

    /// Runs these seeds one after the other, until so many have failed.
    package static func run(_ seeds: some Sequence<UInt64>, atMost limit: Int = 10) -> Runs {
        let failed = Atomic(0)
        return run(seeds, failed, atMost: limit)
    }

    /// Runs all seeds of the range on so many threads at once, until so many have failed.
    package static func run(_ seeds: Range<UInt64>, threads: Int, atMost limit: Int = 10) async -> Runs {
        let failed = SharedCount()
        return await withTaskGroup(of: Runs.self) { group in
            for thread in 0..<UInt64(max(threads, 1)) {
                let share = stride(from: seeds.lowerBound + thread, to: seeds.upperBound, by: max(threads, 1))
                group.addTask { run(share, failed.count, atMost: limit) }
            }
            return await group.reduce(into: Runs()) { total, part in
                total.seeds += part.seeds
                total.steps += part.steps
                total.failures += part.failures
            }
        }
    }

    private static func run(
        _ seeds: some Sequence<UInt64>, _ failed: borrowing Atomic<Int>, atMost limit: Int
    ) -> Runs {
        var runs = Runs()
        for seed in seeds where failed.load(ordering: .relaxed) < limit {
            var simulation = Simulation(History(seed: seed))
            do throws(Violation) {
                try simulation.run()
            } catch {
                runs.failures.append(Failure(history: History(seed: seed), violation: error))
                failed.add(1, ordering: .relaxed)
            }
            runs.seeds += 1
            runs.steps += simulation.steps
        }
        return runs
    }
}

/// How many runs have failed, for all threads.
private final class SharedCount: Sendable {
    let count = Atomic(0)
}
