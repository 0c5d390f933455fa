import MirrorCore
import MirrorTesting

/// What many rounds add up to.
struct Summary {
    private(set) var rounds = 0
    private(set) var failed = 0
    private var operations: [RandomWriter.Deed: Int] = [:]
    private var faults: [Fault: Int] = [:]
    private var transfers = 0
    private var failedSeeds: [UInt64] = []

    mutating func add(_ report: RoundReport) {
        rounds += 1
        operations.merge(report.operations) { $0 + $1 }
        faults.merge(report.faults) { $0 + $1 }
        transfers += report.transfers
        guard !report.failures.isEmpty else { return }
        failed += 1
        failedSeeds.append(report.plan.seed)
    }

    var text: String {
        let deeds = RandomWriter.Deed.allCases.map { "\($0.rawValue) \(operations[$0] ?? 0)" }
        let kinds = Fault.allCases.map { "\($0.rawValue) \(faults[$0] ?? 0)" }
        let total = operations.values.reduce(0, +)
        return """
            \(rounds) rounds: \(failed) with a difference\(failedSeeds.isEmpty ? "" : " (seeds \(failedSeeds))")
            \(total) operations: \(deeds.joined(separator: ", "))
            \(transfers) transfers; faults: \(kinds.joined(separator: ", "))
            """
    }
}
