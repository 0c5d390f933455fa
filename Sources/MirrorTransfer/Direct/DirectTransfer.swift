package import MirrorCore
import MirrorLinux
import Synchronization

/// Transfers into a local directory by our own code: lsyncd's `default.direct`.
///
/// rsync compares at the start, as in lsyncd. Afterwards changed paths are brought by `DirectPass`, and what that
/// leaves, for whatever reason, by rsync, which also finds the words for what can't be done.
package final class DirectTransfer: Transferring {
    private let rsync: RsyncTransfer
    private let sync: SyncSettings
    /// Copies of its own take long: they must not hold up the short looks of other targets.
    private let pool = BlockingPool(threads: 1)
    private let running = Mutex<RunningPass?>(nil)
    private let stopped = Mutex<JobID?>(nil)

    package init(sync: SyncSettings, rsync: RsyncTransfer) {
        self.sync = sync
        self.rsync = rsync
    }

    package func run(_ job: Job) async -> Outcome {
        guard case .changes(let changes) = job.scope, !job.isRehearsal, OwnCopying.does(sync.transfer.rsync.words)
        else { return await rsync.run(job) }
        let started = Clock.now()
        let mark = RunningPass(job.id)
        running.withLock { $0 = mark }
        if stopped.withLock({ $0 == job.id }) { mark.stop() }
        let (sync, hiding) = (sync, job.hiding)
        let rules = DirectPass.Rules(
            deletes: job.deletes, moves: job.deletes || !sync.deletes(everything: false),
            hiding: hiding.map(SourceLook.seconds), hasFilters: !(sync.filters.isEmpty && sync.excludes.isEmpty))
        let matcher = rsync.matcher
        // Where a pattern takes the name as a directory and not as a file, or the reverse, rsync looks and decides.
        let undecided = changes.filter { matcher.kindDecides(on: $0.path) }
        let hinted = changes.filter { !matcher.kindDecides(on: $0.path) }.map { change in
            var change = change
            if !matcher.mayRepeat(change) { change.movedFrom = nil }
            return change
        }
        var result = await pool.run { DirectPass.bring(hinted, of: sync, rules) { mark.isStopped } }
        result.left += undecided
        running.withLock { $0 = nil }
        if mark.isStopped { return Outcome(.stopped, duration: Clock.now() - started) }
        guard !result.left.isEmpty else {
            return Outcome(.done, exitCode: 0, deletions: nil, duration: Clock.now() - started)
        }
        var rest = job
        rest.scope = .changes(result.left)
        var outcome = await rsync.run(rest)
        outcome.duration = Clock.now() - started
        return outcome
    }

    package func stop(_ id: JobID) {
        stopped.withLock { $0 = id }
        running.withLock { if $0?.id == id { $0?.stop() } }
        rsync.stop(id)
    }

    package func identify() async -> TargetIdentity { await rsync.identify() }

    package func answersPort() async -> Bool { true }

    package func close() async {
        await rsync.close()
        pool.stop()
    }
}

/// A pass at work, and whether it is to end.
private final class RunningPass: Sendable {
    let id: JobID
    private let flag = Atomic(false)

    init(_ id: JobID) { self.id = id }

    var isStopped: Bool { flag.load(ordering: .relaxed) }
    func stop() { flag.store(true, ordering: .relaxed) }
}

/// Which words for rsync our own copying does as well: links as links, times, and of mode, owner and group more than
/// they ask, as `cp -p` does. Whoever asks for anything else gets rsync for every batch.
package enum OwnCopying {
    /// Those after `lt` change nothing about what arrives: archive's letters, `-s`, `-v`, `-q`, `-z`, `-W`, `-r`.
    private static let letters = Set("ltspogDvqzWr".utf8)

    package static func does(_ words: [ByteString]) -> Bool {
        var seen: Set<UInt8> = []
        for word in words {
            guard word.hasPrefix("-"), !word.hasPrefix("--"), word.count > 1 else { return false }
            seen.formUnion(word.bytes.dropFirst())
        }
        return seen.isSubset(of: letters) && seen.isSuperset(of: "lt".utf8)
    }
}
