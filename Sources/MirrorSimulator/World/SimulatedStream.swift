import MirrorCore

/// A transfer on its way as the stream does one: each path is looked at when its turn comes and goes as it stands then,
/// content and attributes of one moment. What is to go goes when everything else has come, after one more look, and
/// only where it is not too much. It may break after any order, or after all of them and before their answers.
struct SimulatedStream {
    private enum Step {
        case move(Change)
        case bring(Change)
        /// A directory that is compared as a whole.
        case merge(RelativePath)
        case compare(RelativePath)
        case remove(RelativePath)
    }

    /// Two writes within so many nanoseconds get one time from the kernel.
    static let tick: Int64 = 100_000_000

    let order: SimulatedTransfer.Order
    var job: Job { order.job }
    /// What a transfer may delete before a person is asked; nil is all of it.
    private let deleteLimit: Int?
    /// The last is done first.
    private var work: [Step]
    private var doomed: [RelativePath] = []
    private var moved: Set<RelativePath> = []
    private let failsAfter: Int
    private var handled = 0
    private var failures: [PathFailure] = []
    private var unfinished: Set<RelativePath> = []
    private var excess: Int?
    var isStopped = false

    init(_ order: SimulatedTransfer.Order, deleteLimit: Int?, chance: inout Jitter) {
        self.order = order
        self.deleteLimit = order.job.mayDeleteMany ? nil : deleteLimit
        switch order.job.scope {
        case .everything: work = [.merge(.root)]
        case .changes(let changes):
            let moves = changes.filter { $0.movedFrom != nil }
            work = moves.map { .move($0) } + changes.map { .bring($0) }
        }
        failsAfter = order.fault == .middle ? Int.random(in: 0...(2 * work.count + 4), using: &chance) : .max
        work.reverse()
    }

    var isWorking: Bool {
        guard !isStopped, excess == nil, order.fault != .before, order.fault != .denied else { return false }
        return handled < failsAfter && !(work.isEmpty && doomed.isEmpty)
    }

    /// Goes on by one order.
    mutating func advance(_ world: inout TransferWorld) {
        guard isWorking else { return }
        handled += 1
        guard let next = work.popLast() else { return decideRemovals(world) }
        switch next {
        case .move(let change): move(change, &world)
        case .bring(let change): bring(change, &world)
        case .merge(let directory): merge(directory, world)
        case .compare(let path): compare(path, &world)
        case .remove(let path): remove(path, &world)
        }
    }

    // MARK: One path

    private mutating func bring(_ change: Change, _ world: inout TransferWorld) {
        let path = change.path
        guard !path.isRoot else {
            if change.isSubtree { work.append(.merge(.root)) }
            return
        }
        guard !isExcluded(path, world) else { return }
        guard let node = world.source[path], isReachable(path, world.source) else {
            return fails(path) ? () : doom(path, world)
        }
        switch node {
        case .directory:
            makeDirectory(path, node, &world)
            if change.isSubtree { work.append(.merge(path)) }
        case .file(let file):
            let isDoubtful =
                change.isWritten && (file.isSetBack || change.isMoved) || change.isMoved && !moved.contains(path)
            send(file, to: path, isDoubtful: isDoubtful, &world)
        }
    }

    private mutating func compare(_ path: RelativePath, _ world: inout TransferWorld) {
        guard let node = world.source[path], isReachable(path, world.source) else { return doom(path, world) }
        guard !isExcluded(path, world) else { return }
        switch node {
        // What lies below is tried whatever becomes of it.
        case .directory:
            makeDirectory(path, node, &world)
            work.append(.merge(path))
        case .file(let file):
            if job.unfinished.contains(path) { return }
            if world.open.contains(path), !job.offered.contains(path) {
                unfinished.insert(path)
                return
            }
            send(file, to: path, isDoubtful: false, &world)
        }
    }

    private mutating func merge(_ directory: RelativePath, _ world: TransferWorld) {
        guard world.source.isDirectory(directory), isReachable(directory, world.source) else {
            return work.append(.bring(Change(directory)))
        }
        let ours = world.source.children(of: directory)
        for path in world.target.tree.children(of: directory) where world.source[path] == nil { doom(path, world) }
        work += ours.reversed().map { .compare($0) }
    }

