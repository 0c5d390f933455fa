import DequeModule

/// The events of one sync with functions or commands of its own, in lsyncd's order and by lsyncd's rules.
///
/// One event costs the depth of its path, however many wait. Events whose names do not touch are independent; of those
/// that do, a later one is joined with the earlier, or blocked until no earlier one is left. An event that a script or
/// a process has in hands is joined with nothing. One that failed holds back only what touches its names.
///
/// An event that is absorbed or replaces another keeps the older one's time, so that no stream of events can put a path
/// off for ever; and so times rise along the queue.
package struct EventQueue: Sendable {
    private struct Retry: Comparable, Sendable {
        let at: Moment
        let id: EventID
        static func < (left: Retry, right: Retry) -> Bool { (left.at, left.id) < (right.at, right.id) }
    }

    private var events: [EventID: QueuedEvent] = [:]
    private var index = PathIndex()
    /// Where something failed and waits for its next try.
    private var failed = PathIndex()
    /// All events in their order, with the ids of some that are gone.
    private var order = Deque<EventID>()
    private var barriers = Deque<EventID>()
    /// What may go, the first first; with ids of some that may not any more.
    private var ready = SmallestFirst<EventID>()
    private var retries = SmallestFirst<Retry>()
    private var dependents: [EventID: [EventID]] = [:]
    private var lastNumber: Int64 = 0
    /// The newest start that is done.
    private var anew = EventID(0)
    /// Events that have failed and are still here.
    package private(set) var failing = 0
    /// Events that scripts have seen and that are gone since.
    package private(set) var forgotten: [Int64] = []

    package init() {}

    package var count: Int { events.count }
    package var isEmpty: Bool { events.isEmpty }
    package subscript(id: EventID) -> QueuedEvent? { events[id] }

    /// The number that was given last.
    package var last: EventID { EventID(lastNumber) }
    /// The event that was added last, if it is still here.
    package var newest: EventID? { events[last]?.id }

    /// For tests: what is kept beside the events themselves is bounded by them.
    var indexedPlaces: Int { index.placeCount + failed.placeCount }

    // MARK: Adding

    /// What happened to an event on its way in; for the log.
    package enum Note: Sendable, Equatable {
        case new(ScriptEvent)
        case absorbed(ScriptEvent, by: ScriptEvent)
        case replaced(ScriptEvent, by: ScriptEvent)
        case blocked(ScriptEvent, by: ScriptEvent)
        case split(ScriptEvent, on: ScriptEvent)
        case undone(ScriptEvent, by: ScriptEvent)
        /// A move for functions that want none.
        case halved
        /// It is in a directory that came whole.
        case found(ScriptEvent)
    }

    /// `alarm`: from then on it may go.
    @discardableResult
    package mutating func add(_ new: ScriptEvent, alarm: Moment, at now: Moment, label: Int64? = nil) -> [Note] {
        var queued = QueuedEvent(id: EventID(lastNumber + 1), event: new, alarm: alarm, since: now, status: .waiting)
        queued.label = label
        guard !new.kind.isBarrier, new.kind != .full, let rival = newestRival(of: new), let old = events[rival],
            let verdict = verdict(old, new)
        else {
            insert(queued)
            dropFailures(coveredBy: queued.id)
            return [.new(new)]
        }
        switch verdict {
        case .absorb: return [.absorbed(new, by: old.event)]
        case .replace:
            events[rival]?.event = new
            forgiveFailures(of: rival)
            dropFailures(coveredBy: rival)
            return [.replaced(old.event, by: new)]
        case .split:
            return [.split(new, on: old.event)] + new.halves.flatMap { add($0, alarm: alarm, at: now) }
        case .undoMove:
            undoMove(old)
            forgiveFailures(of: rival)
            block(&queued, by: rival)
            insert(queued)
            dropFailures(coveredBy: queued.id)
            return [.undone(old.event, by: new)]
        case .stack:
            block(&queued, by: rival)
            insert(queued)
            dropFailures(coveredBy: queued.id)
            return [.blocked(new, by: old.event)]
        }
    }

    /// A move is told whole only where nothing that waits touches its names, also before a blanket: its origin may
    /// never have arrived otherwise. And behind a start it never is: that may bring what stands at its origin by then,
    /// and a move would carry it away.
    private mutating func verdict(_ old: QueuedEvent, _ new: ScriptEvent) -> EventCombination.Verdict? {
        guard old.event.kind.isBarrier, let destination = new.destination else {
            return EventCombination.verdict(old: old, new: new)
        }
        let touches = index.newest(touching: new.path) != nil || index.newest(touching: destination) != nil
        // The newest barrier may be a blanket that stands behind a start.
        let hasStart = barriers.contains { events[$0]?.event.kind == .initial }
        return touches || hasStart ? .split : .stack
    }

    /// Another thing is to be done in its place, which has not failed yet.
    private mutating func forgiveFailures(of id: EventID) {
        guard let queued = events[id], queued.attempts > 0 else { return }
        events[id]?.attempts = 0
        failing -= 1
        release(id)
    }

    /// What is deleted needs nothing that failed there before: a copy of a file that is gone would fail for ever,
    /// and the deletion of its directory would wait for it.
    private mutating func dropFailures(coveredBy id: EventID) {
        guard let queued = events[id], queued.event.kind == .delete else { return }
        for failed in failed.all(below: queued.event.path) where failed < id { remove(failed) }
    }

    /// A later event deletes what this one is about.
    private func isDeletedLater(_ queued: QueuedEvent) -> Bool {
        index.all(above: queued.event.path).contains { $0 > queued.id && events[$0]?.event.kind == .delete }
    }

    private mutating func newestRival(of new: ScriptEvent) -> EventID? {
        while let last = barriers.last, events[last] == nil { barriers.removeLast() }
        let rivals = [
            barriers.last, index.newest(touching: new.path), new.destination.flatMap { index.newest(touching: $0) },
        ]
        return rivals.compactMap { $0 }.max()
    }

    private mutating func oldestRival(of queued: QueuedEvent) -> EventID? {
        let event = queued.event
        if event.kind.isBarrier || event.kind == .full { return nil }
        while let first = barriers.first, events[first] == nil { barriers.removeFirst() }
        let rivals = [
            barriers.first, index.oldest(touching: event.path),
            event.destination.flatMap { index.oldest(touching: $0) },
        ]
        return rivals.compactMap { $0 }.filter { $0 < queued.id }.min()
    }

    private mutating func insert(_ queued: QueuedEvent) {
        lastNumber = queued.id.number
        events[queued.id] = queued
        order.append(queued.id)
        let event = queued.event
        if event.kind.isBarrier {
            barriers.append(queued.id)
        } else if event.kind != .full {
            index.add(PathIndex.Entry(queued.id, isDestination: false), at: event.path)
            if let destination = event.destination {
                index.add(PathIndex.Entry(queued.id, isDestination: true), at: destination)
            }
        }
        if queued.status == .waiting { ready.add(queued.id) }
        if order.count > 2 * events.count + 64 { order = Deque(order.filter { events[$0] != nil }) }
    }

    private mutating func block(_ queued: inout QueuedEvent, by rival: EventID) {
        queued.status = .blocked(by: rival)
        dependents[rival, default: []].append(queued.id)
    }

    /// A process for a list may have made this move, and what came after it, before it failed. Made again it could
    /// carry away what has come to its origin since; so where a later event touches its names it becomes a deletion in
    /// its place, and a creation. Answers a directory whose content has to be told.
    package mutating func splitRepeated(_ id: EventID, at now: Moment) -> RelativePath? {
        // What came before a start needs no second try.
        guard id > anew, let old = events[id], let destination = old.event.destination else { return nil }
        let newest = [index.newest(touching: old.event.path), index.newest(touching: destination)]
        guard newest.contains(where: { $0.map { $0 > id } ?? false }) else { return nil }
        undoMove(old)
        let isGone = index.all(above: destination).contains { $0 > id && events[$0]?.event.kind == .delete }
        guard !isGone else { return nil }
        add(old.event.halves[1], alarm: now, at: old.since)
        return old.event.isDirectory ? destination : nil
    }

    private mutating func undoMove(_ old: QueuedEvent) {
        guard let destination = old.event.destination else { return }
        index.remove(PathIndex.Entry(old.id, isDestination: true), at: destination)
        events[old.id]?.event = ScriptEvent(.delete, old.event.path, isDirectory: old.event.isDirectory)
    }
}

