internal import CLinux
import Glibc
import MirrorCore

// The root: beginning, losing it, finding it again.
extension InotifySource {
    func begin() {
        guard case .stopped = state else { return }
        state = .waiting
        if mode == .closeWrite, !tellsHappenings, let kind = try? FileSystemKind.at(root.isEmpty ? "/" : root),
            !kind.isRemote
        {
            known = KnownFiles(below: root, kernel) { [unowned self] in isQuiet }
        }
        startWatching(again: false)
        scheduleRetries()
        watchMounts()
        scheduleRootCheck()
    }

    func end() {
        for timer in [rootTimer, unwatchableTimer, limitTimer] { kernel.cancel(timer) }
        (rootTimer, unwatchableTimer, limitTimer) = (nil, nil, nil)
        forgetTree()
        forgetMounts()
        _ = batch.take()
        state = .stopped
    }

    /// The root is not what we watch any more.
    func loseRoot() {
        batch.add(.rootGone)
        isRootToldGone = true
        forgetTree()
        state = .waiting
        startWatching(again: true)
        scheduleRootCheck()
    }

    /// A root path that comes to mean another directory (a mount, a swap of a directory above) says so only when asked.
    func checkRoot() {
        if case .waiting = state { return startWatching(again: true) }
        guard let rootFacts, !isRoot(rootFacts) else { return }
        loseRoot()
    }

    private func isRoot(_ facts: FileFacts) -> Bool {
        do throws(SystemCallError) {
            return try FileFacts.at(root.isEmpty ? "/" : root, followsLinks: true).isSame(as: facts)
        } catch {
            return false
        }
    }

    private func startWatching(again: Bool) {
        do throws(SystemCallError) {
            try watchRoot()
            lastRootError = 0
            state = .walking(again: again)
            walk.enqueue(tree.root, .silent)
            scheduleRound()
        } catch {
            forgetTree()
            tellUnwatchable(error)
        }
        deliverBatch()
    }

    private func watchRoot() throws(SystemCallError) {
        let queue = try InotifyQueue(mask: RawEvent.mask(for: mode))
        self.queue = queue
        let answer = openDirectory(.root, flags: O_RDONLY)
        let directory = Descriptor(try checked("open", root, answer))
        let watch = try checked("inotify_add_watch", root, addWatch(directory.number))
        rootFacts = try FileFacts.of(descriptor: directory.number)
        tree.setWatch(tree.root, watch)
        try kernel.watch(queue.fd) { self.serveQueue() }
    }

    /// Told when it is new: the root is tried again every second. Only the limit is told again, by `retryLimited`.
    private func tellUnwatchable(_ error: SystemCallError) {
        guard error.errno != lastRootError else { return }
        lastRootError = error.errno
        switch error.errno {
        case ENOENT, ENOTDIR:
            // Also where another error came before it, such as too many instances of inotify.
            if !isRootToldGone { batch.add(.rootGone) }
            isRootToldGone = true
        case ENOSPC:
            batch.add(.lost(.root, reason: .watchLimit(limit: watchLimit)))
            batch.add(.live(directories: 0))
            batch.add(.uncovered(1, reason: .watchLimit(limit: watchLimit)))
            limitedTold = -1
        case EMFILE:
            // As with watches: what can't be watched is compared again and again.
            batch.add(.lost(.root, reason: .unwatchable(errno: EMFILE)))
            batch.add(.live(directories: 0))
            batch.add(.uncovered(1, reason: .unwatchable(errno: EMFILE)))
            limitedTold = -1
        default: batch.add(.lost(.root, reason: .unwatchable(errno: error.errno)))
        }
    }

    private func forgetTree() {
        if let queue { kernel.unwatch(queue.fd) }
        queue = nil
        kernel.cancel(pairingTimer)
        kernel.cancel(settleTimer)
        (pairingTimer, settleTimer) = (nil, nil)
        era += 1
        tree = WatchTree(after: tree)
        pairing = EventPairing(patience: pace.pairing, utmost: pace.crowdedPairing)
        walk = TreeWalk()
        unsure = []
        unsureSet = []
        parked = []
        track = Track()
        uncovered = []
        isRootLimited = false
        openParent = nil
        rootFacts = nil
        known?.end()
        way = []
        isWayWatched = false
    }

    /// While the root is gone, and where the kernel would not say that its path leads elsewhere.
    private func scheduleRootCheck() {
        guard rootTimer == nil, isRootLookedFor else { return }
        rootTimer = kernel.schedule(after: pace.rootCheck) {
            self.rootTimer = nil
            self.checkRoot()
            self.noteTrack()
            self.deliverBatch()
            self.scheduleRootCheck()
        }
    }

    private var isRootLookedFor: Bool {
        if case .waiting = state { true } else { !isWayWatched || mountFile == nil }
    }
}

// MARK: The way to the root

extension InotifySource {
    /// The directories above the root: one that is renamed or deleted makes the root's path mean something else.
    func watchWay() {
        isWayWatched = false
        guard let queue else { return }
        let slash = UInt8(ascii: "/")
        for end in root.bytes.indices where root.bytes[end] == slash {
            let directory = end == 0 ? "/" : ByteString(root.bytes[..<end])
            // On a server another machine may rename it, without a word.
            guard let kind = try? FileSystemKind.at(directory), !kind.isRemote else { return }
            let watch = queue.watchMoves(of: directory)
            guard watch >= 0 else { return }
            way.insert(watch)
        }
        isWayWatched = true
    }

    func noticeWay(_ event: RawEvent) {
        if event.has(IN_IGNORED) {
            way.remove(event.watch)
            isWayWatched = false
            return scheduleRootCheck()
        }
        guard event.has(IN_MOVE_SELF | IN_DELETE_SELF | IN_UNMOUNT) else { return }
        checkRoot()
        watchWay()
        // Between the look and the new watches it may have changed again.
        checkRoot()
        scheduleRootCheck()
    }
}
