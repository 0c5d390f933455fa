package import MirrorCore

/// Names and numbers as a person, or a script that reads lines, gets to see them.
package enum Shown {
    /// A name on one line: control bytes and DEL become `\#ooo` (octal), the form that rsync prints. Without that
    /// a file whose name holds a line break could write lines of its own into the status file and the log.
    package static func name(_ name: ByteString) -> ByteString {
        guard name.bytes.contains(where: isControl) else { return name }
        var shown: [UInt8] = []
        for byte in name.bytes {
            if isControl(byte) {
                shown += [
                    UInt8(ascii: "\\"), UInt8(ascii: "#"), 0x30 + byte / 64, 0x30 + byte / 8 % 8, 0x30 + byte % 8,
                ]
            } else {
                shown.append(byte)
            }
        }
        return ByteString(shown)
    }

    /// A path below a source the way lsyncd writes it: a slash first, and one last where it is known to be a directory.
    package static func path(of change: Change) -> ByteString {
        var shown = ByteString("/") + name(change.path.byteString)
        if change.isSubtree || !change.mayBeFile, !change.path.isRoot { shown += "/" }
        return shown
    }

    package static func path(_ path: RelativePath, isDirectory: Bool) -> ByteString {
        "/" + name(path.byteString) + (isDirectory && !path.isRoot ? "/" : "")
    }

    /// A source as lsyncd names it everywhere: with a slash last.
    package static func source(_ source: ByteString) -> ByteString { name(source) + "/" }

    /// What watches a source, and why.
    package static func means(_ means: WatchMeans) -> ByteString {
        let words =
            switch means.kind {
            case .fanotify: "watched by fanotify"
            case .inotify: "watched by inotify"
            case .scanning: "walked again and again"
            }
        return name(ByteString(words + ": " + means.reason))
    }

    /// `0.4 s`, `12 s`, `12 min`, `3 h`, `2 days`: one number, rounded down, the unit that fits.
    package static func duration(_ duration: Duration) -> String {
        let nanoseconds = max(duration.wholeNanoseconds, 0)
        let seconds = nanoseconds / 1_000_000_000
        switch seconds {
        case ..<10: return "\(seconds).\(nanoseconds / 100_000_000 % 10) s"
        case ..<120: return "\(seconds) s"
        case ..<7200: return "\(seconds / 60) min"
        case ..<172_800: return "\(seconds / 3600) h"
        default: return "\(seconds / 86_400) days"
        }
    }

    package static func count(_ count: Int, _ one: String, _ many: String) -> String {
        "\(count) \(count == 1 ? one : many)"
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7f }
}
