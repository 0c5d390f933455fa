import MirrorCore

/// What was probably meant where Lua's parser gave up: the mistakes that real configurations hold.
struct SyntaxHint {
    let text: String?

    init(file: ScannedFile, line: Int, message: String) {
        text = Finder(file: file, line: line, message: message).find()
    }

    private struct Finder {
        let file: ScannedFile
        let line: Int
        let message: String

        private var written: ByteString {
            file.lines.indices.contains(line - 1) ? file.lines[line - 1] : ""
        }

        func find() -> String? { quotes() ?? comment() ?? value() ?? word() ?? comma() }

        private func quotes() -> String? {
            let marks: [[UInt8]] = [
                [0xe2, 0x80, 0x98], [0xe2, 0x80, 0x99], [0xe2, 0x80, 0x9c], [0xe2, 0x80, 0x9d], [0xe2, 0x80, 0x9e],
                [0xc2, 0xab], [0xc2, 0xbb],
            ]
            if message.contains("unexpected symbol") || message.contains("expected near '<\\"),
                marks.contains(where: { written.bytes.firstRange(of: $0) != nil })
            {
                return "These are typographic quotes; write plain ones: \" or '."
            }
            if message.contains("unfinished string") { return "A quote that opens in this line is not closed." }
            guard message.contains("invalid escape sequence"), let mark = message.lastIndex(of: "\\") else {
                return nil
            }
            let letter = message[message.index(after: mark)...].prefix(1)
            return
                "Lua 5.4 knows no \\\(letter) in quotes: write \(letter) alone, or \\\\\(letter) for a backslash before it."
        }

        private func comment() -> String? {
            let tokens = tokens(at: line) + tokens(at: line - 1)
            for (mark, name) in [("//", "//"), ("#", "#")] where near == mark || isComment(tokens, mark) {
                return "A comment begins with two dashes: --, not \(name)."
            }
            return nil
        }

        /// `#` before a word is Lua's length, so the parser stumbles only over the second word.
        private func isComment(_ tokens: [LuaToken], _ mark: String) -> Bool {
            tokens.contains { $0.kind == .symbol(ByteString(mark)) }
        }

        private func value() -> String? {
            let here = tokens(at: line)
            for (token, next) in zip(here, here.dropFirst()) where token.kind == .symbol("=") {
                switch next.kind {
                case .symbol("["): return "A list stands in braces: { \"a\", \"b\" }."
                case .symbol("/"), .symbol("~"), .symbol("."): return "A path stands in quotes."
                default: continue
                }
            }
            if message.contains("malformed number") { return "A text stands in quotes; a number has no unit." }
            let isWord = here.indices.dropLast(2).contains { index in
                guard here[index].kind == .symbol("="), case .name = here[index + 1].kind else { return false }
                return [.symbol(":"), .symbol("/"), .symbol("-"), .symbol("@")].contains(here[index + 2].kind)
            }
            return isWord ? "A text stands in quotes." : nil
        }

        private func word() -> String? {
            switch near {
            case "!": return "Lua writes \"not equal\" as ~= and \"not\" as not."
            case "&": return "Lua writes \"and\" as and."
            case "|": return "Lua writes \"or\" as or."
            case "goto": return "goto is a keyword of Lua 5.4 and cannot be a name."
            default: return nil
            }
        }

        private func comma() -> String? {
            guard message.contains("expected") else { return nil }
            if near == "<eof>" { return "A bracket or block that opens in the line it names is not closed." }
            let all = file.tokens
            guard let found = all.indices.last(where: { all[$0].line == line && Self.spelling(all[$0]) == near }),
                found > 0
            else { return nil }
            let before = all[found - 1]
            let isValue =
                switch before.kind {
                case .name, .text, .number: true
                case .symbol(let symbol): symbol == "}" || symbol == ")" || symbol == "]"
                }
            guard isValue, message.contains("'}'") || message.contains("')'") else { return nil }
            return before.line < line
                ? "Is a comma missing at the end of line \(before.line)?"
                : "Is a comma missing before \(near)?"
        }

        private func tokens(at line: Int) -> [LuaToken] { file.tokens.filter { $0.line == line } }

        /// The word at which Lua stopped, without its quotes.
        private var near: String {
            guard let range = message.range(ofLast: "near ") else { return "" }
            let rest = message[range...]
            if rest.hasPrefix("'"), rest.hasSuffix("'"), rest.count > 2 { return String(rest.dropFirst().dropLast()) }
            return String(rest)
        }

        private static func spelling(_ token: LuaToken) -> String {
            switch token.kind {
            case .name(let name): "\(name)"
            case .number(let digits): "\(digits)"
            case .text(let text): "\"\(text)\""
            case .symbol(let symbol): "\(symbol)"
            }
        }
    }
}

extension String {
    /// The index behind the last occurrence of a word.
    fileprivate func range(ofLast word: String) -> String.Index? { ranges(of: word).last?.upperBound }
}
