import MirrorCore

/// A directory of a `WatchTree`. Not used twice, also not by a later tree of the same source.
struct NodeID: Hashable, Sendable {
    fileprivate let index: Int32
    fileprivate let generation: UInt32
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

    /// 40 bytes, since a source can have millions.
    private struct Node {
        var generation: UInt32
        var parent: Int32 = -1
        var name = NameStore.Place()
        var cover = Cover.none
        var isLinked = false
        var watch: Int32 = -1
        // Indices, -1 for none.
        var nextOwner: Int32 = -1
        var firstChild: Int32 = -1
        var next: Int32 = -1
        var previous: Int32 = -1
    }

    private var nodes: [Node]
    private var names = NameStore()
    private var free: [Int32] = []
    /// By the hash of the parent and the name.
    private var children = IndexTable()
    /// One node of each watch, by the watch.
    private var owners = IndexTable()
    /// The parents of nodes that have a name and no place. One that has gone since must not be taken for its successor.
    private var pastParents: [Int32: NodeID] = [:]
    private var lastGeneration: UInt32
    private(set) var excludedCount = 0
    private(set) var limitedCount = 0

    let root: NodeID
    /// Directories that have a watch.
    var watchCount: Int { owners.count }
    /// What the names take, lost room included.
    var nameBytes: Int { names.size }

    /// `earlier`: the tree that this one takes the place of; its nodes are not alive in this one.
    init(after earlier: WatchTree? = nil) {
        let generation = (earlier?.lastGeneration ?? 0) &+ 1
        lastGeneration = generation
        nodes = [Node(generation: generation)]
        root = NodeID(index: 0, generation: generation)
    }

    func isAlive(_ id: NodeID) -> Bool {
        Int(id.index) < nodes.count && nodes[Int(id.index)].generation == id.generation
    }

    func watch(of id: NodeID) -> Int32 { nodes[Int(id.index)].watch }
    func cover(of id: NodeID) -> Cover { nodes[Int(id.index)].cover }

    func child(of parent: NodeID, named name: [UInt8]) -> NodeID? {
        childIndex(of: parent.index, named: name).map(id)
    }

    /// Parent and name; nil for the root.
    func place(of id: NodeID) -> (parent: NodeID, name: [UInt8])? {
        parent(of: id).map { ($0, Array(names[nodes[Int(id.index)].name])) }
    }

    private func parent(of id: NodeID) -> NodeID? {
        let node = nodes[Int(id.index)]
        return node.isLinked ? self.id(node.parent) : pastParents[id.index]
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
        var way: [NameStore.Place] = []
        var current = id
        while let parent = parent(of: current) {
            way.append(nodes[Int(current.index)].name)
            guard isAlive(parent) else { return nil }
            current = parent
        }
        guard let last = way.popLast() else { return .root }
        var bytes = Array(names[last])
        bytes.reserveCapacity(way.reduce(bytes.count) { $0 + Int($1.length) + 1 })
        for name in way.reversed() {
            bytes.append(UInt8(ascii: "/"))
            bytes.append(contentsOf: names[name])
        }
        return RelativePath(uncheckedBytes: bytes)
    }

