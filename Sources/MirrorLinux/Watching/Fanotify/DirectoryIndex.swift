import MirrorCore

/// The directories of one mount in which something happened, by their handles. Each knows its parent, so a rename is
/// one change. It holds a bounded number of them: whatever is not there is found again by its handle.
///
/// A directory that was renamed is *doubtful* until its place has been looked at: the kernel joins equal events, so
/// their order does not say where it is by now. A look is at least as new as every event that was read before it, and
/// what happens later is told later.
final class DirectoryIndex {
    private final class Node {
        let handle: DirectoryHandle
        var parent: Node?
        var name: [UInt8]
        var isDoubtful = false
        /// What happens in it is not told any more.
        var isIgnored = false
        /// Valid while `epoch` is the index's.
        var path = RelativePath.root
        var isExcluded = false
        var epoch: UInt64 = 0

        init(_ handle: DirectoryHandle, _ parent: Node?, _ name: [UInt8]) {
            (self.handle, self.parent, self.name) = (handle, parent, name)
        }
    }

    enum Answer: Equatable {
        /// Its path below the mount, and whether no sync wants it.
        case inside(RelativePath, isExcluded: Bool)
        case outside
        case gone
        /// It can't be told just now; it may be anywhere.
        case unknown
    }

    /// More are forgotten, all at once.
    static let mostNodes = 8192
    static let mostOutside = 16384

    private let root: Node
    private var nodes: [DirectoryHandle: Node] = [:]
    private var outside: Set<DirectoryHandle> = []
    /// Counts the changes after which paths are not what they were.
    private var epoch: UInt64 = 1
    private var last: (handle: DirectoryHandle, node: Node)?

    init(root handle: DirectoryHandle) { root = Node(handle, nil, []) }

    var count: Int { nodes.count }

    /// A directory was made in another one.
    func insert(_ handle: DirectoryHandle, in parent: DirectoryHandle, named name: [UInt8]) {
        makeRoom()
        guard nodes[handle] == nil, let above = known(parent) else { return }
        outside.remove(handle)
        nodes[handle] = Node(handle, above, name)
    }

    func remove(_ handle: DirectoryHandle) {
        nodes[handle] = nil
        outside.remove(handle)
        last = nil
    }

    /// It was renamed.
    func doubt(_ handle: DirectoryHandle) {
        nodes[handle]?.isDoubtful = true
        epoch += 1
        last = nil
    }

    /// What lay outside may lie inside now.
    func forgetOutside() {
        outside = []
        for node in nodes.values { node.isIgnored = false }
        root.isIgnored = false
        hasIgnoredInside = false
    }

    /// Something in the source is not listened to, since no sync wants it.
    private(set) var hasIgnoredInside = false

    func forgetAll() {
        nodes = [:]
        outside = []
        last = nil
        epoch += 1
    }

    private func known(_ handle: DirectoryHandle) -> Node? { handle == root.handle ? root : nodes[handle] }

    /// All go at once, and only where nobody holds one: a parent that is not in the table would not hear of its rename.
    private func makeRoom() {
        guard nodes.count >= Self.mostNodes else { return }
        nodes = [:]
        last = nil
    }
}

// MARK: Answers

/// What the index asks of the mount, and what it wants done.
struct DirectoryLooks {
    let mount: MarkedMount
    let isExcluded: (RelativePath) -> Bool
    /// What happens in this directory is of no interest.
    let ignore: (Int32) -> Void
}

extension DirectoryIndex {
    func place(of handle: DirectoryHandle, _ looks: DirectoryLooks) -> Answer {
        if let last, last.handle == handle, last.node.epoch == epoch {
            return .inside(last.node.path, isExcluded: last.node.isExcluded)
        }
        if outside.contains(handle) { return .outside }
        makeRoom()
        switch node(of: handle, looks) {
        case .node(let node):
            if let answer = fill(node, looks) { return note(answer, of: node, looks) }
            // Something above was renamed: the whole way is looked at anew.
            switch search(handle, looks, trustsIndex: false) {
            case .node(let node): return fill(node, looks).map { note($0, of: node, looks) } ?? .unknown
            case .outside: return noteOutside(handle)
            case .gone: return .gone
            case .unknown: return .unknown
            }
        case .outside: return noteOutside(handle)
        case .gone: return .gone
        case .unknown: return .unknown
        }
    }

