package import MirrorCore
import MirrorLinux
import MirrorWire
import Synchronization

/// Transfers through one long-lived channel to an agent at the target: `default.stream`.
///
/// Where the agent can't run, rsync does the transfers, with the same words and all that protects a target, and a line
/// says so; the agent is tried again from time to time.
package final class StreamTransfer: Transferring {
    private struct State: Sendable {
        var connection: Connection?
        var memory = StreamPass.Memory()
        /// The job that runs, and the last that was to end sooner.
        var stopped: JobID?
        var running: RunningStream?
        /// The agent could not run; rsync does it until then.
        var fallback: Moment?
    }

    struct Connection: Sendable {
        var life: AgentLife
        var channel: StreamChannel
    }

    private static let fallbackTime = Duration.seconds(600)
    /// In which a notice may still be lost when everything is compared.
    private static let doubtTime: Int64 = 600

    let rsync: RsyncTransfer
    let sync: SyncSettings
    let stream: StreamSettings
    let patience: StreamPatience
    let output: @Sendable (ByteString) -> Void
    private let began = WallClock.now().seconds - 2
    /// Passes take long: they must not hold up the short looks of other targets.
    let pool = BlockingPool(threads: 1)
    private let state = Mutex(State())

    package init(
        rsync: RsyncTransfer, stream: StreamSettings, settings: Settings,
        output: @escaping @Sendable (ByteString) -> Void
    ) {
        self.rsync = rsync
        self.stream = stream
        self.output = output
        sync = rsync.sync
        patience = StreamPatience(silence: settings.peerTimeout, standstill: settings.progressTimeout)
    }

    package func run(_ job: Job) async -> Outcome {
        // How much an empty source would delete is counted by rsync, which changes nothing then.
        if job.isRehearsal { return await rsync.run(job) }
        if case .changes(let changes) = job.scope, changes.isEmpty { return Outcome(.done) }
        if let until = state.withLock({ $0.fallback }), Clock.now() < until { return await rsync.run(job) }
        let started = Clock.now()
        var outcome = await attempt(job)
        outcome.duration = Clock.now() - started
        return outcome
    }

    package func stop(_ id: JobID) {
        state.withLock { state in
            state.stopped = id
            if state.running?.id == id { state.running?.stop() }
        }
        rsync.stop(id)
    }

    package func identify() async -> TargetIdentity { await rsync.identify() }

    package func answersPort() async -> Bool { await rsync.answersPort() }

    package func close() async {
        if let connection = takeConnection() { _ = await connection.life.close() }
        await rsync.close()
        pool.stop()
    }

    /// Bytes that went through the channel that stands now, both ways.
    package var traffic: Int { state.withLock { $0.connection?.channel.traffic ?? 0 } }

    private func takeConnection() -> Connection? {
        state.withLock { state in
            defer { state.connection = nil }
            return state.connection
        }
    }
}

// MARK: One job

extension StreamTransfer {
    private func attempt(_ job: Job) async -> Outcome {
        let mark = RunningStream(job.id)
        let isStopped = state.withLock { state in
            state.running = mark
            return state.stopped == job.id
        }
        if isStopped { return Outcome(.stopped) }
        defer { state.withLock { $0.running = nil } }
        let known = takeConnection()
        if let known {
            let (outcome, isWorthAnother) = await perform(job, known, mark)
            guard isWorthAnother else { return outcome }
        }
        switch await connect(isStopped: { mark.isStopped }) {
        case .success(let connection): return await perform(job, connection, mark).0
        case .failure(.failed(let failure)): return Outcome(.failed(failure))
        case .failure(.stopped): return Outcome(.stopped)
        case .failure(.cannotRun(let why, _)):
            fallBack(why)
            return await rsync.run(job)
        }
    }

    /// True: the connection was dead before it took anything, so that a new one is worth a try.
    private func perform(_ job: Job, _ connection: Connection, _ mark: RunningStream) async -> (Outcome, Bool) {
        let (source, rules) = (sync.source, rules(job))
        let memory = state.withLock { $0.memory }
        let channel = connection.channel
        let (suspicion, result, after) = await pool.run {
            if let suspicion = SourceLook.suspicion(of: source) {
                let untouched = StreamPass.Result(suspects: memory.suspects, links: memory.links)
                return (Optional(suspicion), untouched, channel)
            }
            let (result, after) = StreamPass.run(job, of: source, rules, memory, through: channel) { mark.isStopped }
            return (nil, result, after)
        }
        state.withLock { $0.memory = StreamPass.Memory(suspects: result.suspects, links: result.links) }
        guard let end = result.end else {
            state.withLock { $0.connection = Connection(life: connection.life, channel: after) }
            return (suspicion.map { Outcome(.sourceSuspect($0)) } ?? outcome(result), false)
        }
        let process = await connection.life.close()
        if mark.isStopped { return (Outcome(.stopped), false) }
        return (Outcome(.failed(failure(end, process))), end == .closed && !after.hasAnswered)
    }

    private func outcome(_ result: StreamPass.Result) -> Outcome {
        let kind: Outcome.Result = result.failures.isEmpty ? .done : .partial(result.failures)
        return Outcome(kind, exitCode: result.failures.isEmpty ? 0 : 23, deletions: result.deletions)
    }

    private func rules(_ job: Job) -> StreamPass.Rules {
        var doubtedSince: Int64?
        if job.comparesEverything, job.comparesExactly {
            doubtedSince = max(began, WallClock.now().seconds - Self.doubtTime)
        }
        return StreamPass.Rules(
            deletes: job.deletes, moves: job.deletes || !sync.deletes(everything: false),
            hiding: job.hiding.map(SourceLook.seconds), doubtedSince: doubtedSince, stream: stream,
            matcher: rsync.matcher)
    }

    private func fallBack(_ why: String) {
        state.withLock { $0.fallback = Clock.now() + Self.fallbackTime }
        let text =
            "lockstep-agent can't run at \(sync.target): \(why); rsync does the transfers, and it is tried again in 10 min"
        output(ByteString(text))
    }
}

/// A job at work, and whether it is to end.
private final class RunningStream: Sendable {
    let id: JobID
    private let flag = Atomic(false)

    init(_ id: JobID) { self.id = id }

    var isStopped: Bool { flag.load(ordering: .relaxed) }
    func stop() { flag.store(true, ordering: .relaxed) }
}
