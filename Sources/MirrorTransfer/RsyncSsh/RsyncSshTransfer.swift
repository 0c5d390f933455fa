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
            let hinted = changes.filter { $0.movedFrom != nil }
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
        let isDone = await rsync.runThere(
            RemoteMoves.command(in: ssh.targetDirectory, listReader: ssh.listReader),
            program: ssh.binary, shellWords: ShellWords.split(ssh.options),
            RsyncTransfer.ThereWork(input: moves.list, token: job.id.number, timeLimit: Self.timeLimit))
        if isDone {
            refusals.store(0, ordering: .relaxed)
        } else {
            refusals.wrappingAdd(1, ordering: .relaxed)
        }
    }
}

extension RsyncTransfer {
    struct ThereWork: Sendable {
        var input: [UInt8]
        var token: UInt64
        var timeLimit: Duration
    }

    /// Runs a command on the host of the target, through the shared connection where there is one. False where it did
    /// not run to its end.
    func runThere(
        _ command: ByteString, program: ByteString, shellWords: [ByteString], _ work: ThereWork
    ) async -> Bool {
        guard let sshHost else { return false }
        // A shell of the person's own, by `rsh`, `-e` or ssh = {…}, opens connections of its own.
        let host = choosesShell ? sshHost : nil
        let transport = await host?.transport()
        var words = transport?.words ?? customWords(program: program, shellWords)
        if program != "ssh", let first = words.first, first == "ssh" { words[0] = program }
        guard let first = words.first, let executable = Programs.find(first, path: connections.environment["PATH"])
        else { return false }
        var environment = connections.environment
        environment["LC_ALL"] = "C"
        var ssh = Command(
            executable: executable, arguments: words + SshTransport.hostWords(sshHost.name) + [command],
            environment: environment.words, input: work.input)
        ssh.timeLimit = work.timeLimit
        ssh.token = work.token
        let evidence = RunEvidence(await kernel.run(ssh))
        let isDone = evidence.ending == .exited(0)
        if let host, let transport {
            await host.finished(transport, isReached: isDone ? true : nil, errors: evidence.errors)
        }
        return isDone
    }

    /// ssh's own words come from `ssh = {…}`; without them the shell is the one that rsync gets.
    private func customWords(program: ByteString, _ shellWords: [ByteString]) -> [ByteString] {
        guard shellWords.isEmpty, let customShell else { return [program] + shellWords + SshTransport.safeWords }
        return ShellWords.split(customShell)
    }
}
