import MirrorCore

/// The files of one configuration as text, by the names that Lua has for them.
final class FileIndex {
    private let access: FileAccess
    private var scanned: [ByteString: ScannedFile] = [:]
    /// In the order in which they were met; the main file first.
    private(set) var names: [ByteString] = []

    init(access: FileAccess) { self.access = access }

    /// `shown` is the name for messages, where it differs from Lua's.
    func add(_ name: ByteString, shown: ByteString? = nil, content: [UInt8]? = nil) {
        guard scanned[name] == nil, let content = content ?? access.content(of: name) else { return }
        names.append(name)
        scanned[name] = ScannedFile(name: shown ?? name, content: content)
    }

    func file(_ name: ByteString) -> ScannedFile? {
        add(name)
        return scanned[name]
    }

    /// Of a file that is no part of it; nil where it can't be read, or has none.
    func firstLine(of path: ByteString) -> ByteString? {
        access.content(of: path).map { ByteString(Array($0.prefix { $0 != 0x0a && $0 != 0x0d })) }
    }

    var files: [ScannedFile] { names.compactMap { scanned[$0] } }

    func place(_ name: ByteString, _ line: Int) -> Place { Place(file: file(name)?.name ?? name, line: line) }

    /// Splits the place from Lua's message. Lua shortens long names to their last 56 bytes.
    func split(_ message: ByteString) -> (place: Place?, file: ScannedFile?, text: ByteString) {
        for name in names {
            let short = name.count <= 59 ? name : "..." + ByteString(name.bytes.suffix(56))
            guard message.hasPrefix(short + ":") else { continue }
            let rest = message.bytes.dropFirst(short.count + 1)
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let line = Int(String(decoding: digits, as: UTF8.self)) else { continue }
            let text = rest.dropFirst(digits.count).drop { $0 == UInt8(ascii: ":") || $0 == 0x20 }
            return (place(name, line), scanned[name], ByteString(text))
        }
        return (nil, nil, message)
    }
}
