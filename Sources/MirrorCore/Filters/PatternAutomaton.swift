/// The compiled patterns of a matcher. Each has one bit per token, which is set while the text so far has led there,
/// and one bit behind them, its end. Bits stand in the order of the rules, so the lowest end decides.
struct PatternAutomaton: Sendable {
    private(set) var wordCount = 0
    /// For byte b the words from `b * wordCount`: tokens that take b and are over.
    private(set) var advancing: [UInt64] = []
    /// Tokens that may take any number of bytes: all but a slash, or really all.
    private(set) var stars: [UInt64] = []
    private(set) var doubleStars: [UInt64] = []
    /// Set before the first slash, behind it, and behind each further one.
    private(set) var earlyStarts: [UInt64] = []
    private(set) var rootStarts: [UInt64] = []
    private(set) var starts: [UInt64] = []
    /// Ends that count where a file's name ends, where a directory's does, and behind the slash after a directory's.
    private(set) var fileEnds: [UInt64] = []
    private(set) var directoryEnds: [UInt64] = []
    private(set) var slashEnds: [UInt64] = []
    private(set) var includingEnds: [UInt64] = []

    var isEmpty: Bool { wordCount == 0 }

    init(rules: [FilterRule]) {
        let patterns = rules.compactMap { rule in
            RsyncPattern(rule.pattern).map { (pattern: $0, includes: rule.includes) }
        }
        let bits = patterns.reduce(0) { $0 + $1.pattern.tokens.count + 1 }
        wordCount = (bits + 63) / 64
        let none = [UInt64](repeating: 0, count: wordCount)
        (stars, doubleStars, earlyStarts, rootStarts, starts) = (none, none, none, none, none)
        (fileEnds, directoryEnds, slashEnds, includingEnds) = (none, none, none, none)
        advancing = [UInt64](repeating: 0, count: 256 * wordCount)
        var first = 0
        for entry in patterns {
            add(entry.pattern, includes: entry.includes, at: first)
            first += entry.pattern.tokens.count + 1
        }
    }

    private mutating func add(_ pattern: RsyncPattern, includes: Bool, at first: Int) {
        switch pattern.start {
        case .beforeRoot: Self.set(first, in: &earlyStarts)
        case .anyName:
            Self.set(first, in: &rootStarts)
            Self.set(first, in: &starts)
        case .root: Self.set(first, in: &rootStarts)
        }
        for (offset, token) in pattern.tokens.enumerated() { add(token, at: first + offset) }
        let end = first + pattern.tokens.count
        if !pattern.isForDirectories { Self.set(end, in: &fileEnds) }
        Self.set(end, in: &directoryEnds)
        if pattern.takesSlashAtEnd { Self.set(end, in: &slashEnds) }
        if includes { Self.set(end, in: &includingEnds) }
    }

    private mutating func add(_ token: RsyncPattern.Token, at bit: Int) {
        switch token {
        case .byte(let byte): advance(on: byte, from: bit)
        case .oneOf(let bytes): for byte in bytes { advance(on: byte, from: bit) }
        case .one: for byte in UInt8.min...UInt8.max where byte != ByteClass.slash { advance(on: byte, from: bit) }
        case .run: Self.set(bit, in: &stars)
        case .anything: Self.set(bit, in: &doubleStars)
        }
    }

    private mutating func advance(on byte: UInt8, from bit: Int) {
        advancing[Int(byte) * wordCount + bit / 64] |= 1 << UInt64(bit % 64)
    }

    private static func set(_ bit: Int, in words: inout [UInt64]) { words[bit / 64] |= 1 << UInt64(bit % 64) }
}

/// One path on its way through the automaton.
struct PatternRun {
    private let automaton: PatternAutomaton
    private var live: [UInt64]
    /// What the directory whose name has just ended reaches.
    private var reached: [UInt64]

    init(_ automaton: PatternAutomaton) {
        self.automaton = automaton
        live = automaton.earlyStarts
        reached = [UInt64](repeating: 0, count: automaton.wordCount)
        skip()
        take(ByteClass.slash, starting: automaton.rootStarts)
    }

    mutating func take(_ byte: UInt8) {
        take(byte, starting: byte == ByteClass.slash ? automaton.starts : nil)
    }

    /// The verdict on a file whose name ends here.
    var excludesFile: Bool { excludes { live[$0] & automaton.fileEnds[$0] } }

    /// The verdict on the directory whose name ended before the slash that was taken last.
    var excludesDirectory: Bool { excludes { reached[$0] | (live[$0] & automaton.slashEnds[$0]) } }

    private func excludes(_ ends: (Int) -> UInt64) -> Bool {
        for word in 0..<automaton.wordCount {
            let ends = ends(word)
            guard ends != 0 else { continue }
            let lowest = ends & (~ends + 1)
            return automaton.includingEnds[word] & lowest == 0
        }
        return false
    }

    private mutating func take(_ byte: UInt8, starting: [UInt64]?) {
        let isSlash = byte == ByteClass.slash
        let row = Int(byte) * automaton.wordCount
        var carry: UInt64 = 0
        for word in 0..<automaton.wordCount {
            let old = live[word]
            if isSlash { reached[word] = old & automaton.directoryEnds[word] }
            let moving = old & automaton.advancing[row + word]
            let waiting = old & (automaton.doubleStars[word] | (isSlash ? 0 : automaton.stars[word]))
            live[word] = moving << 1 | carry | waiting | (starting?[word] ?? 0)
            carry = moving >> 63
        }
        skip()
    }

    /// A star may also take nothing. No two stars stand side by side, so one step is enough.
    private mutating func skip() {
        var carry: UInt64 = 0
        for word in 0..<automaton.wordCount {
            let skipping = (live[word] | carry) & (automaton.stars[word] | automaton.doubleStars[word])
            live[word] |= skipping << 1 | carry
            carry = skipping >> 63
        }
    }
}
