import MirrorCore

/// A directory of a `WatchTree`. Never used twice.
struct NodeID: Hashable, Sendable {
    fileprivate let index: Int32
    fileprivate let generation: UInt64
}

/// The directories below a root as far as they are known: names, parents, and the kernel's watches.
///
/// Each node knows its parent, so a rename changes one node and everything below reports under the new name. One
/// watch can have several nodes: a directory that is mounted at two places, or one that was found at its new place
/// before the notice of its rename.
struct WatchTree {
    /// Whether what happens in a directory is seen.
    enum Cover: UInt8 {
        case none
        case watched
        /// No sync wants it.
        case excluded
        /// May not be read.
        case unwatchable
        /// Beyond the limit of watches.
        case limited
    }

    private struct Node {
        var generation: UInt64
        var parent: NodeID?
        var name: [UInt8] = []
        var cover = Cover.none
        var watch: Int32 = -1
        var isLinked = false
        // Indices, -1 for none.
        var nextOwner: Int32 = -1
        var firstChild: Int32 = -1
        var next: Int32 = -1
        var previous: Int32 = -1
    }

    private struct ChildKey: Hashable {
        let parent: Int32
        let name: [UInt8]
    }

    private let firstGeneration: UInt64
    private var nodes: [Node]
    private var free: [Int32] = []
    private var children: [ChildKey: Int32] = [:]
    private var owners: [Int32: Int32] = [:]
    private(set) var excludedCount = 0
    private(set) var limitedCount = 0

    let root: NodeID
    /// Directories that have a watch.
    var watchCount: Int { owners.count }

    /// `era` counts the trees of one source, so that a node of an earlier one is not alive in a later one.
    init(era: UInt64) {
        firstGeneration = era << 40
        nodes = [Node(generation: firstGeneration)]
        root = NodeID(index: 0, generation: firstGeneration)
    }

    func isAlive(_ id: NodeID) -> Bool {
        Int(id.index) < nodes.count && nodes[Int(id.index)].generation == id.generation
    }

    func watch(of id: NodeID) -> Int32 { nodes[Int(id.index)].watch }
    func cover(of id: NodeID) -> Cover { nodes[Int(id.index)].cover }

    func child(of parent: NodeID, named name: [UInt8]) -> NodeID? {
        children[ChildKey(parent: parent.index, name: name)].map(id)
    }

    /// Parent and name; nil for the root.
    func place(of id: NodeID) -> (parent: NodeID, name: [UInt8])? {
        let node = nodes[Int(id.index)]
        return node.parent.map { ($0, node.name) }
    }

    /// The node of a path, if all of it is known.
    func node(at path: RelativePath) -> NodeID? {
        var current: NodeID? = root
        for name in path.bytes.split(separator: UInt8(ascii: "/")) {
            current = current.flatMap { child(of: $0, named: Array(name)) }
        }
        return current
    }

    /// nil where it, or a directory above, has gone.
    func path(of id: NodeID) -> RelativePath? {
        guard isAlive(id) else { return nil }
        var names: [[UInt8]] = []
        var current = id
        while let parent = nodes[Int(current.index)].parent {
            names.append(nodes[Int(current.index)].name)
            guard isAlive(parent) else { return nil }
            current = parent
        }
        guard let last = names.popLast() else { return .root }
        var bytes = last
        for name in names.reversed() {
            bytes.append(UInt8(ascii: "/"))
            bytes.append(contentsOf: name)
        }
        return RelativePath(uncheckedBytes: bytes)
    }

    func isNode(_ id: NodeID, inside ancestor: NodeID) -> Bool {
        var current: NodeID? = id
        while let node = current {
            if node == ancestor { return true }
            current = nodes[Int(node.index)].parent
        }
        return false
    }

    func children(of parent: NodeID) -> [NodeID] {
        var found: [NodeID] = []
        var index = nodes[Int(parent.index)].firstChild
        while index >= 0 {
            found.append(id(index))
            index = nodes[Int(index)].next
        }
        return found
    }

    /// All below, and itself.
    func subtree(of top: NodeID) -> [NodeID] {
        var found = [top]
        var next = 0
        while next < found.count {
            found.append(contentsOf: children(of: found[next]))
            next += 1
        }
        return found
    }

    func nodes(owning watch: Int32) -> [NodeID] {
        var found: [NodeID] = []
        var index = owners[watch] ?? -1
        while index >= 0 {
            found.append(id(index))
            index = nodes[Int(index)].nextOwner
        }
        return found
    }

