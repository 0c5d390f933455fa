import Glibc
import MirrorCore

// Directories that should be watched and are not.
extension InotifySource {
    /// Beyond so many, comparing the root says it in one notice.
    private static let toldOneByOne = 64

    var watchLimit: Int {
        let text = String(decoding: SmallFile.read("/proc/sys/fs/inotify/max_user_watches"), as: UTF8.self)
        return pace.watchLimit ?? Int(text.prefix { $0 != "\n" }) ?? 0
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
