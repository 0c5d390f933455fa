import MirrorCore

/// Somebody who works in the source at random, and the notices that a kernel would give for it.
struct ScriptWriter {
    private(set) var tree = ScriptTree()
    private var version = 0

    /// One operation; answers its notices in order.
    mutating func act(second: Int64, chance: inout Jitter) -> [Notice] {
        switch Int.random(in: 0..<20, using: &chance) {
        case 0..<10: write(second, &chance)
        case 10..<12: makeDirectory(&chance)
        case 12..<15: removeFile(&chance)
        case 15: removeDirectory(&chance)
        case 16..<18: rename(tree.files, &chance)
        case 18: rename(tree.directories.filter { !$0.isRoot }, &chance)
        default: moveOutOrIn(second, &chance)
        }
    }

    private mutating func write(_ second: Int64, _ chance: inout Jitter) -> [Notice] {
        let path = freePath(&chance, wantsFile: true)
        guard tree[path] != .directory else { return [] }
        version += 1
        let size = Int.random(in: 1...2, using: &chance)
        tree.put(.file(.init(version: version, size: size, second: second)), at: path)
        return [.touched(path, isDirectory: false)]
    }

    private mutating func makeDirectory(_ chance: inout Jitter) -> [Notice] {
        let path = freePath(&chance, wantsFile: false)
        guard tree[path] == nil else { return [] }
        tree.put(.directory, at: path)
        return [.directoryAppeared(path, moved: false)]
    }

    private mutating func removeFile(_ chance: inout Jitter) -> [Notice] {
        guard let path = tree.files.randomElement(using: &chance) else { return [] }
        tree.remove(path)
        return [.disappeared(path, isDirectory: false)]
    }

    private mutating func removeDirectory(_ chance: inout Jitter) -> [Notice] {
        guard let path = tree.directories.dropFirst().randomElement(using: &chance) else { return [] }
        let gone = tree.below(path).reversed().map { Notice.disappeared($0, isDirectory: tree[$0] == .directory) }
        tree.remove(path)
        return gone + [.disappeared(path, isDirectory: true)]
    }

    private mutating func rename(_ candidates: [RelativePath], _ chance: inout Jitter) -> [Notice] {
        guard let from = candidates.randomElement(using: &chance) else { return [] }
        let isDirectory = tree[from] == .directory
        let to = freePath(&chance, wantsFile: !isDirectory)
        guard from != to, !from.contains(to), !to.contains(from) else { return [] }
        guard isDirectory ? tree[to] == nil : tree[to] != .directory else { return [] }
        tree.move(from, to: to)
        let split = Int.random(in: 0..<4, using: &chance) == 0
        guard split else { return [.renamed(from: from, to: to, isDirectory: isDirectory)] }
        let appeared: Notice = isDirectory ? .directoryAppeared(to, moved: true) : .fileArrived(to)
        return [.disappeared(from, isDirectory: isDirectory), appeared]
    }

    /// A directory leaves the source by a rename, or comes in with content: nothing below it is noticed.
    private mutating func moveOutOrIn(_ second: Int64, _ chance: inout Jitter) -> [Notice] {
        if Bool.random(using: &chance), let path = tree.directories.dropFirst().randomElement(using: &chance) {
            tree.remove(path)
            return [.disappeared(path, isDirectory: true)]
        }
        let path = freePath(&chance, wantsFile: false)
        guard tree[path] == nil else { return [] }
        tree.put(.directory, at: path)
        for name in ["x", "y"] {
            version += 1
            let file = ScriptTree.File(version: version, size: 1, second: second)
            tree.put(.file(file), at: path.appending(name.utf8))
        }
        return [.directoryAppeared(path, moved: true)]
    }

    /// A name in an existing directory, from few names, so that they meet often.
    private func freePath(_ chance: inout Jitter, wantsFile: Bool) -> RelativePath {
        let directory = tree.directories.filter { $0.bytes.count < 12 }.randomElement(using: &chance) ?? .root
        let name = (wantsFile ? "f" : "d") + String(Int.random(in: 0..<4, using: &chance))
        // Now and then a file takes a directory's name, or the other way round.
        let other = Int.random(in: 0..<10, using: &chance) == 0
        return directory.appending((other ? "z" : name).utf8)
    }
}
