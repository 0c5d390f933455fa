import MirrorCore

/// What the kernel, and the event source that reads it, tell of the source: with merged, split, swapped and lost
/// events, and with watches that come after the directory. It tells what `Notice` promises and no more.
struct SimulatedKernel {
    private let swarm: Swarm
    /// Notices that nobody has read yet.
    private(set) var queue: [Notice] = []
    /// The program watches. While it does not, nothing is queued.
    private(set) var isWatching = false
    /// Directories without a watch, and whether they came by a rename: what happens right in them is not told. What
    /// lies below one has none either.
    private var unwatched: [RelativePath: Bool] = [:]
    /// Up to when everything has been read.
    private var told: TrackedMoment?
    /// Directories at a place of which the program knows nothing, since the event of that was lost.
    private var unknown: Set<RelativePath> = []
    /// Files whose close was lost. That they were modified was told.
    private var lostCloses: Set<RelativePath> = []
    /// Those of them that never get one.
    private(set) var blind: Set<RelativePath> = []

    init(swarm: Swarm) { self.swarm = swarm }

    // MARK: The program's side

    /// Every directory that stands gets its watch.
    mutating func startWatching() {
        (isWatching, queue) = (true, [])
        (told, unknown, lostCloses) = (nil, [], [])
        unwatched = unwatched.filter { blind.contains($0.key) }
    }

    mutating func stopWatching() { (isWatching, queue) = (false, []) }

    /// Takes the first notices out. `isLate`: what has stood in the queue for seconds is old by now, and a directory
    /// that is not as new as its event is told as one that came with content.
    mutating func read(_ count: Int, isLate: Bool) -> [Notice] {
        var taken = Array(queue.prefix(count))
        queue.removeFirst(taken.count)
        if taken.contains(where: \.isOverflow) {
            taken += lostCloses.sorted().map { .touched($0, isDirectory: false) }
            lostCloses = []
        }
        guard isLate else { return taken }
        for path in unwatched.keys { unwatched[path] = true }
        return taken.map { notice in
            if case .directoryAppeared(let path, _) = notice { .directoryAppeared(path, moved: true) } else { notice }
        }
    }

    /// Now everything that happened has been read.
    mutating func noteRead(at moment: TrackedMoment) { if isWatching, queue.isEmpty { told = moment } }

    /// Watches what has none yet, and tells what is found in it.
    mutating func cover(_ tree: SimulatedTree) -> [Notice] {
        var told: [Notice] = []
        let covered = unwatched.filter { !blind.contains($0.key) }
        for (path, moved) in covered.sorted(by: { $0.key < $1.key }) {
            unwatched[path] = nil
            told.append(unknown.contains(path) ? .directoryFound(path) : .directoryAppeared(path, moved: moved))
            for child in tree.children(of: path) where !tree.isDirectory(child) {
                told.append(moved ? .fileArrived(child) : .writing(child))
            }
            for child in tree.children(of: path) where blind.contains(child) {
                told += [.directoryAppeared(child, moved: moved), .lost(child, reason: .watchLimit(limit: 1))]
            }
        }
        unknown.formIntersection(blind)
        return told
    }

    /// What no watch covers is to be compared.
    func blindSpots() -> [Notice] { blind.sorted().map { .lost($0, reason: .watchLimit(limit: 1)) } }

    // MARK: The writer's side

    /// Whether what happens to this name is told.
    func sees(_ path: RelativePath) -> Bool {
        isWatching && !(path.parent.map { unwatched[$0] != nil } ?? false)
    }

    /// Whether a change at this path may have gone unseen, with more to come about it.
    func isBlindTo(_ path: RelativePath) -> Bool {
        guard !unwatched.isEmpty else { return false }
        var above = path.parent
        while let parent = above, !parent.isRoot {
            if unwatched[parent] != nil { return true }
            above = parent.parent
        }
        return false
    }

    /// Of a file that was modified before.
    mutating func tellClose(_ path: RelativePath) {
        guard sees(path) else { return }
        if !append(.touched(path, isDirectory: false)) { lostCloses.insert(path) }
    }

    mutating func tell(_ notice: Notice, about path: RelativePath) {
        if sees(path) { append(notice) }
    }

    mutating func tellAlways(_ notice: Notice) { if isWatching { queue.append(notice) } }

    /// A directory that is new to the tree, alone or with content.
    mutating func appeared(_ path: RelativePath, in tree: SimulatedTree, moved: Bool, isBlind: Bool) {
        if sees(path), !append(.directoryAppeared(path, moved: moved)) { return lose(path, in: tree) }
        let isUnseen = !sees(path)
        guard swarm.hasLateWatches || isUnseen || isBlind else { return }
        for directory in [path] + tree.below(path).filter(tree.isDirectory) { unwatched[directory] = moved }
        if isBlind {
            blind.insert(path)
            tell(.lost(path, reason: .watchLimit(limit: 1)), about: path)
        }
    }

    mutating func disappeared(_ path: RelativePath, isDirectory: Bool) {
        tell(.disappeared(path, isDirectory: isDirectory), about: path)
        forget(path)
    }

    /// After the rename in the tree. What moves below a directory without a watch loses its own.
    mutating func renamed(_ from: RelativePath, to path: RelativePath, in tree: SimulatedTree, isSplit: Bool) {
        let isDirectory = tree.isDirectory(path)
        let (seesOld, seesNew) = (sees(from), sees(path))
        moveWatches(from, to: path)
        var isTold = true
        if seesOld, seesNew, !isSplit {
            isTold = append(.renamed(from: from, to: path, isDirectory: isDirectory))
        } else {
            if seesOld { append(.disappeared(from, isDirectory: isDirectory)) }
            if seesNew { isTold = append(isDirectory ? .directoryAppeared(path, moved: true) : .fileArrived(path)) }
        }
        if isDirectory, !isTold { return lose(path, in: tree) }
        guard isDirectory, !(seesOld && seesNew && !isSplit) else { return }
        for directory in [path] + tree.below(path).filter(tree.isDirectory) { unwatched[directory] = true }
    }

