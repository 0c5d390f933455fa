internal import CLinux
import Glibc
package import MirrorCore
import Synchronization

/// One real thread that waits for the kernel (epoll) and serves event sources, child processes, timers and signals.
///
/// It may block for moments; it is no thread of Swift's pool. Children die with it (PR_SET_PDEATHSIG goes by thread),
/// so it lives as long as the program.
///
/// `@unchecked Sendable`: `inbox` is a mutex, the descriptors are constant and thread-safe, and everything else is
/// touched only by the thread itself (checked by `assertOnThread`).
package final class KernelThread: @unchecked Sendable {
    private struct Inbox {
        var work: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private struct Watch {
        let fd: Int32
        let serve: () -> Void
    }

    private let inbox = Mutex(Inbox())
    private let thread = Mutex<SystemThread?>(nil)
    private let callbacks: KernelCallbacks
    private let epoll: Descriptor
    private let wake: Descriptor
    private let deadlineTimer: Descriptor
    private let ownTimer: Descriptor
    private let signals: Descriptor

    private var threadID = -1
    private var isStopping = false
    private var watches: [UInt64: Watch] = [:]
    private var tokens: [Int32: UInt64] = [:]
    private var lastToken: UInt64 = 0
    private var timers = TimerList()
    private var endings: [UInt64: () -> Void] = [:]
    private var lastEnding: UInt64 = 0
    private(set) lazy var processes = ProcessTable(kernel: self)

    /// Makes the descriptors; nothing runs before `start`.
    package init(callbacks: KernelCallbacks = KernelCallbacks()) throws(SystemCallError) {
        self.callbacks = callbacks
        epoll = Descriptor(try checked("epoll_create1", nil, cl_epoll_create()))
        wake = Descriptor(try checked("eventfd", nil, cl_eventfd()))
        deadlineTimer = Descriptor(try checked("timerfd_create", nil, cl_timerfd()))
        ownTimer = Descriptor(try checked("timerfd_create", nil, cl_timerfd()))
        signals =
            callbacks.signalled == nil
            ? Descriptor(-1)
            : Descriptor(
                try checked("signalfd", nil, cl_signalfd(Signals.served, Int32(Signals.served.count))))
    }

    /// Starts the thread. Once.
    package func start() {
        thread.withLock { thread in
            precondition(thread == nil, "a kernel thread is started once")
            thread = SystemThread(named: "kernel") { self.run() }
        }
    }

    /// Kills the children that still run (their `run` answers `.stopped`), ends the thread and waits for that. Work
    /// that was handed over before is done first. Never from the thread itself.
    package func stop() {
        perform { self.isStopping = true }
        let ended = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        ended?.join()
    }

    /// Has `work` done on the thread, after all that was handed over before. False: the thread has been stopped, and
    /// the work will never be done.
    @discardableResult
    package func perform(_ work: @escaping @Sendable () -> Void) -> Bool {
        let (isTaken, isFirst) = inbox.withLock { inbox in
            guard !inbox.isClosed else { return (false, false) }
            inbox.work.append(work)
            return (true, inbox.work.count == 1)
        }
        if isFirst { writeWake() }
        return isTaken
    }

    /// `deadlineReached` is called once when the moment has come; a new deadline takes the place of the one before,
    /// nil takes it away. A moment in the past is served at once. From any thread.
    package func setDeadline(_ moment: Moment?) {
        // 0 would disarm it.
        let nanoseconds = moment.map { max($0.nanoseconds, 1) } ?? 0
        _ = cl_timerfd_set(deadlineTimer.number, nanoseconds)
    }
}

// MARK: For the sources that live on the thread

extension KernelThread {
    var isOnThread: Bool { threadID == cl_gettid() }
    func assertOnThread() { precondition(isOnThread, "only on the kernel thread") }

    /// Calls `serve` on the thread whenever `fd` is readable (or writable, or has urgent data), until `unwatch`.
    func watch(_ fd: Int32, for events: UInt32 = cl_epollin, _ serve: @escaping () -> Void) throws(SystemCallError) {
        lastToken += 1
        try checked("epoll_ctl", nil, cl_epoll_add(epoll.number, fd, events, lastToken))
        watches[lastToken] = Watch(fd: fd, serve: serve)
        tokens[fd] = lastToken
    }

    /// To be called before `fd` is closed. What has been waiting for it is not served any more.
    func unwatch(_ fd: Int32) {
        guard let token = tokens.removeValue(forKey: fd) else { return }
        watches[token] = nil
        _ = cl_epoll_remove(epoll.number, fd)
    }

    @discardableResult
    func schedule(after delay: Duration, _ work: @escaping () -> Void) -> TimerID {
        assertOnThread()
        let id = timers.add(at: Clock.now() + delay, work)
        armOwnTimer()
        return id
    }

    /// Has `work` done when the thread ends, unless `forgetEnding` comes first: whoever promised an answer gives it
    /// then.
    func atEnd(_ work: @escaping () -> Void) -> UInt64 {
        lastEnding += 1
        endings[lastEnding] = work
        return lastEnding
    }

    func forgetEnding(_ number: UInt64) { endings[number] = nil }

    func cancel(_ timer: TimerID?) {
        guard let timer else { return }
        timers.cancel(timer)
    }
}

// MARK: The loop

extension KernelThread {
    private func run() {
        threadID = cl_gettid()
        watchOwnDescriptors()
        var events = [cl_event](repeating: cl_event(), count: 64)
        while !isStopping {
            let count = cl_epoll_wait(epoll.number, &events, 64)
            precondition(count >= 0 || count == -EINTR, "epoll_wait: \(SystemCallError.text(of: -count))")
            // A watch that an earlier event of this round took away is not in the table any more; its descriptor may
            // already have another owner, which has another token.
            for index in 0..<max(Int(count), 0) { watches[events[index].token]?.serve() }
        }
        finish()
    }

    private func watchOwnDescriptors() {
        do throws(SystemCallError) {
            try watch(wake.number) { [unowned self] in serveInbox() }
            try watch(deadlineTimer.number) { [unowned self] in serveDeadline() }
            try watch(ownTimer.number) { [unowned self] in serveTimers() }
            let number = signals.number
            if signals.isOpen { try watch(number) { [unowned self] in serveSignals(number) } }
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private func serveInbox() {
        drain(wake.number)
        let work = inbox.withLock { inbox in
            let work = inbox.work
            inbox.work = []
            return work
        }
        for piece in work { piece() }
    }

    private func serveDeadline() {
        if drain(deadlineTimer.number) { callbacks.deadlineReached() }
    }

    private func serveTimers() {
        drain(ownTimer.number)
        let now = Clock.now()
        while let work = timers.takeDue(at: now) { work() }
        armOwnTimer()
    }

    private func serveSignals(_ fd: Int32) {
        while true {
            let number = cl_signalfd_read(fd)
            guard number > 0 else { return }
            callbacks.signalled?(number)
        }
    }

    private func finish() {
        inbox.withLock { $0.isClosed = true }
        serveInbox()
        processes.endAll()
        for ending in endings.values { ending() }
        endings = [:]
        for watch in watches.values { _ = cl_epoll_remove(epoll.number, watch.fd) }
        watches = [:]
        tokens = [:]
        timers = TimerList()
    }

    private func armOwnTimer() {
        _ = cl_timerfd_set(ownTimer.number, timers.nextMoment.map { max($0.nanoseconds, 1) } ?? 0)
    }

    private func writeWake() {
        var one: UInt64 = 1
        _ = write(wake.number, &one, 8)
    }

    /// Reads the count of an eventfd or timerfd; false when there was none.
    @discardableResult
    private func drain(_ fd: Int32) -> Bool {
        var count: UInt64 = 0
        return read(fd, &count, 8) == 8
    }
}
