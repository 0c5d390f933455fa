/// Files that somebody is writing, on their way to being changes.
extension Mirrors {
    mutating func writing(_ id: SourceID, _ path: RelativePath, isModified: Bool, at now: Moment) {
        // Who has functions alone is told all that there is.
        let isForScripts = !isModified && !sources[id.index].mirrors.contains { mirrors[$0].isServed }
        guard !isForScripts else { return note(id, .present(path, isDirectory: false), at: now) }
        hold(id, path, isModified ? .isModified : [], at: now)
    }

    /// A walk has found that the file changed. What is being written goes when it is ready, as ever: true then.
    mutating func changeFound(_ id: SourceID, _ change: Change, at now: Moment) -> Bool {
        guard !change.isSubtree, sources[id.index].unfinished[change.path] != nil else {
            note(id, change, at: now)
            return false
        }
        hold(id, change.path, change.mayBeDirectory ? [.isMoved, .isLeftOut] : .isMoved, at: now)
        return true
    }

    private mutating func hold(
        _ id: SourceID, _ path: RelativePath, _ flags: UnfinishedFiles.Flags, at now: Moment
    ) {
        var flags = flags
        // What is still owed under this name is owed together with what is being written.
        if let owed = sources[id.index].log.change(at: path) {
            if owed.isMoved { flags.insert(.isMoved) }
            if owed.isLate { flags.insert(.isLate) }
        }
        if mayHaveGone(id, path, at: now) { flags.insert(.isLate) }
        let unfinished = sources[id.index].unfinished
        guard unfinished.count < limits.unfinishedFiles || unfinished[path] != nil else {
            var change = Change(path, isSubtree: flags.contains(.isLeftOut), isMoved: flags.contains(.isMoved))
            change.isLate = flags.contains(.isLate)
            return note(id, change, at: now)
        }
        sources[id.index].unfinished.note(path, flags, at: now)
    }

    /// What is written now may have the size and the second of what has just gone, or goes at this moment.
    private func mayHaveGone(_ id: SourceID, _ path: RelativePath, at now: Moment) -> Bool {
        let earliest = lastSettled ?? now
        return sources[id.index].mirrors.contains { index in
            mirrors[index].hands != nil || mirrors[index].recent.span(hiding: path, noticedFrom: earliest) != nil
        }
    }

    /// A transfer has left these alone. What was noticed since it began is owed, and may be closed by now.
    mutating func foundUnfinished(_ id: SourceID, _ paths: [RelativePath], since began: Moment, at now: Moment) {
        let log = sources[id.index].log
        for path in paths {
            if let number = log.number(of: path), log.moment(of: number) > began {
                // It is owed, and what the target has there may be a directory.
                var change = Change(path, isSubtree: true)
                change.isLate = true
                note(id, change, at: now)
            } else {
                hold(id, path, [.isLate, .isLeftOut], at: now)
            }
        }
        if !paths.isEmpty { lookAgain(id, since: began, at: now) }
    }

    /// A name has gone. What a comparison has left out there goes with it.
    mutating func removed(_ id: SourceID, _ path: RelativePath, isDirectory: Bool, at now: Moment) {
        let entry = sources[id.index].unfinished[path]
        let change = Change.removed(path, isDirectory: isDirectory)
        let leftOut = entry.flatMap { $0.isLeftOut ? $0.change(at: path) : nil }
        note(id, leftOut.map { change.joined(withOlder: $0) } ?? change, at: now)
    }

    /// Its close was noticed, or what amounts to one.
    mutating func closed(_ id: SourceID, _ path: RelativePath, isDirectory: Bool, isWritten: Bool, at now: Moment) {
        let entry = sources[id.index].unfinished.remove(path)
        var change = Change.present(path, isDirectory: isDirectory)
        change.isWritten = isWritten && !isDirectory
        note(id, entry.map { change.joined(withOlder: $0.change(at: path)) } ?? change, at: now)
        if !isDirectory { noteOtherNames(id, of: path, at: now) }
    }

    /// The new end of a rename. Whoever has the file open goes on writing it under its new name.
    mutating func moved(
        _ id: SourceID, _ from: RelativePath, _ to: RelativePath, isDirectory: Bool, at now: Moment
    ) {
        sources[id.index].unfinished.remove(to)
        sources[id.index].linked.forgetBelow(to)
        sources[id.index].linked.move(from, to: to)
        // A file that is being written under the old name of a directory has changed places with it.
        if !isDirectory, let entry = sources[id.index].unfinished.remove(from), !entry.isOffered {
            return sources[id.index].unfinished.insert(entry, movedTo: to, at: now)
        }
        if isDirectory { sources[id.index].unfinished.moveBelow(from, to: to, at: now) }
        var change = Change.present(to, isDirectory: isDirectory)
        change.isSubtree = isDirectory
        change.movedFrom = from
        change.isMoved = true
        note(id, change, at: now)
    }

    mutating func settleUnfinished(_ index: Int, at now: Moment, into actions: inout [Action]) {
        guard !sources[index].unfinished.isEmpty || sources[index].unfinished.deadline() != nil else { return }
        let interval = settings.openFileInterval
        for (path, entry) in sources[index].unfinished.offer(at: now, interval: interval) {
            ready(sources[index].id, path, entry, at: now)
        }
        guard stopping == nil else { return }
        for mirror in sources[index].mirrors {
            BatchPlanning.putOffUnfinished(&mirrors[mirror], sources[index].unfinished, at: now)
        }
        if let due = sources[index].unfinished.takeDue(at: now, interval: interval) {
            actions.append(.lookAtFiles(sources[index].id, due))
        }
    }

    mutating func looked(_ id: SourceID, _ files: [LookedFile], at now: Moment, into actions: inout [Action]) {
        for file in files {
            let verdict = sources[id.index].unfinished.looked(
                file.path, file.look, quiet: settings.fileQuiet, at: now)
            guard case .goes(let entry) = verdict else { continue }
            ready(id, file.path, entry, at: now)
            guard entry.isModified else { continue }
            // Scripts have heard that it was made, not that it was written since.
            tellScripts(id, .happened(.written, file.path, isDirectory: false), at: now, into: &actions)
        }
        for reason in sources[id.index].unfinished.endLook(interval: settings.openFileInterval) {
            switch reason {
            case .flush(let flush): endReading(id, for: flush)
            case .walk: settleDoubts(of: id)
            }
        }
    }

    private mutating func ready(_ id: SourceID, _ path: RelativePath, _ entry: UnfinishedFiles.Entry, at now: Moment) {
        note(id, entry.change(at: path), at: now)
        noteOtherNames(id, of: path, at: now)
    }
}
