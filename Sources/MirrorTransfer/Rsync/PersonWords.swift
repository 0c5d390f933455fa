package import MirrorCore

/// What the words of a configuration already say, as far as our own additions depend on it.
///
/// Read as popt reads them (rsync(1), OPTIONS): letters may stand together until one of them takes a value.
package struct PersonWords: Sendable, Equatable {
    package private(set) var letters: Set<UInt8> = []
    /// Names of long options, without the dashes and without a value.
    package private(set) var names: Set<ByteString> = []
    /// The last `-e` or `--rsh`; rsync takes the last one too.
    package private(set) var remoteShell: ByteString?
    /// `--rsync-path`: what runs at the far end, as its shell reads it.
    package private(set) var remoteProgram: ByteString?
    /// The last `-T` or `--temp-dir`.
    package private(set) var temporaryDirectory: ByteString?

    /// `--port`, for a daemon.
    package private(set) var port: Int?

    private static let lettersWithValue = Set("efBTM@".utf8)
    /// Long options whose value may stand in a word of its own.
    private static let namesWithValue: Set<ByteString> = [
        "rsh", "temp-dir", "rsync-path", "exclude", "include", "exclude-from", "include-from", "files-from", "filter",
        "password-file", "bwlimit", "timeout", "port", "chmod", "chown", "suffix", "backup-dir", "modify-window",
    ]
    private static let dash = UInt8(ascii: "-")

    package init(_ words: [ByteString]) {
        var index = 0
        while index < words.count {
            let bytes = words[index].bytes
            let next = index + 1 < words.count ? words[index + 1] : nil
            let tookNext =
                bytes.starts(with: [Self.dash, Self.dash])
                ? readName(bytes, next: next) : readLetters(bytes, next: next)
            index += tookNext ? 2 : 1
        }
    }

    private mutating func readName(_ bytes: [UInt8], next: ByteString?) -> Bool {
        let cut = bytes.firstIndex(of: UInt8(ascii: "="))
        let name = ByteString(Array(bytes[2..<(cut ?? bytes.count)]))
        names.insert(name)
        if let cut {
            keep(ByteString(Array(bytes[(cut + 1)...])), of: name)
            return false
        }
        guard Self.namesWithValue.contains(name), let next else { return false }
        keep(next, of: name)
        return true
    }

    private mutating func readLetters(_ bytes: [UInt8], next: ByteString?) -> Bool {
        guard bytes.first == Self.dash else { return false }
        for (offset, letter) in bytes.enumerated().dropFirst() {
            letters.insert(letter)
            guard Self.lettersWithValue.contains(letter) else { continue }
            let rest = ByteString(Array(bytes[(offset + 1)...]))
            let name: ByteString = letter == UInt8(ascii: "e") ? "rsh" : letter == UInt8(ascii: "T") ? "temp-dir" : ""
            if let value = rest.isEmpty ? next : rest { keep(value, of: name) }
            return rest.isEmpty
        }
        return false
    }

    private mutating func keep(_ value: ByteString, of name: ByteString) {
        switch name {
        case "rsh": remoteShell = value
        case "rsync-path": remoteProgram = value
        case "port": port = Int(value.description)
        case "temp-dir": temporaryDirectory = value
        default: break
        }
    }

    private func has(letter: Character) -> Bool { letter.asciiValue.map(letters.contains) ?? false }

    /// False where the person chose another rule of comparison; then `--modify-window=-1` would fight it.
    package var leavesComparisonToUs: Bool {
        let names: Set<ByteString> = ["modify-window", "ignore-times", "checksum", "size-only"]
        return "@Ic".allSatisfy { !has(letter: $0) } && self.names.isDisjoint(with: names)
    }

    /// Whether rsync writes into temporary files beside the files that it replaces.
    package var leavesTemporaryFiles: Bool {
        temporaryDirectory == nil && names.isDisjoint(with: ["inplace", "append", "append-verify"])
    }

    package var isQuiet: Bool { has(letter: "q") || names.contains("quiet") }

    package var protectsArguments: Bool {
        has(letter: "s") || names.contains("protect-args") || names.contains("secluded-args")
    }

    package var isDryRun: Bool { has(letter: "n") || names.contains("dry-run") }

    package var keepsHardLinks: Bool { has(letter: "H") || names.contains("hard-links") }

    /// Whether naming each path as an argument has the same effect as an include list beside these words.
    package var allowsPathArguments: Bool {
        let fighting: Set<ByteString> = [
            "files-from", "filter", "relative", "no-relative", "no-R", "no-implied-dirs", "prune-empty-dirs",
            "one-file-system", "cvs-exclude", "dirs", "no-dirs", "old-dirs", "ignore-missing-args", "max-delete",
            "list-only", "max-alloc", "read-batch", "write-batch", "only-write-batch",
        ]
        guard "RmxFCfd".allSatisfy({ !has(letter: $0) }), names.isDisjoint(with: fighting) else { return false }
        return !names.contains { $0.hasPrefix("include") || $0.hasPrefix("exclude") || $0.hasPrefix("del") }
    }
}
