/// The rules of a sync as rsync reads them from the words and lists that it gets for that sync.
///
/// Without a filter, rsync reads the excludes by its rules for exclude files: `#` and `;` begin a comment, `- ` or `+ `
/// in front says the kind, a lone `!` forgets what came before. With one, every line is `+ pattern` or `- pattern` and
/// nothing else (rsync(1), FILTER RULES).
package enum RsyncRules {
    /// rsync leaves out a pattern of this length or more, with a message (MAXPATHLEN).
    static let longestPattern = 4096

    package static func read(filters: [FilterRule], excludes: [ByteString]) -> [FilterRule] {
        let rules =
            filters.isEmpty
            ? readExcludeLines(excludes) : filters + excludes.map { FilterRule(includes: false, pattern: $0) }
        return rules.filter { !$0.pattern.isEmpty && $0.pattern.count < longestPattern }
    }

    /// A list of excludes goes to rsync by lines, so one with a line end in it is two.
    package static func lines(_ exclude: ByteString) -> [ByteString] {
        exclude.bytes.split { $0 == 0x0a || $0 == 0x0d }.map { ByteString($0) }
    }

    private static func readExcludeLines(_ lines: [ByteString]) -> [FilterRule] {
        var rules: [FilterRule] = []
        for line in lines {
            if line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line == "!" {
                rules.removeAll()
            } else if line.hasPrefix("- ") || line.hasPrefix("+ ") {
                rules.append(FilterRule(includes: line.hasPrefix("+"), pattern: ByteString(line.bytes.dropFirst(2))))
            } else {
                rules.append(FilterRule(includes: false, pattern: line))
            }
        }
        return rules
    }
}

extension FilterRule {
    /// `+ pattern` or `- pattern`.
    package var line: ByteString { (includes ? "+ " : "- ") + pattern }
}
