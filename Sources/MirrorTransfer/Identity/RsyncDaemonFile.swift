package import MirrorCore

/// What rsyncd.conf(5) says about where its modules are.
package enum RsyncDaemonFile {
    /// The `path` of a module; one before all modules is the default of each.
    package static func path(of module: ByteString, in text: [ByteString]) -> ByteString? {
        var general: ByteString?
        var found: ByteString?
        var current: ByteString?
        for line in text.map(trimmed) where !line.hasPrefix("#") && !line.hasPrefix(";") {
            if line.hasPrefix("["), line.hasSuffix("]") {
                current = trimmed(ByteString(Array(line.bytes.dropFirst().dropLast())))
            } else if let cut = line.bytes.firstIndex(of: UInt8(ascii: "=")) {
                guard trimmed(ByteString(Array(line.bytes[..<cut]))) == "path" else { continue }
                let value = trimmed(ByteString(Array(line.bytes[(cut + 1)...])))
                if current == nil || current == "global" { general = value }
                if current == module { found = value }
            }
        }
        return found ?? general
    }

    private static func trimmed(_ text: ByteString) -> ByteString {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0d }
        let start = text.bytes.drop(while: isBlank)
        let end = start.lastIndex { !isBlank($0) }
        return ByteString(Array(end.map { start[...$0] } ?? []))
    }
}
