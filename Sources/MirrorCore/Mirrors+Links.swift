/// Files with several names: a change of one is a change of all.
extension Mirrors {
    /// What a transfer has met.
    mutating func metLinked(_ id: SourceID, _ files: [LinkedFile]) {
        for file in files { sources[id.index].linked.met(file) }
    }

    /// Something has happened to the file of this name, and with it to its other names.
    mutating func noteOtherNames(_ id: SourceID, of path: RelativePath, at now: Moment) {
        for name in sources[id.index].linked.others(of: path) { note(id, .otherName(name), at: now) }
    }

    mutating func settleLinked(_ index: Int, into actions: inout [Action]) {
        guard stopping == nil, let files = sources[index].linked.takeWanted() else { return }
        actions.append(.findNames(sources[index].id, files, limit: limits.linkedNames))
    }

    /// nil: there are more names than the bound, so everything is compared.
    mutating func namesFound(_ id: SourceID, _ files: [FoundNames]?, at now: Moment) {
        guard let files else {
            sources[id.index].linked.endSearch()
            return note(id, Change(.root, isSubtree: true), at: now)
        }
        for name in sources[id.index].linked.found(files, limit: limits.linkedNames).sorted() {
            note(id, .otherName(name), at: now)
        }
    }
}

extension Change {
    /// A name of a file that was changed under another.
    fileprivate static func otherName(_ path: RelativePath) -> Change {
        var change = Change.present(path, isDirectory: false)
        // Its time may be any, as after a rename.
        change.isWritten = true
        change.isOtherName = true
        return change
    }
}
