import Glibc
package import MirrorCore
import MirrorLinux

/// One batch, path by path. It looks at both sides when it works and trusts no hint: a rename at the source is repeated
/// at the target only where the file there is the one that was renamed, and what is compared is what stands now.
///
/// It blocks; it belongs on a `BlockingPool`.
package struct DirectPass {
    package struct Rules: Sendable {
        package var deletes: Bool
        /// A rename may take a name away at the target.
        package var moves: Bool
        /// Seconds in which a second write may hide behind an equal size and time.
        package var hiding: ClosedRange<Int64>?
        /// What is left out may stand below a directory; only rsync knows its own patterns.
        package var hasFilters: Bool

        package init(deletes: Bool, moves: Bool, hiding: ClosedRange<Int64>?, hasFilters: Bool) {
            self.deletes = deletes
            self.moves = moves
            self.hiding = hiding
            self.hasFilters = hasFilters
        }
    }

    package struct Result: Sendable {
        /// What rsync is to do: odd types, changes of type, refusals.
        package var left: [Change] = []
    }

    private let source: ConfinedTree
    private let target: ConfinedTree
    private let rules: Rules
    private let isStopped: @Sendable () -> Bool
    private var result = Result()
    /// Directories whose attributes are set last, since every change below alters their time.
    private var unsettled: Set<RelativePath> = []
    /// Known to be a directory at the target.
    private var standing: RelativePath?

    package static func bring(
        _ changes: [Change], of sync: SyncSettings, _ rules: Rules, isStopped: @escaping @Sendable () -> Bool
    ) -> Result {
        guard !changes.contains(where: { $0.path.isRoot && $0.isDeep }),
            let source = try? ConfinedTree(sync.source), let target = try? ConfinedTree(sync.target)
        else { return Result(left: changes) }
        var pass = DirectPass(source: source, target: target, rules: rules, isStopped: isStopped)
        for change in changes where change.movedFrom != nil && !isStopped() { pass.move(change) }
        for change in changes where !isStopped() { pass.bring(change) }
        pass.settle()
        return pass.result
    }

    private init(
        source: ConfinedTree, target: ConfinedTree, rules: Rules, isStopped: @escaping @Sendable () -> Bool
    ) {
        self.source = source
        self.target = target
        self.rules = rules
        self.isStopped = isStopped
    }

    private mutating func bring(_ change: Change) {
        do throws(SystemCallError) {
            try attempt(change)
        } catch {
            standing = nil
            result.left.append(change)
        }
    }

    /// What the target has there may be a directory with all that is in it, so rsync is told that it may be one.
    private mutating func leave(_ change: Change) {
        var change = change
        change.mayBeDirectory = true
        result.left.append(change)
    }

    private mutating func attempt(_ change: Change) throws(SystemCallError) {
        let path = change.path
        if let parent = path.parent { unsettled.insert(parent) }
        guard let facts = try source.facts(path) else { return try remove(change) }
        guard !path.isRoot else {
            unsettled.insert(.root)
            return change.isShallow ? leave(change) : ()
        }
        guard try makeParents(of: path) else { return leave(change) }
        switch facts.kind {
        case .directory where change.isSubtree: try compare(change)
        case .directory: if try !makeDirectory(path) { leave(change) }
        case .regular, .symbolicLink: if try !copy(path, facts) { leave(change) }
        case .other: leave(change)
        }
    }
}

// MARK: Single names

extension DirectPass {
    /// False where something else than a directory stands on the way.
    private mutating func makeParents(of path: RelativePath) throws(SystemCallError) -> Bool {
        guard let parent = path.parent, !parent.isRoot, parent != standing else { return true }
        var names = parent.bytes.split(separator: UInt8(ascii: "/")).map { Array($0) }[...]
        var directory = RelativePath.root
        while let name = names.popFirst() {
            directory = directory.appending(name)
            guard try makeDirectory(directory) else { return false }
        }
        standing = parent
        return true
    }

    /// False where something else stands there.
    private mutating func makeDirectory(_ path: RelativePath) throws(SystemCallError) -> Bool {
        if let found = try target.facts(path) {
            guard found.kind == .directory else { return false }
        } else {
            guard try source.facts(path)?.kind == .directory else { return false }
            try target.makeDirectory(path)
            if let parent = path.parent { unsettled.insert(parent) }
            unsettled.insert(path)
        }
        if path != standing { unsettled.insert(path) }
        return true
    }

    /// False where a directory has to go first.
    private mutating func copy(_ path: RelativePath, _ facts: FileFacts) throws(SystemCallError) -> Bool {
        let found = try target.facts(path)
        if found?.kind == .directory { return false }
        if facts.kind == .symbolicLink { return try copyLink(path, facts, found) }
        if let found, found.kind == .regular, hasContent(found, of: facts) {
            try target.setAttributes(of: path, to: facts, from: found)
        } else {
            try target.copyFile(path, from: source, isStopped: isStopped)
        }
        return true
    }

