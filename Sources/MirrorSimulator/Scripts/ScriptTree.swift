import MirrorCore

/// A tree of files and directories as values: what the source and the targets of scripts hold.
struct ScriptTree: Equatable {
    enum Node: Equatable {
        case directory
        case file(File)
    }

    /// What counts is `version`.
    struct File: Equatable {
        var version: Int
        var size: Int
        var second: Int64
    }

    private(set) var nodes: [RelativePath: Node] = [:]

    subscript(path: RelativePath) -> Node? { path.isRoot ? .directory : nodes[path] }

    var paths: [RelativePath] { nodes.keys.sorted() }
    var directories: [RelativePath] { [.root] + paths.filter { nodes[$0] == .directory } }
    var files: [RelativePath] { paths.filter { nodes[$0] != .directory } }

    func below(_ path: RelativePath) -> [RelativePath] {
        paths.filter { path.contains($0) && $0 != path }
    }

    /// Puts a node in place of what is there; directories above are made.
    mutating func put(_ node: Node, at path: RelativePath) {
        if let parent = path.parent, !parent.isRoot, nodes[parent] != .directory { put(.directory, at: parent) }
        if case .file = node { for inside in below(path) { nodes[inside] = nil } }
        nodes[path] = node
    }

    mutating func remove(_ path: RelativePath) {
        for inside in below(path) { nodes[inside] = nil }
        nodes[path] = nil
    }

    mutating func move(_ from: RelativePath, to path: RelativePath) {
        let moved = ([from] + below(from)).map { ($0, nodes[$0]!) }
        remove(from)
        remove(path)
        for (old, node) in moved {
            let rest = Array(old.bytes.dropFirst(from.bytes.count))
            nodes[RelativePath(uncheckedBytes: path.bytes + rest)] = node
        }
    }
}
