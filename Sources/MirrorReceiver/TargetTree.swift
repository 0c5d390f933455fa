internal import CLinux
import Glibc
import MirrorCore
import MirrorLinux
import MirrorWire

/// The tree at the target and what may be done to it, order by order. Every path is resolved beneath its root.
struct TargetTree {
    let tree: BeneathTree
    let preserving: Hello.Preserving
    /// Called between the parts of what takes long.
    let progress: () -> Void
    private let mask = UInt16(truncatingIfNeeded: cl_umask())

    init(_ tree: BeneathTree, preserving: Hello.Preserving, progress: @escaping () -> Void) {
        self.tree = tree
        self.preserving = preserving
        self.progress = progress
    }

    // MARK: Directories

    /// The place of a path, whose directories are made where they are missing.
    func place(making path: RelativePath, _ effects: inout Answer.Effects) throws(SystemCallError) -> Place {
        do throws(SystemCallError) {
            return try tree.place(path)
        } catch {
            guard error.errno == ENOENT, let parent = path.parent else { throw error }
            try makeParents(parent)
            effects.madeParents = true
            return try tree.place(path)
        }
    }

    private func makeParents(_ path: RelativePath) throws(SystemCallError) {
        var directory = RelativePath.root
        for name in path.bytes.split(separator: UInt8(ascii: "/")) {
            directory = directory.appending(name)
            let place = try tree.place(directory)
            guard try place.found() == nil else { continue }
            try place.perform("mkdir") { mkdirat($0, $1, 0o700) }
        }
    }

    /// What is no directory gives way to one. It is for its owner alone until it gets its attributes.
    func makeDirectory(_ path: RelativePath) throws(SystemCallError) -> Answer.Effects {
        var effects = Answer.Effects()
        guard !path.isRoot else { return Answer.Effects(wasThere: true) }
        let place = try place(making: path, &effects)
        if let found = try place.found() {
            if found.metadata.kind == .directory { return Answer.Effects(wasThere: true) }
            try place.perform("unlink") { unlinkat($0, $1, 0) }
            effects.removed = 1
        }
        try place.perform("mkdir") { mkdirat($0, $1, 0o700) }
        effects.isNew = effects.removed == 0
        return effects
    }

    // MARK: Attributes

    /// Of what stands there, each only where it differs. An owner that we may not give away stays.
    func setAttributes(
        _ place: Place, to wanted: Metadata, from found: Metadata, isNew: Bool
    ) throws(SystemCallError) {
        let isLink = wanted.kind == .symbolicLink
        let wasGiven = give(place, to: wanted, from: found)
        if let attributes = wanted.attributes { try ExtendedAttributes.set(place, to: attributes, preserving) }
        let mode = mode(wanted, from: found, isNew: isNew)
        // The kernel takes the set-user-id bits away with the owner, and an access list changes those of the group.
        if !isLink, mode != found.mode || wasGiven || wanted.attributes != nil {
            try place.setMode(mode)
        }
        guard preserving.contains(wanted.kind == .directory ? .directoryTimes : .times) else { return }
        guard isNew || !wanted.hasTime(of: found) else { return }
        try place.setModified(wanted.seconds, Int64(wanted.nanoseconds))
    }

    private func mode(_ wanted: Metadata, from found: Metadata, isNew: Bool) -> UInt16 {
        if preserving.contains(.modes) { return wanted.mode }
        return isNew ? wanted.mode & 0o777 & ~mask : found.mode
    }

    /// Whether anything was given away.
    private func give(_ place: Place, to wanted: Metadata, from found: Metadata) -> Bool {
        let user = preserving.contains(.owners) ? wanted.user : found.user
        let group = preserving.contains(.groups) ? wanted.group : found.group
        guard user != found.user || group != found.group else { return false }
        func give(_ user: UInt32, _ group: UInt32) -> Bool {
            (try? place.setOwner(user, group)) != nil
        }
        // A group of ours may be given where the owner may not.
        return give(user, group) || group != found.group && give(found.user, group)
    }

    func setAttributes(_ path: RelativePath, to wanted: Metadata, isNew: Bool) throws(SystemCallError) {
        let place = try tree.place(path)
        guard let found = try place.found() else { throw tree.failure("stat", path, ENOENT) }
        guard found.metadata.kind == wanted.kind else { throw tree.failure("stat", path, ESTALE) }
        try setAttributes(place, to: wanted, from: found.metadata, isNew: isNew)
    }

    // MARK: Names

    /// What stands in the way of something that is no directory.
    func clear(_ path: RelativePath, _ found: FoundFile?, _ conditions: Order.Conditions) throws(SystemCallError)
        -> UInt32
    {
        guard let found, found.metadata.kind == .directory, !path.isRoot else {
            guard !path.isRoot else { throw tree.failure("rename", path, EBUSY) }
            return 0
        }
        return try remove(path, conditions.contains(.clearsDirectory) ? .tree : .emptyDirectory)
    }

