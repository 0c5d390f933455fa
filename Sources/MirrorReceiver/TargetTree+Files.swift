internal import CLinux
import Glibc
import MirrorCore
import MirrorLinux
import MirrorWire

/// A file that comes in pieces, under its temporary name.
struct IncomingFile {
    let number: UInt32
    let path: RelativePath
    let metadata: Metadata
    let conditions: Order.Conditions
    /// Nil once something went wrong; then the pieces that still come are dropped.
    var temporary: (name: ByteString, descriptor: Int32)?
    /// The file that stands there, where parts of it are kept.
    var basis: Int32?
    var error: SystemCallError?
    var effects = Answer.Effects()
    /// Where the last piece ended.
    var end: UInt64 = 0
}

// MARK: Things that take their place in one step

extension TargetTree {
    func put(
        _ path: RelativePath, _ metadata: Metadata, _ conditions: Order.Conditions, content: [UInt8]
    ) throws(SystemCallError) -> Answer.Effects {
        var effects = Answer.Effects()
        let place = try place(making: path, &effects)
        let found = try place.found()
        if let found, found.metadata.kind == .regular, found.metadata.size == UInt64(content.count),
            found.metadata.hasTime(of: metadata), conditions.contains(.trustsTime) || holds(content, place)
        {
            try setAttributes(place, to: metadata, from: found.metadata, isNew: false)
            effects.wasThere = true
            return effects
        }
        let temporary = try makeTemporary(beside: place)
        do throws(SystemCallError) {
            try write(content, at: nil, temporary.descriptor, path)
            let made = place.beside(temporary.name, descriptor: temporary.descriptor)
            try settle(path, as: Settling(metadata, conditions, made: made, before: found), &effects)
            close(temporary.descriptor)
            return effects
        } catch {
            discard(temporary, path)
            throw error
        }
    }

    /// Whether this is what stands there. Reading costs less than to write it all anew, and after a loss of events it
    /// mostly is.
    private func holds(_ content: [UInt8], _ place: Place) -> Bool {
        let opened = place.name.withCPath { name in
            cl_open_at(place.directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0)
        }
        guard opened >= 0 else { return false }
        defer { close(opened) }
        var isRead = false
        // One byte more than there may be.
        let there = [UInt8](unsafeUninitializedCapacity: content.count + 1) { buffer, filled in
            filled = max(read(opened, buffer.baseAddress, content.count + 1), 0)
            isRead = filled == content.count
        }
        return isRead && there == content
    }

    /// `hashed` is the file whose hashes the sender knows.
    func begin(_ file: inout IncomingFile, _ hashed: FoundFile?) {
        do throws(SystemCallError) {
            if file.conditions.contains(.keepsBlocks) { file.basis = try basis(file.path, hashed) }
            let place = try place(making: file.path, &file.effects)
            file.temporary = try makeTemporary(beside: place)
        } catch {
            abandon(&file, error)
        }
    }

    func add(_ content: [UInt8], at offset: UInt64, to file: inout IncomingFile) {
        guard let temporary = file.temporary else { return }
        do throws(SystemCallError) {
            guard let end = Int64(exactly: offset).map({ $0.addingReportingOverflow(Int64(content.count)) }),
                !end.overflow
            else { throw tree.failure("write", file.path, EFBIG) }
            try write(content, at: Int64(offset), temporary.descriptor, file.path)
            file.end = max(file.end, UInt64(end.partialValue))
        } catch {
            abandon(&file, error)
        }
    }

    func commit(_ file: inout IncomingFile) throws(SystemCallError) -> Answer.Effects {
        guard let temporary = file.temporary else { throw file.error ?? tree.failure("open", file.path, EIO) }
        do throws(SystemCallError) {
            // What lies behind the last piece is a hole.
            if file.end < file.metadata.size, ftruncate(temporary.descriptor, Int(file.metadata.size)) != 0 {
                throw tree.failure("ftruncate", file.path, errno)
            }
            let place = try tree.place(file.path)
            let made = place.beside(temporary.name, descriptor: temporary.descriptor)
            let settling = Settling(file.metadata, file.conditions, made: made, before: try place.found())
            try settle(file.path, as: settling, &file.effects)
            close(temporary.descriptor)
            file.temporary = nil
            abandon(&file, nil)
            return file.effects
        } catch {
            abandon(&file, error)
            throw error
        }
    }

    func abandon(_ file: inout IncomingFile, _ error: SystemCallError?) {
        if let temporary = file.temporary { discard(temporary, file.path) }
        if let basis = file.basis { close(basis) }
        (file.temporary, file.basis) = (nil, nil)
        file.error = error
    }

    func makeLink(
        _ path: RelativePath, _ metadata: Metadata, _ conditions: Order.Conditions, to destination: ByteString
    ) throws(SystemCallError) -> Answer.Effects {
        var effects = Answer.Effects()
        let place = try place(making: path, &effects)
        let found = try place.found()
        if let found, found.metadata.kind == .symbolicLink, try place.destination() == destination {
            try setAttributes(place, to: metadata, from: found.metadata, isNew: false)
            effects.wasThere = true
            return effects
        }
        let made = place.beside(TemporaryName.random(for: path.name))
        try made.perform("symlink") { directory, name in
            destination.withCPath { symlinkat($0, directory, name) }
        }
        try settle(path, as: Settling(metadata, conditions, made: made, before: found), &effects)
        return effects
    }

