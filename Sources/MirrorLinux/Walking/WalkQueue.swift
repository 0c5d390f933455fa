import Glibc
import MirrorCore
import Synchronization

/// A directory that is open while it is read, and while its names wait to be opened.
///
/// `@unchecked Sendable`: `isWhole` and `fd` change only in the hands of the thread that reads the directory, and no
/// other thread uses `fd` where it does; everything else is constant.
final class WalkNode: @unchecked Sendable {
    let path: RelativePath
    let own: EntryFacts
    let fileSystem: Int64
    /// Children are opened from the descriptor. Where too many are open already, they are found again from the root.
    let staysOpen: Bool
    var isWhole = true
    private(set) var fd: Int32
    private let open: OpenCount

    init(path: RelativePath, own: EntryFacts, fileSystem: Int64, taking fd: Int32, _ open: OpenCount) {
        self.path = path
        self.own = own
        self.fileSystem = fileSystem
        self.fd = fd
        self.open = open
        staysOpen = open.add()
    }

    deinit { closeNow() }

    /// It has been read to its end.
    func finish() { if !staysOpen { closeNow() } }

    private func closeNow() {
        guard fd >= 0 else { return }
        close(fd)
        fd = -1
        open.remove()
    }
}

/// How many directories of a walk are open.
final class OpenCount: Sendable {
    private let count = Atomic(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// False: there are more than that already.
    func add() -> Bool { count.wrappingAdd(1, ordering: .relaxed).newValue <= limit }
    func remove() { count.wrappingSubtract(1, ordering: .relaxed) }
}

/// What is left to be done in a walk. The newest comes first, so the list grows with the depth of a tree and not with
/// its size, and a directory with very many names is put back half read when the list is long.
///
/// `@unchecked Sendable`: everything is touched only while `lock` is held.
final class WalkQueue: @unchecked Sendable {
    enum Item {
        /// To be opened: a name in a directory; nil is the top.
        case open(WalkNode?, name: [UInt8])
        /// Half read.
        case resume(WalkNode)
    }

    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let limit: Int
    private var items: [Item]
    private var working = 0
    private var end = WalkEnd()
    private var startedAt = Clock.now()
    /// Names looked at since then, for the rate.
    private var counted = 0

    init(limit: Int) {
        self.limit = limit
        pthread_mutex_init(lock, nil)
        pthread_cond_init(changed, nil)
        items = [.open(nil, name: [])]
    }

    deinit {
        pthread_mutex_destroy(lock)
        pthread_cond_destroy(changed)
        lock.deallocate()
        changed.deallocate()
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }

    /// Waits for something to do; nil at the end. Each item is followed by `finish`.
    func next() -> Item? {
        locked {
            while !end.isCancelled {
                if let item = items.popLast() {
                    working += 1
                    return item
                }
                if working == 0 { return nil }
                pthread_cond_wait(changed, lock)
            }
            return nil
        }
    }

    func finish() {
        locked {
            working -= 1
            if working == 0 { pthread_cond_broadcast(changed) }
        }
    }

    var isLong: Bool { locked { items.count > limit } }
    var isCancelled: Bool { locked { end.isCancelled } }
    var result: WalkEnd { locked { end } }

    func add(_ new: [Item]) {
        guard !new.isEmpty else { return }
        locked {
            items.append(contentsOf: new)
            pthread_cond_broadcast(changed)
        }
    }

    func cancel() {
        locked {
            end.isCancelled = true
            items = []
            pthread_cond_broadcast(changed)
        }
    }

    func countDirectory() { locked { end.directories += 1 } }

    func noteUnread(_ path: RelativePath, _ errno: Int32) {
        locked {
            guard end.unread.count < WalkEnd.unreadKept else {
                end.isUnreadCut = true
                return
            }
            end.unread.append(.init(path: path, errno: errno))
        }
    }

    /// How long to wait after so many names, so that no more than `rate` of them are looked at in a second.
    func count(_ names: Int, rate: Int?) -> Duration {
        locked {
            end.entries += names
            guard let rate, rate > 0 else { return .zero }
            let now = Clock.now()
            let due = startedAt + .seconds(Double(counted) / Double(rate))
            // What was not used is not saved up for later.
            if due < now { (startedAt, counted) = (now, 0) }
            counted += names
            return startedAt + .seconds(Double(counted) / Double(rate)) - now
        }
    }
}
