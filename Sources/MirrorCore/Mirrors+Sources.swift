/// Notices, and the guard rail that stands before every deletion.
extension Mirrors {
    /// How often a suspect source is looked at again.
    static let betweenChecks = Duration.seconds(2)

    mutating func noticed(_ id: SourceID, _ notice: Notice, at now: Moment, into actions: inout [Action]) {
        metrics.sources[id.index].count(notice)
        tellScripts(id, notice, at: now, into: &actions)
        switch notice {
        case .writing(let path), .happened(.created, let path, isDirectory: false):
            let isModified = if case .writing = notice { true } else { false }
            writing(id, path, isModified: isModified, at: now)
            appeared(id, into: &actions)
        case .happened(.attributes, let path, isDirectory: false)
        where sources[id.index].unfinished.keepsBack(path): break  // They go with the content.
        case .touched(let path, let isDirectory), .happened(_, let path, let isDirectory):
            closed(id, path, isDirectory: isDirectory, isWritten: notice.isOfContent, at: now)
            appeared(id, into: &actions)
        case .unchanged(let path, let since):
            // A transfer that ran meanwhile may have brought something else.
            guard mayHaveSeen(id, since: since) || sources[id.index].unfinished[path] != nil else { return }
            closed(id, path, isDirectory: false, isWritten: true, at: now)
            appeared(id, into: &actions)
        case .fileArrived(let path):
            sources[id.index].unfinished.remove(path)
            sources[id.index].linked.forget(path)
            note(id, Change(path, isMoved: true), at: now)
            appeared(id, into: &actions)
        case .directoryAppeared(let path, let moved):
            sources[id.index].unfinished.remove(path)
            var change = Change.present(path, isDirectory: true)
            change.isSubtree = moved || isInDoubt(id) || mayHaveContentThere(path, of: id, at: now)
            change.isMoved = moved
            note(id, change, at: now)
            appeared(id, into: &actions)
        case .disappeared(let path, let isDirectory):
            if isDirectory { sources[id.index].linked.forgetBelow(path) } else { sources[id.index].linked.forget(path) }
            removed(id, path, isDirectory: isDirectory, at: now)
            sources[id.index].unfinished.removeBelow(path)
            vanishedAtTop(id, path)
        case .renamed(let from, let to, let isDirectory):
            removed(id, from, isDirectory: isDirectory, at: now)
            moved(id, from, to, isDirectory: isDirectory, at: now)
            vanishedAtTop(id, from)
            appeared(id, into: &actions)
        case .lost(let path, let reason):
            doubted(id, path, at: now)
            lost(id, path, reason, at: now, into: &actions)
        case .missed(let path, let since, let reason):
            doubted(id, path, at: now)
            missed(id, path, since: since, reason, at: now, into: &actions)
        case .directoryFound(let path):
            sources[id.index].unfinished.remove(path)
            var change = Change.present(path, isDirectory: true)
            (change.isSubtree, change.isMoved, change.wasRemoved) = (true, true, true)
            note(id, change, at: now)
            appeared(id, into: &actions)
        case .uncovered, .rootGone, .live, .watchedBy: noticedOfItself(id, notice, at: now, into: &actions)
        }
    }

    /// What the source says about itself.
    private mutating func noticedOfItself(
        _ id: SourceID, _ notice: Notice, at now: Moment, into actions: inout [Action]
    ) {
        switch notice {
        case .uncovered(let count, let reason):
            guard count > 0 else { return clear(.watches(id), into: &actions) }
            raise(.watches(id), .uncovered(count, reason), at: now, into: &actions)
        case .rootGone:
            sources[id.index].isLive = false
            sources[id.index].unfinished.removeAll()
            sources[id.index].linked.removeAll()
            sources[id.index].removalAtTop = nil
            sources[id.index].trust = .unchecked
            check(id, into: &actions)
        case .live(let directories):
            sources[id.index].isLive = true
            sources[id.index].directories = directories
            becameLive(id)
            let isCounted = sources[id.index].means?.kind != .fanotify
            actions.append(.report(.watching(id, directories: isCounted ? directories : nil)))
            check(id, into: &actions)
        case .watchedBy(let means):
            guard sources[id.index].means != means else { return }
            sources[id.index].means = means
            actions.append(.report(.watchMeans(id, means)))
        default: preconditionFailure("this is about a name")
        }
    }

    /// Whether a transfer to any target has been running since then, or what happened since is in doubt.
    private func mayHaveSeen(_ id: SourceID, since: Moment) -> Bool {
        isInDoubt(id)
            || sources[id.index].mirrors.contains { index in
                mirrors[index].hands != nil || mirrors[index].lastEnd.map { $0 > since } ?? false
            }
    }

    mutating func note(_ id: SourceID, _ change: Change, at now: Moment) {
        sources[id.index].log.note(change, at: now, earliest: lastSettled)
    }

    /// A new directory is told when its watch stands; what was made and deleted in it before is never told. A
    /// comparison that ran meanwhile may have brought that to a target.
    private func mayHaveContentThere(_ path: RelativePath, of id: SourceID, at now: Moment) -> Bool {
        sources[id.index].mirrors.contains { index in
            if let hands = mirrors[index].hands, hands.comparesBelow(path) { return true }
            return mirrors[index].recent.mayHaveTaken(below: path, by: now)
        }
    }

    /// A close may have been missed there, and names of files.
    private mutating func doubted(_ id: SourceID, _ path: RelativePath, at now: Moment) {
        sources[id.index].unfinished.doubt(below: path, at: now)
        sources[id.index].linked.removeAll()
    }

