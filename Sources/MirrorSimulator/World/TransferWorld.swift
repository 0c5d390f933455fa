import MirrorCore

/// What a transfer sees and touches, and what it has done there in one step.
struct TransferWorld {
    let source: SimulatedTree
    var target: SimulatedTarget
    /// The wall clock's whole second.
    let second: Int64
    /// What an engine can see that somebody writes.
    var open: Set<RelativePath> = []
    private(set) var deleted: [RelativePath] = []
    /// What of that others had brought there.
    private(set) var deletedForeign: Set<RelativePath> = []
    private(set) var made: [RelativePath] = []

    init(source: SimulatedTree, target: SimulatedTarget, second: Int64) {
        self.source = source
        self.target = target
        self.second = second
    }

    mutating func put(_ node: SimulatedTree.Node, at path: RelativePath) {
        for parent in path.parents where target.tree[parent] == nil { made.append(parent) }
        target.put(node, at: path)
        made.append(path)
    }

    /// Its attributes, and nothing else.
    mutating func change(_ node: SimulatedTree.Node, at path: RelativePath) {
        target.change(node, at: path)
        made.append(path)
    }

    /// Makes room for something of another kind. What stood in a directory counts as deleted, the name itself does not.
    mutating func clear(_ path: RelativePath) {
        deleted += target.tree.below(path)
        target.remove(path)
    }

    mutating func delete(_ path: RelativePath) {
        let gone = target.tree.below(path) + [path]
        deleted += gone
        deletedForeign.formUnion(gone.filter(target.isForeign))
        target.remove(path)
    }
}
