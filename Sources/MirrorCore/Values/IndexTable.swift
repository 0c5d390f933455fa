/// A hash table of numbers that stand for entries which lie elsewhere: four bytes a place, and no key of its own.
/// Open addressing with linear probing; a removal moves what follows, so that no mark of it stays.
package struct IndexTable: Sendable {
    private static let free: Int32 = -1

    private var slots: [Int32]
    package private(set) var count = 0
    /// Slots, of which a quarter stays free.
    package var capacity: Int { slots.count }

    package init() { slots = Array(repeating: Self.free, count: 8) }

    private var mask: Int { slots.count - 1 }

    /// - Parameters:
    ///   - hash: that of the entry that is looked for.
    ///   - matches: whether an entry with this number is the one.
    package func find(_ hash: Int, _ matches: (Int32) -> Bool) -> Int32? {
        var place = hash & mask
        while slots[place] != Self.free {
            if matches(slots[place]) { return slots[place] }
            place = (place + 1) & mask
        }
        return nil
    }

    /// It is not in yet. `hashOf` tells the hash of any entry that is in.
    package mutating func insert(_ entry: Int32, _ hash: Int, hashOf: (Int32) -> Int) {
        if (count + 1) * 4 > slots.count * 3 { grow(hashOf) }
        place(entry, hash)
        count += 1
    }

    /// Another entry with the same hash takes its place.
    package mutating func replace(_ entry: Int32, by other: Int32, _ hash: Int) {
        guard let place = slot(of: entry, hash) else { return }
        slots[place] = other
    }

    package mutating func remove(_ entry: Int32, _ hash: Int, hashOf: (Int32) -> Int) {
        guard var hole = slot(of: entry, hash) else { return }
        count -= 1
        var place = (hole + 1) & mask
        while slots[place] != Self.free {
            // It may fill the hole if its way from where its hash leads passes there.
            let home = hashOf(slots[place]) & mask
            if (place - home) & mask >= (place - hole) & mask {
                slots[hole] = slots[place]
                hole = place
            }
            place = (place + 1) & mask
        }
        slots[hole] = Self.free
    }

    private func slot(of entry: Int32, _ hash: Int) -> Int? {
        var place = hash & mask
        while slots[place] != Self.free {
            if slots[place] == entry { return place }
            place = (place + 1) & mask
        }
        return nil
    }

    private mutating func place(_ entry: Int32, _ hash: Int) {
        var place = hash & mask
        while slots[place] != Self.free { place = (place + 1) & mask }
        slots[place] = entry
    }

    private mutating func grow(_ hashOf: (Int32) -> Int) {
        let old = slots
        slots = Array(repeating: Self.free, count: old.count * 2)
        for entry in old where entry != Self.free { place(entry, hashOf(entry)) }
    }
}
