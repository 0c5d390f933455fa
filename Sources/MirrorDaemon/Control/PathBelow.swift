import MirrorCore
import MirrorStatus

/// An absolute path as one below a source.
enum PathBelow {
    /// nil for a path outside of it.
    static func of(_ source: ByteString, _ path: ByteString) -> RelativePath? {
        let names = path.split(separator: UInt8(ascii: "/")).filter { !$0.isEmpty }
        let above = source.split(separator: UInt8(ascii: "/")).filter { !$0.isEmpty }
        guard names.starts(with: above) else { return nil }
        let rest = names.dropFirst(above.count)
        return rest.isEmpty ? .root : RelativePath(rest.map { $0 }.joined(separator: "/").bytes)
    }

    static func mistake(_ path: ByteString, _ settings: Settings) -> ControlAnswer {
        var text = Shown.name(path) + " lies below no source of this program; there are\n"
        for source in settings.distinctSources { text += "  " + Shown.source(source) + "\n" }
        return ControlAnswer(text, code: ControlAnswer.usage)
    }
}
