import Glibc
import MirrorCore
import Synchronization

/// Walks a tree again and again, and tells what has become different between two walks.
///
/// What is told, beyond `Notice`: a file that is new, or of which anything that stat(2) says is another, is
/// `fileArrived`,
/// since its time of modification may be any; a directory that is new, or another one under its name, is
/// `directoryFound`. A file that is as young as the walk is told once more by the next one.
final class TreeScan: Sendable {
    enum End: Equatable {
        case done(directories: Int)
        case cancelled
        /// Another directory stands at the root's path, or none.
        case rootGone
        /// The root can't be read.
        case refused(errno: Int32)
    }

    private struct State {
        var known: [RelativePath: ScannedDirectory]?
        var next: [RelativePath: ScannedDirectory] = [:]
        var open: [RelativePath: OpenDirectory] = [:]
        var unreadTold: Set<RelativePath> = []
        var young: Int64 = 0
        var walker: TreeWalker?
        var isCancelled = false
    }

    private let order: WalkOrder
    private let ownFiles: OwnFiles
    private let tellsHappenings: Bool
    // A lock of its own: the threads of a walk bring their parts of one snapshot.
    private let state = Mutex(State())

    init(_ order: WalkOrder, ownFiles: OwnFiles, tellsHappenings: Bool) {
        self.order = order
        self.ownFiles = ownFiles
        self.tellsHappenings = tellsHappenings
    }

    var isFirst: Bool { state.withLock { $0.known == nil } }

    /// From any thread. For good.
    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            state.walker?.cancel()
        }
    }

    /// Blocks until it is over; one at a time. `tell` gets what is different, from several threads. The first one tells
    /// nothing.
    func run(_ tell: @escaping @Sendable ([Notice]) -> Void) -> End {
        let walker = TreeWalker(order) { batch in
            let (notices, isRoot) = self.take(batch)
            if !notices.isEmpty { tell(notices) }
            return isRoot
        }
        let isCancelled = state.withLock { state in
            (state.next, state.open, state.walker) = ([:], [:], walker)
            // Two seconds for the coarsest clock that a file system has (FAT).
            state.young = TrackedMoment.now().wall - 2_000_000_000
            return state.isCancelled
        }
        if isCancelled { return .cancelled }
        let end = walker.run()
        if let refusal = end.unread.first(where: { $0.path == order.top }), end.directories == 0 {
            return [ENOENT, ENOTDIR].contains(refusal.errno) ? .rootGone : .refused(errno: refusal.errno)
        }
        return finish(end, tell)
    }

    private func finish(_ end: WalkEnd, _ tell: ([Notice]) -> Void) -> End {
        var notices: [Notice] = []
        let result = state.withLock { state -> End in
            state.walker = nil
            if state.isCancelled { return .cancelled }
            guard !end.isCancelled else { return .rootGone }
            let isFirst = state.known == nil
            for unread in end.unread where !state.unreadTold.contains(unread.path) && !isFirst {
                notices.append(.lost(unread.path, reason: .unwatchable(errno: unread.errno)))
            }
            if end.isUnreadCut { notices.append(.lost(.root, reason: .unwatchable(errno: EACCES))) }
            state.unreadTold = Set(end.unread.map(\.path))
            (state.known, state.next) = (state.next, [:])
            return .done(directories: end.directories)
        }
        if !notices.isEmpty { tell(notices) }
        return result
    }

    // MARK: What is different

    /// False: the root is another directory than before.
    private func take(_ batch: WalkBatch) -> ([Notice], isRoot: Bool) {
        var notices: [Notice] = []
        let open: OpenDirectory
        if batch.isFirst {
            let begun = begin(batch)
            guard batch.directory != order.top || begun.open.kind != .other else { return ([], false) }
            (open, notices) = (begun.open, begun.notices)
        } else {
            guard let begun = state.withLock({ $0.open[batch.directory] }) else { return ([], true) }
            open = begun
        }
        let isTold = open.kind == .known || (tellsHappenings && open.kind == .found)
        for entry in batch.entries where !ownFiles.contains(entry.name, in: batch.directory) {
            let stamp = ScannedDirectory.stamp(entry.facts, young: open.young)
            open.now.add(entry.name, stamp)
            let before = open.before.removeValue(forKey: entry.name)
            guard isTold, before != stamp else { continue }
            notices.append(told(batch.directory.appending(entry.name), entry.facts, isNew: before == nil))
        }
        guard batch.isLast else { return (notices, true) }
        state.withLock { state in
            state.open[batch.directory] = nil
            state.next[batch.directory] = open.now
        }
        guard batch.isWhole, open.kind == .known else { return (notices, true) }
        return (notices + open.gone(from: batch.directory), true)
    }

    private func begin(_ batch: WalkBatch) -> (open: OpenDirectory, notices: [Notice]) {
        let path = batch.directory
        let now = ScannedDirectory(batch.own)
        let (old, kind, young) = state.withLock { state -> (ScannedDirectory?, OpenDirectory.Kind, Int64) in
            guard let known = state.known else { return (nil, .first, state.young) }
            if let old = known[path] { return (old, old.isSame(as: now) ? .known : .other, state.young) }
            // What lies below a directory that is told is told with it.
            let isTop = path == order.top || path.parent.map { known[$0] != nil } ?? true
            return (nil, isTop || tellsHappenings ? .found : .first, state.young)
        }
        let open = OpenDirectory(now, kind: kind, before: kind == .known ? old?.entries ?? [:] : [:], young: young)
        state.withLock { $0.open[path] = open }
        switch kind {
        case .first: return (open, [])
        case .found, .other:
            return (open, [tellsHappenings ? .directoryAppeared(path, moved: false) : .directoryFound(path)])
        case .known:
            guard old?.changed != now.changed else { return (open, []) }
            return (
                open,
                [
                    tellsHappenings
                        ? .happened(.itself, path, isDirectory: true) : .touched(path, isDirectory: true)
                ]
            )
        }
    }

    private func told(_ path: RelativePath, _ facts: EntryFacts, isNew: Bool) -> Notice {
        // What is in it is looked at itself, if it is wanted at all.
        if facts.isDirectory { return .touched(path, isDirectory: true) }
        guard tellsHappenings else { return .fileArrived(path) }
        return .happened(isNew ? .created : .written, path, isDirectory: false)
    }
}

/// A directory that is being read.
///
/// `@unchecked Sendable`: the parts of one directory follow each other, so one thread at a time has it.
private final class OpenDirectory: @unchecked Sendable {
    enum Kind {
        /// In the first walk, or below a directory that is told as a whole.
        case first
        /// Nothing is known of what stood here.
        case found
        /// Another directory than before.
        case other
        case known
    }

    let kind: Kind
    let young: Int64
    var now: ScannedDirectory
    /// What has not been seen again yet.
    var before: [[UInt8]: UInt64]

    init(_ now: ScannedDirectory, kind: Kind, before: [[UInt8]: UInt64], young: Int64) {
        self.now = now
        self.kind = kind
        self.before = before
        self.young = young
    }

    func gone(from directory: RelativePath) -> [Notice] {
        before.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
            .disappeared(directory.appending($0.key), isDirectory: ScannedDirectory.isDirectory($0.value))
        }
    }
}
