import MirrorCore

/// One entry of a `TimerList`.
struct TimerID: Hashable {
    fileprivate let number: UInt64
}

/// Work that is due later, by time. Belongs to one thread. A few hundred entries at most, so a sorted array does.
struct TimerList {
    private struct Entry {
        let id: TimerID
        let at: Moment
        let work: () -> Void
    }

    /// The earliest last.
    private var entries: [Entry] = []
    private var lastNumber: UInt64 = 0

    var nextMoment: Moment? { entries.last?.at }

    mutating func add(at moment: Moment, _ work: @escaping () -> Void) -> TimerID {
        lastNumber += 1
        let entry = Entry(id: TimerID(number: lastNumber), at: moment, work: work)
        let place = entries.lastIndex { $0.at > moment }.map { $0 + 1 } ?? 0
        entries.insert(entry, at: place)
        return entry.id
    }

    mutating func cancel(_ id: TimerID) { entries.removeAll { $0.id == id } }

    /// Takes the earliest entry if its time has come.
    mutating func takeDue(at now: Moment) -> (() -> Void)? {
        guard let last = entries.last, last.at <= now else { return nil }
        return entries.removeLast().work
    }
}