// MARK: Taking and giving back

extension EventQueue {
    /// It is done.
    package mutating func remove(_ id: EventID) {
        guard let gone = events.removeValue(forKey: id) else { return }
        if gone.attempts > 0 { failing -= 1 }
        if gone.isKnown { forgotten.append(gone.key) }
        if gone.isRetrying { failed.remove(PathIndex.Entry(id, isDestination: false), at: gone.event.path) }
        let event = gone.event
        if !event.kind.isBarrier, event.kind != .full {
            index.remove(PathIndex.Entry(id, isDestination: false), at: event.path)
            if let destination = event.destination {
                index.remove(PathIndex.Entry(id, isDestination: true), at: destination)
            }
        }
        while let first = order.first, events[first] == nil { order.removeFirst() }
        for dependent in dependents.removeValue(forKey: id) ?? [] where events[dependent]?.isBlocked ?? false {
            putBack(dependent)
        }
    }

    /// It waits, or is blocked by an earlier event that is left.
    private mutating func putBack(_ id: EventID) {
        guard var queued = events[id] else { return }
        if queued.isRetrying { failed.remove(PathIndex.Entry(id, isDestination: false), at: queued.event.path) }
        // A move from before a start, made after it, would carry away what the start has brought.
        if id < anew, !queued.event.kind.isBarrier, queued.event.kind != .full { return remove(id) }
        queued.status = .waiting
        if let rival = oldestRival(of: queued) { block(&queued, by: rival) }
        events[id] = queued
        if queued.status == .waiting { ready.add(id) }
    }

