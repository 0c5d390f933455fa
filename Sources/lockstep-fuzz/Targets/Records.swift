import MirrorCore
import MirrorStatus

extension FuzzTarget {
    /// What `lockstep record` writes, brought from another machine. Whatever stands there, no path leads out of the
    /// source, and what was read is written the same.
    static let noticeRecord = FuzzTarget(
        "notice-record",
        seeds: [
            "lockstep-record 1\n\u{5}\u{1}\u{1}a\0\u{9}\u{6}\u{1}a\u{3}b/c\u{1}\0\u{b}\u{7}",
            "lockstep-record 1\n\0\u{c}\u{7}inotify\u{3}why\u{1}\u{7}\0\u{1}\u{8}\u{1}\u{8}\0\u{2}\u{4}\0",
        ],
        words: ["lockstep-record 1\n", "lockstep-record 2\n", "..", "/", "\u{1}", "\u{8}", "\u{7f}", "inotify", "scan"]
    ) { input in
        let (entries, fault) = NoticeRecord.decode(input)
        for entry in entries {
            let text = "\(entry.notice)"
            check(!text.contains("(/../") && !text.contains("/../"), "a path leads out: \(text)")
        }
        var bytes = NoticeRecord.beginning
        var previous = Duration.zero
        for entry in entries {
            bytes += NoticeRecord.encode(entry, previous: previous)
            previous = entry.after
        }
        let again = NoticeRecord.decode(bytes)
        check(again.fault == nil && again.entries == entries, "\(entries.count) entries are not what was written")
        check(fault != nil || input.starts(with: NoticeRecord.beginning), "no beginning and no fault")
    }

    /// What `lockstep capsule` writes, brought from another machine: what was read is written the same, and read so
    /// again.
    static let capsule = FuzzTarget(
        "capsule",
        seeds: [
            "lockstep-capsule 1\n=== about\nx\n === y\n=== record of /s/\n6c6f636b\n73746570\n",
            "lockstep-capsule 1\nlost\n=== record of /\n6\n=== \n\n",
        ],
        words: ["lockstep-capsule 1\n", "=== ", " === ", "record of ", "\n", "0f", "g"]
    ) { input in
        guard let capsule = Capsule(ByteString(input)) else { return }
        guard let again = Capsule(capsule.bytes) else { return check(false, "what was written is not read") }
        check(
            again.parts.map(\.text) == capsule.parts.map(\.text),
            "\(capsule.parts.count) parts are not what was written")
        for record in capsule.records { _ = NoticeRecord.decode(record.bytes) }
        for part in capsule.parts {
            let bytes = part.text.bytes
            let copy = Capsule([.init(Capsule.record + "x", Capsule.hexadecimal(bytes))])
            check(copy.records.first?.bytes == bytes, "bytes are not what was written")
        }
    }
}
