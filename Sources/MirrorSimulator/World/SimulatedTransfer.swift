import MirrorCore

/// A transfer on its way, as rsync does one: first it lists what there is, path by path, then it brings contents and
/// deletes what the list has not; the source changes meanwhile.
struct SimulatedTransfer {
    enum Fault: Equatable, Sendable { case none, before, middle, after, partial, vanishing, denied }

    /// What it is about, but for the trees.
    struct Order {
        var job: Job
        var sync: SyncSettings
        var matcher: PathMatcher
        var startedAt: Moment
        var endsAt: Moment
        var fault: Fault
        /// It began when the source's file system was gone.
        var seesNothing: Bool
    }

    private enum Step {
        case list(Change)
        case bring(RelativePath, SimulatedTree.Node, change: Change)
        /// What the target has in this directory beyond these names goes.
        case prune(RelativePath, keeping: Set<RelativePath>)
        case delete(Change)
    }

    let order: Order
    var job: Job { order.job }
    private var lists: [Change]
    private var steps: [Step] = []
    private let failsAfter: Int
    private var handled = 0
    private var failures: [PathFailure] = []
    /// Files in directories that are compared as a whole which are left alone, and those of them that the core does not
    /// know of.
    private var barred: Set<RelativePath>
    private var unfinished: Set<RelativePath> = []
    private var isDiskFull = false
    var isStopped = false

    init(_ order: Order, source: SimulatedTree, chance: inout Jitter) {
        self.order = order
        switch order.job.scope {
        case .everything: lists = [Change(.root, isSubtree: true)]
        case .changes(let changes): lists = changes
        }
        barred = Set(order.job.unfinished)
        failsAfter = order.fault == .middle ? Int.random(in: 0...(2 * lists.count + 4), using: &chance) : .max
    }

    var isWorking: Bool {
        guard !isStopped, !isDiskFull, order.fault != .before, order.fault != .denied else { return false }
        return handled < failsAfter && !(lists.isEmpty && steps.isEmpty)
    }

    /// Goes on by one path.
    mutating func advance(_ world: inout TransferWorld) {
        guard isWorking else { return }
        handled += 1
        if !lists.isEmpty { return list(lists.removeFirst(), world) }
        switch steps.removeFirst() {
        case .list(let change): list(change, world)
        case .bring(let path, let node, let change): bring(path, node, change, &world)
        case .prune(let directory, let kept): prune(directory, keeping: kept, &world)
        case .delete(let change): delete(change, &world)
        }
    }

    // MARK: Listing

    private mutating func list(_ change: Change, _ world: TransferWorld) {
        if fails(change, world) { return }
        guard let node = world.source[change.path], isReachable(change.path, world.source) else {
            steps.append(.delete(change))
            return
        }
        for parent in change.path.parents.reversed() {
            if let node = world.source[parent] { steps.append(.bring(parent, node, change: change)) }
        }
        steps.append(.bring(change.path, node, change: change))
        guard node.isDirectory, change.isSubtree else { return }
        listBelow(change, world)
    }

    private mutating func listBelow(_ change: Change, _ world: TransferWorld) {
        let found = world.open.filter { change.path.contains($0) }.subtracting(order.job.offered)
        unfinished.formUnion(found.subtracting(barred))
        barred.formUnion(found)
        let inside =
            change.isShallow ? world.source.children(of: change.path)[...] : world.source.below(change.path)
        var names: [RelativePath: Set<RelativePath>] = [change.path: []]
        for path in inside {
            names[path.parent ?? .root, default: []].insert(path)
            if world.source.isDirectory(path) { names[path] = names[path] ?? [] }
        }
        let pruned = change.isShallow ? [] : inside.filter(world.source.isDirectory)
        for directory in [change.path] + pruned {
            steps.append(.prune(directory, keeping: names[directory] ?? []))
        }
        for path in inside {
            var inner = Change(path, mayBeDirectory: world.source.isDirectory(path), isMoved: change.isMoved)
            inner.mayBeFile = true
            steps.append(.bring(path, world.source[path]!, change: inner))
        }
    }

    private func isReachable(_ path: RelativePath, _ tree: SimulatedTree) -> Bool {
        path.parent.map { tree.isDirectory($0) } ?? true
    }

    /// This run does not bring the path, and says so.
    private mutating func fails(_ change: Change, _ world: TransferWorld) -> Bool {
        let isHit =
            (order.fault == .partial || order.fault == .vanishing) && !change.path.isRoot
            && (change.path.bytes.reduce(handled) { $0 &* 31 &+ Int($1) } & 3) == 0
        guard isHit else { return false }
        let kind: PathFailure.Kind = order.fault == .vanishing ? .vanished : .other
        failures.append(PathFailure(change, kind: kind, text: "simulated"))
        return true
    }

    // MARK: Doing

    private mutating func bring(
        _ path: RelativePath, _ listed: SimulatedTree.Node, _ change: Change, _ world: inout TransferWorld
    ) {
        guard !path.isRoot, !isExcluded(path, world) else { return }
        let target = world.target.tree
        if let parent = path.parent, !target.isDirectory(parent), isExcluded(parent, world) { return }
        switch listed {
        case .directory:
            guard target.isDirectory(path) || clearTheWay(path, change, &world) else { return }
            guard world.target.hasRoom(for: path) else {
                isDiskFull = true
                return
            }
            if target[path] == listed { world.target.confirm(path) } else { world.put(listed, at: path) }
        case .file(let file): bring(file, path, change, &world)
        }
    }

