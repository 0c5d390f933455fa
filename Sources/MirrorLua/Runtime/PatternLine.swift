import MirrorCore

/// The lines of the files that `excludeFrom` and `filterFrom` name, read by lsyncd's rules.
enum PatternLine {
    /// Nil for blank lines, comments and lines of another rule. One minus sign at the front falls away; blanks at
    /// the end belong to the pattern. A carriage return there does not: rsync takes it as the end of the line.
    static func exclude(_ line: ByteString) -> ByteString? {
        var rest = content(of: line)
        guard let first = rest.first, first != UInt8(ascii: "#"), first != UInt8(ascii: "+") else { return nil }
        if first == UInt8(ascii: "-") { rest = rest.dropFirst().drop(while: isBlank) }
        return ByteString(rest)
    }

    /// Nil for blank lines and comments; the rule itself is read by `filter`.
    static func filterLine(_ line: ByteString) -> ByteString? {
        let rest = content(of: line)
        guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
        return ByteString(rest)
    }

    /// `+ pattern` or `- pattern`, blanks around the sign optional. Nil for every other rule of rsync.
    static func filter(_ line: ByteString) -> FilterRule? {
        let rest = line.bytes.drop(while: isBlank)
        guard let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
        let pattern = rest.dropFirst()
        // `+,/` and the like are rsync's modifiers, which lsyncd refuses.
        if let next = pattern.first, next == UInt8(ascii: ",") || next == UInt8(ascii: "!") { return nil }
        return FilterRule(includes: sign == UInt8(ascii: "+"), pattern: ByteString(pattern.drop(while: isBlank)))
    }

    private static func content(of line: ByteString) -> ArraySlice<UInt8> {
        let whole = line.bytes.last == UInt8(ascii: "\r") ? line.bytes.dropLast() : line.bytes[...]
        return whole.drop(while: isBlank)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
