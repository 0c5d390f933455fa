/// Which targets of one `discover` are there, after all that was answered so far.
///
/// An answer that failed, or is empty, changes nothing. One target that is missing in one answer may be missing by
/// mistake (servers of names answer with a part of what they have, files are read half-written), so it has to be
/// missing in several.
package struct DiscoveredTargets: Sendable, Equatable {
    /// It leaves when it was missing so often in a row.
    package static let absencesBeforeLeave = 3

    package struct Step: Sendable, Equatable {
        /// In the order of the answer.
        package var joins: [ByteString] = []
        package var leaves: [ByteString] = []

        package init() {}
    }

    /// With the answers in a row in which it was missing.
    private var absences: [ByteString: Int]

    /// `known`: those of an earlier run.
    package init(known: [ByteString] = []) {
        absences = Dictionary(known.map { ($0, 0) }) { first, _ in first }
    }

    package var targets: [ByteString] { absences.keys.sorted() }

    /// `isWhole`: all that was answered could be read; else nothing counts as missing.
    package mutating func take(_ answer: [ByteString], isWhole: Bool) -> Step {
        var step = Step()
        guard !answer.isEmpty else { return step }
        for target in answer where absences.updateValue(0, forKey: target) == nil { step.joins.append(target) }
        guard isWhole else { return step }
        let there = Set(answer)
        for target in targets where !there.contains(target) {
            absences[target]! += 1
            guard absences[target]! >= Self.absencesBeforeLeave else { continue }
            absences[target] = nil
            step.leaves.append(target)
        }
        return step
    }
}
