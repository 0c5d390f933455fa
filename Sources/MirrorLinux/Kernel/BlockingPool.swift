import Glibc

/// A few threads of our own for work that blocks (files, names of hosts), so that Swift's pool never does.
///
/// `@unchecked Sendable`: the queue and the counts are touched only while `lock` is held.
package final class BlockingPool: @unchecked Sendable {
    private let limit: Int
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var queue: [@Sendable () -> Void] = []
    private var threads: [SystemThread] = []
    private var idle = 0
    private var isStopping = false

    /// Threads start when they are needed, `threads` at most.
    package init(threads limit: Int = 4) {
        self.limit = max(limit, 1)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_mutex_destroy(lock)
        pthread_cond_destroy(changed)
        lock.deallocate()
        changed.deallocate()
    }

    /// Does the work on one of the threads, first come, first served. After `stop` it is done by the caller.
    package func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in submit { continuation.resume(returning: work()) } }
    }

    /// As `run`, for callers that do not wait.
    package func submit(_ work: @escaping @Sendable () -> Void) {
        pthread_mutex_lock(lock)
        if isStopping {
            pthread_mutex_unlock(lock)
            return work()
        }
        queue.append(work)
        if idle < queue.count, threads.count < limit {
            threads.append(SystemThread(named: "blocking") { self.serve() })
        }
        pthread_cond_signal(changed)
        pthread_mutex_unlock(lock)
    }

    /// Waits until all work is done, then ends the threads. A pool that is not stopped lives for ever.
    package func stop() {
        pthread_mutex_lock(lock)
        isStopping = true
        let ending = threads
        threads = []
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(lock)
        for thread in ending { thread.join() }
    }

    private func serve() {
        while let work = next() { work() }
    }

    private func next() -> (@Sendable () -> Void)? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while queue.isEmpty {
            guard !isStopping else { return nil }
            idle += 1
            pthread_cond_wait(changed, lock)
            idle -= 1
        }
        return queue.removeFirst()
    }
}