    package mutating func hold(_ id: EventID) { events[id]?.status = .held }
    package mutating func activate(_ id: EventID) { events[id]?.status = .active }

    /// Back to its place, to go as soon as may be.
    package mutating func release(_ id: EventID) {
        guard let queued = events[id], queued.isBusy || queued.isRetrying else { return }
        putBack(id)
    }

    /// It failed, and is tried again then.
    package mutating func retry(_ id: EventID, at moment: Moment) {
        guard let queued = events[id] else { return }
        if queued.attempts == 0 { failing += 1 }
        events[id]?.attempts = queued.attempts + 1
        events[id]?.status = .retrying(until: moment)
        retries.add(Retry(at: moment, id: id))
        guard queued.event.destination == nil, queued.event.kind != .full, !queued.event.kind.isBarrier else { return }
        if id < anew || isDeletedLater(queued) { return remove(id) }
        failed.add(PathIndex.Entry(id, isDestination: false), at: queued.event.path)
    }

    /// Everything was done anew: what came before that has its turn, but needs no second try.
    package mutating func dropFailures(before id: EventID) {
        anew = max(anew, id)
        for failed in order.prefix(while: { $0 < id }) where events[failed]?.isRetrying ?? false { remove(failed) }
    }

    /// What failed goes again as soon as may be.
    package mutating func hastenRetries() {
        while let retry = retries.takeFirst() { release(retry, at: retry.at) }
    }

    package mutating func releaseRetries(at now: Moment) {
        while let retry = retries.first, retry.at <= now {
            _ = retries.takeFirst()
            release(retry, at: retry.at)
        }
    }

