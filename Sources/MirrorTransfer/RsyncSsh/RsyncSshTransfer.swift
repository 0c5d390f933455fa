package import MirrorCore
import MirrorLinux
import Synchronization

/// rsync to a host, with renames repeated there before: lsyncd's `default.rsyncssh`.
///
/// All renames of a batch go in one ssh call. Where that fails, or the host runs no commands, rsync brings the content.
package final class RsyncSshTransfer: Transferring {
    private let sync: SyncSettings
    private let ssh: SshSettings
    private let rsync: RsyncTransfer
    /// In a row; a host that refuses to move is asked more and more rarely.
    private let refusals = Atomic(0)
    private let batch = Atomic(0)

    /// A list of some thousand moves takes its time on a slow disk.
    private static let timeLimit = Duration.seconds(120)
    private static let rarest = 6

    package init(sync: SyncSettings, ssh: SshSettings, rsync: RsyncTransfer) {
        self.sync = sync
        self.ssh = ssh
        self.rsync = rsync
    }

    package func run(_ job: Job) async -> Outcome {
        let started = Clock.now()
        if case .changes(let changes) = job.scope, !job.isRehearsal, mayMove(job) {
            let source = sync.source
            let hinted = changes.filter { rsync.matcher.mayRepeat($0) }
            let moves = hinted.isEmpty ? nil : await rsync.pool.run { RemoteMoves(hinted, in: source) }
            if let moves, !moves.isEmpty { await perform(moves, job) }
        }
        var outcome = await rsync.run(job)
        outcome.duration = Clock.now() - started
        return outcome
    }

    package func stop(_ id: JobID) { rsync.stop(id) }
    package func identify() async -> TargetIdentity { await rsync.identify() }
    package func answersPort() async -> Bool { await rsync.answersPort() }
    package func close() async { await rsync.close() }

    /// A move takes a name away at the target. A job whose deletions are held must not; a sync that never deletes moves
    /// all the same, as in lsyncd: what was there is there, under its new name. With `dry_run` nothing may happen.
    private func mayMove(_ job: Job) -> Bool {
        guard job.deletes || !sync.deletes(everything: false), !rsync.person.isDryRun else { return false }
        let turn = batch.wrappingAdd(1, ordering: .relaxed).newValue
        let refused = min(refusals.load(ordering: .relaxed), Self.rarest)
        return refused == 0 || turn % (1 << refused) == 0
    }

    private func perform(_ moves: RemoteMoves, _ job: Job) async {
        let evidence = await rsync.evidence(
            of: RemoteMoves.command(in: ssh.targetDirectory, listReader: ssh.listReader),
            ThereWork(
                input: moves.list, token: job.id.number, timeLimit: Self.timeLimit, program: ssh.binary,
                shellWords: ShellWords.split(ssh.options)))
        if evidence.ending == .exited(0) {
            refusals.store(0, ordering: .relaxed)
        } else {
            refusals.wrappingAdd(1, ordering: .relaxed)
        }
    }
}
