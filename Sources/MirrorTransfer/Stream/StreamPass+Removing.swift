import Glibc
import MirrorCore
import MirrorLinux
import MirrorReceiver
import MirrorWire

/// What is to go at the end of a pass.
enum Doomed: Sendable {
    /// A file, or a directory if it is empty; one that is not is counted first.
    case name(RelativePath, Order.Removal)
    case tree(RelativePath, names: Int)
    /// A directory in which something may be left out.
    case prune(RelativePath)
}

extension StreamPass {
    /// What is not at the source, or is left out there, goes; what is left out stays.
    mutating func remove(_ path: RelativePath) {
        guard rules.deletes, !path.isRoot else { return }
        let verdict = rules.matcher.verdict(on: path)
        var removal: Order.Removal = []
        if !verdict.excludesFile { removal.insert(.file) }
        if !verdict.excludesDirectory {
            guard rules.matcher.isEmpty else { return doomed.append(.prune(path)) }
            removal.insert(.emptyDirectory)
        }
        if !removal.isEmpty { doomed.append(.name(path, removal)) }
    }

    /// All that was found to go, once it is known to be no more than may. Each name is looked for at the source once
    /// more.
    mutating func removeDoomed() throws(ChannelEnd) {
        let all = doomed
        doomed = []
        try lookBeforeDeleting()
        var going: [Going] = []
        for one in all {
            switch one {
            case .name(let path, let removal):
                guard mayGo(path) else {
                    lookBelow(path)
                    continue
                }
                going.append(Going(path: path, removal: removal))
            case .tree(let path, let names):
                guard mayGo(path) else {
                    lookBelow(path)
                    continue
                }
                going.append(Going(path: path, removal: [.tree, .file], names: names))
            case .prune(let path):
                try collect(path, into: &going)
                if !mayGo(path) { lookBelow(path) }
            }
        }
        try send(going)
    }

    /// Another directory of that name has come meanwhile. Of that there is a notice, but none that says that the
    /// target's holds something else.
    mutating func lookBelow(_ path: RelativePath) {
        guard let found = (try? source.found(path)) ?? nil, found.metadata.kind == .directory, entersDirectory(found),
            !rules.matcher.excludes(path, isDirectory: true)
        else { return }
        unlisted.append(path)
    }

    /// Something else is to stand where the target has a directory.
    mutating func makeWay(_ path: RelativePath) throws(ChannelEnd) {
        try lookBeforeDeleting()
        var going: [Going] = []
        try collect(path, into: &going)
        try send(going)
    }

    /// A removal that is about to be ordered.
    private struct Going {
        var path: RelativePath
        var removal: Order.Removal
        var names = 1
    }

    private mutating func send(_ going: [Going]) throws(ChannelEnd) {
        try allow(going.reduce(0) { $0 + $1.names })
        for one in going {
            note(changeOf: one.path)
            planned += one.names
            try send(.remove(one.path, names: one.names)) { .remove($0, one.path, one.removal) }
        }
    }

    /// A name of the target with all below it, but for what is left out; what lies deeper first.
    private mutating func collect(_ path: RelativePath, into going: inout [Going]) throws(ChannelEnd) {
        let verdict = rules.matcher.verdict(on: path)
        let entries = verdict.excludesDirectory ? nil : try ask(path)
        guard let entries else {
            if !verdict.excludesFile, isGone(path) { going.append(Going(path: path, removal: .file)) }
            return
        }
        for entry in entries {
            let below = path.appending(entry.name.bytes)
            let isDirectory = entry.metadata.kind == .directory
            guard !rules.matcher.excludes(below, isDirectory: isDirectory) else { continue }
            if isDirectory {
                try collect(below, into: &going)
            } else if isGone(below) {
                going.append(Going(path: below, removal: .file))
            }
        }
        // A file of the source stands in its place, or nothing.
        guard ((try? source.found(path)) ?? nil)?.metadata.kind != .directory else { return }
        going.append(Going(path: path, removal: .emptyDirectory))
    }

    /// The source does not have it, or leaves it out. What has come back has a notice of its own.
    private func mayGo(_ path: RelativePath) -> Bool {
        do throws(SystemCallError) {
            guard let found = try source.found(path) else { return true }
            return rules.matcher.excludes(path, isDirectory: found.metadata.kind == .directory)
        } catch {
            return false
        }
    }
}

// MARK: How many may go

extension StreamPass {
    private mutating func allow(_ count: Int) throws(ChannelEnd) {
        guard count > 0 else { return }
        let now = Clock.now()
        let limit = rules.mayDeleteMany ? DeleteLimit.none : rules.stream.deleteLimit
        if fuse.wantsCount(of: count + planned, at: now, limit) { fuse.noteHeld(try countTarget()) }
        if let excess = fuse.excess(of: count + planned, at: now, limit) {
            throw .suspect(.massDeletion(names: excess))
        }
    }

    /// All that the target holds.
    private mutating func countTarget() throws(ChannelEnd) -> Int {
        try send(.asked) { .count($0, .root, atMost: DeletionFuse.mostCounted) }
        while true {
            while let (errand, answer) = channel.nextHeard() {
                guard case .asked = errand else {
                    try take(answer, errand)
                    continue
                }
                if case .counted(_, let count) = answer { return Int(count) }
                // Nobody knows, so it is little.
                return 0
            }
            try channel.wait(isStopped)
        }
    }
}
