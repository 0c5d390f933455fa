import Glibc
import MirrorCore
import MirrorLinux
import MirrorReceiver
import MirrorWire

// MARK: A directory with all that lies below

extension StreamPass {
    /// Where links have to be kept, a file is more than its digest says.
    mutating func compareTree(_ path: RelativePath) {
        if rules.stream.options.hardLinks { unlisted.append(path) } else { work.append(.survey(path)) }
    }

    /// Both sides look at once.
    mutating func survey(_ path: RelativePath) throws(ChannelEnd) {
        lists += 1
        try send(.survey(path)) { .survey($0, path) }
        try channel.push(isStopped)
        let (rules, device, isStopped) = (rules, sourceDevice, isStopped)
        let options = rules.stream.options
        var survey = TreeSurvey(
            source, preserving,
            TreeSurvey.Rules(
                leavesOut: { path, found in
                    let kind = found.metadata.kind
                    if !options.keeps(kind) { return true }
                    return rules.matcher.excludes(path, isDirectory: kind == .directory)
                },
                // One that is to end sooner trusts nothing and is soon through.
                doubts: { !rules.trusts($0) || isStopped() },
                enters: { !options.oneFileSystem || $0.device == device }))
        _ = survey.look(at: path)
        digests.merge(survey.digests) { $1 }
    }

    mutating func list(_ path: RelativePath) throws(ChannelEnd) {
        lists += 1
        try send(.list(path)) { .list($0, path) }
    }

    /// Both sides in the order of their names. What is equal costs nothing more.
    mutating func merge(_ directory: RelativePath, _ theirs: [ListedEntry]) throws(ChannelEnd) {
        let ours: [ByteString]
        do throws(SystemCallError) {
            ours = try source.names(directory)
        } catch {
            // Gone, or something else by now: of that there is a notice.
            guard ![ENOENT, ENOTDIR, ELOOP].contains(error.errno) else { return try bring(Change(directory)) }
            // To others it would be an empty directory, and everything below it a stranger.
            return unreadable(directory, error.errno, isSubtree: true)
        }
        var (own, other) = (ours[...], theirs[...])
        while let name = [own.first, other.first?.name].compactMap({ $0 }).min() {
            let path = directory.appending(name.bytes)
            let isOurs = own.first == name
            let there = other.first?.name == name ? other.popFirst() : nil
            if isOurs {
                own.removeFirst()
                try compare(path, there)
            } else if let there {
                try removeStranger(path, there)
            }
            try drain()
        }
    }

    private mutating func removeStranger(_ path: RelativePath, _ there: ListedEntry) throws(ChannelEnd) {
        let isDirectory = there.metadata.kind == .directory
        // What a broken run has left goes also where nothing else does.
        let isLeftover = there.metadata.kind == .regular && TemporaryName.isTemporary(there.name)
        guard isLeftover || rules.deletes && !rules.matcher.excludes(path, isDirectory: isDirectory) else { return }
        guard isGone(path) else { return isDirectory ? lookBelow(path) : () }
        guard isLeftover else {
            if isDirectory, !rules.matcher.isEmpty { return doomed.append(.prune(path)) }
            return doomed.append(.name(path, isDirectory ? .emptyDirectory : .file))
        }
        note(changeOf: path)
        planned += 1
        try send(.remove(path)) { .remove($0, path, .file) }
    }

    private mutating func compare(_ path: RelativePath, _ there: ListedEntry?) throws(ChannelEnd) {
        guard path.bytes.count <= WireLimits.path else { return fail(path, ENAMETOOLONG, "named") }
        guard let (found, metadata) = read(path) else {
            if !failed.contains(path) { try bring(Change(path)) }
            return
        }
        if rules.matcher.excludes(path, isDirectory: metadata.kind == .directory) {
            if let there { removeMismatch(path, there, metadata) }
            return
        }
        if isBeingWritten(path, found) { return }
        guard let there, there.metadata.kind == metadata.kind else {
            note(changeOf: path)
            try bring(path, found, metadata, isSubtree: false)
            // Nothing of it is there yet, so there is nothing to list.
            if metadata.kind == .directory, entersDirectory(found) { work.append(.merge(path, [])) }
            return
        }
        try compare(path, found, metadata, there)
    }

