package import MirrorCore

/// Tells what was recorded, at the pace at which it happened or at once.
///
/// `@unchecked Sendable`: everything that changes is touched only on the kernel thread.
package final class RecordedSource: EventSource, @unchecked Sendable {
    package enum Pace: Sendable { case atOnce, asItHappened }

    private let kernel: KernelThread
    private let pace: Pace
    private let deliver: @Sendable ([Notice]) -> Void
    private var left: ArraySlice<NoticeRecord.Entry>
    private var began = Moment.zero
    private var isStopped = false
    private var directories = 0
    private var waiters: [@Sendable () -> Void] = []

    package init(
        _ entries: [NoticeRecord.Entry], kernel: KernelThread, pace: Pace,
        deliver: @escaping @Sendable ([Notice]) -> Void
    ) {
        left = entries[...]
        self.kernel = kernel
        self.pace = pace
        self.deliver = deliver
    }

    package func start() {
        kernel.perform {
            self.began = Clock.now()
            self.tell()
        }
    }

    package func stop() { kernel.perform { self.isStopped = true } }

    /// At the end of the record.
    package func catchUp(_ done: @escaping @Sendable () -> Void) {
        kernel.perform {
            self.waiters.append(done)
            if self.left.isEmpty { self.answer() }
        }
    }

    package func watchedDirectories(limit: Int) async -> (count: Int, list: [(Int32, RelativePath)]) {
        await withCheckedContinuation { continuation in
            let isTaken = kernel.perform { continuation.resume(returning: (self.directories, [])) }
            if !isTaken { continuation.resume(returning: (0, [])) }
        }
    }

    private func tell() {
        guard !isStopped else { return }
        let now = Clock.now() - began
        var notices: [Notice] = []
        while let entry = left.first, notices.count < 4096, pace == .atOnce || entry.after <= now {
            left = left.dropFirst()
            notices.append(entry.notice)
            if case .live(let count) = entry.notice { directories = count }
        }
        if !notices.isEmpty { deliver(notices) }
        guard let next = left.first else { return answer() }
        let wait = pace == .atOnce ? .zero : max(next.after - (Clock.now() - began), .zero)
        kernel.schedule(after: wait) { self.tell() }
    }

    private func answer() {
        let answered = waiters
        waiters = []
        for waiter in answered { waiter() }
    }
}
