import Foundation
import MirrorTesting

// `lockstep-mutate [--seeds N] [--only WORD]`, in a checkout: breaks the core in each way of Tests/Mutations/core.txt
// and runs the simulator until it notices. Prints the table of docs/testing.md; ends with 1 where a mutation survives.

func value(of option: String) -> String? {
    let words = CommandLine.arguments
    guard let index = words.firstIndex(of: option), index + 1 < words.count else { return nil }
    return words[index + 1]
}
let seeds = value(of: "--seeds").flatMap { Int($0) } ?? 20_000
let only = value(of: "--only") ?? ""
let home = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
let bench = MutationBench(checkout: home, seeds: seeds)
let table = try String(contentsOf: home.appending(path: "Tests/Mutations/core.txt"), encoding: .utf8)
let mutations = try Mutation.table(table).filter { only.isEmpty || $0.name.contains(only) }

try bench.prepare()
guard case .survived = try bench.live(through: nil) else {
    print("the core fails as it is; see lockstep-sim run --seeds \(seeds)")
    exit(1)
}
print("| mutation | caught by | seed |\n|---|---|---|")
var survivors = 0
for mutation in mutations {
    let end = try bench.live(through: mutation)
    switch end {
    case .caught(let check, let seed): print("| \(mutation.name) | \(check) | \(seed) |")
    case .survived:
        survivors += 1
        print("| \(mutation.name) | **survived** | |")
    case .doesNotBuild(let text):
        survivors += 1
        print("| \(mutation.name) | **does not build**: \(text) | |")
    }
    fflush(nil)
}
print("\n\(mutations.count) mutations, \(survivors) not caught within \(seeds) seeds")
exit(survivors == 0 ? 0 : 1)