    private mutating func release(_ retry: Retry, at moment: Moment) {
        if events[retry.id]?.status == .retrying(until: moment) { release(retry.id) }
    }

    package mutating func takeForgotten() -> [Int64] {
        defer { forgotten = [] }
        return forgotten
    }

    package mutating func markKnown(_ id: EventID) { events[id]?.isKnown = true }
}

// MARK: What is due

extension EventQueue {
    /// The first event that may go, whether or not its time has come.
    package mutating func front() -> QueuedEvent? {
        while let first = ready.first {
            if let queued = events[first], queued.status == .waiting { return queued }
            _ = ready.takeFirst()
        }
        return nil
    }

    /// The first event, if its time has come. With `maxDelays` events or more, time does not count.
    package mutating func dueFront(at now: Moment, maxDelays: Int) -> QueuedEvent? {
        releaseRetries(at: now)
        guard let first = front(), first.alarm <= now || count >= maxDelays else { return nil }
        return first
    }

    /// When `dueFront` will have an answer if nothing happens before.
    package mutating func nextDue(maxDelays: Int) -> Moment? {
        let first = front().map { count >= maxDelays ? Moment.zero : $0.alarm }
        return [first, retries.first?.at].compactMap { $0 }.min()
    }

    /// Takes the due events at the front, at most `limit`, up to and without the first that has a function of its own.
    package mutating func holdDue(at now: Moment, maxDelays: Int, limit: Int) -> [QueuedEvent] {
        let isFull = count >= maxDelays
        var taken: [QueuedEvent] = []
        while taken.count < limit, let next = front(), next.alarm <= now || isFull {
            guard next.event.kind != .initial, next.event.kind != .full else { break }
            _ = ready.takeFirst()
            hold(next.id)
            taken.append(next)
        }
        return taken
    }

    /// Holds what a script that wants a list may see: everything that is neither in hands nor waits for such an
    /// event, due or not, in order, at most `limit`.
    package mutating func holdList(limit: Int) -> [QueuedEvent] {
        var taken: [QueuedEvent] = []
        var left = LeftEvents()
        var looked = 0
        for id in order {
            guard let queued = events[id] else { continue }
            looked += 1
            if taken.count >= limit || looked > 2 * limit { break }
            let mayGo = queued.status == .waiting || queued.isBlocked && !left.touches(queued.event)
            if mayGo { taken.append(queued) } else { left.add(queued) }
        }
        // What the scan did not reach is always the front itself: it may go, so it must be seen.
        if taken.isEmpty, let first = front() { taken.append(first) }
        for queued in taken { hold(queued.id) }
        return taken
    }

    /// The first events in their order, for the status.
    package func list(limit: Int) -> [QueuedEvent] {
        var found: [QueuedEvent] = []
        for id in order {
            guard found.count < limit else { break }
            if let queued = events[id] { found.append(queued) }
        }
        return found
    }

    /// The oldest event that is still here.
    package var first: EventID? { order.first { events[$0] != nil } }

    /// When the oldest of what waits was noticed.
    package var oldest: Moment? { first.flatMap { events[$0]?.since } }
}

/// Events that a list leaves out; what touches their names has to stay behind too, since each event knows only one of
/// those that it waits for.
private struct LeftEvents {
    private var index = PathIndex()
    private var hasBarrier = false

    mutating func add(_ queued: QueuedEvent) {
        let event = queued.event
        if event.kind == .full { return }
        if event.kind.isBarrier {
            hasBarrier = true
            return
        }
        index.add(PathIndex.Entry(queued.id, isDestination: false), at: event.path)
        if let destination = event.destination {
            index.add(PathIndex.Entry(queued.id, isDestination: true), at: destination)
        }
    }

    mutating func touches(_ event: ScriptEvent) -> Bool {
        if hasBarrier || index.newest(touching: event.path) != nil { return true }
        return event.destination.flatMap { index.newest(touching: $0) } != nil
    }
}
