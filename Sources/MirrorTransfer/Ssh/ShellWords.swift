package import MirrorCore

/// Words of a shell, in both directions.
package enum ShellWords {
    /// The words of `-e`, `--rsh` and RSYNC_RSH, split as rsync splits them: at blanks, with single and double quotes,
    /// a doubled quote inside them standing for itself; nothing else is special (rsync(1), --rsh).
    package static func split(_ command: ByteString) -> [ByteString] {
        var words: [ByteString] = []
        var word: [UInt8]?
        var quote: UInt8?
        var index = 0
        let bytes = command.bytes
        while index < bytes.count {
            let byte = bytes[index]
            if let open = quote {
                if byte == open, index + 1 < bytes.count, bytes[index + 1] == open {
                    word?.append(byte)
                    index += 1
                } else if byte == open {
                    quote = nil
                } else {
                    word?.append(byte)
                }
            } else if byte == UInt8(ascii: " ") {
                if let whole = word { words.append(ByteString(whole)) }
                word = nil
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
                word = word ?? []
            } else {
                word = (word ?? []) + [byte]
            }
            index += 1
        }
        if let whole = word { words.append(ByteString(whole)) }
        return words
    }

    /// One word for a POSIX shell (and csh and fish, while it holds no newline) that means exactly these bytes.
    package static func quoted(_ word: ByteString) -> ByteString {
        var quoted: [UInt8] = [UInt8(ascii: "'")]
        for byte in word.bytes {
            if byte == UInt8(ascii: "'") { quoted += "'\\''".utf8 } else { quoted.append(byte) }
        }
        return ByteString(quoted + [UInt8(ascii: "'")])
    }
}
