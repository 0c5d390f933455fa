package import MirrorCore

/// Writes JSON (RFC 8259) from values that are put in, in their order. Bytes that are no UTF-8 become U+FFFD.
package indirect enum JSONText {
    case text(ByteString)
    case integer(Int)
    /// Seconds, with what is behind the point to the millisecond.
    case seconds(Duration)
    case truth(Bool)
    case nothing
    case list([JSONText])
    case object([(String, JSONText)])
    /// A list whose items are written already.
    case rendered([ByteString])

    package static func text(_ text: String) -> JSONText { .text(ByteString(text)) }

    package var rendered: ByteString {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return ByteString(bytes)
    }

    private func write(into bytes: inout [UInt8]) {
        switch self {
        case .text(let text): Self.quote(text, into: &bytes)
        case .integer(let number): bytes += "\(number)".utf8
        case .seconds(let duration): Self.write(duration, into: &bytes)
        case .truth(let value): bytes += (value ? "true" : "false").utf8
        case .nothing: bytes += "null".utf8
        case .list(let items):
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                item.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .rendered(let items):
            bytes.append(UInt8(ascii: "["))
            bytes += items.joined(separator: ",").bytes
            bytes.append(UInt8(ascii: "]"))
        case .object(let fields):
            bytes.append(UInt8(ascii: "{"))
            for (index, field) in fields.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.quote(ByteString(field.0), into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                field.1.write(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ duration: Duration, into bytes: inout [UInt8]) {
        let milliseconds = duration.wholeNanoseconds / 1_000_000
        let (whole, part) = (abs(milliseconds) / 1000, abs(milliseconds) % 1000)
        let digits = String(part + 1000).dropFirst()
        bytes += "\(milliseconds < 0 ? "-" : "")\(whole).\(digits)".utf8
    }

    private static func quote(_ text: ByteString, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in String(decoding: text.bytes, as: UTF8.self).utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\t"): bytes += "\\t".utf8
            case ..<0x20, 0x7f:
                let hexadecimal = String(UInt(byte), radix: 16)
                bytes += ("\\u00" + (hexadecimal.count == 1 ? "0" : "") + hexadecimal).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
