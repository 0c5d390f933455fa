package import MirrorCore

/// A source's facts as the small text file that keeps them: `key=value` lines, for people to read.
package enum SourceRecord {
    package static func text(of facts: SourceFacts, source: ByteString) -> ByteString {
        let fields: [(ByteString, ByteString)] = [
            ("source", source), ("mountPoint", facts.mountPoint), ("fileSystem", facts.fileSystem),
            ("device", ByteString("\(facts.device)")), ("inode", ByteString("\(facts.inode)")),
            ("endedInStep", facts.endedInStep ? "yes" : "no"), ("hasContent", facts.hasContent ? "yes" : "no"),
        ]
        var text = ByteString()
        for (key, value) in fields { text += key + "=" + escaped(value) + "\n" }
        return text
    }

    /// nil where the text is not whole, or is another source's; keys that are not known are passed over.
    package static func facts(in text: ByteString, source: ByteString) -> SourceFacts? {
        var fields: [ByteString: ByteString] = [:]
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard let cut = line.bytes.firstIndex(of: UInt8(ascii: "=")) else { continue }
            fields[ByteString(Array(line.bytes[..<cut]))] = unescaped(Array(line.bytes[(cut + 1)...]))
        }
        guard fields["source"] == source, let mountPoint = fields["mountPoint"], let fileSystem = fields["fileSystem"],
            let device = fields["device"].flatMap({ UInt64($0.description) }),
            let inode = fields["inode"].flatMap({ UInt64($0.description) }),
            let content = fields["hasContent"], content == "yes" || content == "no"
        else { return nil }
        var facts = SourceFacts(
            mountPoint: mountPoint, fileSystem: fileSystem, device: device, inode: inode, hasContent: content == "yes")
        facts.endedInStep = fields["endedInStep"] == "yes"
        return facts
    }

    /// The content of an acceptance, for people to read.
    package static let acceptance: ByteString = "accepted by lockstep accept\n"

    /// A file name for the source, the way systemd-escape(1) makes one of a path: `/srv/my-web` is `srv-my\x2dweb`.
    /// A name that would be too long for a file system is cut, and told apart by a hash.
    package static func name(for source: ByteString) -> ByteString {
        var name: [UInt8] = []
        for byte in source.bytes.drop(while: { $0 == UInt8(ascii: "/") }) {
            switch byte {
            case UInt8(ascii: "/"): name.append(UInt8(ascii: "-"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
                name.append(byte)
            default: name += Array("\\x".utf8) + hexadecimal(UInt64(byte), digits: 2)
            }
        }
        if name.isEmpty { name = [UInt8(ascii: "-")] }
        if name.count > 200 { name = name.prefix(180) + [UInt8(ascii: "~")] + hexadecimal(hash(source), digits: 16) }
        return ByteString(name)
    }

    private static func hexadecimal(_ number: UInt64, digits: Int) -> [UInt8] {
        let text = String(number, radix: 16)
        return Array((String(repeating: "0", count: digits - text.count) + text).utf8)
    }

    /// FNV-1a: the same in every process, unlike Swift's own.
    private static func hash(_ bytes: ByteString) -> UInt64 {
        bytes.bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// A line break in a path becomes `\n`, so that a record's lines are its own.
    private static func escaped(_ value: ByteString) -> ByteString {
        var text: [UInt8] = []
        for byte in value.bytes {
            switch byte {
            case UInt8(ascii: "\\"): text += Array(#"\\"#.utf8)
            case UInt8(ascii: "\n"): text += Array(#"\n"#.utf8)
            default: text.append(byte)
            }
        }
        return ByteString(text)
    }

    private static func unescaped(_ value: [UInt8]) -> ByteString {
        var text: [UInt8] = []
        var bytes = value.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "\\"), let next = bytes.next() else {
                text.append(byte)
                continue
            }
            text.append(next == UInt8(ascii: "n") ? UInt8(ascii: "\n") : next)
        }
        return ByteString(text)
    }
}
