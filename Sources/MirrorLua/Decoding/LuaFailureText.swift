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
            findings.end(inner ?? fallback, "the configuration takes too much memory. Nothing is started.")
        case .syntax:
            let hint = file.flatMap { SyntaxHint(file: $0, line: found.line, message: "\(message)").text }
            findings.end(found, Sentence.closed("\(message)") + (hint.map { " " + $0 } ?? ""))
        case .runtime:
            findings.end(found, runtimeText("\(message)"))
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
        if let match = message.firstMatch(of: /module '([^']*)' not found/) {
            return "the module \(match.1) that require asks for is not installed. Install it for Lua 5.4, or add its "
                + "folder to package.path."
        }
        if message.contains("table value (global 'settings')") {
            return Sentence.closed(message)
                + " After settings = { ... } it is a plain table; write settings{ ... } for both."
        }
        if let match = message.firstMatch(of: /nil value \(global '([^']*)'\)/) {
            let question = Suggestion.question(about: String(match.1), in: Self.globals)
            return Sentence.closed(message + question)
        }
        if message.contains("invalid use of '%'") {
            return Sentence.closed(message) + " In a pattern of Lua 5.4 a single % is written %%."
        }
        return Sentence.closed(message)
    }
}
