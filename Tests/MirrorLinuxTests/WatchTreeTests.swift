import MirrorCore
import MirrorTesting
import Testing

@testable import MirrorLinux

@Suite("the directories that are watched")
struct WatchTreeTests {
    /// The same tree, told by paths.
    private struct Model {
        var nodes: [RelativePath: NodeID] = [:]
        var watches: [NodeID: Int32] = [:]
        var gone: [NodeID] = []
    }

    @Test("random deeds: paths, children and watches are those of a dictionary", arguments: 0..<6)
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var tree = WatchTree()
        var model = Model(nodes: [.root: tree.root])
        for _ in 0..<250 {
            deed(&tree, &model, &generator)
            #expect(tree.watchCount == Set(model.watches.values).count)
        }
        check(tree, model)
        let other = WatchTree(after: tree)
        #expect(model.nodes.values.allSatisfy { !other.isAlive($0) })
    }

    private func deed(_ tree: inout WatchTree, _ model: inout Model, _ generator: inout SeededGenerator) {
        let paths = model.nodes.keys.sorted()
        let path = paths[Int.random(in: 0..<paths.count, using: &generator)]
        let other = paths[Int.random(in: 0..<paths.count, using: &generator)]
        let filling = Int.random(in: 0..<20, using: &generator) == 0 ? 300 : 0
        let number = Int.random(in: 0..<12, using: &generator)
        let name = Array("n\(number)".utf8) + [UInt8](repeating: 0x61, count: filling)
        guard let node = model.nodes[path], let parent = model.nodes[other] else { return }
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<5 where model.nodes[path.appending(name)] == nil:
            model.nodes[path.appending(name)] = tree.add(name, to: node)
        case 5 where !path.isRoot && model.nodes[other.appending(name)] == nil && !tree.isNode(parent, inside: node):
            tree.unlink(node)
            #expect(tree.child(of: parent, named: name) == nil && tree.path(of: node) == path)
            tree.link(node, to: parent, as: name)
            move(path, to: other.appending(name), &model)
        case 6 where !path.isRoot: remove(path, node, &tree, &model)
        case 7...8 where model.watches[node] == nil:
            let watch = Int32(Int.random(in: 0..<40, using: &generator))
            tree.setWatch(node, watch)
            model.watches[node] = watch
        case 9:
            guard let watch = model.watches.removeValue(forKey: node) else { return }
            #expect(tree.clearWatch(node) == (model.watches.values.contains(watch) ? nil : watch))
        default: return
        }
    }

    private func move(_ old: RelativePath, to new: RelativePath, _ model: inout Model) {
        for (path, node) in model.nodes where old.contains(path) {
            model.nodes[path] = nil
            model.nodes[RelativePath(uncheckedBytes: new.bytes + path.bytes.dropFirst(old.bytes.count))] = node
        }
    }

    private func remove(_ top: RelativePath, _ node: NodeID, _ tree: inout WatchTree, _ model: inout Model) {
        let before = Set(model.watches.values)
        for (path, node) in model.nodes where top.contains(path) {
            model.nodes[path] = nil
            model.watches[node] = nil
            model.gone.append(node)
        }
        #expect(Set(tree.removeSubtree(node)) == before.subtracting(model.watches.values))
    }

    private func check(_ tree: WatchTree, _ model: Model) {
        for (path, node) in model.nodes {
            #expect(tree.path(of: node) == path && tree.node(at: path) == node && tree.isAlive(node))
            #expect(tree.watch(of: node) == model.watches[node] ?? -1)
            let children = model.nodes.filter { $0.key != path && $0.key.parent == path }
            #expect(Set(tree.children(of: node)) == Set(children.values))
        }
        for (watch, owners) in Dictionary(grouping: model.watches.keys, by: { model.watches[$0] ?? -1 }) {
            #expect(Set(tree.nodes(owning: watch)) == Set(owners) && tree.isOwned(watch))
        }
        #expect(model.gone.allSatisfy { !tree.isAlive($0) && tree.path(of: $0) == nil })
    }

    @Test("a directory without a place keeps its path while its parent lives, and gets no other one after")
    func parked() throws {
        var tree = WatchTree()
        let parent = tree.add(Array("p".utf8), to: tree.root)
        let child = tree.add(Array("c".utf8), to: parent)
        tree.unlink(child)
        #expect(tree.path(of: child) == "p/c" && tree.place(of: child)?.parent == parent)
        _ = tree.removeSubtree(parent)
        let successor = tree.add(Array("s".utf8), to: tree.root)
        #expect(tree.path(of: successor) == "s" && tree.path(of: child) == nil)
        #expect(!tree.isAlive(parent))
    }

    @Test("names that are given up make room, and the others stay")
    func packing() {
        var tree = WatchTree()
        let others = (0..<50).map { tree.add(Array("other\($0)".utf8), to: tree.root) }
        let renamed = tree.add(Array("first".utf8), to: tree.root)
        for number in 0..<100 {
            tree.unlink(renamed)
            let name = Array("\(number)".utf8) + Array(repeating: 0x62, count: 300)
            tree.link(renamed, to: others[number % 50], as: name)
        }
        #expect(tree.path(of: renamed)?.bytes.starts(with: "other49/99bbb".utf8) == true)
        for (number, node) in others.enumerated() {
            #expect(tree.path(of: node)?.bytes == Array("other\(number)".utf8))
            #expect(tree.child(of: tree.root, named: Array("other\(number)".utf8)) == node)
        }
        #expect(tree.nameBytes < 2 * 4096 + 1000)
    }
}
