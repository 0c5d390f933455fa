import DequeModule

/// The changes of one source, each path once, in the order of their newest notices.
///
/// Every notice gets the next number. A path that is noticed again moves to the end, so the log is bounded by the
/// number of distinct paths and an event costs the length of its path, however many changes wait.
///
/// Where a target has taken everything up to its cursor, the oldest thing it still owes is as old as the notice after
/// the cursor: that path is still beyond the cursor, wherever it has moved to. So one short list of times answers for
/// the age of every target, and a path that is written all the time never becomes younger.
package struct ChangeLog: Sendable {
    /// Twelve bytes, since there is one for each path that waits.
    private struct Slot: Sendable {
        private let low: UInt32
        private let high: UInt32
        let place: PackedChanges.Place

        init(number: UInt64, place: PackedChanges.Place) {
            (low, high) = (UInt32(truncatingIfNeeded: number), UInt32(number >> 32))
            self.place = place
        }

        var number: UInt64 { UInt64(high) << 32 | UInt64(low) }
    }

    private struct Epoch: Sendable {
        var first: UInt64
        var moment: Moment
        /// What the notices tell did not happen before then.
        var earliest: Moment
    }

    private static let epochsKept = 4096
    private static let slotsKept = 4096

    private var entries = PackedChanges()
    /// Sorted by number. A slot is stale when its path has been noticed again since: its place has another number then.
    private var order = Deque<Slot>()
    /// Since there were none.
    private var mostSlots = 0
    private var epochs = Deque<Epoch>()

    /// The number of the newest notice; 0 before the first.
    package private(set) var head: UInt64 = 0
    /// When the newest notice came.
    package private(set) var newest = Moment.zero

    package init() {}

    package var count: Int { entries.count }

    /// `earliest`: what is noticed happened no earlier, since everything before had been read by then.
    package mutating func note(_ change: Change, at now: Moment, earliest: Moment? = nil) {
        head += 1
        if epochs.last?.moment != now { append(Epoch(first: head, moment: now, earliest: min(earliest ?? now, now))) }
        newest = now
        let known = entries.place(of: change.path)
        let joined = known.map { change.joined(withOlder: entries.change(at: $0)) } ?? change
        let place = entries.set(joined, number: head)
        order.append(Slot(number: head, place: place))
        mostSlots = max(mostSlots, order.count)
        if order.count > 2 * entries.count + 1024 { dropStaleSlots() }
    }

    package func contains(_ path: RelativePath) -> Bool { entries.place(of: path) != nil }

    package func change(at path: RelativePath) -> Change? { entries.place(of: path).map(entries.change) }

    /// The number of the path's newest notice, if the log still holds it.
    package func number(of path: RelativePath) -> UInt64? { entries.place(of: path).map(entries.number) }

    /// When the notice of this number came. Only for numbers that no `trim` has passed; else the oldest time kept.
    package func moment(of number: UInt64) -> Moment { epoch(of: number)?.moment ?? newest }

    /// The earliest moment at which what this notice tells may have happened: a program that was held up reads it late.
    package func earliest(of number: UInt64) -> Moment { epoch(of: number)?.earliest ?? newest }

    private func epoch(of number: UInt64) -> Epoch? {
        let index = epochs.partitioningIndex { $0.first > number }
        return index == 0 ? epochs.first : epochs[index - 1]
    }

    /// Everything numbered beyond the cursor, oldest newest-notice first, with the time by which that had come. Past
    /// the bound of times it is a later one.
    package func changes(after cursor: UInt64) -> [Change] {
        var changes: [Change] = []
        var next = epochs.partitioningIndex { $0.first > cursor }
        visit(after: cursor) { change, number in
            while next < epochs.count, epochs[next].first <= number { next += 1 }
            var change = change
            change.noticed = next < epochs.count ? epochs[next].moment : newest
            changes.append(change)
            return true
        }
        return changes
    }

    /// Calls `visit` with each change and its number until it answers false.
    package func visit(after cursor: UInt64, _ visit: (Change, UInt64) -> Bool) {
        var index = order.partitioningIndex { $0.number > cursor }
        while index < order.count {
            let slot = order[index]
            index += 1
            guard entries.number(at: slot.place) == slot.number else { continue }
            guard visit(entries.change(at: slot.place), slot.number) else { return }
        }
    }

    /// How many changes lie beyond the cursor, counted to the limit.
    package func count(after cursor: UInt64, upTo limit: Int = .max) -> Int {
        if let first = order.first, cursor < first.number { return min(entries.count, limit) }
        if order.count - order.partitioningIndex(where: { $0.number > cursor }) == 0 { return 0 }
        var count = 0
        for index in order.partitioningIndex(where: { $0.number > cursor })..<order.count {
            guard entries.number(at: order[index].place) == order[index].number else { continue }
            count += 1
            if count >= limit { break }
        }
        return count
    }

    /// Forgets what every target has: changes numbered at most `cursor`.
    package mutating func trim(through cursor: UInt64) {
        while let slot = order.first, slot.number <= cursor {
            order.removeFirst()
            if entries.number(at: slot.place) == slot.number { entries.remove(at: slot.place) }
        }
        if order.isEmpty { giveBack() }
        while epochs.count > 1, epochs[1].first <= cursor + 1 { epochs.removeFirst() }
    }

    /// What a long absence took is given back.
    private mutating func giveBack() {
        if mostSlots > Self.slotsKept { order = Deque() }
        mostSlots = 0
    }

    private mutating func dropStaleSlots() {
        order = Deque(order.filter { entries.number(at: $0.place) == $0.number })
    }

    /// Past the bound every other epoch is dropped: times become older than they were, never younger.
    private mutating func append(_ epoch: Epoch) {
        epochs.append(epoch)
        guard epochs.count > Self.epochsKept else { return }
        epochs = Deque(epochs.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element))
    }
}

extension Deque {
    /// The first index whose element belongs to the second part of a partitioned collection.
    fileprivate func partitioningIndex(where belongsInSecond: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongsInSecond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
