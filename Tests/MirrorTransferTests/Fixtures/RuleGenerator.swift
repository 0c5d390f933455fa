import MirrorCore
import MirrorTesting

/// Trees of names and rules that have something to do with them, drawn from a seed.
struct RuleGenerator {
    private(set) var random: SeededGenerator
    /// Every path of the tree, with whether it is a directory.
    private(set) var paths: [(path: RelativePath, isDirectory: Bool)] = []

    /// What names are made of: few bytes, so that rules meet them, and every byte that means something in a pattern.
    private static let bytes = Array("aabbbcAB01.-_ []\\^!$#;+~x".utf8) + [0xc3, 0xa4, 0xff, 0x0a, 0x0d, 0x09]
    private static let pieces = [
        "*", "**", "***", "?", "[ab]", "[!a]", "[^b-c]", "[]a]", "[a-]", "[[:alpha:]]", "[[:digit:]x]", "[a-b-c]",
        "[\\]]", "[[:upper:]", "[", "]", "\\", "\\*", "\\[", "\\a", "/", "//", "$", "[a/b]", "[[:no:]]", "[[:a]", "[*]",
        "[**]", "[?]", "!", "^", "#", ";", "- ", "+ ", ".", "[[:punct:]]", "[[:space:]]", "[b-a]", "[--0]", "[\\",
        "[[:",
        "[!]a]", "[[:print:]]", "[[:cntrl:]]", "[^[:alnum:]]", "[::]",
        "[[::]]", "**/", "/**/", "**/*",
    ].map { Array($0.utf8) }

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
    mutating func oneIn(_ count: Int) -> Bool { number(count) == 0 }

    mutating func makeTree(of count: Int) {
        var directories: [RelativePath] = [.root]
        var taken: Set<RelativePath> = [.root]
        while paths.count < count {
            // The newer half of the directories as well as any: so some of it is deep.
            let newest = min(3, directories.count)
            let parent = directories[directories.count - 1 - number(oneIn(2) ? directories.count : newest)]
            let path = parent.appending(name())
            guard RelativePath(path.bytes) != nil, path.bytes.count < 120, taken.insert(path).inserted else { continue }
            let isDirectory = oneIn(3)
            paths.append((path, isDirectory))
            if isDirectory { directories.append(path) }
        }
    }

    private mutating func name() -> [UInt8] {
        (0...number(oneIn(12) ? 20 : 3)).map { _ in Self.bytes[number(Self.bytes.count)] }
    }

    /// Filters and excludes of a sync; in half of the sets there are no filters.
    mutating func rules() -> (filters: [FilterRule], excludes: [ByteString]) {
        let excludes = (0..<number(4)).map { _ in pattern() }
        guard oneIn(2) || excludes.isEmpty else { return ([], excludes) }
        let filters = (0...number(4)).map { _ in FilterRule(includes: oneIn(2), pattern: pattern()) }
        return (filters.map(Self.trimmed).filter { !$0.pattern.isEmpty }, excludes)
    }

    /// A configuration takes blanks between sign and pattern for nothing.
    private static func trimmed(_ rule: FilterRule) -> FilterRule {
        FilterRule(
            includes: rule.includes, pattern: ByteString(rule.pattern.bytes.drop { $0 == 0x20 || $0 == 0x09 }))
    }

    /// Without line ends, which a configuration does not let through, and not empty.
    mutating func pattern() -> ByteString {
        while true {
            var bytes = oneIn(6) ? [] : likeAPath()
            for _ in 0..<(bytes.isEmpty ? 1 + number(5) : number(3)) { disturb(&bytes) }
            bytes.removeAll { $0 == 0x0a || $0 == 0x0d || $0 == 0 }
            // rsync refuses a sign without a pattern, and then runs not at all.
            if !bytes.isEmpty, bytes != Array("- ".utf8), bytes != Array("+ ".utf8) { return ByteString(bytes) }
        }
    }

    /// A path of the tree, its last names, or one of its names; often with a slash at the front or the end.
    private mutating func likeAPath() -> [UInt8] {
        let chosen = paths[number(paths.count)].path.bytes
        let names = chosen.split(separator: UInt8(ascii: "/"))
        let from = number(names.count)
        let count = oneIn(2) ? names.count - from : 1
        var bytes = Array(names[from..<(from + count)].joined(separator: [UInt8(ascii: "/")]))
        if oneIn(from == 0 ? 2 : 8) { bytes.insert(UInt8(ascii: "/"), at: 0) }
        if oneIn(10) { bytes.insert(contentsOf: Array("**/".utf8), at: 0) }
        if oneIn(4) { bytes.append(UInt8(ascii: "/")) }
        return bytes
    }

    private mutating func disturb(_ bytes: inout [UInt8]) {
        let piece = Self.pieces[oneIn(2) ? number(4) : number(Self.pieces.count)]
        guard !bytes.isEmpty, !oneIn(5) else {
            bytes.insert(contentsOf: piece, at: oneIn(2) ? 0 : bytes.count)
            return
        }
        let start = number(bytes.count)
        let end = min(bytes.count, start + number(3))
        switch number(4) {
        case 0: bytes.replaceSubrange(start..<end, with: [Self.bytes[number(Self.bytes.count)]])
        case 1: bytes.append(contentsOf: oneIn(3) ? Array("/***".utf8) : piece)
        default: bytes.replaceSubrange(start..<end, with: piece)
        }
    }
}
