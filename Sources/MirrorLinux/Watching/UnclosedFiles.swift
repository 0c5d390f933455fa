import MirrorCore

/// Files that were modified, and whose close has not been told (yet).
///
/// Most are open and will be closed, which tells of them. But truncate(2), and a time of modification that is set alone
/// (`touch -m`, some unpackers), modify a file that nobody has open: nothing more comes then. So each is looked at a
/// while after its first modification.
struct UnclosedFiles<Place: Hashable> {
    private var since: [Place: Moment] = [:]

    var isEmpty: Bool { since.isEmpty }
    var oldest: Moment? { since.values.min() }

    mutating func note(_ place: Place, at moment: Moment) {
        if since[place] == nil { since[place] = moment }
    }

    mutating func remove(_ place: Place) {
        if !since.isEmpty { since[place] = nil }
    }

    /// Those that have waited since then, or longer.
    mutating func take(through moment: Moment) -> [Place] {
        let due = since.filter { $0.value <= moment }
        for place in due.keys { since[place] = nil }
        return due.sorted { $0.value < $1.value }.map(\.key)
    }
}
