import MirrorCore

/// How one round went.
package struct RoundReport: Sendable {
    package var plan: ChaosPlan
    package var operations: [RandomWriter.Deed: Int] = [:]
    package var faults: [Fault: Int] = [:]
    /// Names in the source at the end.
    package var names = 0
    /// Transfers of which the log tells.
    package var transfers = 0
    /// From the end of the faults to trees that are equal.
    package var settling = Duration.zero
    package var duration = Duration.zero
    /// What was wrong; empty when all is well.
    package var failures: [String] = []
    /// For a failed round: the end of the log, and the status.
    package var evidence = ""

    package var operationCount: Int { operations.values.reduce(0, +) }

    package var line: String {
        let faults = Fault.allCases.compactMap { fault in
            self.faults[fault].map { "\(fault.rawValue) \($0)" }
        }
        return """
            seed \(plan.seed): \(failures.isEmpty ? "equal" : "FAILED"), \(plan.source.rawValue) to \
            \(plan.remotes.count) hosts\(plan.local == nil ? "" : " and a directory"), \(operationCount) operations, \
            \(names) names, \(transfers) transfers, equal after \(settling.short), round \(duration.short); \
            \(faults.isEmpty ? "no faults" : faults.joined(separator: ", "))
            """
    }

    package var complaint: String { "\(plan.text)\n\(failures.joined(separator: "\n"))\n\(evidence)" }
}

extension Duration {
    fileprivate var short: String { "\(Int((self / .milliseconds(100)).rounded()) / 10) s" }
}