    func makeSpecial(
        _ path: RelativePath, _ metadata: Metadata, _ conditions: Order.Conditions
    ) throws(SystemCallError) -> Answer.Effects {
        let type: mode_t? =
            switch metadata.kind {
            case .fifo: S_IFIFO
            case .socket: S_IFSOCK
            case .characterDevice: S_IFCHR
            case .blockDevice: S_IFBLK
            case .regular, .directory, .symbolicLink: nil
            }
        guard let type else { throw tree.failure("mknod", path, EINVAL) }
        var effects = Answer.Effects()
        let place = try place(making: path, &effects)
        let found = try place.found()
        if let found, found.metadata.kind == metadata.kind,
            found.metadata.major == metadata.major, found.metadata.minor == metadata.minor
        {
            try setAttributes(place, to: metadata, from: found.metadata, isNew: false)
            effects.wasThere = true
            return effects
        }
        let made = place.beside(TemporaryName.random(for: path.name))
        try made.perform("mknod") { directory, name in
            let answer = cl_make_special(directory, name, UInt32(type) | 0o600, metadata.major, metadata.minor)
            if answer < 0 { errno = -answer }
            return answer
        }
        try settle(path, as: Settling(metadata, conditions, made: made, before: found), &effects)
        return effects
    }

    /// Neither name stands for another file in between.
    func makeHardLink(
        _ path: RelativePath, to existing: RelativePath, _ conditions: Order.Conditions
    ) throws(SystemCallError) -> Answer.Effects {
        var effects = Answer.Effects()
        guard let original = try tree.found(existing) else { throw tree.failure("link", existing, ENOENT) }
        guard original.metadata.kind != .directory else { throw tree.failure("link", existing, EPERM) }
        let oldParent = try tree.open(existing.parent ?? .root, cl_open_path | O_DIRECTORY)
        defer { close(oldParent) }
        let place = try place(making: path, &effects)
        let found = try place.found()
        if let found, found.isSame(as: original) {
            effects.wasThere = true
            return effects
        }
        let temporary = place.beside(TemporaryName.random(for: path.name))
        try temporary.perform("link") { directory, name in
            existing.name.withCPath { linkat(oldParent, $0, directory, name, 0) }
        }
        try takePlace(path, conditions, temporary.name, from: found, &effects)
        // rename(2) does nothing where both are names of one file, which somebody else may just have made of them.
        removeTemporary(temporary.name, path)
        return effects
    }
}

// MARK: The steps of it

extension TargetTree {
    /// What is to take its place, and what stands there now.
    private struct Settling {
        var metadata: Metadata
        var conditions: Order.Conditions
        var made: Place
        var before: FoundFile?

        init(_ metadata: Metadata, _ conditions: Order.Conditions, made: Place, before: FoundFile?) {
            (self.metadata, self.conditions, self.made, self.before) = (metadata, conditions, made, before)
        }
    }

    /// Attributes first, so that nobody ever sees the final name with others.
    private func settle(
        _ path: RelativePath, as settling: Settling, _ effects: inout Answer.Effects
    ) throws(SystemCallError) {
        let (made, metadata) = (settling.made, settling.metadata)
        do throws(SystemCallError) {
            guard var now = try made.found()?.metadata else { throw tree.failure("stat", path, ENOENT) }
            var isNew = true
            if let before = settling.before, before.metadata.kind == metadata.kind, !preserving.contains(.modes) {
                // Without `perms` a file that is replaced keeps its mode.
                try made.setMode(before.metadata.mode)
                now.mode = before.metadata.mode
                isNew = false
            }
            try setAttributes(made, to: metadata, from: now, isNew: isNew)
        } catch {
            removeTemporary(made.name, path)
            throw error
        }
        try takePlace(path, settling.conditions, made.name, from: settling.before, &effects)
    }

    /// Should a directory have come there since `before` was looked at, the kernel refuses, and so do we.
    private func takePlace(
        _ path: RelativePath, _ conditions: Order.Conditions, _ temporary: ByteString, from before: FoundFile?,
        _ effects: inout Answer.Effects
    ) throws(SystemCallError) {
        do throws(SystemCallError) {
            effects.isNew = before == nil
            effects.removed += try clear(path, before, conditions)
            let place = try tree.place(path)
            try place.perform("rename") { directory, name in
                temporary.withCPath { renameat(directory, $0, directory, name) }
            }
        } catch {
            removeTemporary(temporary, path)
            throw error
        }
    }

    private func makeTemporary(beside place: Place) throws(SystemCallError) -> (name: ByteString, descriptor: Int32) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        for _ in 0..<16 {
            let name = TemporaryName.random(for: place.name)
            let opened = name.withCPath { cl_open_at(place.directory, $0, flags, 0o600) }
            if opened >= 0 { return (name, opened) }
            guard opened == -EEXIST else { throw SystemCallError(call: "open", path: place.name, errno: -opened) }
        }
        throw SystemCallError(call: "open", path: place.name, errno: EEXIST)
    }

    func write(
        _ content: [UInt8], at offset: Int64?, _ descriptor: Int32, _ path: RelativePath
    ) throws(SystemCallError) {
        var done = 0
        while done < content.count {
            let (count, error) = content.withUnsafeBytes { bytes in
                let (start, left) = (bytes.baseAddress! + done, bytes.count - done)
                let count =
                    offset.map { pwrite(descriptor, start, left, Int($0) + done) }
                    ?? Glibc.write(descriptor, start, left)
                return (count, errno)
            }
            if count < 0, error == EINTR { continue }
            guard count > 0 else { throw tree.failure("write", path, count < 0 ? error : EIO) }
            done += count
        }
    }

    private func discard(_ temporary: (name: ByteString, descriptor: Int32), _ path: RelativePath) {
        close(temporary.descriptor)
        removeTemporary(temporary.name, path)
    }

    private func removeTemporary(_ name: ByteString, _ path: RelativePath) {
        guard let place = try? tree.place(path).beside(name) else { return }
        _ = try? place.perform("unlink") { unlinkat($0, $1, 0) }
    }
}
