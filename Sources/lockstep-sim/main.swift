import Glibc
import MirrorSimulator

/// `lockstep-sim run [FIRST] COUNT` runs seeds; `lockstep-sim replay SEED` prints one run's trace.
let words = Array(CommandLine.arguments.dropFirst())
switch (words.first, words.dropFirst().compactMap { UInt64($0) }) {
case ("run", let numbers) where !numbers.isEmpty:
    let first = numbers.count > 1 ? numbers[0] : 0
    var failures = 0
    for seed in first..<(first + numbers.last!) {
        var simulation = Simulation(seed: seed)
        do {
            try simulation.run()
        } catch {
            failures += 1
            print("seed \(seed): \(error)")
            if failures >= 10 { break }
        }
    }
    print("\(numbers.last!) seeds from \(first): \(failures) failed")
    if failures > 0 { exit(1) }
case ("replay", let numbers) where numbers.count == 1:
    var simulation = Simulation(seed: numbers[0], keepsTrace: true)
    do {
        try simulation.run()
        print(simulation.trace.joined(separator: "\n"))
    } catch {
        print(simulation.trace.joined(separator: "\n"))
        print(error)
        exit(1)
    }
default:
    print("usage: lockstep-sim run [FIRST] COUNT | lockstep-sim replay SEED")
    exit(64)
}
