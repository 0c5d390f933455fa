import Glibc
import MirrorCore

/// Puts the two halves of a rename together. They carry the same cookie but need not follow each other, since other
/// processes are at work meanwhile; order is kept, a rename standing where its first half stood. That is safe because
/// the kernel holds both directories from one half to the other, so that no other name in them changes between.
struct EventPairing {
    enum Next: Equatable {
        case single(RawEvent)
        case renamed(from: RawEvent, to: RawEvent)
        /// The other half may still come, until then.
        case waiting(until: Moment)
        case nothing
    }

    private struct Entry {
        let event: RawEvent
        let readAt: Moment
    }

    private let patience: Duration
    /// As long as the other half may be late because whoever renames waits for a processor between the two.
    private let utmost: Duration
    private let isCrowded: () -> Bool
    /// nil: taken as the second half of a rename.
    private var entries: [Entry?] = []
    private var head = 0
    /// Second halves that wait, by cookie.
    private var arrivals: [UInt32: Int] = [:]

    init(patience: Duration, utmost: Duration, isCrowded: @escaping () -> Bool = Processors.areCrowded) {
        self.patience = patience
        self.utmost = utmost
        self.isCrowded = isCrowded
    }

    var isEmpty: Bool { head == entries.count }

    mutating func add(_ events: [RawEvent], at moment: Moment) {
        for event in events {
            if event.has(IN_MOVED_TO) { arrivals[event.cookie] = entries.count }
            entries.append(Entry(event: event, readAt: moment))
        }
    }

    mutating func next(at now: Moment) -> Next {
        while head < entries.count {
            guard let entry = entries[head] else {
                head += 1
                continue
            }
            return take(entry, at: now)
        }
        entries.removeAll(keepingCapacity: entries.count < 4096)
        head = 0
        arrivals.removeAll()
        return .nothing
    }

    private mutating func take(_ entry: Entry, at now: Moment) -> Next {
        let event = entry.event
        if event.has(IN_MOVED_TO) { arrivals[event.cookie] = nil }
        guard event.has(IN_MOVED_FROM) else {
            head += 1
            return .single(event)
        }
        if let place = arrivals.removeValue(forKey: event.cookie), let arrival = entries[place] {
            entries[place] = nil
            head += 1
            return .renamed(from: event, to: arrival.event)
        }
        guard now >= entry.readAt + patience else { return .waiting(until: entry.readAt + patience) }
        let end = entry.readAt + utmost
        if now < end, isCrowded() { return .waiting(until: min(now + patience, end)) }
        head += 1
        return .single(event)
    }
}