    func isOwned(_ watch: Int32) -> Bool { owners[watch] != nil }

    /// The first `limit` watched directories, in no order that means anything.
    func watchedDirectories(limit: Int) -> [(Int32, RelativePath)] {
        var found: [(Int32, RelativePath)] = []
        for index in nodes.indices where nodes[index].watch >= 0 && found.count < limit {
            if let path = path(of: id(Int32(index))) { found.append((nodes[index].watch, path)) }
        }
        return found
    }

    private func id(_ index: Int32) -> NodeID {
        NodeID(index: index, generation: nodes[Int(index)].generation)
    }
}

// MARK: Changing it

extension WatchTree {
    /// A place holds one node: the caller has removed or parked what stood there.
    mutating func add(_ name: [UInt8], to parent: NodeID) -> NodeID {
        let index: Int32
        if let reused = free.popLast() {
            index = reused
        } else {
            index = Int32(nodes.count)
            nodes.append(Node(generation: firstGeneration))
        }
        let new = id(index)
        link(new, to: parent, as: name)
        return new
    }

    /// Takes it from its place; it keeps its name and parent for its path until it is linked or removed.
    mutating func unlink(_ id: NodeID) {
        let node = nodes[Int(id.index)]
        guard node.isLinked, let parent = node.parent else { return }
        children[ChildKey(parent: parent.index, name: node.name)] = nil
        if node.previous >= 0 {
            nodes[Int(node.previous)].next = node.next
        } else {
            nodes[Int(parent.index)].firstChild = node.next
        }
        if node.next >= 0 { nodes[Int(node.next)].previous = node.previous }
        nodes[Int(id.index)].isLinked = false
    }

    mutating func link(_ id: NodeID, to parent: NodeID, as name: [UInt8]) {
        let key = ChildKey(parent: parent.index, name: name)
        precondition(children[key] == nil, "a place in the tree holds one directory")
        children[key] = id.index
        let first = nodes[Int(parent.index)].firstChild
        if first >= 0 { nodes[Int(first)].previous = id.index }
        nodes[Int(parent.index)].firstChild = id.index
        nodes[Int(id.index)].next = first
        nodes[Int(id.index)].previous = -1
        nodes[Int(id.index)].parent = parent
        nodes[Int(id.index)].name = name
        nodes[Int(id.index)].isLinked = true
    }

    /// Watches that belong to no other directory now: the caller removes them from the kernel.
    mutating func removeSubtree(_ top: NodeID) -> [Int32] {
        var released: [Int32] = []
        unlink(top)
        for node in subtree(of: top) {
            setCover(node, .none)
            if let watch = clearWatch(node) { released.append(watch) }
            let old = nodes[Int(node.index)]
            if old.isLinked, let parent = old.parent {
                children[ChildKey(parent: parent.index, name: old.name)] = nil
            }
            nodes[Int(node.index)] = Node(generation: old.generation &+ 1)
            free.append(node.index)
        }
        return released
    }

    mutating func setWatch(_ id: NodeID, _ watch: Int32) {
        precondition(nodes[Int(id.index)].watch < 0, "a directory has one watch")
        nodes[Int(id.index)].watch = watch
        nodes[Int(id.index)].nextOwner = owners[watch] ?? -1
        owners[watch] = id.index
        setCover(id, .watched)
    }

    /// The watch, where no other directory has it too.
    mutating func clearWatch(_ id: NodeID) -> Int32? {
        let watch = nodes[Int(id.index)].watch
        guard watch >= 0 else { return nil }
        let next = nodes[Int(id.index)].nextOwner
        if owners[watch] == id.index {
            owners[watch] = next >= 0 ? next : nil
        } else if var before = owners[watch] {
            while nodes[Int(before)].nextOwner != id.index { before = nodes[Int(before)].nextOwner }
            nodes[Int(before)].nextOwner = next
        }
        nodes[Int(id.index)].watch = -1
        nodes[Int(id.index)].nextOwner = -1
        setCover(id, .none)
        return owners[watch] == nil ? watch : nil
    }

    mutating func setCover(_ id: NodeID, _ cover: Cover) {
        let before = nodes[Int(id.index)].cover
        excludedCount += (cover == .excluded ? 1 : 0) - (before == .excluded ? 1 : 0)
        limitedCount += (cover == .limited ? 1 : 0) - (before == .limited ? 1 : 0)
        nodes[Int(id.index)].cover = cover
    }
}
