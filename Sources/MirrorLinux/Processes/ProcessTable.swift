internal import CLinux
import Glibc
import MirrorCore

/// The children of the kernel thread. Belongs to that thread.
final class ProcessTable {
    /// Tokens that were stopped, remembered for commands that come later.
    private static let rememberedTokens = 4096

    private unowned let kernel: KernelThread
    private var running: [pid_t: RunningProcess] = [:]
    private var stopped: Set<UInt64> = []
    private var stoppedInOrder: [UInt64] = []

    init(kernel: KernelThread) { self.kernel = kernel }

    func run(_ command: Command, _ completion: @escaping (ProcessEnd) -> Void) {
        kernel.assertOnThread()
        if let token = command.token, stopped.contains(token) { return completion(ProcessEnd(ending: .stopped)) }
        do throws(SystemCallError) {
            let child = try StartedChild(command)
            let pid = child.pid
            let process = RunningProcess(child, command: command, kernel: kernel) { [weak self] end in
                self?.running[pid] = nil
                completion(end)
            }
            running[pid] = process
            command.onStart?(pid)
            process.begin()
        } catch {
            completion(ProcessEnd(ending: .notStarted(error)))
        }
    }

    func stop(token: UInt64) {
        kernel.assertOnThread()
        if stopped.insert(token).inserted { stoppedInOrder.append(token) }
        if stoppedInOrder.count > Self.rememberedTokens { stopped.remove(stoppedInOrder.removeFirst()) }
        for process in running.values where process.command.token == token { process.end(as: .stopped) }
    }

    /// The thread ends: nothing may be left that nobody waits for.
    func endAll() {
        for process in running.values { process.killNow() }
    }
}

extension KernelThread {
    /// Runs a program to its end: until it has been reaped and its output is closed, or 2 s after its end where a
    /// process that it left behind keeps the output open. Never throws and knows no cancellation: `stop(token:)` ends
    /// it (SIGTERM to its group, SIGKILL after 5 s).
    package func run(_ command: Command) async -> ProcessEnd {
        await withCheckedContinuation { continuation in
            let isTaken = perform { self.processes.run(command) { continuation.resume(returning: $0) } }
            if !isTaken { continuation.resume(returning: ProcessEnd(ending: .stopped)) }
        }
    }

    /// As `run`, for a program that goes on beside its caller; `ended` is called once, on the kernel thread.
    package func start(_ command: Command, ended: @escaping @Sendable (ProcessEnd) -> Void) {
        if !perform({ self.processes.run(command, ended) }) { ended(ProcessEnd(ending: .stopped)) }
    }

    /// Ends the commands of this token, running and to come. From any thread.
    package func stop(token: UInt64) {
        perform { self.processes.stop(token: token) }
    }
}
