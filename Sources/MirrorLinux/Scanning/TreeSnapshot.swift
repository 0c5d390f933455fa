import MirrorCore

/// What a scan keeps of a directory: its identity, and its names with a stamp of each.
///
/// A name costs its bytes and nine more. The stamp is a hash of all that stat(2) says about a file; of a directory
/// it is its identity, since what is in it is looked at itself.
struct ScannedDirectory: Sendable {
    let device: UInt64
    let inode: UInt64
    /// Its own time of change.
    let changed: Int64
    /// Each with its length before it, in the order of `stamps`.
    private var names: [UInt8] = []
    private var stamps: [UInt64] = []

    init(_ own: EntryFacts) {
        (device, inode, changed) = (own.device, own.inode, own.changed)
    }

    func isSame(as other: ScannedDirectory) -> Bool { device == other.device && inode == other.inode }

    mutating func add(_ name: [UInt8], _ stamp: UInt64) {
        names.append(UInt8(truncatingIfNeeded: name.count))
        names += name
        stamps.append(stamp)
    }

    var entries: [[UInt8]: UInt64] {
        var entries: [[UInt8]: UInt64] = [:]
        entries.reserveCapacity(stamps.count)
        var place = 0
        for stamp in stamps {
            let end = place + 1 + Int(names[place])
            entries[Array(names[(place + 1)..<end])] = stamp
            place = end
        }
        return entries
    }

    /// Odd for a directory. A file that changed after `young` may change once more without another stamp, where its
    /// file system counts in seconds: it gets one that no look gives again.
    static func stamp(_ facts: EntryFacts, young: Int64) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(facts.inode)
        hasher.combine(facts.device)
        guard !facts.isDirectory else { return UInt64(bitPattern: Int64(hasher.finalize())) | 1 }
        hasher.combine(facts.mode)
        hasher.combine(facts.size)
        hasher.combine(facts.modified)
        hasher.combine(facts.changed)
        if max(facts.modified, facts.changed) >= young { hasher.combine(true) }
        return UInt64(bitPattern: Int64(hasher.finalize())) & ~1
    }

    static func isDirectory(_ stamp: UInt64) -> Bool { stamp & 1 == 1 }
}