    /// Size and time to the nanosecond are those of the source, and no second write can hide behind them.
    private func hasContent(_ found: FileFacts, of facts: FileFacts) -> Bool {
        found.size == facts.size && found.modifiedSeconds == facts.modifiedSeconds
            && found.modifiedNanoseconds == facts.modifiedNanoseconds
            && !(rules.hiding?.contains(facts.modifiedSeconds) ?? false)
    }

    private func copyLink(
        _ path: RelativePath, _ facts: FileFacts, _ found: FileFacts?
    ) throws(SystemCallError) -> Bool {
        let destination = try source.linkDestination(path)
        let present = found?.kind == .symbolicLink ? try target.linkDestination(path) : nil
        if present != destination { try target.replaceLink(path, to: destination) }
        guard let now = try target.facts(path), now.kind == .symbolicLink else { return false }
        try target.setAttributes(of: path, to: facts, from: now)
        return true
    }

    private mutating func remove(_ change: Change) throws(SystemCallError) {
        guard rules.deletes, !change.path.isRoot, let found = try target.facts(change.path) else { return }
        guard found.kind == .directory else { return try target.remove(change.path, isDirectory: false) }
        guard !rules.hasFilters else { return leave(change) }
        standing = nil
        try removeTree(change.path)
    }

    /// Bottom up; each name is looked up at the source once more before it goes.
    private mutating func removeTree(_ top: RelativePath) throws(SystemCallError) {
        var open: [(path: RelativePath, isEmptied: Bool)] = [(top, false)]
        while let (path, isEmptied) = open.popLast() {
            guard !isStopped(), try source.facts(path) == nil else { continue }
            if isEmptied {
                try target.remove(path, isDirectory: true)
                unsettled.remove(path)
                continue
            }
            open.append((path, true))
            for entry in try target.entries(path) {
                let below = path.appending(entry.name.bytes)
                if entry.isDirectory {
                    open.append((below, false))
                } else if try source.facts(below) == nil {
                    try target.remove(below, isDirectory: false)
                }
            }
        }
    }
}

// MARK: Trees, moves, directories

extension DirectPass {
    /// A directory with all that lies below.
    private mutating func compare(_ change: Change) throws(SystemCallError) {
        guard !rules.hasFilters else { return leave(change) }
        var open = [change.path]
        while let path = open.popLast(), !isStopped() {
            guard try makeDirectory(path) else {
                leave(Change(path, isSubtree: true))
                continue
            }
            try removeStrangers(in: path)
            for entry in try source.entries(path) {
                let below = path.appending(entry.name.bytes)
                switch (entry.isDirectory, change.isShallow) {
                case (false, _): bring(Change(below))
                case (true, false): open.append(below)
                case (true, true): if try !makeDirectory(below) { leave(Change(below, isSubtree: true)) }
                }
            }
        }
    }

    private mutating func removeStrangers(in directory: RelativePath) throws(SystemCallError) {
        guard rules.deletes else { return }
        for entry in try target.entries(directory) {
            let path = directory.appending(entry.name.bytes)
            guard try source.facts(path) == nil else { continue }
            if entry.isDirectory { try removeTree(path) } else { try target.remove(path, isDirectory: false) }
        }
    }

    /// Repeats a rename where both ends are as it left them. Whatever is not so is no failure: the path is brought
    /// anew.
    private mutating func move(_ change: Change) {
        guard rules.moves, let old = change.movedFrom, !old.isRoot, !change.path.isRoot else { return }
        do throws(SystemCallError) {
            guard try source.facts(old) == nil, let facts = try source.facts(change.path),
                let there = try target.facts(old), there.kind == facts.kind
            else { return }
            let hindrance = try target.facts(change.path)
            switch facts.kind {
            case .regular:
                // Where the old name goes anyway, another file is not worth a moment with the wrong content; where
                // nothing is ever deleted, only the rename takes it away.
                guard hasContent(there, of: facts) || !rules.deletes, hindrance?.kind != .directory else { return }
            case .directory: guard hindrance == nil else { return }
            case .symbolicLink, .other: return
            }
            guard try makeParents(of: change.path) else { return }
            try target.rename(old, to: change.path)
            standing = nil
            for end in [old, change.path] { if let parent = end.parent { unsettled.insert(parent) } }
        } catch {
            standing = nil
        }
    }

    /// What lies deeper first. A directory that is gone meanwhile has a notice of its own.
    private mutating func settle() {
        for path in unsettled.sorted(by: >) {
            guard let facts = try? source.facts(path), facts.kind == .directory,
                let found = try? target.facts(path), found.kind == .directory
            else { continue }
            do throws(SystemCallError) {
                try target.setAttributes(of: path, to: facts, from: found)
            } catch {
                result.left.append(Change(path, mayBeDirectory: true))
            }
        }
    }
}
