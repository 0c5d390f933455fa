/// Notices with their times, as bytes: what `lockstep record` writes. docs/recording.md has the form.
package enum NoticeRecord {
    package struct Entry: Sendable, Equatable {
        /// Since the recording began.
        package var after: Duration
        package var notice: Notice

        package init(after: Duration, _ notice: Notice) {
            self.after = after
            self.notice = notice
        }
    }

    /// Why bytes are no record, or not from here on.
    package enum Fault: Error, Sendable, Equatable {
        case notARecord
        case otherVersion
        /// The bytes end within an entry, as those of a program that was killed do.
        case cut
        /// Nothing that is ever written, at this byte.
        case garbled(Int)
    }

    package static let beginning: [UInt8] = Array("lockstep-record 1\n".utf8)

    /// One entry. `previous` is the time of the one before, zero at first.
    package static func encode(_ entry: Entry, previous: Duration) -> [UInt8] {
        var writer = RecordWriter()
        writer.number(UInt64(max((entry.after - previous).wholeNanoseconds, 0)))
        writer.notice(entry.notice)
        return writer.bytes
    }

    /// All entries up to the end, or to the first fault.
    package static func decode(_ bytes: [UInt8]) -> (entries: [Entry], fault: Fault?) {
        guard bytes.starts(with: beginning) else {
            let isOther = bytes.starts(with: "lockstep-record ".utf8)
            return ([], isOther ? .otherVersion : .notARecord)
        }
        var reader = RecordReader(bytes, from: beginning.count)
        var entries: [Entry] = []
        var time = Duration.zero
        while !reader.isAtEnd {
            do throws(Fault) {
                time += .nanoseconds(Int64(min(try reader.number(), UInt64(Int64.max) / 4)))
                entries.append(Entry(after: time, try reader.notice()))
            } catch {
                return (entries, error)
            }
        }
        return (entries, nil)
    }
}

/// The kinds of entries, by their first byte.
private enum Kind: UInt8 {
    case touched = 1
    case happened, fileArrived, directoryAppeared, disappeared, renamed, lost, missed, directoryFound, rootGone, live
    case watchedBy, uncovered, writing, unchanged
}

