import MirrorCore

/// A target: what it holds, and what others have done to it.
struct SimulatedTarget {
    private(set) var tree = SimulatedTree()
    /// Nodes that fit on its disk; nil is enough room.
    var capacity: Int?
    var isAway = false
    /// What others have changed there since it was last compared: nobody can know of it before the next comparison.
    private(set) var foreign: Set<RelativePath> = []
    /// What rsync's comparison can't see (see docs/testing.md), until it is sent for another reason.
    private(set) var hidden: Set<RelativePath> = []

    mutating func put(_ node: SimulatedTree.Node, at path: RelativePath) {
        tree.put(node, at: path)
        foreign.remove(path)
        hidden.remove(path)
    }

    /// Its attributes: what is hidden in the content stays hidden.
    mutating func change(_ node: SimulatedTree.Node, at path: RelativePath) {
        tree.put(node, at: path)
        foreign.remove(path)
    }

    mutating func remove(_ path: RelativePath) {
        tree.remove(path)
        foreign = foreign.filter { !path.contains($0) }
        hidden = hidden.filter { !path.contains($0) }
    }

    /// With all that lies below, whoever brought it.
    mutating func move(_ old: RelativePath, to path: RelativePath) {
        tree.move(old, to: path)
        for gone in [foreign, hidden].joined() where path.contains(gone) {
            foreign.remove(gone)
            hidden.remove(gone)
        }
        foreign = Set(foreign.map { old.contains($0) ? $0.moved(from: old, to: path) : $0 })
        hidden = Set(hidden.map { old.contains($0) ? $0.moved(from: old, to: path) : $0 })
    }

    /// Whether somebody else answers for what is there.
    func isForeign(_ path: RelativePath) -> Bool { foreign.contains { $0.contains(path) || path.contains($0) } }

    /// Compared, and found to need nothing.
    mutating func confirm(_ path: RelativePath) { foreign.remove(path) }

    func hasRoom(for path: RelativePath) -> Bool {
        tree[path] != nil || capacity.map { tree.count < $0 } ?? true
    }

    /// Somebody works at the target. What they do is seen by a comparison: its time is another than at the source.
    mutating func drift(_ chance: inout Jitter, time: Int64) {
        let path = tree.paths.randomElement(using: &chance) ?? "f0"
        if Bool.random(using: &chance), tree[path] != nil {
            foreign.formUnion([path] + tree.below(path))
            tree.remove(path)
        } else {
            let place = tree.isDirectory(path) ? path.appending("x".utf8) : path
            foreign.insert(place)
            tree.put(.file(.init(version: -2, size: 3, time: time, mode: 0)), at: place)
        }
    }

    /// What it holds before the program first runs.
    mutating func fill(_ chance: inout Jitter, _ source: SimulatedTree) {
        for path in source.paths where Bool.random(using: &chance) { tree.put(source[path]!, at: path) }
        for name in ["f0", "x", "d0/x", "d1/d0/f0"] where Bool.random(using: &chance) {
            let file = SimulatedTree.File(version: -3, size: 3, time: 0, mode: 0)
            let path = RelativePath(name.utf8)!
            if !tree.isDirectory(path), !(path.parent.map { isFile($0) } ?? false) { tree.put(.file(file), at: path) }
        }
    }

    private func isFile(_ path: RelativePath) -> Bool { tree[path].map { !$0.isDirectory } ?? false }

    mutating func hide(_ path: RelativePath) { hidden.insert(path) }
    mutating func copy(_ source: SimulatedTree) { tree = source }
}
