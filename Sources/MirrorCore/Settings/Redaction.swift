/// What must not be shown, and what stands in its place: passwords on command lines, and what a configuration took from
/// the environment. Every text that leaves the program goes through it.
package struct Redaction: Sendable, Equatable {
    package struct Entry: Sendable, Hashable {
        package var secret: ByteString
        package var shown: ByteString

        package init(_ secret: ByteString, shown: ByteString = "***") {
            self.secret = secret
            self.shown = shown
        }
    }

    /// A shorter one would be found in every other word, and hides nothing.
    package static let shortest = 3

    /// With these as well.
    package func adding(_ more: [Entry]) -> Redaction { more.isEmpty ? self : Redaction(entries + more) }

    /// The longest first: one may be a part of another.
    private var entries: [Entry] = []

    package init(_ entries: [Entry] = []) {
        let distinct = Set(entries.filter { $0.secret.count >= Self.shortest })
        self.entries = distinct.sorted {
            ($1.secret.count, $0.secret, $0.shown) < ($0.secret.count, $1.secret, $1.shown)
        }
    }

    package var isEmpty: Bool { entries.isEmpty }

    package func apply(_ text: ByteString) -> ByteString {
        var bytes = text.bytes
        for entry in entries where bytes.contains(entry.secret.bytes) {
            bytes = bytes.replacing(entry.secret.bytes, with: entry.shown.bytes)
        }
        return ByteString(bytes)
    }

    package func apply(_ text: String) -> String { isEmpty ? text : apply(ByteString(text)).description }
}

/// Finds passwords in words of command lines.
package enum SecretSearch {
    static let names = ["pass", "password", "passwd", "secret", "token"]

    /// In words for a program, each of which may be a command line of its own (`--rsh=…`).
    package static func secrets(in words: [ByteString]) -> [ByteString] {
        var found: [ByteString] = []
        for word in words { found += secrets(inPieces: pieces(of: word)) }
        return found + secrets(inPieces: words)
    }

    private static func secrets(inPieces pieces: [ByteString]) -> [ByteString] {
        var found: [ByteString] = []
        for (index, piece) in pieces.enumerated() {
            if isPasswordProgram(piece) { found += password(after: index, in: pieces) }
            guard let cut = piece.bytes.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = ByteString(Array(piece.bytes[..<cut])).description.lowercased()
            let value = ByteString(Array(piece.bytes[(cut + 1)...]))
            // `--password-file=` names a file, which is no secret.
            if names.contains(where: name.hasSuffix), !value.isEmpty { found.append(value) }
        }
        return found
    }

    private static func isPasswordProgram(_ piece: ByteString) -> Bool {
        piece.split(separator: UInt8(ascii: "/")).last?.hasSuffix("sshpass") ?? false
    }

    /// sshpass(1): `-p WORD` or `-pWORD`, among its other options.
    private static func password(after index: Int, in pieces: [ByteString]) -> [ByteString] {
        for (offset, piece) in pieces.enumerated().dropFirst(index + 1) {
            if piece == "-p" { return pieces.indices.contains(offset + 1) ? [pieces[offset + 1]] : [] }
            if piece.hasPrefix("-p") { return [ByteString(Array(piece.bytes.dropFirst(2)))] }
            if !piece.hasPrefix("-") { return [] }
        }
        return []
    }

    /// At blanks, and what stands between quotes as one; an option's own name before a command line is no part of it.
    private static func pieces(of word: ByteString) -> [ByteString] {
        var bytes = word.bytes[...]
        for prefix in ["--rsh=", "-e", "--rsync-path="] where bytes.starts(with: prefix.utf8) {
            bytes = bytes.dropFirst(prefix.utf8.count)
        }
        var pieces: [ByteString] = []
        var piece: [UInt8] = []
        var quote: UInt8?
        for byte in bytes {
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if quote == nil, byte == UInt8(ascii: " ") {
                if !piece.isEmpty { pieces.append(ByteString(piece)) }
                piece = []
            } else {
                piece.append(byte)
            }
        }
        if !piece.isEmpty { pieces.append(ByteString(piece)) }
        return pieces
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool { firstRange(of: part) != nil }
}
