import MirrorCore

/// The paths that a target is known to owe, whether it waits, is retried or is in hands.
struct Owed {
    private var names: Set<RelativePath> = []
    private var subtrees: Set<RelativePath> = []
    /// Directories of which only the names are owed, with what lies below those that are not there any more.
    private var shallow: Set<RelativePath> = []
    private let source: SimulatedTree

    init(_ mirror: Mirror, _ log: ChangeLog, _ source: SimulatedTree) {
        self.init(mirror, log, source, after: mirror.cursor)
        guard let job = mirror.hands?.job else { return }
        switch job.scope {
        case .everything: subtrees.insert(.root)
        case .changes(let changes): for change in changes { add(change) }
        }
    }

    /// Without what is in hands: what a running job cannot have taken.
    init(_ mirror: Mirror, _ log: ChangeLog, _ source: SimulatedTree, after number: UInt64) {
        self.source = source
        // What was lost is still being looked for.
        if let doubt = mirror.doubt, doubt.arrivesAt == nil { subtrees.insert(.root) }
        log.visit(after: max(mirror.cursor, number)) { change, _ in
            add(change)
            return true
        }
        for entry in mirror.retry.sorted { add(entry.change) }
    }

    private mutating func add(_ change: Change) {
        names.insert(change.path)
        if change.isShallow { shallow.insert(change.path) }
        if change.isDeep { subtrees.insert(change.path) }
    }

    func covers(_ path: RelativePath) -> Bool {
        if names.contains(path) || subtrees.contains(.root) { return true }
        if !shallow.isEmpty, isNameOrGone(path) { return true }
        guard !subtrees.isEmpty else { return false }
        return path.parents.contains { subtrees.contains($0) }
    }

    private func isNameOrGone(_ path: RelativePath) -> Bool {
        var name = path
        while let directory = name.parent {
            if shallow.contains(directory), name == path || !source.isDirectory(name) { return true }
            name = directory
        }
        return false
    }
}
