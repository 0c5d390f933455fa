import MirrorCore

/// The paths that a target is known to owe, whether it waits, is retried or is in hands.
struct Owed {
    private var names: Set<RelativePath> = []
    private var subtrees: Set<RelativePath> = []

    init(_ mirror: Mirror, _ log: ChangeLog) {
        self.init(mirror, log, after: mirror.cursor)
        guard let job = mirror.hands?.job else { return }
        switch job.scope {
        case .everything: subtrees.insert(.root)
        case .changes(let changes): for change in changes { add(change) }
        }
    }

    /// Without what is in hands: what a running job cannot have taken.
    init(_ mirror: Mirror, _ log: ChangeLog, after number: UInt64) {
        log.visit(after: max(mirror.cursor, number)) { change, _ in
            add(change)
            return true
        }
        for entry in mirror.retry.sorted { add(entry.change) }
    }

    private mutating func add(_ change: Change) {
        names.insert(change.path)
        if change.isSubtree { subtrees.insert(change.path) }
    }

    func covers(_ path: RelativePath) -> Bool {
        if names.contains(path) || subtrees.contains(.root) { return true }
        guard !subtrees.isEmpty else { return false }
        return path.parents.contains { subtrees.contains($0) }
    }
}
