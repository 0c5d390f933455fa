/// Changes with their numbers, found by path: some 50 bytes for each beside its name.
///
/// Many targets may be away for long while a busy tree goes on changing, so this is where the program's memory goes. A
/// dictionary of paths takes four times as much: each path is a heap object of its own there, and each change is as
/// wide as all its fields.
struct PackedChanges: Sendable {
    /// Where a change lies, until it is removed.
    typealias Place = Int32

    private struct Record: Sendable {
        /// 0: nothing lies here.
        var number: UInt64 = 0
        /// Where its bytes begin, and its flags in the highest sixteen bits.
        var word: UInt64 = 0
        var length: UInt32 = 0
        var hash: UInt32 = 0

        var start: Int { Int(word & (1 << 48 - 1)) }
        var flags: UInt16 { UInt16(word >> 48) }
        var hasOrigin: Bool { flags & PackedChanges.hasOrigin != 0 }
    }

    /// Behind its own path lies another, with its length before it.
    private static let hasOrigin: UInt16 = 1 << 15

    /// Bytes that nothing refers to any more are left until there are so many, and more than of the others.
    private static let leastWaste = 64 << 10
    private static let mostKept = 4096

    private var records: [Record] = []
    private var free: [Place] = []
    private var table = IndexTable()
    /// Of all paths.
    private var bytes: [UInt8] = []
    private var waste = 0

    var count: Int { table.count }

    func place(of path: RelativePath) -> Place? {
        let hash = Self.hash(path)
        return table.find(Int(hash)) { holds($0, path, hash) }
    }

    func number(at place: Place) -> UInt64 { records[Int(place)].number }

    func change(at place: Place) -> Change {
        let record = records[Int(place)]
        var change = Change(path(of: record))
        if record.hasOrigin {
            let end = record.start + size(of: record)
            let start = record.start + Int(record.length) + 4
            change.movedFrom = RelativePath(uncheckedBytes: Array(bytes[start..<end]))
        }
        change.flags = record.flags & ~Self.hasOrigin
        return change
    }

    /// The change takes the place of an older one of the same path.
    @discardableResult
    mutating func set(_ change: Change, number: UInt64) -> Place {
        let known = place(of: change.path)
        let place = known ?? newPlace(Self.hash(change.path))
        let index = Int(place)
        records[index].number = number
        // A path that is written again and again keeps its bytes.
        if known == nil || change.movedFrom != nil || records[index].hasOrigin {
            if known != nil { waste += size(of: records[index]) }
            append(change, to: index)
        }
        let flags = change.flags | (change.movedFrom == nil ? 0 : Self.hasOrigin)
        records[index].word = UInt64(records[index].start) | UInt64(flags) << 48
        if waste > max(Self.leastWaste, bytes.count / 2) { compact() }
        return place
    }

    mutating func remove(at place: Place) {
        let record = records[Int(place)]
        precondition(record.number > 0, "nothing lies there")
        leave(place)
        waste += size(of: record)
        records[Int(place)] = Record()
        if count == 0 { return removeAll() }
        free.append(place)
        if waste > max(Self.leastWaste, bytes.count / 2) { compact() }
    }
}

// MARK: The parts

extension PackedChanges {
    /// What a long absence took is given back; what a few changes need is kept for the next.
    private mutating func removeAll() {
        guard table.capacity <= Self.mostKept else {
            self = PackedChanges()
            return
        }
        records.removeAll(keepingCapacity: true)
        free.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
        waste = 0
    }

    private static func hash(_ path: RelativePath) -> UInt32 {
        UInt32(truncatingIfNeeded: path.hashValue)
    }

    private func holds(_ place: Place, _ path: RelativePath, _ hash: UInt32) -> Bool {
        let record = records[Int(place)]
        guard record.hash == hash, Int(record.length) == path.bytes.count else { return false }
        return bytes.withUnsafeBufferPointer { bytes in
            path.bytes.withUnsafeBufferPointer { wanted in
                let start = record.start
                for index in wanted.indices where bytes[start + index] != wanted[index] { return false }
                return true
            }
        }
    }

    private func path(of record: Record) -> RelativePath {
        RelativePath(uncheckedBytes: Array(bytes[record.start..<(record.start + Int(record.length))]))
    }

    private mutating func leave(_ place: Place) {
        let records = records
        table.remove(place, Int(records[Int(place)].hash)) { Int(records[Int($0)].hash) }
    }

    private mutating func newPlace(_ hash: UInt32) -> Place {
        if free.isEmpty {
            precondition(records.count < Int32.max, "more changes than a place can number")
            free.append(Place(records.count))
            records.append(Record())
        }
        let place = free.removeLast()
        records[Int(place)].hash = hash
        let records = records
        table.insert(place, Int(hash)) { Int(records[Int($0)].hash) }
        return place
    }

    private mutating func append(_ change: Change, to index: Int) {
        precondition(bytes.count < 1 << 48 - 1 << 34, "more bytes of paths than a record can point into")
        records[index].word = UInt64(bytes.count)
        records[index].length = UInt32(change.path.bytes.count)
        bytes.append(contentsOf: change.path.bytes)
        guard let origin = change.movedFrom else { return }
        for part in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: origin.bytes.count >> (8 * part))) }
        bytes.append(contentsOf: origin.bytes)
    }

    private func size(of record: Record) -> Int {
        let length = Int(record.length)
        guard record.hasOrigin else { return length }
        let end = record.start + length
        return length + 4 + (0..<4).reduce(0) { $0 | Int(bytes[end + $1]) << (8 * $1) }
    }

    private mutating func compact() {
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count - waste)
        for index in records.indices where records[index].number > 0 {
            let record = records[index]
            records[index].word = UInt64(kept.count) | record.word & ~(1 << 48 - 1)
            kept.append(contentsOf: bytes[record.start..<(record.start + size(of: record))])
        }
        (bytes, waste) = (kept, 0)
    }
}

extension Change {
    /// All that it says beside its paths, a bit for each. No two fields share one, and none may be missing.
    fileprivate var flags: UInt16 {
        get {
            func bit(_ number: Int, _ isSet: Bool) -> UInt16 { isSet ? 1 << number : 0 }
            return bit(0, isSubtree) | bit(1, mayBeDirectory) | bit(2, mayBeFile) | bit(3, isMoved)
                | bit(4, isWritten) | bit(5, isNewName) | bit(6, isOtherName) | bit(7, isLate) | bit(8, wasRemoved)
                | bit(9, isShallow)
        }
        set {
            func isSet(_ number: Int) -> Bool { newValue & 1 << number != 0 }
            (isSubtree, mayBeDirectory, mayBeFile, isMoved) = (isSet(0), isSet(1), isSet(2), isSet(3))
            (isWritten, isNewName, isOtherName, isLate) = (isSet(4), isSet(5), isSet(6), isSet(7))
            (wasRemoved, isShallow) = (isSet(8), isSet(9))
        }
    }
}
