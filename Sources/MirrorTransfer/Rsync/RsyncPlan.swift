import MirrorCore
import MirrorLinux

/// The calls of one job, and how their ends are to be read.
struct RsyncPlan: Sendable {
    var calls: [RsyncCall]
    /// Behind them, side by side: one for each file above `batchSizeLimit`.
    var callsForLargeFiles: [RsyncCall] = []
    var verdict: RsyncVerdict
    /// Where temporary files of a broken run are looked for.
    var swept: [RelativePath] = []
    /// What is left out since it can't be read.
    var closed = ClosedDirectories()
    /// What is left out since somebody writes it.
    var open = OpenFiles()
    /// Files that have other names too.
    var linked: [LinkedFile] = []

    /// Of several calls, the first failure decides; what single paths did not get adds up.
    func outcome(_ runs: [RsyncRun]) -> Outcome {
        var failures = closed.failures
        var told = Set(failures.map(\.change))
        var decided: Outcome.Result?
        for run in runs where decided == nil {
            switch verdict.result(run.evidence) {
            case .done: break
            case .partial(let paths): failures += paths.filter { told.insert($0.change).inserted }
            case let other: decided = other
            }
        }
        let codes = runs.compactMap(\.evidence.exitCode)
        let counts = runs.compactMap(\.deletions)
        var outcome = Outcome(
            decided ?? (failures.isEmpty ? .done : .partial(failures)),
            exitCode: codes.last { $0 != 0 } ?? codes.last, deletions: counts.isEmpty ? nil : counts.reduce(0, +))
        (outcome.unfinished, outcome.linked) = (open.unknown, linked)
        let written = runs.compactMap(\.written)
        outcome.bytes = written.isEmpty ? nil : written.reduce(0, +)
        return outcome
    }
}

/// One call that has ended.
struct RsyncRun: Sendable {
    var call: RsyncCall
    var evidence: RunEvidence
    var deletions: Int?
    var written: Int?
}

/// The suspicion that a run failed because of words that lsyncd does not use.
struct RefusedWords {
    /// rsync or the far side said so; else it only broke off before the first byte, as a pinned command does.
    private let isTold: Bool

    /// nil where there is no reason for it.
    init?(_ runs: [RsyncRun]) {
        guard let last = runs.last, last.call.isExtended, let code = last.evidence.exitCode, code != 0 else {
            return nil
        }
        let cause = FailureDiagnosis.diagnose(last.evidence)?.cause
        if cause == .refusedWords || [1, 2, 4].contains(code) {
            isTold = true
        } else if cause == .connectionLost, last.evidence.errors.contains(where: Self.isEmptyAnswer) {
            isTold = false
        } else {
            return nil
        }
    }

    private static func isEmptyAnswer(_ line: ByteString) -> Bool {
        line.bytes.holds("(0 bytes received so far)")
    }

    /// What fails with lsyncd's words as well was not refused because of ours.
    func isConfirmed(by runs: [RsyncRun]) -> Bool {
        guard let last = runs.last else { return false }
        let cause = FailureDiagnosis.diagnose(last.evidence)?.cause
        return isTold ? cause != .refusedWords && last.evidence.ending != .stopped : cause == nil
    }
}

extension RunEvidence {
    init(_ end: ProcessEnd) {
        let ending: Ending =
            switch end.ending {
            case .exited(let code): .exited(code)
            case .killed(let signal): .killed(signal: signal)
            case .stalled: .stalled
            case .timedOut: .timedOut
            case .stopped: .stopped
            case .notStarted(let error): .notStarted(errno: error.errno)
            }
        self.init(ending, output: Self.lines(end.output), errors: Self.lines(end.errors))
        isCut = errors.contains { $0.hasPrefix("[") && $0.hasSuffix(" bytes left out]") }
    }

    /// Whether the host was reached, whatever came of the rest; nil where that can't be told.
    var reachedHost: Bool? {
        switch ending {
        case .exited(let code) where [0, 23, 24, 25].contains(code): return true
        case .stopped, .notStarted: return nil
        case .exited, .killed, .stalled, .timedOut: break
        }
        switch FailureDiagnosis.diagnose(self)?.cause {
        case .noSpace, .targetUnusable, .sudoPassword, .loginNoise, .rsyncMissingThere, .refusedWords: return true
        default: return false
        }
    }
}
