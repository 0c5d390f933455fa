import MirrorCore

/// A tree of files and directories as values: what a source or a target holds. Names are of letters and digits, so that
/// what lies below a directory stands right behind it in the order of paths.
struct SimulatedTree: Equatable {
    enum Node: Hashable {
        case directory(mode: Int)
        case file(File)

        var isDirectory: Bool { if case .directory = self { true } else { false } }

        /// Equal as a target is meant to equal its source: times of modification to the second, as rsync keeps them
        /// where nothing else differs.
        func matches(_ other: Node?) -> Bool {
            guard case .file(let file) = self, case .file(let old)? = other else { return self == other }
            return file.version == old.version && file.size == old.size && file.mode == old.mode
                && file.second == old.second
        }
    }

    /// What rsync's quick check sees is `size` and the whole second of `time`; what counts is `version`.
    struct File: Hashable {
        var version: Int
        var size: Int
        /// Of modification, in nanoseconds.
        var time: Int64
        var mode: Int
        /// Its writer has set its time.
        var isSetBack = false

        var second: Int64 { time / 1_000_000_000 }
    }

    private(set) var nodes: [RelativePath: Node] = [:]
    /// All of them, sorted.
    private(set) var paths: [RelativePath] = []

    subscript(path: RelativePath) -> Node? { path.isRoot ? .directory(mode: 0) : nodes[path] }

    var isEmpty: Bool { paths.isEmpty }
    var count: Int { paths.count }
    var directories: [RelativePath] { [.root] + paths.filter { nodes[$0]!.isDirectory } }
    var files: [RelativePath] { paths.filter { !nodes[$0]!.isDirectory } }

    func isDirectory(_ path: RelativePath) -> Bool { self[path]?.isDirectory ?? false }

    /// Everything below, not the path itself.
    func below(_ path: RelativePath) -> ArraySlice<RelativePath> {
        guard !path.isRoot else { return paths[...] }
        var first = index(of: path)
        if first < paths.count, paths[first] == path { first += 1 }
        var end = first
        while end < paths.count, path.contains(paths[end]) { end += 1 }
        return paths[first..<end]
    }

    func children(of path: RelativePath) -> [RelativePath] { below(path).filter { $0.parent == path } }

    /// Puts a node in place of what is there; directories above are made.
    mutating func put(_ node: Node, at path: RelativePath) {
        if let parent = path.parent, !isDirectory(parent) { put(.directory(mode: 0), at: parent) }
        if !node.isDirectory, isDirectory(path) { remove(path) }
        if nodes.updateValue(node, forKey: path) == nil { paths.insert(path, at: index(of: path)) }
    }

    mutating func remove(_ path: RelativePath) {
        let inside = below(path)
        for gone in inside { nodes[gone] = nil }
        paths.removeSubrange(inside.indices)
        if nodes.removeValue(forKey: path) != nil { paths.remove(at: index(of: path)) }
    }

    mutating func move(_ from: RelativePath, to path: RelativePath) {
        let moved = ([from] + below(from)).map { ($0, nodes[$0]!) }
        remove(from)
        remove(path)
        for (old, node) in moved { put(node, at: old.moved(from: from, to: path)) }
    }

    private func index(of path: RelativePath) -> Int {
        var low = 0
        var high = paths.count
        while low < high {
            let middle = (low + high) / 2
            if paths[middle] < path { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension RelativePath {
    /// Where it is when `old`, which it is or lies below, has become `new`.
    func moved(from old: RelativePath, to new: RelativePath) -> RelativePath {
        RelativePath(uncheckedBytes: new.bytes + bytes.dropFirst(old.bytes.count))
    }
}
