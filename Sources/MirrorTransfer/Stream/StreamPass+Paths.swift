import Glibc
import MirrorCore
import MirrorLinux
import MirrorReceiver
import MirrorWire

// MARK: One path

extension StreamPass {
    /// What others have seen of it for this job as well; nil where it is seen alone. What was found to have changed is
    /// looked at anew.
    private mutating func sharedFile(_ path: RelativePath, _ noticed: Moment? = nil) -> SharedFile? {
        guard !retried.contains(path) else { return nil }
        if let lastShared, lastShared.path == path { return lastShared.file }
        if let asked = awaited[path] { return asked }
        guard let file = shared.file(path, since: noticed ?? made) else { return nil }
        lastShared = (path, file)
        return file
    }

    /// What stands at the source, with its attributes; nil where nothing does, or it can't be told, which is noted.
    mutating func read(_ path: RelativePath) -> (FoundFile, Metadata)? {
        do throws(SystemCallError) {
            guard let found = try source.found(path) else { return nil }
            var metadata = found.metadata
            metadata.attributes = try ExtendedAttributes.read(try source.place(path), preserving)
            return (found, metadata)
        } catch {
            if ![ENOENT, ENOTDIR, ELOOP].contains(error.errno) { unreadable(path, error.errno) }
            return nil
        }
    }

    var preserving: Hello.Preserving { rules.stream.options.preserving }

    mutating func bring(_ change: Change) throws(ChannelEnd) {
        let path = change.path
        note(changeOf: path)
        guard path.bytes.count <= WireLimits.path else { return fail(path, ENAMETOOLONG, "named") }
        let seen = sharedFile(path, change.noticed)
        guard let (found, metadata) = seen.map({ file in file.look { read(path) } }) ?? read(path) else {
            guard !failed.contains(path) else { return }
            return remove(path)
        }
        if path.isRoot {
            unsettled.insert(.root)
            if change.isSubtree { compareTree(.root) }
            return
        }
        let isDirectory = metadata.kind == .directory
        // What is left out is not at the target, as far as we may say so.
        if rules.matcher.excludes(path, isDirectory: isDirectory) { return remove(path) }
        guard isOnSource(path, found) else { return }
        if isDoubtful(change, found) { doubted.insert(path) }
        noteLinks(change, found)
        try bring(path, found, metadata, isSubtree: change.isSubtree)
    }

    /// With `one_file_system`: what lies on another one is not ours; the directory on which it is mounted is.
    private func isOnSource(_ path: RelativePath, _ found: FoundFile) -> Bool {
        guard rules.stream.options.oneFileSystem, found.device != sourceDevice else { return true }
        guard found.metadata.kind == .directory, let parent = path.parent else { return false }
        return ((try? source.found(parent)) ?? nil)?.device == sourceDevice
    }

    func entersDirectory(_ found: FoundFile) -> Bool {
        !rules.stream.options.oneFileSystem || found.device == sourceDevice
    }

    mutating func bring(
        _ path: RelativePath, _ found: FoundFile, _ metadata: Metadata, isSubtree: Bool
    ) throws(ChannelEnd) {
        switch metadata.kind {
        case .directory:
            try makeDirectory(path)
            unsettled.insert(path)
            if isSubtree, entersDirectory(found) { compareTree(path) }
        case .regular: try bringFile(path, found, metadata)
        case .symbolicLink: if rules.stream.options.links { try bringLink(path, found, metadata) }
        case .fifo, .socket: if rules.stream.options.specials { try bringSpecial(path, found, metadata) }
        case .characterDevice, .blockDevice:
            if rules.stream.options.devices { try bringSpecial(path, found, metadata) }
        }
    }

    mutating func makeDirectory(_ path: RelativePath) throws(ChannelEnd) {
        guard !path.isRoot else { return }
        unsettled.insert(path)
        try send(.directory(path)) { .directory($0, path) }
    }

    private mutating func bringFile(_ path: RelativePath, _ found: FoundFile, _ metadata: Metadata) throws(ChannelEnd) {
        if try linked(path, found) { return }
        guard metadata.size <= UInt64(Self.smallFile) else {
            awaited[path] = sharedFile(path)
            return try send(.look(path)) { .look($0, path) }
        }
        try sendFile(path)
    }

    private mutating func bringLink(_ path: RelativePath, _ found: FoundFile, _ metadata: Metadata) throws(ChannelEnd) {
        if try linked(path, found) { return }
        guard let destination = try? source.place(path).destination() else { return remove(path) }
        let conditions = conditions(for: metadata, at: path)
        try send(.bring(path)) { .symbolicLink($0, path, metadata, conditions, destination: destination) }
    }

    private mutating func bringSpecial(
        _ path: RelativePath, _ found: FoundFile, _ metadata: Metadata
    ) throws(ChannelEnd) {
        if try linked(path, found) { return }
        let conditions = conditions(for: metadata, at: path)
        try send(.bring(path)) { .special($0, path, metadata, conditions) }
    }

