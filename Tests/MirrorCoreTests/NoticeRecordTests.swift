import MirrorCore
import Testing

@Suite("Notices as bytes")
struct NoticeRecordTests {
    static let all: [Notice] = [
        .touched("a", isDirectory: false), .touched("d", isDirectory: true), .touched(.root, isDirectory: true),
        .happened(.created, "a", isDirectory: false), .happened(.written, "a/b", isDirectory: false),
        .happened(.attributes, "a", isDirectory: true), .happened(.itself, "d", isDirectory: true),
        .fileArrived(RelativePath(uncheckedBytes: [0xff, 0x0a, 0x20])), .directoryAppeared("d", moved: true),
        .directoryAppeared("d", moved: false), .disappeared("a", isDirectory: false),
        .renamed(from: "a", to: "b/c", isDirectory: true), .lost(.root, reason: .overflow),
        .lost("d", reason: .watchLimit(limit: 8192)), .lost("d", reason: .unwatchable(errno: 13)),
        .lost("d", reason: .rewatched),
        .missed("d", since: TrackedMoment(boot: Moment(nanoseconds: 5), wall: -7), reason: .overflow),
        .directoryFound("d"), .rootGone, .live(directories: 1_000_000),
        .unchanged("d/f", since: Moment(nanoseconds: 5)), .uncovered(400, reason: .watchLimit(limit: 100)),
        .watchedBy(WatchMeans(.scanning, because: "why\nnot")),
    ]

    private func bytes() -> [UInt8] {
        var bytes = NoticeRecord.beginning
        for (index, notice) in Self.all.enumerated() {
            bytes += NoticeRecord.encode(
                .init(after: .milliseconds(index * 700), notice), previous: .milliseconds(max(index - 1, 0) * 700))
        }
        return bytes
    }

    @Test("what is written is read again, times and all")
    func roundTrip() {
        let (entries, fault) = NoticeRecord.decode(bytes())
        #expect(fault == nil)
        #expect(entries.map(\.notice) == Self.all)
        #expect(entries.map(\.after) == Self.all.indices.map { .milliseconds($0 * 700) })
    }

    @Test("a record that was cut anywhere is good up to there")
    func cut() {
        let bytes = bytes()
        for length in NoticeRecord.beginning.count..<bytes.count {
            let (entries, fault) = NoticeRecord.decode(Array(bytes[..<length]))
            #expect(fault == nil || fault == .cut)
            #expect(entries.map(\.notice) == Array(Self.all.prefix(entries.count)))
        }
    }

    @Test("what is no record, or one of another version, is said to be")
    func others() {
        #expect(NoticeRecord.decode([]).fault == .notARecord)
        #expect(NoticeRecord.decode(Array("something else".utf8)).fault == .notARecord)
        #expect(NoticeRecord.decode(Array("lockstep-record 2\n".utf8)).fault == .otherVersion)
        let beginning = NoticeRecord.beginning
        for garbled: [UInt8] in [[0, 99], [0, 1, 2, 0x2e, 0x2e, 0], [0, 1, 1, 0x61, 7], [0, 1, 2, 0x2f, 0x61, 0]] {
            guard case .garbled = NoticeRecord.decode(beginning + garbled).fault else {
                Issue.record("\(garbled) was taken")
                continue
            }
        }
    }
}