    /// Those above are made with it, as far as they are missing.
    private func makeParents(of path: RelativePath, _ world: inout TransferWorld) -> Bool {
        for parent in path.parents.reversed() where !world.target.tree.isDirectory(parent) {
            guard let node = world.source[parent], node.isDirectory, world.target.hasRoom(for: parent) else {
                return false
            }
            if world.target.tree[parent] != nil { world.clear(parent) }
            world.put(node, at: parent)
        }
        return true
    }

    private mutating func makeDirectory(
        _ path: RelativePath, _ node: SimulatedTree.Node, _ world: inout TransferWorld
    ) {
        if fails(path) { return }
        guard makeParents(of: path, &world), world.target.hasRoom(for: path) else { return fail(path, .noSpace) }
        if world.target.tree[path] == node {
            world.target.confirm(path)
        } else {
            if let there = world.target.tree[path], !there.isDirectory { world.clear(path) }
            world.put(node, at: path)
        }
    }

    private mutating func send(
        _ file: SimulatedTree.File, to path: RelativePath, isDoubtful: Bool, _ world: inout TransferWorld
    ) {
        if fails(path) { return }
        guard makeParents(of: path, &world) else { return fail(path, .noSpace) }
        if case .file(let old)? = world.target.tree[path], old.size == file.size,
            old.time / Self.tick == file.time / Self.tick, trusts(file), !isDoubtful
        {
            var left = old
            left.mode = file.mode
            // Nobody who compares sizes and times sees that its time was set back.
            if old.version != file.version, file.isSetBack { world.target.hide(path) }
            if left != old { world.change(.file(left), at: path) } else { world.target.confirm(path) }
            return
        }
        guard !world.target.tree.isDirectory(path) || makeWay(path, &world) else { return }
        guard world.target.hasRoom(for: path) else { return fail(path, .noSpace) }
        world.put(.file(file), at: path)
    }

    /// A second write may hide behind times of these seconds.
    private func trusts(_ file: SimulatedTree.File) -> Bool {
        if job.scope == .everything, job.comparesExactly { return false }
        guard let hiding = job.hiding else { return !job.comparesExactly }
        let seconds = [hiding.lowerBound, hiding.upperBound].map { $0.nanoseconds / 1_000_000_000 }
        return !(seconds[0]...seconds[1]).contains(file.second)
    }

    // MARK: Renames

    private mutating func move(_ change: Change, _ world: inout TransferWorld) {
        let path = change.path
        let moves = job.deletes || !order.sync.deletes(everything: false)
        guard moves, let old = change.movedFrom, world.source[old] == nil, !old.contains(path), !path.contains(old),
            !isExcluded(old, world), !isExcluded(path, world), let node = world.source[path],
            isReachable(path, world.source), let there = world.target.tree[old]
        else { return }
        let hindrance = world.target.tree[path]
        switch (node, there) {
        case (.directory, .directory): guard hindrance == nil, order.matcher.isEmpty else { return }
        case (.file(let file), .file(let theirs)):
            guard !(hindrance?.isDirectory ?? false), !moved.contains(old) else { return }
            let isSame = file.size == theirs.size && file.time / Self.tick == theirs.time / Self.tick
            guard !job.deletes || isSame && trusts(file) else { return }
        default: return
        }
        guard path.parent.map(world.target.tree.isDirectory) ?? true else { return }
        world.target.move(old, to: path)
        moved.insert(path)
    }

    // MARK: What goes

    private mutating func doom(_ path: RelativePath, _ world: TransferWorld) {
        guard job.deletes, !path.isRoot, !isExcluded(path, world) else { return }
        doomed.append(path)
    }

    /// Each is looked for once more; then all go, or none.
    private mutating func decideRemovals(_ world: TransferWorld) {
        var going: [RelativePath] = []
        var back: [RelativePath] = []
        for path in doomed {
            if world.source[path] == nil || !isReachable(path, world.source) {
                going += names(at: path, world).filter { !going.contains($0) }
            } else if world.source.isDirectory(path), world.target.tree.isDirectory(path) {
                // Another directory of that name: what is in this one is in question.
                back.append(path)
            }
        }
        doomed = []
        guard mayLose(going.count) else { return }
        work = back.map { .merge($0) } + going.reversed().map { .remove($0) }
    }