    /// Another name of a file that comes in this job: it is linked when that has come. All other names that are known
    /// are linked anew, since the file will be another one there.
    private mutating func linked(_ path: RelativePath, _ found: FoundFile) throws(ChannelEnd) -> Bool {
        guard rules.stream.options.hardLinks, found.links > 1 else { return false }
        let first = links.first(of: found, or: path)
        guard first == path else {
            unlinked.append(path)
            return true
        }
        for other in links.others(of: found, than: path) where !unlinked.contains(other) { unlinked.append(other) }
        return false
    }

    /// Names of files that have come with another name by now.
    mutating func link() throws(ChannelEnd) {
        let paths = unlinked
        unlinked = []
        for path in paths {
            guard let found = (try? source.found(path)) ?? nil, let first = links.known(found), first != path,
                let there = (try? source.found(first)) ?? nil, there.isSame(as: found)
            else { continue }
            note(changeOf: path)
            let conditions = conditions(for: found.metadata, at: path)
            try send(.bring(path)) { .hardLink($0, existing: first, path, conditions) }
        }
    }

    func conditions(for metadata: Metadata, at path: RelativePath) -> Order.Conditions {
        var conditions: Order.Conditions = []
        // What lies in a directory in the way is counted first, and what is left out stays: an answer says that it is
        // not empty, and it goes by `clear`.
        if trusts(metadata, at: path) { conditions.insert(.trustsTime) }
        return conditions
    }

    func trusts(_ metadata: Metadata, at path: RelativePath) -> Bool {
        rules.trusts(metadata) && !doubted.contains(path)
    }

    /// The target has said what it has of a large file.
    mutating func decide(_ path: RelativePath, _ entry: ListedEntry?) throws(ChannelEnd) {
        guard let (_, metadata) = read(path), metadata.kind == .regular else {
            return work.append(.bring(Change(path)))
        }
        guard let there = entry?.metadata, hasContent(there, of: metadata, at: path) else {
            return try update(path, metadata, entry?.metadata)
        }
        try send(.attributes(path)) { .attributes($0, path, metadata) }
    }

    func hasContent(_ there: Metadata, of metadata: Metadata, at path: RelativePath) -> Bool {
        there.kind == .regular && there.size == metadata.size && there.hasTime(of: metadata)
            && trusts(metadata, at: path)
    }
}

// MARK: Contents

