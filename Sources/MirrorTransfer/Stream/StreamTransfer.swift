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
        var begun: BegunPass?
        /// The agent could not run; rsync does it until then.
        var fallback: Moment?

        /// It goes with the pass, and comes back with its end.
        mutating func takeMemory() -> StreamPass.Memory {
            defer { memory = StreamPass.Memory() }
            return memory
        }
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
    private let shared: SharedSource
    private let comparesBlocksHere: Bool
    private let began = WallClock.now().seconds - 2
    /// Passes take long: they must not hold up the short looks of other targets.
    let pool = BlockingPool(threads: 1)
    private let state = Mutex(State())

    /// On one machine hashing a large file takes longer than copying it: there it is sent whole, unless
    /// `comparesBlocksHere`.
    package init(
        rsync: RsyncTransfer, stream: StreamSettings, settings: Settings, shared: SharedSource = SharedSource(),
        comparesBlocksHere: Bool = false, output: @escaping @Sendable (ByteString) -> Void
    ) {
        self.rsync = rsync
        self.shared = shared
        self.comparesBlocksHere = comparesBlocksHere
        self.stream = stream
        self.output = output
        sync = rsync.sync
        patience = StreamPatience(silence: settings.peerTimeout, standstill: settings.progressTimeout)
        shared.join()
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
        shared.leave()
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

/// What a job goes through.
private struct Attempt: Sendable {
    var job: Job
    var mark: RunningStream
    /// Nil where somebody has looked already.
    var look: LastLook?

    func control(_ shared: SharedSource) -> StreamPass.Control {
        let mark = mark
        return StreamPass.Control(isStopped: { mark.isStopped }, look: look, shared: shared)
    }
}

/// How a pass ended.
private struct PassEnd: Sendable {
    var suspicion: SourceSuspicion?
    var result: StreamPass.Result
    var channel: StreamChannel
    /// What went through the channel in both directions, in bytes.
    var traffic = 0
}

/// A pass that began before anybody waited for it.
private struct BegunPass: Sendable {
    var attempt: Attempt
    var life: AgentLife
    var end = Handoff<PassEnd>()
}

extension StreamTransfer {
    /// With a connection that stands, a job goes to its thread at once: each wait for another thread would cost as much
    /// as the transfer of a small file.
    package func begin(_ job: Job, _ look: @escaping LastLook) -> Bool {
        guard !job.isRehearsal, case .changes(let changes) = job.scope, !changes.isEmpty else { return false }
        let mark = RunningStream(job.id)
        let taken = state.withLock { state -> (BegunPass, StreamChannel, StreamPass.Memory)? in
            guard state.stopped != job.id, state.fallback.map({ Clock.now() >= $0 }) ?? true,
                let connection = state.connection
            else { return nil }
            let begun = BegunPass(attempt: Attempt(job: job, mark: mark, look: look), life: connection.life)
            (state.connection, state.running, state.begun) = (nil, mark, begun)
            return (begun, connection.channel, state.takeMemory())
        }
        guard let (begun, channel, memory) = taken else { return false }
        pool.submit { begun.end.give(self.pass(begun.attempt, channel, memory)) }
        return true
    }

    private func attempt(_ job: Job) async -> Outcome {
        let begun = state.withLock { state in
            defer { state.begun = nil }
            return state.begun.flatMap { $0.attempt.job.id == job.id ? $0 : nil }
        }
        let mark = begun?.attempt.mark ?? RunningStream(job.id)
        let isStopped = state.withLock { state in
            state.running = mark
            return begun == nil && state.stopped == job.id
        }
        if isStopped { return Outcome(.stopped) }
        defer { state.withLock { $0.running = nil } }
        let attempt = begun?.attempt ?? Attempt(job: job, mark: mark)
        if let begun {
            let (outcome, isWorthAnother) = await conclude(begun.end.taken(), attempt, begun.life)
            guard isWorthAnother else { return outcome }
        } else if let known = takeConnection() {
            let (outcome, isWorthAnother) = await perform(attempt, known)
            guard isWorthAnother else { return outcome }
        }
        switch await connect(isStopped: { mark.isStopped }) {
        case .success(let connection): return await perform(attempt, connection).0
        case .failure(.failed(let failure)): return Outcome(.failed(failure))
        case .failure(.stopped): return Outcome(.stopped)
        case .failure(.cannotRun(let why, _)):
            fallBack(why)
            if let look = attempt.look, let suspicion = await pool.run(look) {
                return Outcome(.sourceSuspect(suspicion))
            }
            return await rsync.run(job)
        }
    }

    /// True: the connection was dead before it took anything, so that a new one is worth a try.
    private func perform(_ attempt: Attempt, _ connection: Connection) async -> (Outcome, Bool) {
        let memory = state.withLock { $0.takeMemory() }
        let end = await pool.run { self.pass(attempt, connection.channel, memory) }
        return await conclude(end, attempt, connection.life)
    }

    /// Blocks.
    private func pass(_ attempt: Attempt, _ channel: StreamChannel, _ memory: StreamPass.Memory) -> PassEnd {
        if let suspicion = SourceLook.suspicion(of: sync.source) {
            let untouched = StreamPass.Result(
                suspects: memory.suspects, links: memory.links, fuse: memory.fuse)
            return PassEnd(suspicion: suspicion, result: untouched, channel: channel)
        }
        let before = channel.traffic
        shared.beginPass()
        defer { shared.endPass() }
        let (result, after) = StreamPass.run(
            attempt.job, of: sync.source, rules(attempt.job), memory, through: channel, attempt.control(shared))
        return PassEnd(result: result, channel: after, traffic: after.traffic - before)
    }

    private func conclude(_ end: PassEnd, _ attempt: Attempt, _ life: AgentLife) async -> (Outcome, Bool) {
        let result = end.result
        state.withLock { state in
            state.memory = StreamPass.Memory(suspects: result.suspects, links: result.links, fuse: result.fuse)
            if result.end == nil { state.connection = Connection(life: life, channel: end.channel) }
        }
        guard let why = result.end else {
            var outcome = end.suspicion.map { Outcome(.sourceSuspect($0)) } ?? outcome(result)
            outcome.bytes = end.traffic
            return (outcome, false)
        }
        let process = await life.close()
        if attempt.mark.isStopped { return (Outcome(.stopped), false) }
        if case .suspect(let suspicion) = why { return (Outcome(.sourceSuspect(suspicion)), false) }
        return (Outcome(.failed(failure(why, process))), why == .closed && !end.channel.hasAnswered)
    }

    private func outcome(_ result: StreamPass.Result) -> Outcome {
        let kind: Outcome.Result = result.failures.isEmpty ? .done : .partial(result.failures)
        var outcome = Outcome(kind, exitCode: result.failures.isEmpty ? 0 : 23, deletions: result.deletions)
        (outcome.unfinished, outcome.linked) = (result.unfinished, result.linked)
        return outcome
    }

    private func rules(_ job: Job) -> StreamPass.Rules {
        var doubtedSince: Int64?
        if job.comparesEverything, job.comparesExactly {
            doubtedSince = max(began, WallClock.now().seconds - Self.doubtTime)
        }
        return StreamPass.Rules(
            deletes: job.deletes, mayDeleteMany: job.mayDeleteMany,
            moves: job.deletes || !sync.deletes(everything: false),
            hiding: job.hiding.map(SourceLook.seconds), doubtedSince: doubtedSince,
            written: writtenFiles(job), comparesBlocks: isOnHost || comparesBlocksHere, stream: stream,
            matcher: rsync.matcher)
    }

    private func fallBack(_ why: String) {
        state.withLock { $0.fallback = Clock.now() + Self.fallbackTime }
        let text =
            "lockstep-agent can't run at \(sync.target): \(why); rsync does the transfers, and it is tried again in 10 min"
        output(ByteString(text))
    }
}
