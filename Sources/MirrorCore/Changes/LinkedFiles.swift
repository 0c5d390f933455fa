/// A file with several names, as an engine met it under one of them.
package struct LinkedFile: Sendable, Hashable, Comparable {
    package var path: RelativePath
    package var identity: FileIdentity
    /// How many names it has, in the source and elsewhere.
    package var links: UInt64
    /// It was written or its attributes changed, so its other names are stale; else it only has this name too.
    package var isChanged: Bool

    package init(_ path: RelativePath, _ identity: FileIdentity, links: UInt64, isChanged: Bool) {
        self.path = path
        self.identity = identity
        self.links = links
        self.isChanged = isChanged
    }

    package static func < (left: LinkedFile, right: LinkedFile) -> Bool { left.path < right.path }
}

package struct FileIdentity: Sendable, Hashable, Comparable {
    package var device: UInt64
    package var inode: UInt64

    package init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }

    package static func < (left: FileIdentity, right: FileIdentity) -> Bool {
        (left.device, left.inode) < (right.device, right.inode)
    }
}

/// The names of a file in the source, as a walk has found them.
package struct FoundNames: Sendable, Equatable {
    package var identity: FileIdentity
    package var names: [RelativePath]

    package init(_ identity: FileIdentity, _ names: [RelativePath]) {
        self.identity = identity
        self.names = names
    }
}

/// The names of files of one source that have several, as far as any of them was changed.
///
/// The kernel tells of a change under the name that was used and under no other. So the names of such a file are looked
/// for once, by a walk, and kept up by notices from then on. Where more names would have to be kept than the bound, all
/// are forgotten, and looked for again when they are needed.
package struct LinkedFiles: Sendable {
    private struct Group: Sendable {
        var names: Set<RelativePath>
        /// As many as the kernel counted, names outside the source included, when all were known.
        var links: UInt64
    }

    private var groups: [FileIdentity: Group] = [:]
    private var identities: [RelativePath: FileIdentity] = [:]
    /// Files whose names are to be looked for, and those that are being looked for.
    private var wanted: [FileIdentity: UInt64] = [:]
    private var asked: [FileIdentity: UInt64] = [:]
    private var isAsking = false

    package init() {}

    package var count: Int { identities.count }

    /// The other names of the file.
    package func others(of path: RelativePath) -> [RelativePath] {
        guard !identities.isEmpty, let identity = identities[path], let group = groups[identity] else { return [] }
        return group.names.filter { $0 != path }.sorted()
    }

    // MARK: What is met and found

    package mutating func met(_ file: LinkedFile) {
        if let old = identities[file.path], old != file.identity { forget(file.path) }
        if var group = groups[file.identity] {
            let isKnown = group.names.contains(file.path)
            if isKnown && group.links == file.links { return }
            if !isKnown && group.links + 1 == file.links || !file.isChanged {
                group.names.insert(file.path)
                group.links = file.links
                groups[file.identity] = group
                identities[file.path] = file.identity
                return
            }
        }
        if file.isChanged { wanted[file.identity] = file.links }
    }

    /// Files whose names are wanted; one search at a time.
    mutating func takeWanted() -> [FileIdentity]? {
        guard !isAsking, !wanted.isEmpty else { return nil }
        (asked, wanted, isAsking) = (wanted, [:], true)
        return asked.keys.sorted()
    }

    /// Answers every name of these files.
    mutating func found(_ files: [FoundNames], limit: Int) -> [RelativePath] {
        let links = asked
        endSearch()
        if count + files.reduce(0, { $0 + $1.names.count }) > limit { (groups, identities) = ([:], [:]) }
        for file in files {
            for name in groups[file.identity]?.names ?? [] { identities[name] = nil }
            groups[file.identity] = Group(names: Set(file.names), links: links[file.identity] ?? 0)
            for name in file.names { identities[name] = file.identity }
        }
        return files.flatMap(\.names)
    }

    mutating func endSearch() { (asked, isAsking) = ([:], false) }

    // MARK: What is noticed

    /// The name has gone, or stands for another file now.
    package mutating func forget(_ path: RelativePath) {
        guard !identities.isEmpty, let identity = identities.removeValue(forKey: path) else { return }
        groups[identity]?.names.remove(path)
        groups[identity]?.links -= 1
        if groups[identity]?.names.count ?? 0 < 2 { drop(identity) }
    }

    package mutating func forgetBelow(_ directory: RelativePath) {
        guard !identities.isEmpty else { return }
        for path in identities.keys.filter(directory.contains).sorted() { forget(path) }
    }

    package mutating func move(_ from: RelativePath, to path: RelativePath) {
        guard !identities.isEmpty else { return }
        for old in identities.keys.filter(from.contains).sorted() {
            guard let identity = identities.removeValue(forKey: old) else { continue }
            let new = RelativePath(uncheckedBytes: path.bytes + old.bytes.dropFirst(from.bytes.count))
            identities[new] = identity
            groups[identity]?.names.remove(old)
            groups[identity]?.names.insert(new)
        }
    }

    /// Track was lost: names may have come and gone.
    package mutating func removeAll() { (groups, identities) = ([:], [:]) }

    private mutating func drop(_ identity: FileIdentity) {
        for name in groups.removeValue(forKey: identity)?.names ?? [] { identities[name] = nil }
    }
}
