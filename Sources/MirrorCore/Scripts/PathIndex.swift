import DequeModule

/// Which waiting events touch a path: at the path itself, above it, or below it.
///
/// A dictionary of all paths that events stand at or below. Adding, removing and asking cost the depth of the path,
/// however many events there are: what was removed is dropped from the lists when it comes to their ends, or once it is
/// the greater part of a list.
struct PathIndex: Sendable {
    /// One end of one event: its number, and whether this is where a move leads.
    struct Entry: Hashable, Comparable, Sendable {
        private let code: Int64
        init(_ id: EventID, isDestination: Bool) { code = id.number << 1 | (isDestination ? 1 : 0) }
        var id: EventID { EventID(code >> 1) }
        static func < (left: Entry, right: Entry) -> Bool { left.code < right.code }
    }

    private struct Place: Sendable {
        var here = Deque<Entry>()
        var below = Deque<Entry>()
        var countHere = 0
        var countBelow = 0
    }

    private var places: [RelativePath: Place] = [:]
    private var live: Set<Entry> = []

    /// For tests: nothing is kept for paths without events.
    var placeCount: Int { places.count }

    /// Entries must come in the order of their ids.
    mutating func add(_ entry: Entry, at path: RelativePath) {
        live.insert(entry)
        places[path, default: Place()].here.append(entry)
        places[path, default: Place()].countHere += 1
        var above = path.parent
        while let next = above {
            places[next, default: Place()].below.append(entry)
            places[next, default: Place()].countBelow += 1
            above = next.parent
        }
    }

    mutating func remove(_ entry: Entry, at path: RelativePath) {
        guard live.remove(entry) != nil else { return }
        places[path]?.countHere -= 1
        tidy(path)
        var above = path.parent
        while let next = above {
            places[next]?.countBelow -= 1
            tidy(next)
            above = next.parent
        }
    }

    /// The newest event that touches the path, what is above it, or what is below it.
    mutating func newest(touching path: RelativePath) -> EventID? {
        var found: Entry?
        visit(path) { list, live in
            while let last = list.last, !live.contains(last) { list.removeLast() }
            if let last = list.last { found = max(found ?? last, last) }
        }
        return found?.id
    }

    /// The oldest of them.
    mutating func oldest(touching path: RelativePath) -> EventID? {
        var found: Entry?
        visit(path) { list, live in
            while let first = list.first, !live.contains(first) { list.removeFirst() }
            if let first = list.first { found = min(found ?? first, first) }
        }
        return found?.id
    }

    /// The events at the path and below it, in no order.
    func all(below path: RelativePath) -> [EventID] {
        guard let place = places[path] else { return [] }
        return (Array(place.here) + Array(place.below)).filter { live.contains($0) }.map(\.id)
    }

    /// The events at the path and at what is above it, in no order.
    func all(above path: RelativePath) -> [EventID] {
        var found: [EventID] = []
        var next: RelativePath? = path
        while let path = next {
            found += places[path]?.here.filter { live.contains($0) }.map(\.id) ?? []
            next = path.parent
        }
        return found
    }

    private mutating func visit(_ path: RelativePath, _ body: (inout Deque<Entry>, Set<Entry>) -> Void) {
        if places[path] != nil {
            body(&places[path, default: Place()].here, live)
            body(&places[path, default: Place()].below, live)
        }
        var above = path.parent
        while let next = above {
            if places[next] != nil { body(&places[next, default: Place()].here, live) }
            above = next.parent
        }
    }

    private mutating func tidy(_ path: RelativePath) {
        guard let (here, below) = places[path].map({ ($0.countHere, $0.countBelow) }) else { return }
        if here == 0, below == 0 {
            places[path] = nil
            return
        }
        let isHereStale = (places[path]?.here.count ?? 0) > 2 * here + 16
        if isHereStale { dropStale(\.here, path) }
        let isBelowStale = (places[path]?.below.count ?? 0) > 2 * below + 16
        if isBelowStale { dropStale(\.below, path) }
    }

    private mutating func dropStale(_ list: WritableKeyPath<Place, Deque<Entry>>, _ path: RelativePath) {
        guard let old = places[path]?[keyPath: list] else { return }
        places[path]?[keyPath: list] = Deque(old.filter { live.contains($0) })
    }
}
