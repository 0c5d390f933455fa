/// The brackets of a pattern, read as rsync reads them: `[abc]`, `[a-z]`, `[^a]`, `[!a]`, `[[:alpha:]]`.
enum ByteClass {
    static let slash = UInt8(ascii: "/")
    static let star = UInt8(ascii: "*")
    static let backslash = UInt8(ascii: "\\")
    private static let closing = UInt8(ascii: "]")
    private static let opening = UInt8(ascii: "[")
    private static let colon = UInt8(ascii: ":")
    private static let dash = UInt8(ascii: "-")

    /// Takes the class from behind its opening bracket to its closing one. Nil where it has none, or names a class
    /// that there is not: then the whole pattern matches nothing.
    static func read(_ rest: inout ArraySlice<UInt8>) -> Set<UInt8>? {
        let isNegated = rest.first == UInt8(ascii: "^") || rest.first == UInt8(ascii: "!")
        if isNegated { rest = rest.dropFirst() }
        var members: Set<UInt8> = []
        // What a range may begin with: the byte before its dash, unless that ended a range or a named class.
        var before: UInt8?
        var isFirst = true
        while let byte = rest.popFirst() {
            if byte == closing, !isFirst {
                members.remove(slash)
                return isNegated ? Set(UInt8.min...UInt8.max).subtracting(members).subtracting([slash]) : members
            }
            isFirst = false
            if byte == backslash {
                guard let literal = rest.popFirst() else { return nil }
                members.insert(literal)
                before = literal
            } else if byte == dash, let first = before, let next = rest.first, next != closing {
                guard let last = rangeEnd(&rest) else { return nil }
                if first <= last { members.formUnion(first...last) }
                before = nil
            } else if byte == opening, rest.first == colon {
                guard let close = rest.firstIndex(of: closing) else { return nil }
                if close - rest.startIndex >= 2, rest[close - 1] == colon {
                    guard let named = named(rest[(rest.startIndex + 1)..<(close - 1)]) else { return nil }
                    members.formUnion(named)
                    rest = rest[(close + 1)...]
                    before = nil
                } else {
                    members.insert(opening)
                    before = opening
                }
            } else {
                members.insert(byte)
                before = byte
            }
        }
        return nil
    }

    private static func rangeEnd(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        guard let last = rest.popFirst() else { return nil }
        return last == backslash ? rest.popFirst() : last
    }

    /// The classes of isalpha(3) and its kin in the C locale, in which rsync runs for us.
    private static func named(_ name: ArraySlice<UInt8>) -> Set<UInt8>? {
        let lower = Set(UInt8(ascii: "a")...UInt8(ascii: "z"))
        let upper = Set(UInt8(ascii: "A")...UInt8(ascii: "Z"))
        let digits = Set(UInt8(ascii: "0")...UInt8(ascii: "9"))
        let letters = lower.union(upper)
        switch String(decoding: name, as: UTF8.self) {
        case "alnum": return letters.union(digits)
        case "alpha": return letters
        case "blank": return [0x20, 0x09]
        case "cntrl": return Set(0...31).union([127])
        case "digit": return digits
        case "graph": return Set(33...126)
        case "lower": return lower
        case "print": return Set(32...126)
        case "punct": return Set(33...126).subtracting(letters).subtracting(digits)
        case "space": return Set(9...13).union([32])
        case "upper": return upper
        case "xdigit": return digits.union(Array("abcdefABCDEF".utf8))
        default: return nil
        }
    }
}