    /// After the exchange in the tree, which the kernel tells as two renames.
    mutating func exchanged(_ one: RelativePath, _ other: RelativePath, in tree: SimulatedTree) {
        let sees = (one: sees(one), other: sees(other))
        let between: RelativePath = "between"
        moveWatches(one, to: between)
        moveWatches(other, to: one)
        moveWatches(between, to: other)
        for (from, path) in [(one, other), (other, one)] {
            let isDirectory = tree.isDirectory(path)
            if sees.one, sees.other {
                let isTold = append(.renamed(from: from, to: path, isDirectory: isDirectory))
                if isDirectory, !isTold { lose(path, in: tree) }
            } else if from == one ? sees.one : sees.other {
                append(.disappeared(from, isDirectory: isDirectory))
            } else {
                append(isDirectory ? .directoryAppeared(path, moved: true) : .fileArrived(path))
            }
            guard isDirectory, !(sees.one && sees.other) else { continue }
            for directory in [path] + tree.below(path).filter(tree.isDirectory) { unwatched[directory] = true }
        }
    }

    private mutating func forget(_ path: RelativePath) {
        unwatched = unwatched.filter { !path.contains($0.key) }
        blind = blind.filter { !path.contains($0) }
        unknown = unknown.filter { !path.contains($0) }
        lostCloses = lostCloses.filter { !path.contains($0) }
    }

    private mutating func moveWatches(_ from: RelativePath, to path: RelativePath) {
        unwatched = unwatched.filter { !path.contains($0.key) || from.contains($0.key) }
        blind = blind.filter { !path.contains($0) || from.contains($0) }
        for directory in unwatched.keys where from.contains(directory) {
            unwatched[directory] = nil
            // Under its new name it is found by looking.
            unwatched[directory.moved(from: from, to: path)] = true
        }
        blind = Set(blind.map { from.contains($0) ? $0.moved(from: from, to: path) : $0 })
        let moved = { (set: Set<RelativePath>) in
            Set(set.map { from.contains($0) ? $0.moved(from: from, to: path) : $0 })
        }
        unknown = moved(unknown.filter { !path.contains($0) || from.contains($0) })
        lostCloses = moved(lostCloses.filter { !path.contains($0) || from.contains($0) })
    }

    /// False: there was no room for it.
    @discardableResult
    private mutating func append(_ notice: Notice) -> Bool {
        if queue.last == notice { return true }
        // One mark for everything: the same event on the same name is merged wherever in the queue it stands.
        if !swarm.hasLateWatches, case .touched = notice, queue.contains(notice) { return true }
        // Full: the kernel says once that it was, and takes events again as soon as there is room.
        guard let bound = swarm.queueBound, queue.count >= bound else {
            queue.append(notice)
            return true
        }
        if !queue.contains(where: \.isOverflow) {
            queue.append(
                told.map { .missed(.root, since: $0, reason: .overflow) } ?? .lost(.root, reason: .overflow))
        }
        return false
    }

    /// The event of a directory's coming was lost: it is found by looking, later.
    private mutating func lose(_ path: RelativePath, in tree: SimulatedTree) {
        unknown.insert(path)
        for directory in [path] + tree.below(path).filter(tree.isDirectory) { unwatched[directory] = true }
    }

    /// Neighbours that have nothing to do with each other may come the other way round.
    mutating func reorder(_ chance: inout Jitter) -> Bool {
        guard queue.count > 1 else { return false }
        let index = Int.random(in: 0..<queue.count - 1, using: &chance)
        let (left, right) = (queue[index].paths, queue[index + 1].paths)
        let isRelated = left.contains { one in right.contains { one.contains($0) || $0.contains(one) } }
        guard !isRelated, !left.isEmpty, !right.isEmpty else { return false }
        queue.swapAt(index, index + 1)
        return true
    }
}

extension Notice {
    /// The names that it is about; none where it is about the source itself.
    var paths: [RelativePath] {
        switch self {
        case .touched(let path, _), .writing(let path), .happened(_, let path, _), .fileArrived(let path),
            .directoryAppeared(let path, _), .directoryFound(let path), .disappeared(let path, _), .lost(let path, _):
            [path]
        case .renamed(let from, let to, _): [from, to]
        case .unchanged, .missed, .rootGone, .live, .watchedBy, .uncovered: []
        }
    }

    var isOverflow: Bool {
        switch self {
        case .missed, .lost(_, reason: .overflow): true
        default: false
        }
    }

    /// Whether it says, or is about to be followed by something that says, that this path is to be looked at.
    func isAbout(_ path: RelativePath) -> Bool {
        switch self {
        case .touched(let own, _), .writing(let own), .happened(_, let own, _), .fileArrived(let own): own == path
        case .directoryAppeared(let own, let moved): own == path || (moved && own.contains(path))
        case .disappeared(let own, let isDirectory): own == path || (isDirectory && own.contains(path))
        case .lost(let own, _), .missed(let own, _, _), .directoryFound(let own): own.contains(path)
        case .renamed(let from, let to, let isDirectory):
            from == path || to == path || (isDirectory && (from.contains(path) || to.contains(path)))
        case .unchanged, .rootGone, .live, .watchedBy, .uncovered: false
        }
    }
}
