package import MirrorCore
package import MirrorStatus
import Synchronization

/// What the loop has told last, for those who serve it. Neither side waits for the other: the loop hangs up values, and
/// who reads them takes them as they are.
package final class StatusBoard: Sendable {
    /// Who waits for a fresh status is told it on the loop's thread, so it has to hand it on.
    package typealias Reader = @Sendable (Telling?) -> Void

    /// All that there is to tell, of one moment.
    package struct Telling: Sendable {
        package var status: StatusSnapshot
        package var metrics: Metrics
        package var recent: [RecentTransfer]
    }

    /// What targets are called.
    package struct Names: Sendable {
        package var settings: Settings
        package var words: ProblemText
    }

    private struct State {
        var names: Names?
        var health: HealthReport?
        var status: Telling?
        var readers: [Reader] = []
    }

    /// Beyond that, who asks gets the status of before.
    private static let readerLimit = 1000

    // The third lock of the program. It is held for the time of an assignment.
    private let state = Mutex(State())
    private let wake: @Sendable () -> Void

    /// `wake`: the loop is to take a turn.
    package init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    /// nil before `adopt`.
    package var names: Names? { state.withLock { $0.names } }

    /// Syncs have come or gone.
    package func adopt(_ settings: Settings, _ words: ProblemText) {
        state.withLock { $0.names = Names(settings: settings, words: words) }
    }

    package var health: HealthReport? { state.withLock { $0.health } }

    /// Calls the reader once, soon if the loop lives: with a status that was taken after this call, or shortly before.
    package func read(_ reader: @escaping Reader) {
        let (isWaiting, old) = state.withLock { state in
            guard state.readers.count < Self.readerLimit else { return (false, state.status) }
            state.readers.append(reader)
            return (true, nil)
        }
        if isWaiting { wake() } else { reader(old) }
    }

    package var isAwaited: Bool { state.withLock { !$0.readers.isEmpty } }

    package func hang(_ health: HealthReport) { state.withLock { $0.health = health } }

    package func hang(_ status: Telling) {
        let readers = state.withLock { state in
            state.status = status
            defer { state.readers = [] }
            return state.readers
        }
        for reader in readers { reader(status) }
    }

    /// The loop is over: nobody waits any more.
    package func close() {
        let readers = state.withLock { state in
            defer { state.readers = [] }
            return state.readers
        }
        for reader in readers { reader(nil) }
    }
}
