import Glibc
package import MirrorCore

/// Finds what changes by walking the tree every so often: for file systems whose changes the kernel does not tell.
///
/// It is live when it has walked the tree once. `catchUp` walks it at once. A root that is gone, or another
/// directory, is `rootGone`; when its path is a directory again, everything is lost and looked at anew.
///
/// `@unchecked Sendable`: everything that changes is touched only on the kernel thread.
package final class ScanningSource: EventSource, @unchecked Sendable {
    private let order: WatchOrder
    private let interval: Duration
    private var scan: TreeScan
    private var isStopped = false
    private var isRunning = false
    private var isLive = false
    /// The root was lost, or could not be read: what comes next is a beginning.
    private var isAgain = false
    private var isToldGone = false
    private var refusal: Int32 = 0
    private var directories = 0
    private var timer: TimerID?
    /// Whom the scan that runs answers, and whom the next one.
    private var answered: [@Sendable () -> Void] = []
    private var waiting: [@Sendable () -> Void] = []

    /// How often a tree is walked unless the configuration says something else.
    package static let usualInterval = Duration.seconds(60)

    package init(_ order: WatchOrder, interval: Duration) {
        self.order = order
        self.interval = interval
        scan = Self.scan(order)
    }

    private static func scan(_ order: WatchOrder) -> TreeScan {
        var walk = WalkOrder(root: order.root)
        walk.isExcluded = order.isExcluded
        return TreeScan(
            walk, ownFiles: OwnFiles(order.ignoredFiles, below: order.root), tellsHappenings: order.tellsHappenings)
    }

    package func start() { order.kernel.perform { self.begin() } }

    package func stop() {
        order.kernel.perform {
            self.isStopped = true
            self.scan.cancel()
            self.order.kernel.cancel(self.timer)
        }
    }

    package func catchUp(_ done: @escaping @Sendable () -> Void) {
        order.kernel.perform {
            self.waiting.append(done)
            self.begin()
        }
    }

    package func watchedDirectories(limit: Int) async -> (count: Int, list: [(Int32, RelativePath)]) {
        await withCheckedContinuation { continuation in
            let isTaken = order.kernel.perform { continuation.resume(returning: (self.directories, [])) }
            if !isTaken { continuation.resume(returning: (0, [])) }
        }
    }
}

extension ScanningSource {
    /// On a thread of its own, since a server may keep it waiting.
    private func begin() {
        guard !isStopped, !isRunning else { return }
        isRunning = true
        order.kernel.cancel(timer)
        timer = nil
        (answered, waiting) = (answered + waiting, [])
        let (scan, kernel) = (scan, order.kernel)
        let deliver = order.deliver
        _ = SystemThread(named: "scan") {
            let end = scan.run { notices in kernel.perform { deliver(notices) } }
            kernel.perform { self.ended(end) }
        }
    }

    private func ended(_ end: TreeScan.End) {
        isRunning = false
        guard !isStopped else { return }
        switch end {
        case .cancelled: return
        case .rootGone: loseRoot()
        case .refused(let errno): tellRefusal(errno)
        case .done(let directories): finish(directories)
        }
        guard waiting.isEmpty else { return begin() }
        // A root that is not there is looked for more often.
        let pause = isLive ? interval : min(interval, order.pace.rootCheck)
        timer = order.kernel.schedule(after: pause) { self.begin() }
    }

    private func finish(_ directories: Int) {
        self.directories = directories
        refusal = 0
        if !isLive {
            if isAgain { order.deliver([.lost(.root, reason: .rewatched)]) }
            (isLive, isAgain, isToldGone) = (true, false, false)
            order.deliver([.live(directories: directories)])
        }
        let answered = answered
        self.answered = []
        for done in answered { done() }
    }

    private func loseRoot() {
        (isLive, isAgain) = (false, true)
        scan = Self.scan(order)
        if !isToldGone { order.deliver([.rootGone]) }
        isToldGone = true
    }

    private func tellRefusal(_ errno: Int32) {
        isAgain = true
        isLive = false
        scan = Self.scan(order)
        if refusal != errno { order.deliver([.lost(.root, reason: .unwatchable(errno: errno))]) }
        refusal = errno
    }
}

/// A source that is watched, and walked as well every so often: for what the kernel does not tell (other machines,
/// mappings that stay open), and for whoever wants to be sure.
package final class RescannedSource: EventSource {
    private let watched: any EventSource
    private let scanned: ScanningSource

    /// Whether what happened can be known by walking alone.
    private let isNeeded: Bool

    /// - Parameter isNeeded: the watched source does not tell everything, so a `catchUp` walks too.
    package init(_ watched: any EventSource, _ order: WatchOrder, interval: Duration, isNeeded: Bool) {
        self.watched = watched
        self.isNeeded = isNeeded
        var own = order
        let deliver = order.deliver
        own.deliver = { notices in
            // Its beginnings and ends are the other's to tell.
            let different = notices.filter { notice in
                switch notice {
                case .live, .rootGone, .lost(_, reason: .rewatched): false
                default: true
                }
            }
            if !different.isEmpty { deliver(different) }
        }
        scanned = ScanningSource(own, interval: interval)
    }

    package func start() {
        watched.start()
        scanned.start()
    }

    package func stop() {
        watched.stop()
        scanned.stop()
    }

    package func catchUp(_ done: @escaping @Sendable () -> Void) {
        guard isNeeded else { return watched.catchUp(done) }
        watched.catchUp { self.scanned.catchUp(done) }
    }

    package func watchedDirectories(limit: Int) async -> (count: Int, list: [(Int32, RelativePath)]) {
        await watched.watchedDirectories(limit: limit)
    }
}
