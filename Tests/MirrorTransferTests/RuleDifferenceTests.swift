import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// The matcher against the real rsync, with the very words and lists that rsync gets for the same sync.
///
/// `RULE_CASES` asks for more (rule set, path) pairs than `make test` looks at, `RULE_SEED` for other ones.
@Suite("Rules mean to the matcher what they mean to rsync")
struct RuleDifferenceTests {
    private static func setting(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
    private static let seeds: Range<UInt64> = {
        let first = UInt64(setting("RULE_SEED") ?? 1)
        return first..<(first + 8)
    }()
    private static let cases = (setting("RULE_CASES") ?? 64_000) / seeds.count

    @Test("generated rules on a generated tree", arguments: seeds)
    func generated(seed: UInt64) async throws {
        let bench = try RuleBench(seed: seed, count: 200)
        var wrong: [String] = []
        var sets = 0
        while bench.cases < Self.cases, wrong.count < 20 {
            let (filters, excludes) = bench.generator.rules()
            wrong += await bench.compare(filters, excludes, inAllForms: sets.isMultiple(of: 3))
            sets += 1
        }
        #expect(wrong == [], "seed \(seed), set \(sets)")
        #expect(bench.cases >= Self.cases || !wrong.isEmpty)
    }

    /// What the manual page says little of: broken brackets, backslashes at odd places, doubled slashes, signs.
    private static let odd: [ByteString] = [
        "[", "[]", "[]]", "[!]", "[^]", "[!]]", "[[]", "[a", "[a-", "[a-]", "[]-a]", "[a-[]", "[[-a]", "[\\]", "[\\]]",
        "[\\", "\\", "\\\\", "\\*", "\\[", "\\[]", "*\\", "?\\", "\\?", "[[:alpha:]]", "[[:alpha:]", "[[:alpha:",
        "[[:x:]]", "[[::]]", "[[:]", "[[:]]", "[[:a]", "[:a:]", "[:]", "[a:]", "[-a]", "[a--]", "[!-a]", "[^-a]", "[*]",
        "[**]", "[**]*", "*[**]", "\\**", "a\\**", "**\\", "a/", "a//", "/a//", "//a", "a//:", "/", "//", "///", "/*",
        "/**",
        "/***", "*/", "**/", "***/", "*/*", "**/*", "*/**", "*/***", "a/***", "a***", "/a***", "a***/", "a/**", "a/*",
        "*/a", "**/a", "**a", "***a", "/**a", "/**/a", "a/**/a", "a**", "a**/a", "[a/:]a", "/[a/:]a", "[a/:]**",
        "a[/]a",
        "a[!:]a", "a[^:]a", "a?a", "a*a", "/a/a", "a/a", "a/a/", "a/:/a", "?", "??", "?/", "?/?", "- a", "+ a", "- a/",
        "+ a/", "! a", "!", "!a", "#", "#a", ";", "; a", "-", "+", "- -", "- !", "a ", " a", "$", "a$", "[[:punct:]]",
    ]

    @Test("odd patterns that exclude and that include, against every short name", arguments: 0..<4)
    func oddPatterns(part: Int) async throws {
        let bench = try RuleBench(seed: 1, count: 0)
        let bytes = Array("a[]:\\-!#*".utf8)
        let short = bytes.map { [$0] } + bytes.flatMap { first in bytes.map { [first, $0] } }
        for name in short + [Array("aaa".utf8), Array("a ".utf8), Array(" a".utf8), Array("a$x".utf8)] {
            // Directories begin with an a or a colon; what they hold is short.
            let isDirectory = name == [0x61] || name == [0x3a] || name == Array("a:".utf8)
            let path = RelativePath(uncheckedBytes: name)
            try bench.add(path, isDirectory: isDirectory)
            guard isDirectory else { continue }
            for inner in bytes { try bench.add(path.appending([inner]), isDirectory: inner == 0x3a) }
            for inner in bytes { try bench.add(path.appending(Array(":/".utf8) + [inner]), isDirectory: false) }
        }
        let long = [4095, 4096, 5000, 6000].map { ByteString("a" + String(repeating: "*", count: $0 - 1)) }
        var wrong: [String] = []
        for (index, pattern) in (Self.odd + long).enumerated() where index % 4 == part {
            wrong += await bench.compare([], ["]*", pattern], inAllForms: true)
            guard pattern.bytes.first != 0x20 else { continue }
            let rules = [
                FilterRule(includes: true, pattern: pattern), FilterRule(includes: false, pattern: "[!:]*"),
            ]
            wrong += await bench.compare(rules, [], inAllForms: false)
        }
        #expect(wrong == [])
        #expect(bench.cases > 8000)
    }
}
