import MirrorCore

extension FuzzTarget {
    private static let patternWords = [
        "*", "**", "***", "?", "[", "]", "[a-z]", "[!a]", "[^b]", "[[:alpha:]]", "[[:", ":]", "\\", "/", "//", "/***",
        "- ",
        "+ ", "!", "#", "a", "b", "\0", "[]a]", "[a-", "$",
    ]

    /// A byte says how many rules there are, further ones their kinds; then rules and paths by zero bytes. The answer
    /// of the automaton is that of a matcher that tries everything.
    static let matcher = FuzzTarget(
        "matcher",
        seeds: [
            "\u{2}\u{1}\u{0}*.o\0/build/\0src/a.o\0build/x", "\u{1}\u{0}[a-c]*\0abc\0b/d", "\u{1}\u{0}a/***\0a/b\0a",
            "\u{3}\u{1}\u{0}\u{1}+ */\0+ *.txt\0*\0d/a.txt\0x", "\u{1}\u{2}**/foo\0foo\0a/foo/b",
            "\u{2}\u{0}\u{0}\\*a\0a\\b\0*a\0a\\b",
        ], words: patternWords
    ) { input in
        var reader = InputReader(input)
        let count = Int(reader.byte() % 5)
        let kinds = (0..<count).map { _ in reader.byte() }
        let patterns = kinds.map { _ in reader.text() }
        let paths = reader.texts.prefix(4).compactMap { RelativePath($0.bytes.prefix(24)) }
        var filters: [FilterRule] = []
        var excludes: [ByteString] = []
        for (kind, pattern) in zip(kinds, patterns) {
            // What tries everything needs a bound on the stars.
            let short = ByteString(pattern.bytes.prefix(24))
            if short.bytes.count(where: { $0 == UInt8(ascii: "*") }) > 7 { return }
            if kind & 2 == 0 {
                excludes.append(short)
            } else {
                filters.append(FilterRule(includes: kind & 1 == 1, pattern: short))
            }
        }
        let matcher = PathMatcher(filters: filters, excludes: excludes)
        let reference = ReferenceMatcher(filters: filters, excludes: excludes)
        for path in paths {
            for isDirectory in [false, true] {
                let (found, wanted) = (
                    matcher.excludes(path, isDirectory: isDirectory), reference.excludes(path, isDirectory: isDirectory)
                )
                check(found == wanted, "\(path) is left out: \(found), should be \(wanted); \(filters) \(excludes)")
            }
        }
    }
}
