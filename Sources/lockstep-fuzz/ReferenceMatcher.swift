import MirrorCore

/// rsync's rules again, in the plainest way: every parent meets every rule, every pattern is tried at every place where
/// it may begin, every star takes nothing, one byte, two … It shares no code with the matcher of the product but the
/// reading of a list of rules, and costs any amount of time.
struct ReferenceMatcher {
    private let rules: [FilterRule]

    init(filters: [FilterRule], excludes: [ByteString]) {
        rules = RsyncRules.read(filters: filters, excludes: excludes)
    }

    func excludes(_ path: RelativePath, isDirectory: Bool) -> Bool {
        let names = path.bytes.split(separator: UInt8(ascii: "/"))
        guard !names.isEmpty else { return false }
        return (1...names.count).contains { count in
            let part = Array(names.prefix(count).joined(separator: [UInt8(ascii: "/")]))
            let isDirectory = isDirectory || count < names.count
            let first = rules.first { Self.matches($0.pattern.bytes, part, isDirectory: isDirectory) }
            return first?.includes == false
        }
    }

    /// rsync(1), PATTERN MATCHING RULES, sentence by sentence.
    static func matches(_ pattern: [UInt8], _ path: [UInt8], isDirectory: Bool) -> Bool {
        var pattern = pattern
        if pattern.count > 1, pattern.last == UInt8(ascii: "/") {
            guard isDirectory else { return false }
            pattern.removeLast()
        }
        let isWild = pattern.contains { "*?[".utf8.contains($0) }
        let hasTwoStars = isWild && zip(pattern, pattern.dropFirst()).contains { $0 == 0x2a && $1 == 0x2a }
        let slashes = pattern.count { $0 == UInt8(ascii: "/") }
        var text = path
        if isDirectory, isWild, pattern.suffix(3) == [0x2a, 0x2a, 0x2a] { text.append(UInt8(ascii: "/")) }
        if pattern.first == UInt8(ascii: "/") {
            return pattern.count > 1 && match(pattern.dropFirst(), text[...], isWild)
        }
        if hasTwoStars, pattern.starts(with: [0x2a, 0x2a]) { return match(pattern[...], [0x2f] + text, isWild) }
        if hasTwoStars {
            let starts = [0] + text.indices.filter { text[$0] == UInt8(ascii: "/") }.map { $0 + 1 }
            return starts.contains { match(pattern[...], text[$0...], isWild) }
        }
        let names = text.split(separator: UInt8(ascii: "/"))
        guard names.count > slashes, !pattern.isEmpty else { return false }
        let last = Array(names.suffix(slashes + 1).joined(separator: [UInt8(ascii: "/")]))
        return match(pattern[...], last[...], isWild)
    }

    private static func match(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>, _ isWild: Bool) -> Bool {
        guard isWild else { return pattern.elementsEqual(text) }
        guard let token = pattern.first else { return text.isEmpty }
        let rest = pattern.dropFirst()
        switch token {
        case UInt8(ascii: "*"):
            let more = rest.drop { $0 == UInt8(ascii: "*") }
            let takesSlashes = more.count < rest.count
            let reach = takesSlashes ? text.count : text.prefix { $0 != UInt8(ascii: "/") }.count
            return (0...reach).contains { match(more, text.dropFirst($0), true) }
        case UInt8(ascii: "?"):
            guard let byte = text.first, byte != UInt8(ascii: "/") else { return false }
            return match(rest, text.dropFirst(), true)
        case UInt8(ascii: "["):
            guard let byte = text.first, let (isMember, after) = member(byte, rest), isMember else { return false }
            return match(after, text.dropFirst(), true)
        case UInt8(ascii: "\\"):
            guard let literal = rest.first, text.first == literal else { return false }
            return match(rest.dropFirst(), text.dropFirst(), true)
        default: return text.first == token && match(rest, text.dropFirst(), true)
        }
    }

    /// Whether the byte is in the class that begins here, and what follows it; nil where the class is broken.
    private static func member(_ byte: UInt8, _ text: ArraySlice<UInt8>) -> (Bool, ArraySlice<UInt8>)? {
        var rest = text
        let isNegated = rest.first == UInt8(ascii: "!") || rest.first == UInt8(ascii: "^")
        if isNegated { rest.removeFirst() }
        var isMember = false
        var previous: UInt8 = 0
        repeat {
            guard var next = rest.popFirst() else { return nil }
            if next == UInt8(ascii: "-"), previous != 0, let end = rest.first, end != UInt8(ascii: "]") {
                rest.removeFirst()
                var last = end
                if end == UInt8(ascii: "\\") {
                    guard let literal = rest.popFirst() else { return nil }
                    last = literal
                }
                if byte >= previous, byte <= last { isMember = true }
                next = 0
            } else if next == UInt8(ascii: "["), rest.first == UInt8(ascii: ":") {
                guard let close = rest.firstIndex(of: UInt8(ascii: "]")) else { return nil }
                let inner = rest[rest.startIndex..<close]
                if inner.count >= 2, inner.last == UInt8(ascii: ":") {
                    guard let has = isInClass(byte, inner.dropFirst().dropLast()) else { return nil }
                    if has { isMember = true }
                    rest = rest[(close + 1)...]
                    next = 0
                } else if byte == next {
                    isMember = true
                }
            } else {
                if next == UInt8(ascii: "\\") {
                    guard let literal = rest.popFirst() else { return nil }
                    next = literal
                }
                if byte == next { isMember = true }
            }
            previous = next
        } while rest.first != UInt8(ascii: "]")
        return (isMember != isNegated && byte != UInt8(ascii: "/"), rest.dropFirst())
    }

    private static func isInClass(_ byte: UInt8, _ name: ArraySlice<UInt8>) -> Bool? {
        let character = Character(UnicodeScalar(byte))
        let isASCII = byte < 128
        switch ByteString(name) {
        case "alnum": return isASCII && (character.isLetter || character.isNumber)
        case "alpha": return isASCII && character.isLetter
        case "blank": return byte == 32 || byte == 9
        case "cntrl": return byte < 32 || byte == 127
        case "digit": return isASCII && character.isNumber
        case "graph": return byte > 32 && byte < 127
        case "lower": return isASCII && character.isLowercase
        case "print": return byte >= 32 && byte < 127
        case "punct": return byte > 32 && byte < 127 && !character.isLetter && !character.isNumber
        case "space": return byte == 32 || (9...13).contains(byte)
        case "upper": return isASCII && character.isUppercase
        case "xdigit": return isASCII && character.isHexDigit
        default: return nil
        }
    }
}
