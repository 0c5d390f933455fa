import MirrorCore
import Synchronization

/// How many directories a source covers. Nobody needs to know that in order to watch, so they are counted by a walk
/// when somebody asks and something has changed; of a large tree not more often than the walk is cheap.
final class CoveredCount: Sendable {
    /// A walk takes at most a fiftieth of the time.
    private static let rest = 50

    private struct State {
        var count: Int?
        var isStale = true
        var nextWalk = Moment.zero
        var walk: TreeWalker?
        var isOver = false
    }

    // A lock of its own: directories come and go on the kernel thread, and who asks is elsewhere.
    private let state = Mutex(State())
    private let pool = BlockingPool(threads: 1)

    /// Directories have come or gone.
    func spoil() { state.withLock { $0.isStale = true } }

    /// The root counts too. While a walk that somebody else has asked for is on its way, the last number.
    func value(_ order: WalkOrder) async -> Int {
        let walk = TreeWalker(order) { _ in true }
        let known = state.withLock { state -> Int? in
            if state.isOver || state.walk != nil { return state.count ?? 1 }
            if let count = state.count, !state.isStale || Clock.now() < state.nextWalk { return count }
            state.walk = walk
            state.isStale = false
            return nil
        }
        if let known { return known }
        let begin = Clock.now()
        let end = await pool.run { walk.run() }
        return state.withLock { state in
            state.walk = nil
            state.nextWalk = Clock.now() + (Clock.now() - begin) * Self.rest
            if !end.isCancelled { state.count = end.directories }
            return state.count ?? 1
        }
    }

    func end() {
        state.withLock { state in
            state.isOver = true
            state.walk?.cancel()
        }
    }
}
