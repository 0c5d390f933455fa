/// Decides which paths a sync leaves out, as lsyncd matches `filter` and `exclude` against its events.
///
/// A pattern is compared with `/path`, for a directory with `/path/`. `?` is one byte that is no slash, `*` a run of
/// those, two or more stars are anything; every other byte, brackets and backslashes included, is itself. A slash
/// at the front ties the pattern to the root, otherwise it may begin after any slash, and it must end before a slash
/// or at the end of the path. The first rule that matches decides: filters in order, then excludes; the root and what
/// matches nothing stay in. Two rules differ from lsyncd 2.3: an excluded directory takes everything below it along
/// (there only because such a directory had no watch, which leaked), and an empty pattern matches nothing.
///
/// All patterns run side by side as one automaton of bits, so a path costs time in proportion to its length times the
/// bytes of all patterns, whatever stars they hold.
package struct PathMatcher: Sendable {
    private let automaton: PatternAutomaton

    package init(filters: [FilterRule] = [], excludes: [ByteString] = []) {
        automaton = PatternAutomaton(
            rules: filters + excludes.map { FilterRule(includes: false, pattern: $0) })
    }

    /// No pattern that could match anything: every path stays in.
    package var isEmpty: Bool { automaton.isEmpty }

    package func excludes(_ path: RelativePath, isDirectory: Bool) -> Bool {
        if isEmpty || path.isRoot { return false }
        var run = PatternRun(automaton)
        run.take(PatternAutomaton.slash)
        for byte in path.bytes {
            run.take(byte)
            if byte == PatternAutomaton.slash, run.isExcluded { return true }
        }
        if isDirectory { run.take(PatternAutomaton.slash) }
        return run.isExcluded
    }
}

/// The compiled patterns. Each has one bit per token, which is set while the text so far has led there, and one bit
/// behind them, its end. Bits stand in the order of the rules, so the lowest end decides.
private struct PatternAutomaton: Sendable {
    static let slash = UInt8(ascii: "/")

    private(set) var wordCount = 0
    /// For byte b the words from `b * wordCount`: tokens that take b and are over.
    private(set) var advancing: [UInt64] = []
    /// Tokens that may take any number of bytes: all but a slash, or really all.
    private(set) var stars: [UInt64] = []
    private(set) var doubleStars: [UInt64] = []
    /// Set at the first slash, and at each further one.
    private(set) var rootStarts: [UInt64] = []
    private(set) var starts: [UInt64] = []
    /// Ends that count before a slash or at the end of the text, and those that count wherever they are reached.
    private(set) var boundedEnds: [UInt64] = []
    private(set) var openEnds: [UInt64] = []
    private(set) var includingEnds: [UInt64] = []

    var isEmpty: Bool { wordCount == 0 }

    init(rules: [FilterRule]) {
        let patterns = rules.compactMap { rule in
            CompiledPattern(rule.pattern.bytes).map { (pattern: $0, includes: rule.includes) }
        }
        let bits = patterns.reduce(0) { $0 + $1.pattern.tokens.count + 1 }
        wordCount = (bits + 63) / 64
        let none = [UInt64](repeating: 0, count: wordCount)
        (stars, doubleStars, rootStarts, starts) = (none, none, none, none)
        (boundedEnds, openEnds, includingEnds) = (none, none, none)
        advancing = [UInt64](repeating: 0, count: 256 * wordCount)
        var first = 0
        for entry in patterns {
            add(entry.pattern, includes: entry.includes, at: first)
            first += entry.pattern.tokens.count + 1
        }
    }

    private mutating func add(_ pattern: CompiledPattern, includes: Bool, at first: Int) {
        Self.set(first, in: &rootStarts)
        if !pattern.isAnchored { Self.set(first, in: &starts) }
        for (offset, token) in pattern.tokens.enumerated() { add(token, at: first + offset) }
        let end = first + pattern.tokens.count
        if pattern.hasOpenEnd { Self.set(end, in: &openEnds) } else { Self.set(end, in: &boundedEnds) }
        if includes { Self.set(end, in: &includingEnds) }
    }

