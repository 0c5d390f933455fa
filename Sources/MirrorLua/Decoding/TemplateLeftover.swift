import MirrorCore

/// Placeholders of templates that nobody filled in: literal text for rsync.
enum TemplateLeftover {
    static func warn(about key: String, _ value: ByteString, _ place: Place, _ findings: Findings) {
        guard let leftover = find(in: value.bytes) else { return }
        findings.warn(
            place,
            "\(key) holds \(ByteString(leftover)), which looks like a placeholder that was not filled in; "
                + "it is taken literally.")
    }

    private static let brackets: [(open: String, close: String)] = [
        ("${", "}"), ("{{", "}}"), ("[", "]"), ("{", "}"), ("<", ">"),
    ]

    static func find(in text: [UInt8]) -> ArraySlice<UInt8>? {
        for start in text.indices {
            let rest = text[start...]
            for (open, close) in brackets where rest.starts(with: open.utf8) {
                if let found = bracketed(rest, open, close) { return found }
            }
            guard rest.first == UInt8(ascii: "$") else { continue }
            let name = rest.dropFirst().prefix(while: isWordByte)
            if let first = name.first, !isDigit(first) { return text[start..<name.endIndex] }
        }
        return nil
    }

    /// Single brackets count around capital letters only: addresses and patterns have them too.
    private static func bracketed(_ rest: ArraySlice<UInt8>, _ open: String, _ close: String) -> ArraySlice<UInt8>? {
        let inside = rest.dropFirst(open.utf8.count).prefix { $0 != close.utf8.first }
        guard rest[inside.endIndex...].starts(with: close.utf8) else { return nil }
        let isName = inside.count >= 2 && inside.allSatisfy { $0 == UInt8(ascii: "_") || isCapital($0) }
        return open.utf8.count == 2 || isName ? rest[..<(inside.endIndex + close.utf8.count)] : nil
    }

    private static func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isWordByte(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_") || isCapital(byte & ~0x20)
    }
}
