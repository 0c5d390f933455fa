package import MirrorCore

/// What `lockstep capsule` writes: texts under their names, in one file that a person can read.
///
/// A line `=== NAME` begins a part, which goes on to the next one; a line within a part that begins so has a blank
/// before it. What the event sources told last is in the form of `lockstep record`, as hexadecimal digits.
package struct Capsule: Sendable, Equatable {
    package struct Part: Sendable, Equatable {
        package var name: ByteString
        package var text: ByteString

        package init(_ name: ByteString, _ text: ByteString) {
            self.name = name
            self.text = text
        }
    }

    package var parts: [Part]

    package static let beginning: ByteString = "lockstep-capsule 1\n"
    private static let mark: ByteString = "=== "
    /// Of the names of parts that hold records; the source follows.
    package static let record: ByteString = "record of "
    private static let bytesInALine = 40

    package init(_ parts: [Part] = []) { self.parts = parts }

    package var bytes: ByteString {
        var text = Self.beginning
        for part in parts {
            text += Self.mark + Shown.name(part.name) + "\n"
            for line in Self.lines(of: part.text) { text += (Self.isMark(line) ? " " : "") + line + "\n" }
        }
        return text
    }

    /// nil for what is no capsule.
    package init?(_ bytes: ByteString) {
        guard bytes.hasPrefix(Self.beginning) else { return nil }
        parts = []
        for line in Self.lines(of: ByteString(Array(bytes.bytes.dropFirst(Self.beginning.count)))) {
            if line.hasPrefix(Self.mark) {
                parts.append(Part(ByteString(Array(line.bytes.dropFirst(Self.mark.count))), ""))
            } else if !parts.isEmpty {
                let text = Self.isMark(line) ? ByteString(Array(line.bytes.dropFirst())) : line
                parts[parts.count - 1].text += text + "\n"
            }
        }
    }

    /// Also one that has been set off already.
    private static func isMark(_ line: ByteString) -> Bool {
        ByteString(Array(line.bytes.drop { $0 == 0x20 })).hasPrefix(mark)
    }

    private static func lines(of text: ByteString) -> [ByteString] {
        let lines = text.split(separator: 0x0a)
        return lines.last == "" ? Array(lines.dropLast()) : lines
    }

    // MARK: Records

    package static func hexadecimal(_ bytes: [UInt8]) -> ByteString {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2 + bytes.count / bytesInALine + 1)
        for (index, byte) in bytes.enumerated() {
            text += [digit(byte >> 4), digit(byte & 15)]
            if index % bytesInALine == bytesInALine - 1 { text.append(0x0a) }
        }
        if !bytes.isEmpty, text.last != 0x0a { text.append(0x0a) }
        return ByteString(text)
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    /// The records in it, as `lockstep record` writes them, by their sources. A part that is damaged ends there.
    package var records: [(source: ByteString, bytes: [UInt8])] {
        parts.filter { $0.name.hasPrefix(Self.record) }.map { part in
            (ByteString(Array(part.name.bytes.dropFirst(Self.record.count))), Self.bytes(ofHexadecimal: part.text))
        }
    }

    private static func bytes(ofHexadecimal text: ByteString) -> [UInt8] {
        var bytes: [UInt8] = []
        var high: UInt8?
        for byte in text.bytes where byte != 0x0a {
            guard let value = value(ofDigit: byte) else { break }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }

    private static func value(ofDigit byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
