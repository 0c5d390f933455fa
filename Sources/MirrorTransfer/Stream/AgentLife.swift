internal import CLinux
import Glibc
import MirrorCore
import MirrorLinux
import Synchronization

/// The process at the other end of a channel, from its start until it has been reaped.
final class AgentLife: Sendable {
    private struct State {
        var end: ProcessEnd?
        var waiters: [CheckedContinuation<ProcessEnd, Never>] = []
        /// Its end of the channel, until it runs.
        var theirs: Int32
    }

    /// Agents are stopped by numbers beyond those of all jobs, and below those of shared connections.
    private static let lastToken = Atomic(UInt64(1) << 61)
    private static let longestFarewell = Duration.seconds(2)

    let token: UInt64
    private let ours: Int32
    private let kernel: KernelThread
    private let state: Mutex<State>

    /// Starts the command with a new channel as its standard input and output. Whether it can be started at all shows
    /// in `end`.
    init(_ command: Command, on kernel: KernelThread) throws(SystemCallError) {
        var ends: (Int32, Int32) = (-1, -1)
        let answer = withUnsafeMutablePointer(to: &ends) { pointer in
            pointer.withMemoryRebound(to: Int32.self, capacity: 2) { cl_socket_pair($0) }
        }
        guard answer >= 0 else { throw SystemCallError(call: "socketpair", errno: -answer) }
        ours = ends.0
        _ = fcntl(ours, F_SETFL, O_NONBLOCK)
        token = Self.lastToken.add(1, ordering: .relaxed).newValue
        self.kernel = kernel
        state = Mutex(State(theirs: ends.1))
        var command = command
        command.channel = ends.1
        command.token = token
        command.onStart = { _ in self.closeTheirs() }
        kernel.start(command) { self.ended($0) }
    }

    var descriptor: Int32 { ours }

    private func closeTheirs() {
        state.withLock { state in
            if state.theirs >= 0 { Glibc.close(state.theirs) }
            state.theirs = -1
        }
    }

    private func ended(_ end: ProcessEnd) {
        closeTheirs()
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.end = end
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: end) }
    }

    var hasEnded: Bool { state.withLock { $0.end != nil } }

    private func end() async -> ProcessEnd {
        await withCheckedContinuation { continuation in
            let end = state.withLock { state in
                if state.end == nil { state.waiters.append(continuation) }
                return state.end
            }
            if let end { continuation.resume(returning: end) }
        }
    }

    /// Closes the channel, for good, and waits until the process is gone; one that stays is made to go. An agent takes
    /// its temporary files away before it goes.
    func close() async -> ProcessEnd {
        shutdown(ours, Int32(SHUT_RDWR))
        let (kernel, token) = (kernel, token)
        let end = await withTaskGroup(of: ProcessEnd?.self) { group in
            group.addTask { await self.end() }
            group.addTask {
                // Cancelled where it has gone by itself.
                if (try? await Task.sleep(for: Self.longestFarewell)) != nil { kernel.stop(token: token) }
                return nil
            }
            var found: ProcessEnd?
            for await end in group {
                guard let end else { continue }
                found = end
                group.cancelAll()
            }
            return found ?? ProcessEnd(ending: .stopped)
        }
        Glibc.close(ours)
        return end
    }
}
