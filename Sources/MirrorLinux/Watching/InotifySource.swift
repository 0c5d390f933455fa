internal import CLinux
import Glibc
package import MirrorCore

/// Watches a whole tree with inotify(7), so that nothing is missed: a directory is watched first and listed then.
///
/// What is told, beyond `Notice`:
/// - The walk at the start tells nothing but `live` at its end, since everything is compared then anyway.
/// - A new directory is `directoryAppeared`, and then every name found in it is told, at any depth; names may be told
///   twice. A directory that is renamed inside the tree keeps its watches and is told by `renamed` alone.
/// - After an overflow the tree is walked again for directories without a watch; those that have one keep it.
/// - Beyond the limit of watches the uncovered directories are told as `lost(…, .watchLimit)` at once and again every
///   `InotifyPace.limitRetry`, so that they are compared instead of watched, until there is room. More than 64 of
///   them are told as the root. A directory that may not be read is told once and tried again.
/// - A root that is deleted, renamed, unmounted or replaced is `rootGone`; when its path is a directory again, the
///   tree is watched anew: `lost(root, .rewatched)` and `live`.
///
/// How it stays right: events are replayed on a tree of nodes in their order, but watches are made by looking at the
/// directory as it is now, which may be ahead of the events. So every directory name that an event touches is looked
/// at once more after the events (`settleUnsure`): the tree is right when its directory has the watch that it should
/// have, and where it has another one, that subtree is watched anew and told as lost.
///
/// `@unchecked Sendable`: everything that changes is touched only on the kernel thread.
package final class InotifySource: EventSource, @unchecked Sendable {
    enum State {
        case stopped
        /// The root is not there, or can't be watched; tried again and again. Next: walking.
        case waiting
        /// The first walk. `again`: the tree was watched before, so its end tells `lost` too. Next: live, or waiting.
        case walking(again: Bool)
        case live
    }

    struct Place: Hashable {
        let parent: NodeID
        let name: [UInt8]
    }

    struct Parked {
        let node: NodeID
        let place: Place
        /// Where the directory that took its place came from; an exchange puts this one there.
        let vacated: Place
    }

    let kernel: KernelThread
    let root: ByteString
    let mode: InotifyMode
    let pace: InotifyPace
    let isExcluded: @Sendable (RelativePath) -> Bool
    let ownFiles: OwnFiles
    let tellsHappenings: Bool
    private let deliver: @Sendable ([Notice]) -> Void

    var state = State.stopped
    var queue: InotifyQueue?
    var rootFacts: FileFacts?
    /// Watches of the directories above the root; `isWayWatched`: all of them have one.
    var way: Set<Int32> = []
    var isWayWatched = false
    var tree = WatchTree()
    var era: UInt64 = 0
    var pairing: EventPairing
    var batch = NoticeBatch()
    var walk = TreeWalk()
    /// Names whose directory has to be looked at once more, in the order of their events.
    var unsure: [Place] = []
    var unsureSet: Set<Place> = []
    var parked: [Parked] = []
    var track = Track()
    var uncovered: [NodeID] = []
    var openParent: OpenParent?
    var rootTimer: TimerID?
    var pairingTimer: TimerID?
    var settleTimer: TimerID?
    var unwatchableTimer: TimerID?
    var limitTimer: TimerID?
    var isRoundAhead = false
    var lastRootError: Int32 = 0
    var isRootToldGone = false
    /// The root stands for more uncovered directories than are told one by one.
    var isRootLimited = false
    /// The number of uncovered directories that was told last; -1 is another trouble that was told.
    var limitedTold = 0
    var isCounting = false
    var settlePause = Duration.milliseconds(20)
    private var unsettledRounds = 0
    /// Called, and forgotten, when everything that happened before they came has been told.
    private var waiters: [@Sendable () -> Void] = []
    var mountFile: Descriptor?
    var mountTimer: TimerID?
    var mounts: Set<MountEntry> = []
    private var rest = BusyRest()
    var known: KnownFiles?

    /// - Parameters:
    ///   - root: absolute, without symbolic links.
    ///   - isExcluded: directories that no sync wants; they are not watched. Asked on the kernel thread.
    ///   - ignoredFiles: absolute paths of this program's own files and directories; what happens to them, and to the
    ///     temporary names of `ReplaceableFile`, is not told.
    ///   - tellsHappenings: what is known of an event goes out as `happened`, not as `touched`.
    ///   - deliver: gets the notices of one wake-up, in order, on the kernel thread.
    package init(
        kernel: KernelThread, root: ByteString, mode: InotifyMode, pace: InotifyPace = InotifyPace(),
        isExcluded: @escaping @Sendable (RelativePath) -> Bool = { _ in false }, ignoredFiles: [ByteString] = [],
        tellsHappenings: Bool = false, deliver: @escaping @Sendable ([Notice]) -> Void
    ) {
        self.kernel = kernel
        self.root = root
        self.mode = mode
        self.pace = pace
        self.isExcluded = isExcluded
        self.tellsHappenings = tellsHappenings
        self.ownFiles = OwnFiles(ignoredFiles, below: root)
        self.deliver = deliver
        pairing = EventPairing(patience: pace.pairing, utmost: pace.crowdedPairing)
    }

    package func start() {
        kernel.perform { self.begin() }
    }

    package func stop() {
        kernel.perform { self.end() }
    }

    package func catchUp(_ done: @escaping @Sendable () -> Void) {
        kernel.perform {
            self.waiters.append(done)
            self.checkRoot()
            self.tellUncovered()
            self.serveQueue()
        }
    }

    package func watchedDirectories(limit: Int) async -> (count: Int, list: [(Int32, RelativePath)]) {
        await withCheckedContinuation { continuation in
            let isTaken = kernel.perform {
                continuation.resume(returning: (self.tree.watchCount, self.tree.watchedDirectories(limit: limit)))
            }
            if !isTaken { continuation.resume(returning: (0, [])) }
        }
    }
}