    /// What lies deeper first; what is left out stays.
    private func names(at path: RelativePath, _ world: TransferWorld) -> [RelativePath] {
        guard world.target.tree[path] != nil else { return [] }
        return (world.target.tree.below(path).reversed() + [path]).filter { !isExcluded($0, world) }
    }

    private mutating func mayLose(_ count: Int) -> Bool {
        guard let deleteLimit, count > deleteLimit else { return true }
        excess = count
        return false
    }

    private mutating func remove(_ path: RelativePath, _ world: inout TransferWorld) {
        guard world.target.tree[path] != nil else { return }
        if world.target.tree.isDirectory(path), !world.target.tree.below(path).isEmpty { return }
        world.delete(path)
    }

    /// A directory stands where a file should be.
    private mutating func makeWay(_ path: RelativePath, _ world: inout TransferWorld) -> Bool {
        let inside = world.target.tree.below(path)
        guard inside.isEmpty || job.deletes else {
            fail(path, .other)
            return false
        }
        guard mayLose(inside.count) else { return false }
        world.clear(path)
        return true
    }

    // MARK: Failures

    private mutating func fail(_ path: RelativePath, _ kind: PathFailure.Kind) {
        failures.append(PathFailure(Change(path), kind: kind, text: "simulated"))
    }

    private mutating func fails(_ path: RelativePath) -> Bool {
        let isHit =
            order.fault == .partial && !path.isRoot && (path.bytes.reduce(handled) { $0 &* 31 &+ Int($1) } & 3) == 0
        if isHit { fail(path, .other) }
        return isHit
    }

    private func isReachable(_ path: RelativePath, _ tree: SimulatedTree) -> Bool {
        path.parent.map { tree.isDirectory($0) } ?? true
    }

    private func isExcluded(_ path: RelativePath, _ world: TransferWorld) -> Bool {
        order.matcher.excludes(
            path, isDirectory: world.source.isDirectory(path) || world.target.tree.isDirectory(path))
    }

    var outcome: Outcome {
        if isStopped { return Outcome(.stopped) }
        if let excess { return Outcome(.sourceSuspect(.massDeletion(names: excess))) }
        switch order.fault {
        case .before, .middle, .after: return Outcome(.failed(Failure(.connectionLost, detail: "simulated")))
        case .denied: return Outcome(.failed(Failure(.permissionDenied, detail: "simulated")))
        case .none, .partial, .vanishing:
            var told: Set<RelativePath> = []
            let failures = failures.filter { told.insert($0.change.path).inserted }
            var outcome = failures.isEmpty ? Outcome(.done, exitCode: 0) : Outcome(.partial(failures), exitCode: 23)
            outcome.unfinished = unfinished.sorted()
            return outcome
        }
    }
}

/// A transfer by one engine or the other.
enum RunningTransfer {
    case rsync(SimulatedTransfer)
    case stream(SimulatedStream)
    /// The agent could not go on, and rsync does all of it.
    case fallback(SimulatedStream, behind: SimulatedTransfer)

    var order: SimulatedTransfer.Order {
        switch self {
        case .rsync(let transfer), .fallback(_, let transfer): transfer.order
        case .stream(let transfer): transfer.order
        }
    }

    var job: Job { order.job }

    var isWorking: Bool {
        switch self {
        case .rsync(let transfer): transfer.isWorking
        case .stream(let transfer): transfer.isWorking
        case .fallback(_, let behind): behind.isWorking
        }
    }

    var outcome: Outcome {
        switch self {
        case .rsync(let transfer), .fallback(_, let transfer): transfer.outcome
        case .stream(let transfer): transfer.outcome
        }
    }

    mutating func stop() {
        switch self {
        case .rsync(var transfer):
            transfer.isStopped = true
            self = .rsync(transfer)
        case .stream(var transfer):
            transfer.isStopped = true
            self = .stream(transfer)
        case .fallback(let stream, var behind):
            behind.isStopped = true
            self = .fallback(stream, behind: behind)
        }
    }

    mutating func advance(_ world: inout TransferWorld) {
        switch self {
        case .rsync(var transfer):
            transfer.advance(&world)
            self = .rsync(transfer)
        case .stream(var transfer):
            transfer.advance(&world)
            self = .stream(transfer)
        case .fallback(var stream, var behind):
            if stream.isWorking { stream.advance(&world) } else { behind.advance(&world) }
            self = .fallback(stream, behind: behind)
        }
    }
}