    private func note(_ answer: Answer, of node: Node, _ looks: DirectoryLooks) -> Answer {
        last = (node.handle, node)
        if node.isExcluded, !node.isIgnored, case .found(let found) = looks.mount.find(node.handle) {
            node.isIgnored = true
            hasIgnoredInside = true
            looks.ignore(found.fd)
        }
        return answer
    }

    private func noteOutside(_ handle: DirectoryHandle) -> Answer {
        if outside.count >= Self.mostOutside { outside = [] }
        outside.insert(handle)
        nodes[handle] = nil
        return .outside
    }

    private enum Lookup {
        case node(Node)
        case outside
        case gone
        case unknown
    }

    private func node(of handle: DirectoryHandle, _ looks: DirectoryLooks) -> Lookup {
        if let node = known(handle), !node.isDoubtful { return .node(node) }
        return search(handle, looks, trustsIndex: true)
    }

    private func search(_ handle: DirectoryHandle, _ looks: DirectoryLooks, trustsIndex: Bool) -> Lookup {
        switch looks.mount.find(handle) {
        case .gone: return .gone
        case .unknown: return .unknown
        case .found(let found):
            if looks.mount.isBelow(found) == false { return leave(found, looks) }
            return climb(from: handle, found, looks, trustsIndex: trustsIndex)
        }
    }

    /// Goes up until a directory is known, or is the root where the index is not to be trusted.
    private func climb(
        from handle: DirectoryHandle, _ found: MarkedMount.Found, _ looks: DirectoryLooks, trustsIndex: Bool
    ) -> Lookup {
        var chain: [(handle: DirectoryHandle, name: [UInt8])] = []
        var (current, open) = (handle, found)
        while true {
            if current == root.handle { return .node(link(chain, below: root)) }
            if trustsIndex, let node = nodes[current], !node.isDoubtful { return .node(link(chain, below: node)) }
            let (position, parent) = looks.mount.position(of: open)
            switch position {
            case .inside(let above, let name):
                // A directory that is its own parent is the top of its file system.
                guard let parent, above != current else { return leave(found, looks) }
                chain.append((current, name))
                (current, open) = (above, parent)
            case .outside: return leave(found, looks)
            case .gone: return .gone
            case .unknown: return .unknown
            }
        }
    }

    private func leave(_ found: MarkedMount.Found, _ looks: DirectoryLooks) -> Lookup {
        looks.ignore(found.fd)
        return .outside
    }

    private func link(_ chain: [(handle: DirectoryHandle, name: [UInt8])], below top: Node) -> Node {
        var above = top
        for (handle, name) in chain.reversed() {
            if let node = nodes[handle] {
                (node.parent, node.name, node.isDoubtful, node.epoch) = (above, name, false, 0)
                above = node
            } else {
                let node = Node(handle, above, name)
                nodes[handle] = node
                above = node
            }
        }
        return above
    }

    /// Path and exclusion, from the nearest directory above that has them. nil: one on the way is doubtful.
    private func fill(_ node: Node, _ looks: DirectoryLooks) -> Answer? {
        var waiting: [Node] = []
        var current = node
        while current.epoch != epoch {
            guard !current.isDoubtful else { return nil }
            waiting.append(current)
            guard let parent = current.parent else { break }
            current = parent
        }
        for next in waiting.reversed() {
            if let parent = next.parent {
                next.path = parent.path.appending(next.name)
                next.isExcluded = parent.isExcluded || looks.isExcluded(looks.mount.path(of: next.path))
            } else {
                next.isExcluded = looks.mount.place.andAbove.contains(where: looks.isExcluded)
            }
            next.epoch = epoch
        }
        return .inside(node.path, isExcluded: node.isExcluded)
    }
}

extension RelativePath {
    /// Itself and the directories that it lies in, but for the root.
    fileprivate var andAbove: [RelativePath] {
        var all: [RelativePath] = []
        var current: RelativePath? = self
        while let path = current, !path.isRoot {
            all.append(path)
            current = path.parent
        }
        return all
    }
}
