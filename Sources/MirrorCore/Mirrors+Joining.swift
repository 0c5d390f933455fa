/// Targets that come and go while the program runs. All others go on untouched.
extension Mirrors {
    /// A target that joins a running program owes everything, and takes that from the source as it is now. Without
    /// consent nothing goes there before a rehearsal has told that nothing would be deleted.
    mutating func join(_ sync: SyncSettings, consents: Bool, at now: Moment, into actions: inout [Action]) {
        guard stopping == nil, !hasExited, sync.script == nil else { return }
        let source = sourceIndex(of: sync.source, at: now)
        let index = freeSlot(for: sync) ?? mirrors.count
        var sync = sync
        sync.standing = .member
        var mirror = Mirror(id: TargetID(index), source: sources[source].id, sync: sync)
        mirror.joinsLate = true
        // What empties a source may have been a mistake; where nobody was there to be emptied, nobody asked.
        if !consents || sources[source].isEmpty, sync.delete != .never { mirror.consent = .unasked }
        mirror.cursor = sources[source].log.head
        if sync.comparesAtStart {
            mirror.oweEverything(sources[source].log, at: now)
            if sources[source].isSuspect { mirror.retry.hold() }
        }
        if index < mirrors.count {
            mirrors[index] = mirror
            metrics.targets[index] = TargetCounts()
            settings.syncs[index] = sync
        } else {
            mirrors.append(mirror)
            metrics.targets.append(TargetCounts())
            settings.syncs.append(sync)
        }
        sources[source].mirrors.append(index)
        actions.append(.openTarget(mirror.id))
        actions.append(.report(.targetJoined(mirror.id)))
        guard sources[source].isNew else { return }
        sources[source].isNew = false
        actions.append(.watch(sources[source].id))
        check(sources[source].id, into: &actions)
    }

    mutating func rename(_ id: TargetID, _ sync: SyncSettings) {
        mirrors[id.index].rename(sync)
        settings.syncs[id.index] = mirrors[id.index].sync
        settings.syncs[id.index].standing = mirrors[id.index].leave == nil ? .member : .leaving
    }

    /// What it owes now still goes there, and what it owes after that is dropped. One that takes too long is let go.
    mutating func drain(_ id: TargetID, at now: Moment) {
        leave(id, Mirror.Leave(upTo: log(of: id.index).head, latest: now + limits.longestDrain))
    }

    /// Nothing goes there any more; a transfer that runs is stopped.
    mutating func remove(_ id: TargetID, at now: Moment) {
        leave(id, Mirror.Leave(upTo: 0, latest: now))
    }

    private mutating func leave(_ id: TargetID, _ leave: Mirror.Leave) {
        guard mirrors.indices.contains(id.index), !mirrors[id.index].hasLeft, mirrors[id.index].sync.script == nil
        else { return }
        mirrors[id.index].leave = mirrors[id.index].leave.map { $0.sooner(leave) } ?? leave
        settings.syncs[id.index].standing = .leaving
    }

    /// A person says that what is at the target may be replaced and deleted.
    mutating func consent(to id: TargetID, into actions: inout [Action]) {
        guard mirrors.indices.contains(id.index), mirrors[id.index].isServed else { return }
        mirrors[id.index].consent = .given
        actions.append(.rememberTarget(id))
        if case .targetUnknown = ledger[.target(id)]?.cause { clear(.target(id), into: &actions) }
    }

    /// The end of a rehearsal at a target that nobody has consented to yet.
    mutating func rehearsedUnknown(_ index: Int, _ deletions: Int?, at now: Moment, into actions: inout [Action]) {
        let id = mirrors[index].id
        if deletions == 0 {
            mirrors[index].consent = .given
            actions.append(.rememberTarget(id))
            if ledger[.target(id)] != nil { clear(.target(id), into: &actions) }
        } else {
            mirrors[index].consent = .awaited
            raise(.target(id), .targetUnknown(deletions: deletions), at: now, into: &actions)
        }
    }

    /// To be called before anything new starts: who has what was promised, or has had the time for it, goes.
    mutating func letGo(at now: Moment, into actions: inout [Action]) {
        for index in mirrors.indices {
            guard let leave = mirrors[index].leave, !mirrors[index].hasLeft else { continue }
            let isLate = now >= leave.latest
            guard isLate || !mirrors[index].owes(upTo: leave.upTo, in: log(of: index)) else { continue }
            guard let job = mirrors[index].hands?.job.id else {
                depart(index, into: &actions)
                continue
            }
            guard isLate, !leave.isStopped else { continue }
            mirrors[index].leave?.isStopped = true
            actions.append(.stopTransfer(job))
        }
    }

    private mutating func depart(_ index: Int, into actions: inout [Action]) {
        let (id, log) = (mirrors[index].id, log(of: index))
        let hadAll = !mirrors[index].isServed || mirrors[index].isInStep(log)
        for flush in flushes.indices where flushes[flush].targets.contains(id) && !hasArrived(at: id, flushes[flush]) {
            flushes[flush].missed.append(id)
        }
        mirrors[index].depart()
        settings.syncs[index].standing = .left
        sources[mirrors[index].source.index].mirrors.removeAll { $0 == index }
        for subject in [Problem.Subject.target(id), .paths(id)] where ledger[subject] != nil {
            clear(subject, into: &actions)
        }
        actions.append(.report(.targetLeft(id, hadAll: hadAll)))
        actions.append(.closeTarget(id))
    }

    /// The known source of this path, or a new one that is owed whole.
    private mutating func sourceIndex(of path: ByteString, at now: Moment) -> Int {
        if let known = sources.firstIndex(where: { $0.path == path }) { return known }
        var source = WatchedSource(id: SourceID(sources.count), path: path)
        source.isNew = true
        // What is owed has a number that a flush can wait for.
        source.log.note(Change(.root, isSubtree: true), at: now)
        sources.append(source)
        metrics.sources.append(SourceCounts())
        return sources.count - 1
    }

    /// The place of one that has left, so that targets that come and go for years cost no more than those that are
    /// there at once. Of the same source, so that sources stay in the order in which the settings name them first; and
    /// only where no answer is on its way to the one who left.
    private func freeSlot(for sync: SyncSettings) -> Int? {
        mirrors.firstIndex { mirror in
            mirror.hasLeft && mirror.sync.source == sync.source && mirror.identity != .asked
                && mirror.pace != .probing && !flushes.contains { $0.targets.contains(mirror.id) }
                && !scripts.contains { $0.target == mirror.id }
        }
    }
}

extension Mirror {
    /// It is asked to go.
    package struct Leave: Sendable, Equatable {
        /// What is numbered so or lower still goes there.
        package var upTo: UInt64
        /// It goes then, whatever it owes.
        package var latest: Moment
        /// Its running transfer has been told to end.
        package var isStopped = false

        func sooner(_ other: Leave) -> Leave {
            var leave = self
            (leave.upTo, leave.latest) = (min(upTo, other.upTo), min(latest, other.latest))
            return leave
        }
    }

    /// Whether a target that joined may be deleted from.
    package enum Consent: Sendable, Equatable {
        case given
        /// A rehearsal has to tell first what would be deleted. → given, awaited
        case unasked
        /// Something would be deleted, or it can't be told: a person has to say so. → given
        case awaited
    }
}
