import MirrorCore

/// Somebody who works in the source at random. It keeps a history of it, for those who check.
struct SimulatedWriter {
    private let swarm: Swarm
    private(set) var tree = SimulatedTree()
    /// Files that are written and not closed yet: what is in them has not been told.
    private(set) var openFiles: Set<RelativePath> = []
    /// When a file was open at each name last, by the count of operations.
    private(set) var opened: [RelativePath: Int] = [:]
    /// Counts operations.
    private(set) var clock = 0
    /// When each name last changed, by that count.
    private(set) var changed: [RelativePath: Int] = [:]
    /// What each name ever was.
    private(set) var lived: [RelativePath: Set<Int>] = [:]
    /// Under `lived`, a directory; files have their versions.
    private static let directory = -1
    /// When each name last changed, as its file system stamps it (ctime).
    private(set) var stamps: [RelativePath: Int64] = [:]
    /// How far the clock on the wall has been set.
    var wallOffset: Int64 = 0
    private var version = 0
    private var time: Int64 = 0

    private enum Operation: CaseIterable {
        case write, create, makeDirectory, removeFile, removeDirectory, renameFile, renameDirectory, exchange, mode
        case moveIn, moveOut, open, close, empty
    }

    /// What this run's writer does, each as often as it stands here.
    private var operations: [Operation] = []

    init(swarm: Swarm, seed: UInt64) {
        self.swarm = swarm
        var chance = Jitter(seed: seed)
        operations = [.write, .create, .makeDirectory, .removeFile]
        for operation in Operation.allCases where isAllowed(operation) {
            let weight = Bool.random(using: &chance) ? 0 : Int.random(in: 1...4, using: &chance)
            operations += Array(repeating: operation, count: operation == .empty ? min(weight, 1) : weight)
        }
    }

    private func isAllowed(_ operation: Operation) -> Bool {
        switch operation {
        case .exchange: swarm.exchanges
        case .moveIn, .moveOut: swarm.movesInAndOut
        case .open, .close: swarm.openFiles
        case .empty: swarm.emptiesSource
        default: true
        }
    }

    func hasLived(_ node: SimulatedTree.Node, at path: RelativePath) -> Bool {
        guard case .file(let file) = node else { return lived[path]?.contains(Self.directory) ?? false }
        return lived[path]?.contains(file.version) ?? false
    }

    /// One operation; false where there was nothing to do.
    mutating func act(at now: Moment, _ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        clock += 1
        time = max(time + 1, now.nanoseconds)
        switch operations.randomElement(using: &chance)! {
        case .write: return write(isNew: false, &kernel, &chance)
        case .create: return write(isNew: true, &kernel, &chance)
        case .makeDirectory: return makeDirectory(&kernel, &chance)
        case .removeFile: return removeFile(&kernel, &chance)
        case .removeDirectory: return removeDirectory(&kernel, &chance)
        case .renameFile: return rename(tree.files, &kernel, &chance)
        case .renameDirectory: return rename(tree.paths.filter(tree.isDirectory), &kernel, &chance)
        case .exchange: return exchange(&kernel, &chance)
        case .mode: return changeMode(&kernel, &chance)
        case .moveIn: return moveIn(&kernel, &chance)
        case .moveOut: return moveOut(&kernel, &chance)
        case .open: return open(&kernel, &chance)
        case .close: return close(&kernel, &chance)
        case .empty: return empty(&kernel)
        }
    }

    mutating func closeAll(_ kernel: inout SimulatedKernel) {
        for path in openFiles.sorted() { kernel.tellClose(path) }
        openFiles = []
    }

    // MARK: Files

    private mutating func write(isNew: Bool, _ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        let old = isNew ? nil : tree.files.randomElement(using: &chance)
        let path = old ?? freePath(&chance, wantsFile: true)
        guard !tree.isDirectory(path) else { return false }
        put(newFile(&chance), at: path)
        // A large write(2) stamps the file when it begins, and is told when it is done.
        if swarm.slowWrites, Int.random(in: 0..<3, using: &chance) == 0 {
            stamps[path] = stamp - Int64.random(in: 1...50, using: &chance) * 1_000_000_000
        }
        kernel.tell(.touched(path, isDirectory: false), about: path)
        return true
    }

    /// It is written now, and ready when it is closed.
    private mutating func open(_ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        let old = Bool.random(using: &chance) ? tree.files.randomElement(using: &chance) : nil
        let path = old ?? freePath(&chance, wantsFile: true)
        guard !tree.isDirectory(path) else { return false }
        put(newFile(&chance), at: path)
        openFiles.insert(path)
        opened[path] = clock
        kernel.tell(.writing(path), about: path)
        return true
    }

