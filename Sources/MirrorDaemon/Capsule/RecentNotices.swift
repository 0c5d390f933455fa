package import MirrorCore
import MirrorLinux
import Synchronization

/// The last notices of each source, so that an incident can be looked at afterwards: a record as `lockstep record`
/// writes it, that begins late.
package final class RecentNotices: Sendable {
    private struct Ring {
        var entries: [NoticeRecord.Entry] = []
        /// Where the next one goes once the ring is full.
        var place = 0
        /// What watches, and that it does: without these a record means nothing, and they may have left the ring.
        var means: Notice?
        var live: Notice?

        mutating func add(_ entry: NoticeRecord.Entry, limit: Int) {
            switch entry.notice {
            case .watchedBy: means = entry.notice
            case .live: live = entry.notice
            case .rootGone: live = nil
            default: break
            }
            if entries.count < limit {
                entries.append(entry)
            } else {
                entries[place] = entry
                place = (place + 1) % limit
            }
        }
    }

    private let limit: Int
    private let began = Clock.now()
    // A lock of its own: the kernel thread adds a batch at a time, and it is read when a person asks.
    private let rings = Mutex<[SourceID: Ring]>([:])

    package init(limit: Int = 10_000) { self.limit = limit }

    package func add(_ notices: [Notice], of source: SourceID) {
        let after = Clock.now() - began
        rings.withLock { rings in
            for notice in notices.suffix(limit) {
                rings[source, default: Ring()].add(.init(after: after, notice), limit: limit)
            }
        }
    }

    /// nil for a source that has told nothing.
    package func record(of source: SourceID) -> [UInt8]? {
        let ring = rings.withLock { $0[source] }
        guard let ring else { return nil }
        let entries = ring.entries[ring.place...] + ring.entries[..<ring.place]
        let first = entries.first?.after ?? .zero
        var bytes = NoticeRecord.beginning
        if ring.entries.count == limit {
            for notice in [ring.means, ring.live].compactMap({ $0 }) {
                bytes += NoticeRecord.encode(.init(after: .zero, notice), previous: .zero)
            }
        }
        var previous = first
        for entry in entries {
            bytes += NoticeRecord.encode(entry, previous: previous)
            previous = entry.after
        }
        return bytes
    }
}
