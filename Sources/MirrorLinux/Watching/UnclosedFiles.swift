import MirrorCore

/// Files that were modified, and whose close has not been told (yet).
///
/// Most are open and will be closed, which tells of them. But truncate(2), and a time of modification that is set alone
/// (`touch -m`, some unpackers), modify a file that nobody has open: nothing more comes then. So each is looked at a
/// while after its first modification.
struct UnclosedFiles<Place: Hashable> {
    private var since: [Place: Moment] = [:]
    /// Open when they were looked at. Should the event of their close be lost, their times say nothing: they were
    /// written before.
    private var open: Set<Place> = []

    var isEmpty: Bool { since.isEmpty }
    var oldest: Moment? { since.values.min() }

    mutating func note(_ place: Place, at moment: Moment) {
        if since[place] == nil { since[place] = moment }
    }

    mutating func remove(_ place: Place) {
        if !since.isEmpty { since[place] = nil }
        if !open.isEmpty { open.remove(place) }
    }

    mutating func keep(_ place: Place) { open.insert(place) }

    /// There are more than it is worth to know one by one.
    var areMany: Bool { open.count > 10_000 }

    /// All whose close has not been told.
    var all: [Place] { Array(open.union(since.keys)) }

    /// Those that have waited since then, or longer.
    mutating func take(through moment: Moment) -> [Place] {
        let due = since.filter { $0.value <= moment }
        for place in due.keys { since[place] = nil }
        return due.sorted { $0.value < $1.value }.map(\.key)
    }
}