    /// The source's is left out, but what the target has of that name is another kind.
    private mutating func removeMismatch(_ path: RelativePath, _ there: ListedEntry, _ metadata: Metadata) {
        let isDirectory = there.metadata.kind == .directory
        guard rules.deletes, isDirectory != (metadata.kind == .directory),
            !rules.matcher.excludes(path, isDirectory: isDirectory)
        else { return }
        doomed.append(isDirectory ? .prune(path) : .name(path, .file))
    }

    private mutating func compare(
        _ path: RelativePath, _ found: FoundFile, _ metadata: Metadata, _ there: ListedEntry
    ) throws(ChannelEnd) {
        switch metadata.kind {
        case .directory:
            if differs(metadata, there.metadata) { unsettled.insert(path) }
            let isEqual = there.inside.map { $0 == digests[path] } ?? false
            if entersDirectory(found), !isEqual { unlisted.append(path) }
        case .regular:
            if try isLinkedAsHere(path, found, there) { return }
            guard hasContent(there.metadata, of: metadata, at: path) else {
                note(changeOf: path)
                // It becomes another file, which its other names there are not.
                links.forgetTheirs(of: found)
                return try update(path, metadata, there.metadata)
            }
            try align(path, metadata, there)
        case .symbolicLink:
            guard rules.stream.options.links else { return }
            let destination = try? source.place(path).destination()
            guard destination == there.destination else {
                note(changeOf: path)
                return try bring(path, found, metadata, isSubtree: false)
            }
            try align(path, metadata, there)
        case .fifo, .socket, .characterDevice, .blockDevice:
            let isSame = metadata.major == there.metadata.major && metadata.minor == there.metadata.minor
            guard isSame else {
                note(changeOf: path)
                return try bring(path, found, metadata, isSubtree: false)
            }
            let options = rules.stream.options
            let isKept = metadata.kind == .fifo || metadata.kind == .socket ? options.specials : options.devices
            if isKept { try align(path, metadata, there) }
        }
    }

    /// True where nothing but another name of a file is to be made of it, which is done.
    private mutating func isLinkedAsHere(
        _ path: RelativePath, _ found: FoundFile, _ there: ListedEntry
    ) throws(ChannelEnd) -> Bool {
        guard rules.stream.options.hardLinks, found.links > 1 else { return false }
        let identity = LinkedNames.File(there)
        guard links.first(of: found, or: path, theirs: identity) != path else { return false }
        if links.theirs(of: found) != identity { unlinked.append(path) }
        return true
    }

    private mutating func align(_ path: RelativePath, _ metadata: Metadata, _ there: ListedEntry) throws(ChannelEnd) {
        guard differs(metadata, there.metadata) else { return }
        try send(.attributes(path)) { .attributes($0, path, metadata) }
    }

    /// Whether an attribute that is kept is another one there.
    func differs(_ ours: Metadata, _ theirs: Metadata) -> Bool {
        let options = rules.stream.options
        if options.modes, ours.kind != .symbolicLink, ours.mode != theirs.mode { return true }
        if options.owners, ours.user != theirs.user { return true }
        if options.groups, ours.group != theirs.group { return true }
        if ours.attributes != theirs.attributes { return true }
        return (ours.kind != .directory || options.directoryTimes) && !ours.hasTime(of: theirs)
    }
}

extension StreamPass.Rules {
    /// No second write can hide behind this time.
    func trusts(_ metadata: Metadata) -> Bool {
        if hiding?.contains(metadata.seconds) ?? false { return false }
        return doubtedSince.map { metadata.seconds < $0 } ?? true
    }
}

extension StreamOptions {
    func keeps(_ kind: Metadata.Kind) -> Bool {
        switch kind {
        case .regular, .directory: true
        case .symbolicLink: links
        case .fifo, .socket: specials
        case .characterDevice, .blockDevice: devices
        }
    }

    /// What the agent is to keep of a file.
    var preserving: Hello.Preserving {
        var kept: Hello.Preserving = .times
        if modes { kept.insert(.modes) }
        if owners { kept.insert(.owners) }
        if groups { kept.insert(.groups) }
        if directoryTimes { kept.insert(.directoryTimes) }
        if accessLists { kept.insert(.accessLists) }
        if extendedAttributes { kept.insert(.extended) }
        if sparse { kept.insert(.sparse) }
        return kept
    }
}
