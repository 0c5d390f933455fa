import MirrorCore
import Synchronization

/// A way of transfer that is made anew where a function of the configuration has changed what is left out.
final class ReruledTransfer: Transferring {
    private struct State {
        var patterns: Patterns
        var way: any Transferring
    }

    private let sync: SyncSettings
    private let make: @Sendable (SyncSettings) -> any Transferring
    /// One job at a time, but its end may be asked for by another thread.
    private let state: Mutex<State>

    init(sync: SyncSettings, make: @escaping @Sendable (SyncSettings) -> any Transferring) {
        self.sync = sync
        self.make = make
        state = Mutex(State(patterns: Patterns(sync), way: make(sync)))
    }

    func begin(_ job: Job, _ look: @escaping LastLook) -> Bool {
        let way = state.withLock { $0.patterns == job.patterns ?? Patterns(sync) ? $0.way : nil }
        return way?.begin(job, look) ?? false
    }

    func run(_ job: Job) async -> Outcome {
        let (way, old) = take(job.patterns ?? Patterns(sync))
        await old?.close()
        return await way.run(job)
    }

    private func take(_ patterns: Patterns) -> (way: any Transferring, old: (any Transferring)?) {
        state.withLock { state in
            guard state.patterns != patterns else { return (state.way, nil) }
            let old = state.way
            state.patterns = patterns
            state.way = make(sync.with(patterns))
            return (state.way, old)
        }
    }

    private var way: any Transferring { state.withLock { $0.way } }

    func stop(_ id: JobID) { way.stop(id) }
    func identify() async -> TargetIdentity { await way.identify() }
    func answersPort() async -> Bool { await way.answersPort() }
    func close() async { await way.close() }
}
