/// Finds passwords in texts that nobody has decoded: a configuration as it is written, commands inside of it, a log.
extension SecretSearch {
    private static let namesInText =
        names + ["passphrase", "apikey", "api_key", "api-key", "pw", "credential", "credentials"]
    /// What stands behind a name without being the secret itself.
    private static let noSecrets: Set<ByteString> = [
        "os.getenv", "nil", "true", "false", "..", "=", "yes", "no", "none",
    ]

    private struct Token {
        var text: ByteString
        var isQuoted: Bool
        /// `name='value'`: not all of it stood in the quotes.
        var hasName = false

        /// Several words in quotes.
        var isCommand: Bool {
            isQuoted && !hasName && text.bytes.contains { $0 == 0x20 || $0 == UInt8(ascii: "'") }
        }
    }

    package static func secrets(inText text: ByteString) -> [ByteString] {
        var found: [ByteString] = []
        for line in text.split(separator: 0x0a) { search(tokens(of: line.bytes), isCommand: false, into: &found) }
        return found.filter { $0.count >= Redaction.shortest && !noSecrets.contains($0) && !$0.hasPrefix("$") }
    }

    /// `isCommand`: the words of one text in quotes, where a value needs no quotes of its own.
    private static func search(_ tokens: [Token], isCommand: Bool, into found: inout [ByteString]) {
        for (index, token) in tokens.enumerated() {
            let next = tokens.indices.contains(index + 1) ? tokens[index + 1] : nil
            let rest = tokens.dropFirst(index + 1)
            if token.isCommand {
                search(Self.tokens(of: token.text.bytes), isCommand: true, into: &found)
                continue
            }
            if let login = password(ofAddress: token.text) { found.append(login) }
            let word = lowercased(token.text)
            if let cut = token.text.bytes.firstIndex(of: UInt8(ascii: "=")), isSecretName(name(word)) {
                let value = ByteString(Array(token.text.bytes[(cut + 1)...]))
                if !value.isEmpty { found.append(value) } else if let next { found.append(next.text) }
            } else if isSecretName(word) {
                found += values(behind: word, rest, isCommand: isCommand)
            }
            if word.hasSuffix("sshpass") { found += sshpass(rest.map(\.text)) }
            if ["bearer", "basic"].contains(word), let next { found.append(next.text) }
            if ["-u", "--user"].contains(word), let next, let cut = next.text.bytes.firstIndex(of: UInt8(ascii: ":")) {
                found.append(ByteString(Array(next.text.bytes[(cut + 1)...])))
            }
        }
    }

    /// Behind a sign, `token = "x"`; or, behind an option, as the next word.
    private static func values(behind word: String, _ rest: ArraySlice<Token>, isCommand: Bool) -> [ByteString] {
        guard let next = rest.first else { return [] }
        if next.text == "=" || next.text == ":" || word.hasSuffix(":") {
            let value = word.hasSuffix(":") ? next : rest.dropFirst().first
            guard let value, value.isQuoted || isCommand else { return [] }
            return [value.text]
        }
        return word.hasPrefix("-") && !next.text.hasPrefix("-") ? [next.text] : []
    }

    private static func name(_ word: String) -> String { String(word.prefix { $0 != "=" }) }

    private static func isSecretName(_ word: String) -> Bool {
        let name = word.hasSuffix(":") ? String(word.dropLast()) : word
        return namesInText.contains { $0 == "pw" ? name == $0 : name.hasSuffix($0) }
    }

    /// sshpass(1): `-p WORD` or `-pWORD`, soon.
    private static func sshpass(_ words: [ByteString]) -> [ByteString] {
        for (index, word) in words.prefix(6).enumerated() {
            if word == "-p" { return words.indices.contains(index + 1) ? [words[index + 1]] : [] }
            if word.hasPrefix("-p") { return [ByteString(Array(word.bytes.dropFirst(2)))] }
        }
        return []
    }

    /// `scheme://user:password@host`.
    private static func password(ofAddress word: ByteString) -> ByteString? {
        guard let scheme = word.bytes.firstRange(of: Array("://".utf8)) else { return nil }
        let place = word.bytes[scheme.upperBound...].prefix { $0 != UInt8(ascii: "/") }
        guard let at = place.lastIndex(of: UInt8(ascii: "@")), let colon = place.firstIndex(of: UInt8(ascii: ":")),
            colon < at
        else { return nil }
        return ByteString(Array(place[(colon + 1)..<at]))
    }

    private static func lowercased(_ text: ByteString) -> String { text.description.lowercased() }

    /// At blanks and signs; what stands in quotes that are closed on the line is one.
    private static func tokens(of bytes: [UInt8]) -> [Token] {
        var tokens: [Token] = []
        var word: [UInt8] = []
        func close() {
            if !word.isEmpty { tokens.append(Token(text: ByteString(word), isQuoted: false)) }
            word = []
        }
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                guard let end = bytes[place...].firstIndex(of: byte) else {
                    close()
                    continue
                }
                // `--password='x y'`: the name and the sign stay with what follows.
                let name = word.last == UInt8(ascii: "=") ? word : []
                if name.isEmpty { close() } else { word = [] }
                tokens.append(
                    Token(text: ByteString(name + bytes[place..<end]), isQuoted: true, hasName: !name.isEmpty))
                place = end + 1
            } else if byte <= 0x20 || Array(",;()[]{}`".utf8).contains(byte) {
                close()
            } else {
                word.append(byte)
            }
        }
        close()
        return tokens
    }
}
