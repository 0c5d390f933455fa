import MirrorCore

/// A word of Lua source text, for finding places. Lua itself judges the text; this reads on whatever it meets.
struct LuaToken: Equatable {
    enum Kind: Equatable {
        case name(ByteString)
        case text(ByteString)
        case number(ByteString)
        /// One byte, or `==`, `~=`, `<=`, `>=`, `..`, `...`, `//`, `::`.
        case symbol(ByteString)
    }

    var kind: Kind
    var line: Int
}

/// Splits Lua source text into tokens with their lines (Lua 5.4 manual, 3.1). An unfinished string ends with its line.
struct LuaLexer {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func tokens(of bytes: [UInt8]) -> [LuaToken] {
        var lexer = LuaLexer(bytes)
        var tokens: [LuaToken] = []
        while let token = lexer.next() { tokens.append(token) }
        return tokens
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func byte(_ offset: Int) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    private mutating func next() -> LuaToken? {
        skipBlanksAndComments()
        guard let first = current else { return nil }
        let start = line
        if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
            return LuaToken(kind: .text(quoted(by: first)), line: start)
        }
        if let level = longBracketLevel() { return LuaToken(kind: .text(longText(level)), line: start) }
        if Self.isLetter(first) { return LuaToken(kind: .name(run(Self.isWordByte)), line: start) }
        if Self.isDigit(first) {
            return LuaToken(kind: .number(run { Self.isWordByte($0) || $0 == UInt8(ascii: ".") }), line: start)
        }
        return LuaToken(kind: .symbol(symbol()), line: start)
    }

    private mutating func skipBlanksAndComments() {
        while let byte = current {
            if byte == 0x0a || byte == 0x0d {
                endLine()
            } else if byte == 0x20 || (0x09...0x0c).contains(byte) {
                position += 1
            } else if byte == UInt8(ascii: "-"), self.byte(1) == UInt8(ascii: "-") {
                position += 2
                skipComment()
            } else {
                return
            }
        }
    }

    private mutating func skipComment() {
        if let level = longBracketLevel() {
            _ = longText(level)
            return
        }
        while let byte = current, byte != 0x0a, byte != 0x0d { position += 1 }
    }

    /// CR LF and LF CR are one line end, as in Lua.
    private mutating func endLine() {
        let first = current
        position += 1
        if let second = current, second == 0x0a || second == 0x0d, second != first { position += 1 }
        line += 1
    }

    /// The number of equal signs when a long bracket opens here.
    private func longBracketLevel() -> Int? {
        guard current == UInt8(ascii: "[") else { return nil }
        var level = 0
        while byte(1 + level) == UInt8(ascii: "=") { level += 1 }
        return byte(1 + level) == UInt8(ascii: "[") ? level : nil
    }

    private mutating func longText(_ level: Int) -> ByteString {
        position += level + 2
        if current == 0x0a || current == 0x0d { endLine() }
        let end = [UInt8(ascii: "]")] + [UInt8](repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
        let start = position
        while let byte = current {
            if byte == UInt8(ascii: "]"), bytes[position...].starts(with: end) {
                let text = ByteString(bytes[start..<position])
                position += end.count
                return text
            }
            if byte == 0x0a || byte == 0x0d { endLine() } else { position += 1 }
        }
        return ByteString(bytes[start...])
    }

    private mutating func quoted(by quote: UInt8) -> ByteString {
        position += 1
        var text: [UInt8] = []
        while let byte = current, byte != quote, byte != 0x0a, byte != 0x0d {
            position += 1
            guard byte == UInt8(ascii: "\\"), let escaped = current else {
                text.append(byte)
                continue
            }
            // Escapes matter here only so far as they hide a quote or a line end.
            text.append(escaped)
            if escaped == 0x0a || escaped == 0x0d { endLine() } else { position += 1 }
        }
        if current == quote { position += 1 }
        return ByteString(text)
    }

    private mutating func run(_ belongs: (UInt8) -> Bool) -> ByteString {
        let start = position
        while let byte = current, belongs(byte) { position += 1 }
        return ByteString(bytes[start..<position])
    }

    private mutating func symbol() -> ByteString {
        for word in ["...", "..", "==", "~=", "<=", ">=", "//", "::"] where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return ByteString(word)
        }
        position += 1
        return ByteString([bytes[position - 1]])
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte < 0x80
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isWordByte(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }
}
