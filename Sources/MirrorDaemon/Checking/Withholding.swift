package import MirrorCore

/// Options with which rsync leaves a difference as it is: what they withhold is neither sent nor ever told.
package enum Withholding {
    private static let whole: Set<ByteString> = ["--update", "--existing", "--ignore-existing", "--size-only"]
    private static let beginnings: [ByteString] = ["--max-size=", "--min-size="]

    /// The same words without them; nil where there are none.
    package static func without(_ words: [ByteString]) -> [ByteString]? {
        let rest = words.compactMap { word -> ByteString? in
            if whole.contains(word) || beginnings.contains(where: { word.hasPrefix($0) }) { return nil }
            guard word.hasPrefix("-"), !word.hasPrefix("--"), word.bytes.contains(UInt8(ascii: "u")) else {
                return word
            }
            // Flags of one letter; a word with a value behind it is the person's own and stays as it is.
            guard word.bytes.dropFirst().allSatisfy({ (0x61...0x7a).contains($0 | 0x20) }) else { return word }
            let flags = word.bytes.filter { $0 != UInt8(ascii: "u") }
            return flags.count > 1 ? ByteString(flags) : nil
        }
        return rest == words ? nil : rest
    }
}

extension TransferSettings {
    /// With other words for rsync.
    func with(_ words: [ByteString]) -> TransferSettings {
        func changed(_ rsync: RsyncSettings) -> RsyncSettings {
            var rsync = rsync
            rsync.words = words
            return rsync
        }
        return switch self {
        case .rsync(let rsync): .rsync(changed(rsync))
        case .rsyncssh(let rsync, let ssh): .rsyncssh(changed(rsync), ssh)
        case .direct(let rsync): .direct(changed(rsync))
        case .stream(let rsync, let stream): .stream(changed(rsync), stream)
        }
    }
}
