import MirrorCore

/// What `rsync = {…}` comes to as words of rsync's command line.
///
/// The short flags are one word, then `_extra`, then the long options, in lsyncd's order. lsyncd's order of the short
/// letters changes from run to run; here it is fixed, and the default is `-lts`.
enum RsyncWords {
    enum LongForm { case flag, value }

    static let shortOptions: [(key: String, letter: Character)] = [
        ("links", "l"), ("times", "t"), ("protect_args", "s"), ("perms", "p"), ("owner", "o"), ("group", "g"),
        ("acls", "A"), ("backup", "b"), ("checksum", "c"), ("compress", "z"), ("copy_dirlinks", "k"),
        ("copy_links", "L"), ("cvs_exclude", "C"), ("dry_run", "n"), ("executability", "E"), ("hard_links", "H"),
        ("ignore_times", "I"), ("ipv4", "4"), ("ipv6", "6"), ("keep_dirlinks", "K"), ("one_file_system", "x"),
        ("omit_dir_times", "O"), ("omit_link_times", "J"), ("prune_empty_dirs", "m"), ("quiet", "q"), ("sparse", "S"),
        ("update", "u"), ("verbose", "v"), ("whole_file", "W"), ("xattrs", "X"),
    ]

    static let longOptions: [(key: String, form: LongForm)] = [
        ("append", .flag), ("append_verify", .flag), ("backup_dir", .value), ("bwlimit", .value), ("chmod", .value),
        ("chown", .value), ("copy_unsafe_links", .flag), ("groupmap", .value), ("existing", .flag), ("inplace", .flag),
        ("password_file", .value), ("rsh", .value), ("rsync_path", .value), ("suffix", .value), ("temp_dir", .value),
        ("timeout", .value), ("usermap", .value),
    ]

    /// What `archive` fills where nothing else is said; `devices` and `specials` together are the letter D.
    private static let archived = ["links", "perms", "times", "group", "owner", "devices", "specials"]

    static func words(flags given: [String: Bool], values: [String: ByteString], extra: [ByteString]) -> [ByteString] {
        var flags = given
        if flags["archive"] == true {
            for key in archived where flags[key] == nil { flags[key] = true }
        }
        var letters = shortOptions.filter { flags[$0.key] == true }.map(\.letter)
        if flags["devices"] == true, flags["specials"] == true { letters.append("D") }
        var words = letters.isEmpty ? [] : [ByteString("-" + String(letters))]
        words += extra
        for (key, form) in longOptions {
            let name = ByteString("--" + String(key.map { $0 == "_" ? "-" : $0 }))
            switch form {
            case .flag: if flags[key] == true { words.append(name) }
            case .value: if let value = values[key] { words.append(name + "=" + value) }
            }
        }
        return words
    }

    /// Short options of rsync whose argument is the rest of the word, or the next word.
    private static let lettersWithArgument = Set("efBTM@".utf8)

    /// Whether these words ask rsync to keep modification times; the last one that speaks of them decides.
    static func keepsTimes(_ words: [ByteString]) -> Bool {
        var keeps = false
        for word in words {
            switch word {
            case "--times", "--archive": keeps = true
            case "--no-times", "--no-t": keeps = false
            default:
                if letters(of: word).contains(where: { $0 == UInt8(ascii: "t") || $0 == UInt8(ascii: "a") }) {
                    keeps = true
                }
            }
        }
        return keeps
    }

    /// The remote shell that these words choose; the last one wins, as in rsync.
    static func remoteShell(_ words: [ByteString]) -> ByteString? {
        var shell: ByteString?
        for (index, word) in words.enumerated() {
            let next = words.indices.contains(index + 1) ? words[index + 1] : nil
            if word.hasPrefix("--rsh=") { shell = ByteString(word.bytes.dropFirst(6)) }
            if word == "--rsh" { shell = next }
            guard word.hasPrefix("-"), !word.hasPrefix("--") else { continue }
            let before = letters(of: word)
            let rest = word.bytes.dropFirst(1 + before.count)
            guard rest.first == UInt8(ascii: "e") else { continue }
            shell = rest.count > 1 ? ByteString(rest.dropFirst().drop { $0 == 0x20 || $0 == 0x3d }) : next
        }
        return shell
    }

    /// The flags of a word of short options, up to the first that takes an argument.
    private static func letters(of word: ByteString) -> ArraySlice<UInt8> {
        guard word.hasPrefix("-"), !word.hasPrefix("--") else { return [] }
        return word.bytes.dropFirst().prefix { !lettersWithArgument.contains($0) }
    }
}
