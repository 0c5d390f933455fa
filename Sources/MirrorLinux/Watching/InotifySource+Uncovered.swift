import Glibc
import MirrorCore

// Directories that should be watched and are not.
extension InotifySource {
    /// Beyond so many, comparing the root says it in one notice.
    private static let toldOneByOne = 64

    var watchLimit: Int {
        // The second is that of the user namespace, which a container may have set.
        let limits = ["/proc/sys/fs/inotify/max_user_watches", "/proc/sys/user/max_inotify_watches"].compactMap {
            path in
            let text = String(decoding: SmallFile.read(path), as: UTF8.self)
            return Int(text.prefix { $0 != "\n" })
        }
        return pace.watchLimit ?? limits.min() ?? 0
    }

    /// How much is not watched. What lies below a directory without a watch is known to nobody, so all are counted,
    /// once for each change of the number, on a thread of its own.
    func tellCoverage() {
        guard case .live = state, tree.limitedCount != limitedTold, !isCounting else { return }
        limitedTold = tree.limitedCount
        guard limitedTold > 0 else { return batch.add(.uncovered(0, reason: .watchLimit(limit: watchLimit))) }
        isCounting = true
        var order = WalkOrder(root: root, threads: 2)
        order.isExcluded = isExcluded
        order.wants = { _ in false }
        let (walker, kernel) = (TreeWalker(order) { _ in true }, kernel)
        _ = SystemThread(named: "count") {
            let all = walker.run().directories
            kernel.perform { self.counted(all) }
        }
    }

    private func counted(_ all: Int) {
        isCounting = false
        if case .live = state, tree.limitedCount > 0 {
            let missing = max(all - tree.watchCount, tree.limitedCount)
            batch.add(.uncovered(missing, reason: .watchLimit(limit: watchLimit)))
        }
        deliverBatch()
    }

    func scheduleRetries() {
        retryUnwatchable()
        retryLimited()
    }

    /// Told at once where they are few; else the root is told with the next notices.
    func tellLimited(_ path: RelativePath) {
        if tree.limitedCount > Self.toldOneByOne {
            isRootLimited = true
        } else {
            batch.add(.lost(path, reason: .watchLimit(limit: watchLimit)))
        }
    }

    func tellRootLimited() {
        guard isRootLimited else { return }
        isRootLimited = false
        batch.add(.lost(.root, reason: .watchLimit(limit: watchLimit)))
    }

    private func retryUnwatchable() {
        if unwatchableTimer != nil { retry(.unwatchable, atMost: .max) }
        unwatchableTimer = kernel.schedule(after: pace.unwatchableRetry) { self.retryUnwatchable() }
    }

    private func retry(_ cover: WatchTree.Cover, atMost limit: Int) {
        uncovered.removeAll { !tree.isAlive($0) }
        for node in uncovered.lazy.filter({ self.tree.cover(of: $0) == cover }).prefix(limit) {
            if let (parent, name) = tree.place(of: node) { markUnsure(Place(parent: parent, name: name)) }
        }
        runRound()
    }

    private func retryLimited() {
        if limitTimer != nil { coverLimited() }
        limitTimer = kernel.schedule(after: pace.limitRetry) { self.retryLimited() }
    }

    /// Covers as many as there is room for, and has the rest compared.
    private func coverLimited() {
        if case .waiting = state, lastRootError == ENOSPC { isRootLimited = true }
        if case .waiting = state, lastRootError == EMFILE {
            batch.add(.lost(.root, reason: .unwatchable(errno: EMFILE)))
        }
        var before = Int.max
        while queue != nil, tree.limitedCount > 0, tree.limitedCount < before {
            before = tree.limitedCount
            retry(.limited, atMost: Self.toldOneByOne)
        }
        if tree.limitedCount > Self.toldOneByOne { isRootLimited = true }
        if isRootLimited { tellRootLimited() } else { tellEachLimited() }
        deliverBatch()
    }

    /// What happened in directories without a watch is not known: they are to be compared. One that may not be read
    /// is not among them: rsync may not read it either, and tries it until it can.
    func tellUncovered() {
        guard tree.limitedCount > Self.toldOneByOne else { return tellEachLimited() }
        isRootLimited = true
        tellRootLimited()
    }

    private func tellEachLimited() {
        for node in uncovered where tree.isAlive(node) && tree.cover(of: node) == .limited {
            guard let path = tree.path(of: node) else { continue }
            batch.add(.lost(path, reason: .watchLimit(limit: watchLimit)))
        }
    }
}
