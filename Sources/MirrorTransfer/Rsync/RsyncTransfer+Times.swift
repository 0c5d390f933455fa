import MirrorCore
import MirrorLinux
import Synchronization

extension RsyncTransfer {
    /// The job as it is, or without the exact comparison where that would take every file of the target for changed.
    func withBearableComparison(_ job: Job, _ program: ByteString) async -> Job {
        guard job.comparesEverything, !job.isRehearsal, RsyncWords(sync: sync, compat: compat).comparesExactly(job)
        else { return job }
        var plain = job
        plain.comparesExactly = false
        switch timesOfTarget.load(ordering: .relaxed) {
        case Self.fineTimes: return job
        case Self.coarseTimes: return plain
        default: break
        }
        guard await mayRehearse() else { return plain }
        let source = sync.source
        let sample = await pool.run { TimeSample(of: source) }
        guard !sample.paths.isEmpty else { return job }
        guard let call = RsyncWords(sync: sync, compat: compat).timesRehearsed(sample) else { return plain }
        let run = await perform(call, job, program, isHeard: false)
        // A target that can't be asked is asked again before the next attempt.
        guard let code = run.evidence.exitCode, [0, 23, 24].contains(code) else { return plain }
        let isCoarse = sample.isCoarse(run.evidence.output)
        timesOfTarget.store(isCoarse ? Self.coarseTimes : Self.fineTimes, ordering: .relaxed)
        return isCoarse ? plain : job
    }
}

extension Job {
    var comparesEverything: Bool {
        guard case .changes(let changes) = scope else { return true }
        return changes.contains { $0.path.isRoot && $0.isDeep }
    }
}