    /// The number of names that are gone. What may not go is an error; what is not there is none.
    func remove(_ path: RelativePath, _ removal: Order.Removal) throws(SystemCallError) -> UInt32 {
        guard !path.isRoot else { throw tree.failure("unlink", path, EBUSY) }
        guard let found = try tree.found(path) else { return 0 }
        guard found.metadata.kind == .directory else {
            guard removal.contains(.file) else { throw tree.failure("unlink", path, ENOTDIR) }
            try tree.place(path).perform("unlink") { unlinkat($0, $1, 0) }
            return 1
        }
        guard !removal.isDisjoint(with: [.tree, .emptyDirectory]) else { throw tree.failure("rmdir", path, EISDIR) }
        defer { tree.forget() }
        guard removal.contains(.tree) else {
            try tree.place(path).perform("rmdir") { unlinkat($0, $1, AT_REMOVEDIR) }
            return 1
        }
        return try removeTree(path, on: found.device)
    }

    /// Bottom up, and never into another file system.
    private func removeTree(_ top: RelativePath, on device: UInt64) throws(SystemCallError) -> UInt32 {
        var removed: UInt32 = 0
        var open: [(path: RelativePath, isEmptied: Bool)] = [(top, false)]
        while let (path, isEmptied) = open.popLast() {
            if isEmptied {
                try tree.place(path).perform("rmdir") { unlinkat($0, $1, AT_REMOVEDIR) }
                tree.forget()
                removed += 1
                continue
            }
            open.append((path, true))
            for name in try tree.names(path) {
                let below = path.appending(name.bytes)
                let place = try tree.place(below)
                guard let found = try place.found() else { continue }
                if found.metadata.kind == .directory {
                    guard found.device == device else { throw tree.failure("rmdir", below, EBUSY) }
                    open.append((below, false))
                } else {
                    try place.perform("unlink") { unlinkat($0, $1, 0) }
                    removed += 1
                    if removed.isMultiple(of: 1024) { progress() }
                }
            }
            progress()
        }
        return removed
    }

    /// Names at the path and below, up to the limit. Nothing there is none.
    func count(_ top: RelativePath, atMost limit: UInt32) throws(SystemCallError) -> UInt32 {
        guard let found = try tree.found(top) else { return 0 }
        var count: UInt32 = 1
        var open = found.metadata.kind == .directory ? [top] : []
        while let path = open.popLast(), count < limit {
            for name in try tree.names(path) {
                count += 1
                let below = path.appending(name.bytes)
                if try tree.found(below)?.metadata.kind == .directory { open.append(below) }
                if count >= limit { break }
            }
            progress()
        }
        return count
    }

    /// ESTALE where what stands there is not as it has to be.
    func rename(
        _ old: RelativePath, to new: RelativePath, _ expectation: Order.Expectation
    ) throws(SystemCallError) -> Answer.Effects {
        guard !old.isRoot, !new.isRoot else { throw tree.failure("rename", new, EBUSY) }
        var effects = Answer.Effects()
        guard let there = try tree.found(old) else { throw tree.failure("rename", old, ENOENT) }
        let hindrance = try tree.found(new)
        let isDirectory = there.metadata.kind == .directory
        let isExpected =
            switch expectation {
            case .file(let wanted):
                there.metadata.kind == .regular && hindrance?.metadata.kind != .directory
                    && there.metadata.size == wanted.size && there.metadata.hasTime(of: wanted)
            case .anyFile: there.metadata.kind == .regular && hindrance?.metadata.kind != .directory
            case .directory: isDirectory && hindrance == nil
            }
        guard isExpected else { throw tree.failure("rename", old, ESTALE) }
        defer { tree.forget() }
        let oldParent = try tree.open(old.parent ?? .root, cl_open_path | O_DIRECTORY)
        defer { close(oldParent) }
        let place = try place(making: new, &effects)
        let answer = old.name.withCPath { oldName in
            place.name.withCPath { cl_rename_at(oldParent, oldName, place.directory, $0, isDirectory ? 1 : 0) }
        }
        guard answer >= 0 else { throw tree.failure("rename", new, -answer) }
        return effects
    }

    // MARK: Looking

    func entry(_ place: Place) throws(SystemCallError) -> ListedEntry? {
        guard let found = try place.found() else { return nil }
        var entry = ListedEntry(name: place.name, metadata: found.metadata)
        (entry.device, entry.inode) = (found.device, found.inode)
        entry.metadata.attributes = try ExtendedAttributes.read(place, preserving)
        if found.metadata.kind == .symbolicLink { entry.destination = try place.destination() }
        return entry
    }
}

// MARK: Ends

extension TargetTree {
    /// All that was done so far is on the disk.
    func store() throws(SystemCallError) {
        let answer = cl_store_file_system(tree.rootDirectory)
        guard answer >= 0 else { throw tree.failure("syncfs", .root, -answer) }
    }

    /// The connection is over.
    func abandonIfBegun(_ file: inout IncomingFile?) {
        guard var begun = file else { return }
        abandon(&begun, nil)
        file = nil
    }
}
