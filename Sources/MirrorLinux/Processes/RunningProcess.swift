internal import CLinux
import Glibc
import MirrorCore

/// One child from its start to its end. Belongs to the kernel thread.
///
/// States: running → ending (SIGTERM sent, then SIGKILL) → ended (a zombie, so that its process group keeps its
/// number while we may still signal it) → reaped, which is when `completion` is called.
final class RunningProcess {
    private static let termTime = Duration.seconds(5)
    private static let graceTime = Duration.seconds(2)

    let command: Command
    private unowned let kernel: KernelThread
    private let pid: pid_t
    private let handle: Descriptor
    private let completion: (ProcessEnd) -> Void
    private var streams: [ChildStream]
    private let started = Clock.now()
    private var ended: (at: Moment, ending: ProcessEnd.Ending)?
    /// Why we end it, when it is us.
    private var reason: ProcessEnd.Ending?
    private var timers: [TimerID] = []
    private var lastProgress = Clock.now()
    private var lastMeasure: UInt64 = 0
    private var isReaped = false
    private var written: Int?

    init(
        _ child: consuming StartedChild, command: Command, kernel: KernelThread,
        completion: @escaping (ProcessEnd) -> Void
    ) {
        self.command = command
        self.kernel = kernel
        self.completion = completion
        pid = child.pid
        handle = child.handle
        streams = [
            ChildStream(.standard, child.output, limit: command.outputLimit),
            ChildStream(.error, child.errors, limit: command.outputLimit),
        ]
    }

    func begin() {
        do throws(SystemCallError) {
            try kernel.watch(handle.number) { [unowned self] in noticeEnd() }
            for stream in streams { try kernel.watch(stream.fd) { [unowned self] in read(stream) } }
        } catch {
            // epoll has no room for it: without it we would never hear of its end.
            kill(-pid, SIGKILL)
            ended = (Clock.now(), .notStarted(error))
            return reap()
        }
        if let limit = command.timeLimit { schedule(after: limit) { [unowned self] in end(as: .timedOut) } }
        if command.progressTimeout != nil { scheduleProgressCheck() }
    }

    /// SIGTERM to the group, SIGKILL after a while. Once it has ended by itself nothing changes any more.
    func end(as why: ProcessEnd.Ending) {
        guard ended == nil, reason == nil else { return }
        reason = why
        kill(-pid, SIGTERM)
        schedule(after: Self.termTime) { [unowned self] in _ = kill(-pid, SIGKILL) }
    }

    /// Without waiting for pipes: the program ends.
    func killNow() {
        kill(-pid, SIGKILL)
        if ended == nil { ended = (Clock.now(), .stopped) }
        reason = reason ?? .stopped
        reap()
    }

    private func schedule(after delay: Duration, _ work: @escaping () -> Void) {
        timers.append(kernel.schedule(after: delay, work))
    }

    private func cancelTimers() {
        for timer in timers { kernel.cancel(timer) }
        timers = []
    }
}

// MARK: Its end

extension RunningProcess {
    private func noticeEnd() {
        var isKilled: Int32 = 0
        var value: Int32 = 0
        guard ended == nil, cl_wait(pid, 0, &isKilled, &value) == 1 else { return }
        // Still a zombie: once it is reaped nobody knows any more.
        written = GroupProgress.written(by: pid)
        ended = (Clock.now(), isKilled == 0 ? .exited(value) : .killed(signal: value))
        kernel.unwatch(handle.number)
        cancelTimers()
        schedule(after: Self.graceTime) { [unowned self] in reap() }
        reapIfClosed()
    }

    private func reapIfClosed() {
        if ended != nil, streams.allSatisfy({ $0.isClosed }) { reap() }
    }

    private func reap() {
        guard !isReaped, let ended else { return }
        isReaped = true
        cancelTimers()
        kernel.unwatch(handle.number)
        for stream in streams where !stream.isClosed {
            read(stream)
            if !stream.isClosed { close(stream) }
        }
        // Before the wait: until then the number of the group can't belong to anybody else.
        if reason != nil { kill(-pid, SIGKILL) }
        while waitpid(pid, nil, 0) < 0, errno == EINTR {}
        var end = ProcessEnd(
            ending: reason ?? ended.ending, output: streams[0].kept.bytes, errors: streams[1].kept.bytes,
            duration: ended.at - started)
        end.written = written
        completion(end)
    }
}

// MARK: Its output and its progress

extension RunningProcess {
    private func read(_ stream: ChildStream) {
        // A bound, so that a child that only writes does not keep the thread for itself.
        for _ in 0..<16 {
            switch stream.readOnce() {
            case .bytes(let bytes):
                lastProgress = Clock.now()
                command.onOutput?(stream.name, bytes)
            case .nothing: return
            case .closed:
                close(stream)
                return reapIfClosed()
            }
        }
    }

    private func close(_ stream: ChildStream) {
        kernel.unwatch(stream.fd)
        stream.close()
    }

    private func scheduleProgressCheck() {
        guard let timeout = command.progressTimeout else { return }
        schedule(after: max(timeout / 4, .milliseconds(20))) { [unowned self] in checkProgress(timeout) }
    }

    private func checkProgress(_ timeout: Duration) {
        guard ended == nil, reason == nil else { return }
        let now = Clock.now()
        let measure = GroupProgress.measure(group: pid)
        if measure != lastMeasure {
            lastMeasure = measure
            lastProgress = now
        }
        if now - lastProgress >= timeout { return end(as: .stalled) }
        scheduleProgressCheck()
    }
}