    /// What has no close: a file that is cut while nobody has it open, a link or a fifo; and more of what is open.
    mutating func actUnclosed(at now: Moment, _ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        clock += 1
        time = max(time + 1, now.nanoseconds)
        let choice = Int.random(in: 0..<4, using: &chance)
        if choice == 3 { return rewrite(&kernel, &chance) }
        let path =
            switch choice {
            case 0: tree.files.randomElement(using: &chance)
            case 1: openFiles.sorted().randomElement(using: &chance)
            default: freePath(&chance, wantsFile: true)
            }
        guard let path, !tree.isDirectory(path) else { return false }
        put(newFile(&chance), at: path)
        opened[path] = clock
        kernel.tell(.writing(path), about: path)
        return true
    }

    /// New content of the same size, with the time of the old.
    private mutating func rewrite(_ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        guard let path = tree.files.randomElement(using: &chance), case .file(var file)? = tree[path],
            !openFiles.contains(path)
        else { return false }
        version += 1
        (file.version, file.isSetBack) = (version, true)
        put(.file(file), at: path)
        kernel.tell(.touched(path, isDirectory: false), about: path)
        return true
    }

    private mutating func close(_ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        guard let path = openFiles.sorted().randomElement(using: &chance) else { return false }
        put(newFile(&chance), at: path)
        openFiles.remove(path)
        kernel.tellClose(path)
        return true
    }

    private mutating func removeFile(_ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        guard let path = tree.files.randomElement(using: &chance) else { return false }
        remove(path)
        kernel.disappeared(path, isDirectory: false)
        return true
    }

    private mutating func changeMode(_ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        guard let path = tree.paths.randomElement(using: &chance), let node = tree[path] else { return false }
        let mode = Int.random(in: 0..<3, using: &chance)
        switch node {
        case .directory: put(.directory(mode: mode), at: path)
        case .file(var file):
            file.mode = mode
            put(.file(file), at: path)
        }
        let isDirectory = node.isDirectory
        kernel.tell(
            isDirectory ? .touched(path, isDirectory: true) : .happened(.attributes, path, isDirectory: false),
            about: path)
        return true
    }

    // MARK: Directories

    private mutating func makeDirectory(_ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        let path = freePath(&chance, wantsFile: false)
        guard tree[path] == nil else { return false }
        put(.directory(mode: 0), at: path)
        let isBlind = swarm.blindSpots && Int.random(in: 0..<5, using: &chance) == 0
        kernel.appeared(path, in: tree, moved: false, isBlind: isBlind)
        return true
    }

    private mutating func removeDirectory(_ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        guard let path = tree.paths.filter(tree.isDirectory).randomElement(using: &chance) else { return false }
        removeAll(path, &kernel)
        return true
    }

    private mutating func empty(_ kernel: inout SimulatedKernel) -> Bool {
        guard !tree.isEmpty else { return false }
        for path in tree.children(of: .root) { removeAll(path, &kernel) }
        return true
    }

    /// As `rm -r` does it: what is inside goes first.
    private mutating func removeAll(_ path: RelativePath, _ kernel: inout SimulatedKernel) {
        for gone in (tree.below(path).reversed() + [path]) {
            let isDirectory = tree.isDirectory(gone)
            remove(gone)
            kernel.disappeared(gone, isDirectory: isDirectory)
        }
    }

    private mutating func rename(
        _ candidates: [RelativePath], _ kernel: inout SimulatedKernel, _ chance: inout Jitter
    ) -> Bool {
        guard let from = candidates.randomElement(using: &chance) else { return false }
        let isDirectory = tree.isDirectory(from)
        let path = freePath(&chance, wantsFile: !isDirectory)
        guard from != path, !from.contains(path), !path.contains(from) else { return false }
        let fits = isDirectory ? (tree[path] == nil || isEmptyDirectory(path)) : !tree.isDirectory(path)
        guard fits else { return false }
        let isSplit = swarm.splitRenames && Int.random(in: 0..<3, using: &chance) == 0
        move(from, to: path)
        kernel.renamed(from, to: path, in: tree, isSplit: isSplit)
        return true
    }

    private func isEmptyDirectory(_ path: RelativePath) -> Bool { tree.isDirectory(path) && tree.below(path).isEmpty }