extension StreamPass {
    /// The time is the one from before the reading, so that a write meanwhile leaves a difference that is seen.
    mutating func sendFile(_ path: RelativePath, _ blocks: TheirBlocks? = nil) throws(ChannelEnd) {
        let file = sharedFile(path)
        awaited[path] = nil
        if let file, blocks == nil, let whole = shared.whole(of: file, { readWhole(path) }) {
            note(changeOf: path)
            let conditions = conditions(for: whole.metadata, at: path)
            return try channel.send(.bring(path), isStopped) { id, bytes in whole.append(id, conditions, to: &bytes) }
        }
        let descriptor: Int32
        do throws(SystemCallError) {
            descriptor = try source.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)
        } catch {
            guard [ENOENT, ENOTDIR, ELOOP, ENXIO].contains(error.errno) else { return unreadable(path, error.errno) }
            // Something else stands there since it was looked at, or nothing.
            if retried.insert(path).inserted { work.append(.bring(Change(path))) }
            return
        }
        defer { close(descriptor) }
        guard let found = FoundFile(descriptor: descriptor), found.metadata.kind == .regular else {
            if retried.insert(path).inserted { work.append(.bring(Change(path))) }
            return
        }
        var metadata = found.metadata
        do throws(SystemCallError) {
            metadata.attributes = try ExtendedAttributes.read(try source.place(path), preserving)
        } catch {
            return unreadable(path, error.errno)
        }
        note(changeOf: path)
        let content = OpenContent(path: path, descriptor: descriptor, found: found, shared: file)
        if metadata.size <= UInt64(Self.smallFile) {
            try sendWhole(path, metadata, descriptor)
        } else if let blocks {
            try sendBlocks(content, metadata, blocks)
        } else {
            try sendPieces(content, metadata)
        }
    }

    /// A small file, ready to go; nil where it is none, or something is wrong with it.
    private func readWhole(_ path: RelativePath) -> EncodedFile? {
        guard let descriptor = try? source.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW) else { return nil }
        defer { close(descriptor) }
        guard let found = FoundFile(descriptor: descriptor), found.metadata.kind == .regular,
            found.metadata.size <= UInt64(Self.smallFile), let place = try? source.place(path),
            let content = try? bytes(of: descriptor, Int(found.metadata.size), at: 0)
        else { return nil }
        var metadata = found.metadata
        do throws(SystemCallError) {
            metadata.attributes = try ExtendedAttributes.read(place, preserving)
        } catch {
            return nil
        }
        metadata.size = UInt64(content.count)
        return EncodedFile(path, metadata, content: content)
    }

    private mutating func sendWhole(
        _ path: RelativePath, _ metadata: Metadata, _ descriptor: Int32
    ) throws(ChannelEnd) {
        var metadata = metadata
        guard let content = readPiece(descriptor, Int(metadata.size), at: 0, path) else { return }
        metadata.size = UInt64(content.count)
        let conditions = conditions(for: metadata, at: path)
        let (whole, sent) = (metadata, content)
        try send(.bring(path)) { .put($0, path, whole, conditions, content: sent) }
    }

    private mutating func sendPieces(_ file: OpenContent, _ metadata: Metadata) throws(ChannelEnd) {
        let (path, descriptor) = (file.path, file.descriptor)
        let conditions = conditions(for: metadata, at: path)
        try send(.bring(path)) { .begin($0, path, metadata, conditions) }
        var holes = HoleSkipping(descriptor, isOn: rules.stream.options.sparse)
        var offset: Int64 = 0
        let size = Int64(metadata.size)
        while offset < size, let range = holes.next(from: offset, to: size) {
            offset = range.lowerBound
            while offset < range.upperBound {
                let count = Int(min(Int64(WireLimits.content / 2), range.upperBound - offset))
                guard let piece = readPiece(of: file, count, at: offset) else {
                    return try channel.sendMore(.abandon, isStopped)
                }
                // It has become shorter; of that there is a notice.
                if piece.isEmpty { return try channel.sendMore(.commit, isStopped) }
                if !rules.stream.options.sparse || piece.contains(where: { $0 != 0 }) {
                    try channel.sendMore(.piece(offset: UInt64(offset), content: piece), isStopped)
                }
                offset += Int64(piece.count)
            }
        }
        try channel.sendMore(.commit, isStopped)
    }

    /// Nil where it can't be read, which is noted. What all targets get is read once.
    mutating func readPiece(of file: OpenContent, _ limit: Int, at offset: Int64) -> [UInt8]? {
        if let known = file.shared,
            let piece = shared.piece(
                of: known, file.found, at: offset, { try? bytes(of: file.descriptor, limit, at: offset) })
        {
            return piece
        }
        return readPiece(file.descriptor, limit, at: offset, file.path)
    }

    mutating func readPiece(
        _ descriptor: Int32, _ limit: Int, at offset: Int64, _ path: RelativePath
    ) -> [UInt8]? {
        do throws(SystemCallError) {
            return try bytes(of: descriptor, limit, at: offset)
        } catch {
            unreadable(path, error.errno)
            return nil
        }
    }

    /// As many as there are, up to the limit.
    private func bytes(
        of descriptor: Int32, _ limit: Int, at offset: Int64
    ) throws(SystemCallError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
            filled = 0
            while filled < limit {
                let got = pread(descriptor, buffer.baseAddress! + filled, limit - filled, Int(offset) + filled)
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                filled += got
            }
        }
        guard failure == 0 else { throw SystemCallError(call: "read", errno: failure) }
        return bytes
    }
}

// MARK: Names that go or move

extension StreamPass {
    func isGone(_ path: RelativePath) -> Bool {
        do throws(SystemCallError) {
            return try source.found(path) == nil
        } catch {
            return false
        }
    }

    /// The entries of a directory of the target, nil where there is no such directory.
    mutating func ask(_ path: RelativePath) throws(ChannelEnd) -> [ListedEntry]? {
        try send(.asked) { .list($0, path) }
        while true {
            while let (errand, answer) = channel.nextHeard() {
                guard case .asked = errand else {
                    try take(answer, errand)
                    continue
                }
                if case .entries(_, let entries, _) = answer { return entries }
                return nil
            }
            try channel.wait(isStopped)
        }
    }

    /// After a broken run: temporary files in this directory of the target.
    mutating func sweep(_ directory: RelativePath) throws(ChannelEnd) {
        for entry in try ask(directory) ?? [] where TemporaryName.isTemporary(entry.name) {
            let path = directory.appending(entry.name.bytes)
            guard isGone(path) else { continue }
            note(changeOf: path)
            planned += 1
            try send(.remove(path)) { .remove($0, path, .file) }
        }
    }

    /// Repeats a rename where both ends are as it left them. Whatever is not so is no failure: the path is brought
    /// anew.
    mutating func move(_ change: Change) throws(ChannelEnd) {
        guard rules.moves, rules.matcher.mayRepeat(change) || rules.matcher.isEmpty, let old = change.movedFrom,
            !old.isRoot, !change.path.isRoot, isGone(old), let found = (try? source.found(change.path)) ?? nil
        else { return }
        let expectation: Order.Expectation
        switch found.metadata.kind {
        case .regular:
            // What has just come there by a rename may be another file of one size and time.
            guard !destinations.contains(old) else { return }
            expectation = !rules.deletes ? .anyFile : .file(found.metadata)
        case .directory: expectation = .directory
        default: return
        }
        if found.metadata.kind == .regular, rules.deletes, !rules.trusts(found.metadata) { return }
        if rules.deletes { try lookBeforeDeleting() }
        for end in [old, change.path] { note(changeOf: end) }
        destinations.insert(change.path)
        try send(.move(change.path)) { .rename($0, from: old, change.path, expectation) }
    }
}