    private mutating func add(_ token: CompiledPattern.Token, at bit: Int) {
        switch token {
        case .byte(let byte): advancing[Int(byte) * wordCount + bit / 64] |= 1 << UInt64(bit % 64)
        case .one:
            for byte in 0..<256 where byte != Int(Self.slash) {
                advancing[byte * wordCount + bit / 64] |= 1 << UInt64(bit % 64)
            }
        case .run: Self.set(bit, in: &stars)
        case .anything: Self.set(bit, in: &doubleStars)
        }
    }

    private static func set(_ bit: Int, in words: inout [UInt64]) { words[bit / 64] |= 1 << UInt64(bit % 64) }
}

private struct CompiledPattern {
    enum Token: Equatable {
        case byte(UInt8)
        case one
        case run
        case anything
    }

    var tokens: [Token] = []
    let isAnchored: Bool
    /// A pattern that ends with a slash means the directory and what is below it. One that ends with a dollar sign
    /// matches every continuation in lsyncd, and so it does here.
    let hasOpenEnd: Bool

    /// Nil where nothing can match: the empty pattern, and the root alone, which no rule ever leaves out.
    init?(_ pattern: [UInt8]) {
        let isAnchored = pattern.first == PatternAutomaton.slash
        let body = isAnchored ? pattern.dropFirst() : pattern[...]
        guard let last = body.last else { return nil }
        self.isAnchored = isAnchored
        hasOpenEnd = last == PatternAutomaton.slash || last == UInt8(ascii: "$")
        for byte in body { append(byte) }
    }

    private mutating func append(_ byte: UInt8) {
        switch (byte, tokens.last) {
        case (UInt8(ascii: "*"), .run), (UInt8(ascii: "*"), .anything): tokens[tokens.count - 1] = .anything
        case (UInt8(ascii: "*"), _): tokens.append(.run)
        case (UInt8(ascii: "?"), _): tokens.append(.one)
        default: tokens.append(.byte(byte))
        }
    }
}

/// One text on its way through the automaton.
private struct PatternRun {
    private let automaton: PatternAutomaton
    private var live: [UInt64]
    /// Ends that stay reached, whatever text follows.
    private var reached: [UInt64]
    private var isAtStart = true

    init(_ automaton: PatternAutomaton) {
        self.automaton = automaton
        live = [UInt64](repeating: 0, count: automaton.wordCount)
        reached = live
    }

    mutating func take(_ byte: UInt8) {
        let isSlash = byte == PatternAutomaton.slash
        let row = Int(byte) * automaton.wordCount
        var carry: UInt64 = 0
        var skipCarry: UInt64 = 0
        for word in 0..<automaton.wordCount {
            let old = live[word]
            if isSlash { reached[word] |= old & automaton.boundedEnds[word] }
            let moving = old & automaton.advancing[row + word]
            let waiting = old & (automaton.doubleStars[word] | (isSlash ? 0 : automaton.stars[word]))
            var new = moving << 1 | carry | waiting
            carry = moving >> 63
            if isSlash { new |= isAtStart ? automaton.rootStarts[word] : automaton.starts[word] }
            // A star may also take nothing; two stars never stand side by side, so one step is enough.
            let skipping = (new | skipCarry) & (automaton.stars[word] | automaton.doubleStars[word])
            new |= skipping << 1 | skipCarry
            skipCarry = skipping >> 63
            live[word] = new
            reached[word] |= new & automaton.openEnds[word]
        }
        isAtStart = false
    }

    /// The verdict if the text ended here.
    var isExcluded: Bool {
        for word in 0..<automaton.wordCount {
            let ends = reached[word] | (live[word] & automaton.boundedEnds[word])
            if ends != 0 {
                let lowest = ends & (~ends + 1)
                return automaton.includingEnds[word] & lowest == 0
            }
        }
        return false
    }
}
