/// What a person or a script asks for while the program runs.
extension Mirrors {
    /// The subtree is owed from now on, tried as soon as the target may be served.
    mutating func resync(_ id: TargetID, _ path: RelativePath, at now: Moment) {
        let source = sources[mirrors[id.index].source.index]
        if let index = scriptIndex(of: id) { return scripts[index].startAnew(at: now) }
        guard mirrors[id.index].isServed else { return }
        let entry = RetrySet.Entry(
            change: Change(path, isSubtree: true), number: max(source.log.head, 1), since: now, attempts: 0,
            nextTry: source.isSuspect ? .distantFuture : now, failure: nil)
        mirrors[id.index].retry.insert([entry])
        keepRetryBound(id.index, number: entry.number, since: now, nextTry: entry.nextTry)
    }

    /// Past the bound the target owes a comparison of everything.
    mutating func keepRetryBound(_ index: Int, number: UInt64, since: Moment, nextTry: Moment) {
        guard mirrors[index].retry.count > limits.retryEntries else { return }
        mirrors[index].retry.fold(number: number, since: since, nextTry: nextTry)
    }

    mutating func beginFlush(_ id: FlushID, _ targets: [TargetID], at now: Moment, into actions: inout [Action]) {
        let involved = Set(targets.map { mirrors[$0.index].source })
        var flush = Flush(id: id, targets: targets, requested: now, unread: involved)
        flush.missed = targets.filter { mirrors[$0.index].hasLeft }
        flushes.append(flush)
        for source in involved.sorted() { actions.append(.readQueue(source, id)) }
    }

    /// A file that was written and is not open is owed too; a look has to tell.
    mutating func queueRead(_ source: SourceID, for id: FlushID, at now: Moment) {
        guard sources[source.index].unfinished.isEmpty else {
            return sources[source.index].unfinished.waitForLook(.flush(id), at: now)
        }
        endReading(source, for: id)
    }

    mutating func endReading(_ source: SourceID, for id: FlushID) {
        guard let index = flushes.firstIndex(where: { $0.id == id }) else { return }
        flushes[index].unread.remove(source)
        flushes[index].heads[source] = sources[source.index].log.head
        noteEvents(of: source, for: index)
    }

    /// A transfer that began before a flush has left out what was open: it may have been closed before the flush too.
    mutating func lookAgain(_ source: SourceID, since began: Moment, at now: Moment) {
        for index in flushes.indices where began <= flushes[index].requested {
            let reason = UnfinishedFiles.LookReason.flush(flushes[index].id)
            // Where the queue is still to be read, a look follows anyway.
            guard flushes[index].heads[source] != nil || sources[source.index].unfinished.isAwaited(reason) else {
                continue
            }
            flushes[index].unread.insert(source)
            sources[source.index].unfinished.waitForLook(reason, at: now)
        }
    }

    /// Nobody knows what was written while the source was not watched: its watches come back with a mark on everything,
    /// and that has to arrive too.
    mutating func becameLive(_ source: SourceID) {
        for index in flushes.indices where flushes[index].heads[source] != nil {
            flushes[index].heads[source] = sources[source.index].log.head
            noteEvents(of: source, for: index)
        }
    }

    mutating func answerFlushes(into actions: inout [Action]) {
        guard !flushes.isEmpty else { return }
        var waiting: [Flush] = []
        for flush in flushes {
            guard hasArrived(flush) else {
                waiting.append(flush)
                continue
            }
            let refused = flush.targets.filter {
                mirrors[$0.index].identity == .nested || flush.missed.contains($0)
            }
            actions.append(.answerFlush(flush.id, refused: refused))
        }
        flushes = waiting
    }

    /// The targets for which a flush still waits; none once it has been answered.
    package func targetsAwaited(by id: FlushID) -> [TargetID] {
        guard let flush = flushes.first(where: { $0.id == id }) else { return [] }
        return flush.targets.filter { flush.unread.contains(mirrors[$0.index].source) || !hasArrived(at: $0, flush) }
    }

    private func hasArrived(_ flush: Flush) -> Bool {
        flush.unread.isEmpty && flush.targets.allSatisfy { hasArrived(at: $0, flush) }
    }

    func hasArrived(at target: TargetID, _ flush: Flush) -> Bool {
        let mirror = mirrors[target.index]
        let source = sources[mirror.source.index]
        guard !mirror.hasLeft else { return true }
        guard !owesEvents(target, for: flush) else { return false }
        return source.isLive && !mirror.owes(upTo: flush.heads[mirror.source] ?? 0, in: source.log)
    }
}