    private mutating func exchange(_ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        guard let one = tree.paths.randomElement(using: &chance), let other = tree.paths.randomElement(using: &chance),
            !one.contains(other), !other.contains(one),
            swarm.typeChanges || tree.isDirectory(one) == tree.isDirectory(other)
        else { return false }
        let between: RelativePath = "between"
        move(one, to: between)
        move(other, to: one)
        move(between, to: other)
        lived[between] = nil
        changed[between] = nil
        kernel.exchanged(one, other, in: tree)
        return true
    }

    private mutating func moveOut(_ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        guard let path = tree.paths.randomElement(using: &chance) else { return false }
        let isDirectory = tree.isDirectory(path)
        remove(path)
        kernel.disappeared(path, isDirectory: isDirectory)
        return true
    }

    /// A directory comes in with content, of any age.
    private mutating func moveIn(_ kernel: inout SimulatedKernel, _ chance: inout Jitter) -> Bool {
        let path = freePath(&chance, wantsFile: false)
        guard tree[path] == nil else { return false }
        put(.directory(mode: 0), at: path)
        let inner = path.appending("d0".utf8)
        if Bool.random(using: &chance) { put(.directory(mode: 1), at: inner) }
        for name in ["f0", "f1"] {
            let home = tree.isDirectory(inner) && Bool.random(using: &chance) ? inner : path
            var file = newFile(&chance)
            if case .file(var old) = file {
                old.time -= [0, 1_000_000_000, 5_000_000_000].randomElement(using: &chance)!
                file = .file(old)
            }
            put(file, at: home.appending(name.utf8))
        }
        // What it holds was made long before.
        for below in tree.below(path) { stamps[below] = 0 }
        kernel.appeared(path, in: tree, moved: true, isBlind: false)
        return true
    }

    // MARK: The tree and its history

    private mutating func newFile(_ chance: inout Jitter) -> SimulatedTree.Node {
        version += 1
        time += 1
        return .file(.init(version: version, size: Int.random(in: 1...2, using: &chance), time: time, mode: 0))
    }

    private var stamp: Int64 { time + wallOffset }

    private mutating func put(_ node: SimulatedTree.Node, at path: RelativePath) {
        if tree[path]?.isDirectory != node.isDirectory { stamps[path.parent ?? .root] = stamp }
        stamps[path] = stamp
        tree.put(node, at: path)
        note(path)
    }

    private mutating func remove(_ path: RelativePath) {
        for gone in [path] + tree.below(path) {
            changed[gone] = clock
            openFiles.remove(gone)
            stamps[gone] = nil
        }
        stamps[path.parent ?? .root] = stamp
        tree.remove(path)
    }

    private mutating func move(_ from: RelativePath, to path: RelativePath) {
        let open = openFiles.filter { from.contains($0) }
        for gone in tree.below(path) + [path] + tree.below(from) + [from] { changed[gone] = clock }
        openFiles = openFiles.filter { !from.contains($0) && !path.contains($0) }
        let moved = ([from] + tree.below(from)).map { ($0.moved(from: from, to: path), stamps[$0]) }
        for gone in tree.below(path) + [path] + tree.below(from) + [from] { stamps[gone] = nil }
        tree.move(from, to: path)
        for (place, old) in moved { stamps[place] = old }
        for place in [from.parent ?? .root, path.parent ?? .root, path] { stamps[place] = stamp }
        for here in [path] + tree.below(path) { note(here) }
        for file in open {
            openFiles.insert(file.moved(from: from, to: path))
            opened[file.moved(from: from, to: path)] = clock
        }
    }

    private mutating func note(_ path: RelativePath) {
        changed[path] = clock
        guard let node = tree[path] else { return }
        if case .file(let file) = node {
            lived[path, default: []].insert(file.version)
        } else {
            lived[path, default: []].insert(Self.directory)
        }
    }

    /// A name in an existing directory.
    private func freePath(_ chance: inout Jitter, wantsFile: Bool) -> RelativePath {
        let longest = 3 * swarm.depth - 1
        let directory = tree.directories.filter { $0.bytes.count < longest }.randomElement(using: &chance) ?? .root
        let name = (wantsFile ? "f" : "d") + String(Int.random(in: 0..<swarm.names, using: &chance))
        // Now and then a file takes a directory's name, or the other way round.
        let other = swarm.typeChanges && Int.random(in: 0..<8, using: &chance) == 0
        return directory.appending((other ? "z" : name).utf8)
    }
}
