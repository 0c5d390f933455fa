import MirrorCore

/// Words for what Lua itself refuses: its message, and what was probably meant.
struct LuaFailureText {
    let index: FileIndex

    func tell(_ failure: LuaState.Failure, to findings: Findings, fallback: Place) {
        let (place, file, text) = index.split(failure.message)
        let inner = failure.place.map { index.place($0.file, $0.line) }
        let message = Self.withoutPrelude(text)
        let found = place ?? inner ?? fallback
        switch failure.kind {
        case .budget:
            findings.end(
                found, "the configuration runs for too long: a loop here does not end. Nothing is started.")
        case .memory:
            findings.end(
                inner ?? fallback,
                "the configuration takes too much memory: a table or text here grows without end. Nothing is started.")
        case .syntax:
            let hint = file.flatMap { SyntaxHint(file: $0, line: found.line, message: "\(message)").text }
            findings.end(found, Sentence.closed("\(message)") + (hint.map { " " + $0 } ?? ""))
        case .runtime:
            // The parser's complaint about a file that dofile reads arrives as an error of dofile.
            let isSyntax = "\(message)".contains(" near ")
            let hint =
                isSyntax ? file.flatMap { SyntaxHint(file: $0, line: found.line, message: "\(message)").text } : nil
            findings.end(found, runtimeText("\(message)") + (hint.map { " " + $0 } ?? ""))
        }
    }

    /// Messages that the prelude raised by mistake of the caller carry no place of the prelude.
    static func withoutPrelude(_ message: ByteString) -> ByteString {
        guard message.hasPrefix("lockstep:") else { return message }
        let rest = message.bytes.dropFirst(9).drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return ByteString(rest.drop { $0 == UInt8(ascii: ":") || $0 == 0x20 })
    }

    private static let globals = ["settings", "sync", "default", "log", "terminate", "spawn", "spawnShell", "require"]

    private func runtimeText(_ message: String) -> String {
        if let module = message.quoted(after: "module '", closing: "'"), message.contains("not found") {
            return "the module \(module) that require asks for is not installed. Install it for Lua 5.4, or add its "
                + "folder to package.path."
        }
        if message.contains("table value (global 'settings')") {
            return Sentence.closed(message)
                + " After settings = { ... } it is a plain table; write settings{ ... } for both."
        }
        if let name = message.quoted(after: "nil value (global '", closing: "'") {
            let question = Suggestion.question(about: name, in: Self.globals)
            return Sentence.closed(message + question)
        }
        if message.contains("invalid use of '%'") {
            return Sentence.closed(message) + " In a pattern of Lua 5.4 a single % is written %%."
        }
        return Sentence.closed(message)
    }
}

extension String {
    /// What stands between a word and the next `closing`; nil where the word does not occur.
    fileprivate func quoted(after word: String, closing: Character) -> String? {
        guard let range = firstRange(of: word) else { return nil }
        return String(self[range.upperBound...].prefix { $0 != closing })
    }
}