// MARK: Rounds

extension InotifySource {
    /// The kernel has events.
    func serveQueue() {
        guard let queue else { return }
        rest.restWhenBusy()
        let moment = TrackedMoment.now()
        let events = queue.read()
        track.read(events, isDrained: queue.isDrained && isLive, since: moment)
        pairing.add(events, at: Clock.now())
        settlePause = .milliseconds(20)
        runRound()
    }

    /// Everything that can be done now, and then the notices go out.
    func runRound() {
        guard queue != nil else { return }
        replayEvents()
        if pairing.isEmpty { track.forgetLoss() }
        // While the half of a rename is waited for, the tree is known to be incomplete; but not for ever.
        unsettledRounds = pairing.isEmpty ? 0 : unsettledRounds + 1
        if pairing.isEmpty || unsettledRounds > 16 {
            removeParked()
            settleUnsure()
        }
        walkSlice()
        tellWhenLive()
        openParent = nil
        deliverBatch()
        answerWaiters()
        goOn()
    }

    private func answerWaiters() {
        guard !waiters.isEmpty, isQuiet else { return }
        let answered = waiters
        waiters = []
        for waiter in answered { waiter() }
    }

    private func goOn() {
        kernel.cancel(settleTimer)
        settleTimer = nil
        if walk.canGoOn { return scheduleRound() }
        guard !walk.isEmpty || !unsure.isEmpty else { return }
        // Paths that lead nowhere just now: an event explains them soon, or `doubt` finds out why.
        settleTimer = kernel.schedule(after: settlePause) { self.runRound() }
        settlePause = min(settlePause * 2, .seconds(1))
    }

    func deliverBatch() {
        if case .live = state { tellRootLimited() }
        tellCoverage()
        let notices = batch.take()
        guard !notices.isEmpty else { return }
        deliver(notices)
        known?.note(notices)
    }

    /// By the queue of the thread, so that everything else has its turn first.
    func scheduleRound() {
        guard !isRoundAhead else { return }
        isRoundAhead = true
        kernel.perform {
            self.isRoundAhead = false
            self.runRound()
        }
    }

    private func replayEvents() {
        kernel.cancel(pairingTimer)
        pairingTimer = nil
        while queue != nil {
            switch pairing.next(at: Clock.now()) {
            case .single(let event): replay(event)
            case .renamed(let from, let to): replayRename(from: from, to: to)
            case .nothing: return
            case .waiting(let until):
                // The other half may lie in the queue by then, unread since this thread came late itself.
                pairingTimer = kernel.schedule(after: until - Clock.now()) { self.serveQueue() }
                return
            }
        }
    }

    private func tellWhenLive() {
        guard case .walking(let again) = state, walk.isEmpty else { return }
        state = .live
        watchWay()
        checkRoot()
        guard isLive else { return }
        noteTrack()
        tellRootLimited()
        if again { batch.add(.lost(.root, reason: .rewatched)) }
        batch.add(.live(directories: tree.watchCount))
        isRootToldGone = false
        known?.noteTree { !self.isExcluded($0) }
    }
}

extension InotifySource {
    private var isLive: Bool { if case .live = state { true } else { false } }

    /// Nothing in the kernel, and nothing on the way: up to now everything has been told.
    func noteTrack() {
        let moment = TrackedMoment.now()
        guard isLive, pairing.isEmpty, let queue, queue.isEmpty else { return }
        track.tell(upTo: moment)
    }

    /// Nothing is being worked on, and the kernel has nothing for us. What happened before is told then.
    var isQuiet: Bool {
        guard case .live = state, let queue else { return false }
        return queue.isEmpty && pairing.isEmpty && walk.isEmpty && unsure.isEmpty && parked.isEmpty
    }
}