    private mutating func bring(
        _ listed: SimulatedTree.File, _ path: RelativePath, _ change: Change, _ world: inout TransferWorld
    ) {
        let isExact =
            change.isLate || (job.comparesExactly && mayHide(listed, change))
            || hidesBehindRename(listed, change, world)
        if case .file(let old)? = world.target.tree[path], old.size == listed.size,
            isExact ? old.time == listed.time : old.second == listed.second,
            !(change.isWritten && listed.isSetBack && old.version != listed.version)
        {
            // rsync brings the attributes of what it leaves as it is; times that are equal to the second are left.
            var left = old
            left.mode = listed.mode
            // Its content was read while another file stood at the name, which has since come back with its own time.
            if old.time == listed.time, old.version != listed.version { world.target.hide(path) }
            if left != old { world.change(.file(left), at: path) } else { world.target.confirm(path) }
            return
        }
        // A directory in its place goes before the file is asked for.
        guard !world.target.tree.isDirectory(path) || clearTheWay(path, change, &world) else { return }
        guard case .file(let content)? = world.source[path] else {
            // It has gone, or is something else, since it was listed.
            failures.append(PathFailure(change, kind: .vanished, text: "simulated"))
            return
        }
        guard world.target.hasRoom(for: path) else {
            isDiskFull = true
            return
        }
        var brought = listed
        (brought.version, brought.size) = (content.version, content.size)
        world.put(.file(brought), at: path)
    }

    /// rsync replaces a directory, or what stands where one should be, only where it may delete.
    private mutating func clearTheWay(_ path: RelativePath, _ change: Change, _ world: inout TransferWorld) -> Bool {
        guard world.target.tree[path] != nil else { return true }
        if world.target.tree.isDirectory(path), !world.target.tree.below(path).isEmpty {
            guard job.deletes, change.mayBeDirectory || isBelowSubtree(path) else {
                failures.append(PathFailure(change, kind: .other, text: "could not make way"))
                return false
            }
        }
        world.clear(path)
        return true
    }

    private mutating func prune(
        _ directory: RelativePath, keeping: Set<RelativePath>, _ world: inout TransferWorld
    ) {
        guard job.deletes, directory.isRoot || !isExcluded(directory, world) else { return }
        for path in world.target.tree.children(of: directory) where !keeping.contains(path) && !isExcluded(path, world)
        {
            world.delete(path)
        }
    }

    private mutating func delete(_ change: Change, _ world: inout TransferWorld) {
        guard !change.path.isRoot, !isExcluded(change.path, world) else { return }
        let target = world.target.tree
        guard target[change.path] != nil else { return world.target.confirm(change.path) }
        guard job.deletes else { return }
        // rsync does not remove a directory whose content the list leaves out.
        if target.isDirectory(change.path), !change.mayBeDirectory, !target.below(change.path).isEmpty { return }
        world.delete(change.path)
    }

    private func isExcluded(_ path: RelativePath, _ world: TransferWorld) -> Bool {
        if !barred.isEmpty, ([path] + path.parents).contains(where: barred.contains) { return true }
        return order.matcher.excludes(
            path, isDirectory: world.source.isDirectory(path) || world.target.tree.isDirectory(path))
    }

    // MARK: Second writes

    /// As an engine sees it: only a time within the transfers before can be that of a second write.
    private func mayHide(_ file: SimulatedTree.File, _ change: Change) -> Bool {
        guard let hiding = job.hiding, !isBelowSubtree(change.path) else { return true }
        let second = { (moment: Moment) in moment.nanoseconds / 1_000_000_000 }
        if change.isMoved { return file.second <= second(hiding.upperBound) }
        return (second(hiding.lowerBound)...second(hiding.upperBound)).contains(file.second)
    }

    private func hidesBehindRename(_ file: SimulatedTree.File, _ change: Change, _ world: TransferWorld) -> Bool {
        change.isMoved && file.second < world.second - 1
    }

    private func isBelowSubtree(_ path: RelativePath) -> Bool {
        guard case .changes(let changes) = job.scope else { return true }
        return changes.contains { change in
            change.isShallow ? change.path == path.parent : change.isSubtree && change.path.contains(path)
        }
    }

    // MARK: Its end

    var outcome: Outcome {
        if isStopped { return Outcome(.stopped) }
        if isDiskFull { return Outcome(.failed(Failure(.noSpace, detail: "simulated")), exitCode: 11) }
        switch order.fault {
        case .before, .middle, .after:
            return Outcome(.failed(Failure(.connectionLost, detail: "simulated")), exitCode: 12)
        case .denied:
            return Outcome(.failed(Failure(.permissionDenied, detail: "simulated")), exitCode: 255)
        case .none, .partial, .vanishing:
            var told: Set<RelativePath> = []
            let failures = failures.filter { told.insert($0.change.path).inserted }
            var outcome =
                failures.isEmpty ? Outcome(.done, exitCode: 0) : Outcome(.partial(failures), exitCode: 23)
            outcome.unfinished = unfinished.sorted()
            return outcome
        }
    }
}

extension RelativePath {
    /// The directories above, the nearest first; not the root.
    var parents: [RelativePath] {
        var above: [RelativePath] = []
        var next = parent
        while let directory = next, !directory.isRoot {
            above.append(directory)
            next = directory.parent
        }
        return above
    }
}
