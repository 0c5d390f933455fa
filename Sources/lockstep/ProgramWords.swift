import MirrorCore

/// The words that the program was called with, as the bytes they are.
struct ProgramWords: Sendable {
    let name: ByteString
    /// Without the program's own name.
    let arguments: [ByteString]

    static var current: ProgramWords {
        let words = (0..<Int(CommandLine.argc)).compactMap { index in
            CommandLine.unsafeArgv[index].map {
                ByteString(UnsafeBufferPointer(start: $0, count: length($0)).map(UInt8.init(bitPattern:)))
            }
        }
        return ProgramWords(name: words.first ?? "lockstep", arguments: Array(words.dropFirst()))
    }

    private static func length(_ text: UnsafeMutablePointer<CChar>) -> Int {
        var count = 0
        while text[count] != 0 { count += 1 }
        return count
    }

    /// Called by the name `lsyncd`, through a link for instance.
    var isLsyncd: Bool { name.split(separator: UInt8(ascii: "/")).last == "lsyncd" }

    /// For the parser of our own commands, which wants texts.
    var texts: [String] { arguments.map(\.description) }

    /// The bytes of a word that the parser hands back: a name that is not UTF-8 has lost its form in the text.
    func bytes(of text: String) -> ByteString { arguments.first { $0.description == text } ?? ByteString(text) }
}
