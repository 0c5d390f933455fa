import MirrorCore
import Synchronization

/// What the threads of a walk bring together, up to a limit.
final class LossFindings: Sendable {
    private struct State {
        var findings = WalkReport.Findings()
        var isFull = false
    }

    // A lock of its own: several threads find at once, and what they find is no event before the walk is over.
    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// False: there is more than is kept, and it is of no use to go on.
    func add(_ files: [RelativePath], _ directory: RelativePath?) -> Bool {
        state.withLock { state in
            state.findings.files += files
            if let directory { state.findings.directories.append(directory) }
            if state.findings.files.count + state.findings.directories.count > limit { state.isFull = true }
            return !state.isFull
        }
    }

    /// Sorted; nil where there was too much.
    func take() -> WalkReport.Findings? {
        state.withLock { state in
            guard !state.isFull else { return nil }
            var findings = state.findings
            findings.files.sort()
            findings.directories.sort()
            return findings
        }
    }
}