private struct RecordWriter {
    private(set) var bytes: [UInt8] = []

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    mutating func number(_ value: UInt64) {
        var rest = value
        while rest > 0x7f {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func signed(_ value: Int64) { number(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

    private mutating func text(_ text: [UInt8]) {
        number(UInt64(text.count))
        bytes += text
    }

    private mutating func begin(_ kind: Kind, _ path: RelativePath? = nil, flag: Bool? = nil) {
        bytes.append(kind.rawValue)
        if let path { text(path.bytes) }
        if let flag { bytes.append(flag ? 1 : 0) }
    }

    mutating func notice(_ notice: Notice) {
        switch notice {
        case .touched(let path, let isDirectory): begin(.touched, path, flag: isDirectory)
        case .happened(let what, let path, let isDirectory):
            begin(.happened, path, flag: isDirectory)
            number([.created: 0, .written: 1, .attributes: 2, .itself: 3][what] ?? 0)
        case .writing(let path): begin(.writing, path)
        case .unchanged(let path, let since):
            begin(.unchanged, path)
            signed(since.nanoseconds)
        case .fileArrived(let path): begin(.fileArrived, path)
        case .directoryAppeared(let path, let moved): begin(.directoryAppeared, path, flag: moved)
        case .disappeared(let path, let isDirectory): begin(.disappeared, path, flag: isDirectory)
        case .renamed(let from, let to, let isDirectory):
            begin(.renamed, from)
            text(to.bytes)
            bytes.append(isDirectory ? 1 : 0)
        case .lost(let path, let reason):
            begin(.lost, path)
            self.reason(reason)
        case .missed(let path, let since, let reason):
            begin(.missed, path)
            signed(since.boot.nanoseconds)
            signed(since.wall)
            self.reason(reason)
        case .directoryFound(let path): begin(.directoryFound, path)
        case .rootGone: begin(.rootGone)
        case .live(let directories):
            begin(.live)
            number(UInt64(max(directories, 0)))
        case .uncovered(let count, let reason):
            begin(.uncovered)
            number(UInt64(max(count, 0)))
            self.reason(reason)
        case .watchedBy(let means):
            begin(.watchedBy)
            text(Array(means.kind.rawValue.utf8))
            text(Array(means.reason.utf8))
        }
    }

    private mutating func reason(_ reason: LossReason) {
        switch reason {
        case .overflow: number(0)
        case .watchLimit(let limit):
            number(1)
            number(UInt64(max(limit, 0)))
        case .unwatchable(let errno):
            number(2)
            number(UInt64(max(errno, 0)))
        case .rewatched: number(3)
        }
    }
}

private struct RecordReader {
    private let bytes: [UInt8]
    private var place: Int

    init(_ bytes: [UInt8], from place: Int) {
        self.bytes = bytes
        self.place = place
    }

    var isAtEnd: Bool { place >= bytes.count }

    private mutating func byte() throws(NoticeRecord.Fault) -> UInt8 {
        guard place < bytes.count else { throw .cut }
        defer { place += 1 }
        return bytes[place]
    }

    mutating func number() throws(NoticeRecord.Fault) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { throw .garbled(place) }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw .garbled(place)
    }

    private mutating func signed() throws(NoticeRecord.Fault) -> Int64 {
        let value = try number()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    private mutating func text() throws(NoticeRecord.Fault) -> [UInt8] {
        let count = try number()
        guard count <= UInt64(bytes.count - place) else { throw .cut }
        defer { place += Int(count) }
        return Array(bytes[place..<(place + Int(count))])
    }

    /// No path leads out of the source, whatever the bytes say.
    private mutating func path() throws(NoticeRecord.Fault) -> RelativePath {
        let text = try text()
        guard let path = RelativePath(text), path.bytes == text else { throw .garbled(place) }
        return path
    }

    private mutating func flag() throws(NoticeRecord.Fault) -> Bool {
        let byte = try byte()
        guard byte <= 1 else { throw .garbled(place) }
        return byte == 1
    }

    private mutating func int() throws(NoticeRecord.Fault) -> Int {
        let value = try number()
        guard value <= UInt64(Int32.max) else { throw .garbled(place) }
        return Int(value)
    }

    mutating func notice() throws(NoticeRecord.Fault) -> Notice {
        guard let kind = Kind(rawValue: try byte()) else { throw .garbled(place) }
        switch kind {
        case .touched: return .touched(try path(), isDirectory: try flag())
        case .happened:
            let (path, isDirectory, what) = (try path(), try flag(), try int())
            let all: [Happening] = [.created, .written, .attributes, .itself]
            guard all.indices.contains(what) else { throw .garbled(place) }
            return .happened(all[what], path, isDirectory: isDirectory)
        case .writing: return .writing(try path())
        case .unchanged: return .unchanged(try path(), since: Moment(nanoseconds: try signed()))
        case .fileArrived: return .fileArrived(try path())
        case .directoryAppeared: return .directoryAppeared(try path(), moved: try flag())
        case .disappeared: return .disappeared(try path(), isDirectory: try flag())
        case .renamed: return .renamed(from: try path(), to: try path(), isDirectory: try flag())
        case .lost: return .lost(try path(), reason: try reason())
        case .missed:
            let path = try path()
            let since = TrackedMoment(boot: Moment(nanoseconds: try signed()), wall: try signed())
            return .missed(path, since: since, reason: try reason())
        case .directoryFound: return .directoryFound(try path())
        case .rootGone: return .rootGone
        case .live: return .live(directories: try int())
        case .uncovered: return .uncovered(try int(), reason: try reason())
        case .watchedBy:
            let name = try text()
            guard let kind = EventSourceKind(rawValue: String(decoding: name, as: UTF8.self)) else {
                throw .garbled(place)
            }
            return .watchedBy(WatchMeans(kind, because: String(decoding: try text(), as: UTF8.self)))
        }
    }

    private mutating func reason() throws(NoticeRecord.Fault) -> LossReason {
        switch try number() {
        case 0: return .overflow
        case 1: return .watchLimit(limit: try int())
        case 2: return .unwatchable(errno: Int32(try int()))
        case 3: return .rewatched
        default: throw .garbled(place)
        }
    }
}