    private mutating func vanishedAtTop(_ id: SourceID, _ path: RelativePath) {
        guard path.parent?.isRoot == true else { return }
        sources[id.index].removalAtTop = sources[id.index].log.head
    }

    /// A name at any depth says that the source is not empty any more; that of the directory above it may be told
    /// later. It has to be remembered before anything goes, or an unmount right after would look like a first start.
    private mutating func appeared(_ id: SourceID, into actions: inout [Action]) {
        if sources[id.index].isEmpty { check(id, into: &actions) }
    }

    /// One look at a time; while it is on its way nothing starts.
    mutating func check(_ id: SourceID, into actions: inout [Action]) {
        if !sources[id.index].isSuspect { sources[id.index].trust = .unchecked }
        guard !sources[id.index].isBeingChecked else {
            sources[id.index].nextCheck = .zero
            return
        }
        sources[id.index].isBeingChecked = true
        sources[id.index].nextCheck = nil
        actions.append(.checkSource(id))
    }

    mutating func recheckIfDue(_ index: Int, at now: Moment, into actions: inout [Action]) {
        guard let next = sources[index].nextCheck, next <= now, !sources[index].isBeingChecked else { return }
        check(sources[index].id, into: &actions)
    }

    mutating func checked(_ id: SourceID, _ report: SourceReport, at now: Moment, into actions: inout [Action]) {
        sources[id.index].isBeingChecked = false
        if sources[id.index].followsBrokenRun == nil { sources[id.index].followsBrokenRun = report.followsBrokenRun }
        if let remark = report.remark { actions.append(.report(.sourceRemark(id, remark))) }
        if report.isAccepted {
            actions.append(.report(.sourceAccepted(id)))
            for index in sources[id.index].mirrors { mirrors[index].mayDeleteMany = true }
        }
        let suspicion = report.isAccepted ? nil : judged(id, report)
        guard let suspicion else { return trust(id, report, at: now, into: &actions) }
        suspect(id, suspicion, at: now, into: &actions)
    }

    /// An empty source is no surprise where its last names were seen to go.
    private func judged(_ id: SourceID, _ report: SourceReport) -> SourceSuspicion? {
        let source = sources[id.index]
        if report.suspicion == .emptied, source.sawItEmptied { return nil }
        // What a rehearsal or a transfer has found stays until another tree stands there, or a person says so: one file
        // that somebody drops into an empty mount point proves nothing.
        guard report.suspicion == nil, case .suspect(let old) = source.trust else { return report.suspicion }
        switch old {
        case .emptyAtFirstStart, .massDeletion: return old
        case .missing, .notDirectory, .emptied, .mountGone, .unreadable: return nil
        }
    }

    private mutating func trust(
        _ id: SourceID, _ report: SourceReport, at now: Moment, into actions: inout [Action]
    ) {
        sources[id.index].trust = .fine
        sources[id.index].isEmpty = report.isEmpty
        let isUnknownAndEmpty = report.isFirstStart && report.isEmpty && !report.isAccepted
        for index in sources[id.index].mirrors {
            mirrors[index].retry.release(at: now)
            mirrors[index].needsRehearsal = isUnknownAndEmpty && mirrors[index].sync.deletes(everything: true)
        }
        clear(.source(id), into: &actions)
        // An empty source that no rehearsal has passed yet is not remembered: it would not be a first start any more.
        if !isUnknownAndEmpty { actions.append(.remember(id, hasContent: !report.isEmpty)) }
    }

    /// A look just before a transfer found it so.
    mutating func foundSuspect(
        _ id: SourceID, _ suspicion: SourceSuspicion, at now: Moment, into actions: inout [Action]
    ) {
        guard suspicion == .emptied, sources[id.index].sawItEmptied else {
            return suspect(id, suspicion, at: now, into: &actions)
        }
        sources[id.index].isEmpty = true
        actions.append(.remember(id, hasContent: false))
    }

    /// Deletions are held: everything is owed until the source is trusted again, and what is noticed meanwhile is
    /// copied only.
    mutating func suspect(
        _ id: SourceID, _ suspicion: SourceSuspicion, at now: Moment, into actions: inout [Action]
    ) {
        if !sources[id.index].isSuspect {
            for index in sources[id.index].mirrors where mirrors[index].isServed {
                mirrors[index].oweEverything(sources[id.index].log, at: now)
                mirrors[index].retry.hold()
            }
        }
        sources[id.index].trust = .suspect(suspicion)
        sources[id.index].nextCheck = now + Self.betweenChecks
        raise(.source(id), .source(suspicion), at: now, into: &actions)
    }

    /// Forgets what all targets have; past the bound the target that is furthest behind owes a comparison of
    /// everything.
    mutating func keepBounds(_ index: Int, at now: Moment) {
        while sources[index].log.count > limits.logEntries {
            let behind = sources[index].mirrors.filter { mirrors[$0].isServed }
                .min { mirrors[$0].cursor < mirrors[$1].cursor }
            guard let behind, mirrors[behind].cursor < sources[index].log.head else { break }
            mirrors[behind].oweEverything(sources[index].log, at: now)
            if sources[index].isSuspect { mirrors[behind].retry.hold() }
            trim(index)
        }
        trim(index)
    }

    private mutating func trim(_ index: Int) {
        var lowest = sources[index].log.head
        for mirror in sources[index].mirrors where mirrors[mirror].isServed {
            lowest = min(lowest, mirrors[mirror].cursor)
        }
        sources[index].log.trim(through: lowest)
    }
}

extension Notice {
    /// Whether the content may have been written.
    fileprivate var isOfContent: Bool {
        if case .happened(.attributes, _, _) = self { false } else { true }
    }
}
