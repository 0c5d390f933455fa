import MirrorCore
import Synchronization

/// One value, given by one thread and taken by one task, whichever comes first.
final class Handoff<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiter: CheckedContinuation<Value, Never>?
    }

    private let state = Mutex(State())

    func give(_ value: Value) {
        let waiter = state.withLock { state in
            if state.waiter == nil { state.value = value }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: value)
    }

    func taken() async -> Value {
        await withCheckedContinuation { continuation in
            let value = state.withLock { state in
                if state.value == nil { state.waiter = continuation }
                defer { state.value = nil }
                return state.value
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}

/// A job at work, and whether it is to end.
final class RunningStream: Sendable {
    let id: JobID
    private let flag = Atomic(false)

    init(_ id: JobID) { self.id = id }

    var isStopped: Bool { flag.load(ordering: .relaxed) }
    func stop() { flag.store(true, ordering: .relaxed) }
}
