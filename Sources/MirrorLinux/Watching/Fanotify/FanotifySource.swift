internal import CLinux
import Glibc
package import MirrorCore

/// Watches a whole tree with one mark of fanotify(7) on its file system: there is no watch for each directory, so none
/// can come too late or run out, and the tree is never walked.
///
/// What is told, beyond `Notice`:
/// - It is live at once, and `live` counts marked places: the source, and what is mounted below it. How many
///   directories these cover, `watchedDirectories` finds out by a walk.
/// - Events are joined by the kernel, so a name is told as dirty, in no order that means anything for one name. Whoever
///   wants to know what happened, one after the other, takes `InotifySource`.
/// - A directory that comes in from outside is `directoryAppeared(moved: true)`, and then every name in it is told.
/// - What happens outside the source and in excluded directories is ignored by the kernel after its first event in each
///   directory, but for renames, since those may lead into the source.
/// - `rootGone` is the end: whoever made it makes another one.
///
/// How it stays right: events name directories by handles, and an index finds their paths. A path that is told was
/// right at the event or later; a rename since then is an event of its own, and marks everything below both its ends.
///
/// `@unchecked Sendable`: everything that changes is touched only on the kernel thread.
package final class FanotifySource: EventSource, @unchecked Sendable {
    enum State {
        case ready
        case live
        /// The root is gone, or it was stopped. The end.
        case ended
    }

    let order: WatchOrder
    let ownFiles: OwnFiles
    let group: FanotifyGroup
    /// The source first, then what is mounted below it.
    var mounts: [MarkedMount]
    var state = State.ready
    var batch = NoticeBatch()
    var arrivals = ArrivalWalk()
    var rootTimer: TimerID?
    var wayToRoot: WayToRoot?
    var mountTimer: TimerID?
    var mountFile: Descriptor?
    var mountEntries: Set<MountEntry>
    private var waiters: [@Sendable () -> Void] = []
    private var isRoundAhead = false
    private var rest = BusyRest()
    var known: KnownFiles?
    let covered = CoveredCount()

    var root: ByteString { order.root }
    var kernel: KernelThread { order.kernel }

    /// Marks the file systems at once; what happens from now on waits in the kernel for `start`.
    package init(_ order: WatchOrder) throws(FanotifyObstacle) {
        self.order = order
        ownFiles = OwnFiles(order.ignoredFiles, below: order.root)
        mountEntries = Self.mounts(below: order.root)
        do throws(SystemCallError) {
            group = try FanotifyGroup()
            mounts = [try MarkedMount(.root, below: order.root, group)]
        } catch {
            throw FanotifyObstacle(error, at: order.root)
        }
        for entry in mountEntries {
            do throws(SystemCallError) {
                if let mount = try Self.mark(entry, below: order.root, group) { mounts.append(mount) }
            } catch {
                throw FanotifyObstacle(error, at: entry.mountPoint)
            }
        }
    }

    package func start() { kernel.perform { self.begin() } }
    package func stop() { kernel.perform { self.end() } }

    package func catchUp(_ done: @escaping @Sendable () -> Void) {
        kernel.perform {
            self.waiters.append(done)
            self.checkRoot()
            self.serveQueue()
        }
    }

    /// The directories that are covered; the list holds the places that are marked.
    package func watchedDirectories(limit: Int) async -> (count: Int, list: [(Int32, RelativePath)]) {
        let list: [(Int32, RelativePath)] = await withCheckedContinuation { continuation in
            let isTaken = kernel.perform {
                let places = self.isLive ? self.mounts.map(\.place) : []
                continuation.resume(returning: places.prefix(limit).enumerated().map { (Int32($0 + 1), $1) })
            }
            if !isTaken { continuation.resume(returning: []) }
        }
        guard !list.isEmpty else { return (0, []) }
        var walk = WalkOrder(root: root, threads: 2)
        walk.isExcluded = order.isExcluded
        walk.wants = { _ in false }
        return (await covered.value(walk), list)
    }
}

// MARK: Rounds

extension FanotifySource {
    /// The kernel has events.
    func serveQueue() {
        guard case .live = state else { return }
        rest.restWhenBusy()
        if let events = group.read() {
            for event in events where isLive { replay(event) }
        } else {
            loseTrack()
        }
        runRound()
    }

    func runRound() {
        guard isLive else { return }
        walkArrivals()
        for mount in mounts { mount.close() }
        deliverBatch()
        if isQuiet {
            let answered = waiters
            waiters = []
            for waiter in answered { waiter() }
        }
        if !arrivals.isEmpty { scheduleRound() }
    }

    var isLive: Bool {
        if case .live = state { true } else { false }
    }

    /// What happened before is told then.
    var isQuiet: Bool { isLive && group.isEmpty && arrivals.isEmpty }

    func deliverBatch() {
        let notices = batch.take()
        guard !notices.isEmpty else { return }
        order.deliver(notices)
        known?.note(notices)
    }

    /// By the queue of the thread, so that everything else has its turn first.
    private func scheduleRound() {
        guard !isRoundAhead else { return }
        isRoundAhead = true
        kernel.perform {
            self.isRoundAhead = false
            self.runRound()
        }
    }

    /// Whatever is known of directories may be wrong.
    func loseTrack() {
        batch.add(.lost(.root, reason: .overflow))
        forgetIgnored()
        for mount in mounts { mount.index.forgetAll() }
    }

    /// What is outside, or excluded, may not be any more: it is listened to again.
    func forgetIgnored() {
        group.flush()
        for mount in mounts {
            mount.index.forgetOutside()
            let directory = mount.open()
            if directory >= 0 { group.markItself(directory) }
        }
    }
}