    func isNode(_ id: NodeID, inside ancestor: NodeID) -> Bool {
        var current: NodeID? = id
        while let node = current {
            if node == ancestor { return true }
            current = parent(of: node)
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
        var index = owner(of: watch) ?? -1
        while index >= 0 {
            found.append(id(index))
            index = nodes[Int(index)].nextOwner
        }
        return found
    }

    func isOwned(_ watch: Int32) -> Bool { owner(of: watch) != nil }

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

// MARK: Its tables

extension WatchTree {
    private static func hash(_ parent: Int32, _ name: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        hasher.combine(parent)
        name.withUnsafeBytes { hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    /// Spread, since the kernel counts watches up: two runs of them would make one long search.
    private static func hash(watch: Int32) -> Int {
        Int(truncatingIfNeeded: (UInt64(UInt32(bitPattern: watch)) &* 0x9E37_79B9_7F4A_7C15) >> 32)
    }

    private static func hash(of child: Int32, _ nodes: [Node], _ names: NameStore) -> Int {
        hash(nodes[Int(child)].parent, names[nodes[Int(child)].name])
    }

    private func childIndex(of parent: Int32, named name: [UInt8]) -> Int32? {
        children.find(Self.hash(parent, name[...])) { index in
            let node = nodes[Int(index)]
            return node.parent == parent && Int(node.name.length) == name.count && names[node.name].elementsEqual(name)
        }
    }

    private mutating func enterChild(_ index: Int32) {
        let (nodes, names) = (nodes, names)
        children.insert(index, Self.hash(of: index, nodes, names)) { Self.hash(of: $0, nodes, names) }
    }

    private mutating func dropChild(_ index: Int32) {
        let (nodes, names) = (nodes, names)
        children.remove(index, Self.hash(of: index, nodes, names)) { Self.hash(of: $0, nodes, names) }
    }

    private func owner(of watch: Int32) -> Int32? {
        owners.find(Self.hash(watch: watch)) { nodes[Int($0)].watch == watch }
    }

    private mutating func setName(_ index: Int32, _ name: [UInt8]) {
        names.drop(nodes[Int(index)].name)
        nodes[Int(index)].name = names.add(name)
        guard names.isWorthPacking else { return }
        var packed = NameStore()
        for index in nodes.indices { nodes[index].name = packed.add(names[nodes[index].name]) }
        names = packed
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
            nodes.makeRoom(for: 1)
            nodes.append(Node(generation: root.generation))
        }
        let new = id(index)
        link(new, to: parent, as: name)
        return new
    }

    /// Takes it from its place; it keeps its name and parent for its path until it is linked or removed.
    mutating func unlink(_ id: NodeID) {
        let node = nodes[Int(id.index)]
        guard node.isLinked else { return }
        dropChild(id.index)
        pastParents[id.index] = self.id(node.parent)
        if node.previous >= 0 {
            nodes[Int(node.previous)].next = node.next
        } else {
            nodes[Int(node.parent)].firstChild = node.next
        }
        if node.next >= 0 { nodes[Int(node.next)].previous = node.previous }
        nodes[Int(id.index)].isLinked = false
    }

    mutating func link(_ id: NodeID, to parent: NodeID, as name: [UInt8]) {
        precondition(childIndex(of: parent.index, named: name) == nil, "a place in the tree holds one directory")
        setName(id.index, name)
        pastParents[id.index] = nil
        let first = nodes[Int(parent.index)].firstChild
        if first >= 0 { nodes[Int(first)].previous = id.index }
        nodes[Int(parent.index)].firstChild = id.index
        nodes[Int(id.index)].next = first
        nodes[Int(id.index)].previous = -1
        nodes[Int(id.index)].parent = parent.index
        nodes[Int(id.index)].isLinked = true
        enterChild(id.index)
    }

    /// Watches that belong to no other directory now: the caller removes them from the kernel.
    mutating func removeSubtree(_ top: NodeID) -> [Int32] {
        var released: [Int32] = []
        unlink(top)
        for node in subtree(of: top) {
            setCover(node, .none)
            if let watch = clearWatch(node) { released.append(watch) }
            let old = nodes[Int(node.index)]
            if old.isLinked { dropChild(node.index) }
            names.drop(old.name)
            pastParents[node.index] = nil
            lastGeneration &+= 1
            nodes[Int(node.index)] = Node(generation: lastGeneration)
            free.append(node.index)
        }
        return released
    }

    mutating func setWatch(_ id: NodeID, _ watch: Int32) {
        precondition(nodes[Int(id.index)].watch < 0, "a directory has one watch")
        nodes[Int(id.index)].watch = watch
        let hash = Self.hash(watch: watch)
        if let other = owners.find(hash, { $0 != id.index && nodes[Int($0)].watch == watch }) {
            nodes[Int(id.index)].nextOwner = other
            owners.replace(other, by: id.index, hash)
        } else {
            let nodes = nodes
            owners.insert(id.index, hash) { Self.hash(watch: nodes[Int($0)].watch) }
        }
        setCover(id, .watched)
    }

    /// The watch, where no other directory has it too.
    mutating func clearWatch(_ id: NodeID) -> Int32? {
        let watch = nodes[Int(id.index)].watch
        guard watch >= 0 else { return nil }
        let next = nodes[Int(id.index)].nextOwner
        if owner(of: watch) == id.index {
            dropOwner(id.index, next: next)
        } else if var before = owner(of: watch) {
            while nodes[Int(before)].nextOwner != id.index { before = nodes[Int(before)].nextOwner }
            nodes[Int(before)].nextOwner = next
        }
        nodes[Int(id.index)].watch = -1
        nodes[Int(id.index)].nextOwner = -1
        setCover(id, .none)
        return isOwned(watch) ? nil : watch
    }

    private mutating func dropOwner(_ index: Int32, next: Int32) {
        let hash = Self.hash(watch: nodes[Int(index)].watch)
        if next >= 0 { return owners.replace(index, by: next, hash) }
        let nodes = nodes
        owners.remove(index, hash) { Self.hash(watch: nodes[Int($0)].watch) }
    }

    mutating func setCover(_ id: NodeID, _ cover: Cover) {
        let before = nodes[Int(id.index)].cover
        excludedCount += (cover == .excluded ? 1 : 0) - (before == .excluded ? 1 : 0)
        limitedCount += (cover == .limited ? 1 : 0) - (before == .limited ? 1 : 0)
        nodes[Int(id.index)].cover = cover
    }
}
