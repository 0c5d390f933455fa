/// What of rsync's options the stream engine is asked for. It does what they mean exactly, or says that it does not.
package struct StreamOptions: Sendable, Equatable {
    package var links = false
    package var modes = false
    package var owners = false
    package var groups = false
    package var directoryTimes = true
    package var devices = false
    package var specials = false
    package var hardLinks = false
    package var accessLists = false
    package var extendedAttributes = false
    package var sparse = false
    package var oneFileSystem = false
    /// Owners and groups go by number, as the stream has them in any case.
    package var numericIDs = false
    /// Bytes in a second.
    package var bandwidth: Int?

    package init() {}

    /// A word that asks for something else, with what to do about it.
    package struct Refusal: Error, Sendable, Equatable {
        package var word: ByteString
        package var cure: String
    }

    /// Without effect on what arrives, as the stream has it: how much is told, how it is packed, whole files, `-s`.
    private static let neutralLetters = Set("rsvqzW".utf8)
    private static let neutralWords: Set<ByteString> = [
        "--recursive", "--protect-args", "--secluded-args", "--verbose", "--quiet", "--compress", "--whole-file",
    ]
    private static let letters: [ByteString: String] = [
        "--links": "l", "--times": "t", "--perms": "p", "--owner": "o", "--group": "g", "--hard-links": "H",
        "--acls": "A", "--xattrs": "X", "--sparse": "S", "--one-file-system": "x", "--omit-dir-times": "O",
        "--archive": "a",
    ]

    /// Reads the words that a sync has for rsync.
    package init(words: [ByteString], deletesExcluded: Bool = false) throws(Refusal) {
        var keepsTimes = false
        for word in words {
            if let letters = Self.letters[word] {
                try take(Array(letters.utf8), of: word, &keepsTimes)
            } else if word.hasPrefix("--") {
                try take(long: word)
            } else if word.hasPrefix("-e") {
                // The remote shell, to the end of the word.
                continue
            } else if word.hasPrefix("-") {
                try take(Array(word.bytes.dropFirst()), of: word, &keepsTimes)
            } else {
                throw Refusal(word: word, cure: "take it out, or use default.rsync")
            }
        }
        guard keepsTimes else { throw Refusal(word: "times = false", cure: "it tells what has changed by its time") }
        guard !deletesExcluded else {
            throw Refusal(
                word: "delete_excluded = true", cure: "what is excluded stays at the target; use default.rsync")
        }
    }

    private mutating func take(_ letters: [UInt8], of word: ByteString, _ keepsTimes: inout Bool) throws(Refusal) {
        for letter in letters where !Self.neutralLetters.contains(letter) {
            switch letter {
            case UInt8(ascii: "l"): links = true
            case UInt8(ascii: "t"): keepsTimes = true
            case UInt8(ascii: "p"): modes = true
            case UInt8(ascii: "o"): owners = true
            case UInt8(ascii: "g"): groups = true
            case UInt8(ascii: "D"): (devices, specials) = (true, true)
            case UInt8(ascii: "H"): hardLinks = true
            case UInt8(ascii: "A"): (accessLists, modes) = (true, true)
            case UInt8(ascii: "X"): extendedAttributes = true
            case UInt8(ascii: "S"): sparse = true
            case UInt8(ascii: "x"): oneFileSystem = true
            case UInt8(ascii: "O"): directoryTimes = false
            case UInt8(ascii: "a"):
                (links, modes, owners, groups, devices, specials) = (true, true, true, true, true, true)
                keepsTimes = true
            default:
                let text = ByteString([UInt8(ascii: "-"), letter])
                throw Refusal(word: text, cure: "take it out, or use default.rsync")
            }
        }
    }

    private mutating func take(long word: ByteString) throws(Refusal) {
        switch word {
        case "--devices": devices = true
        case "--specials": specials = true
        case "--numeric-ids": numericIDs = true
        default:
            if Self.neutralWords.contains(word) || word.hasPrefix("--rsh=") { return }
            guard word.hasPrefix("--bwlimit=") else {
                throw Refusal(word: word, cure: "take it out, or use default.rsync")
            }
            let value = ByteString(word.bytes.dropFirst("--bwlimit=".utf8.count))
            guard let rate = Self.rate(value) else {
                throw Refusal(word: word, cure: "write a number of KiB in a second, or one with K, M or G")
            }
            bandwidth = rate > 0 ? rate : nil
        }
    }

    /// As rsync reads it: KiB where no unit is given; 0 is no limit.
    private static func rate(_ text: ByteString) -> Int? {
        var digits = text.bytes[...]
        var factor = 1024.0
        switch digits.last.map({ $0 | 0x20 }) {
        case UInt8(ascii: "k"): digits = digits.dropLast()
        case UInt8(ascii: "m"): (digits, factor) = (digits.dropLast(), 1024 * 1024)
        case UInt8(ascii: "g"): (digits, factor) = (digits.dropLast(), 1024 * 1024 * 1024)
        default: break
        }
        guard !digits.isEmpty, digits.allSatisfy({ $0 == 0x2e || 0x30...0x39 ~= $0 }),
            let number = Double(String(decoding: digits, as: UTF8.self)), number < 1e9
        else { return nil }
        return Int(number * factor)
    }
}

extension StreamOptions {
    /// Why a sync that was written for rsync would come out differently through the stream; nil where it would not.
    package static func obstacle(to sync: SyncSettings) -> String? {
        let rsync = sync.transfer.rsync
        let host = sync.target.bytes.prefix { $0 != UInt8(ascii: "/") }
        if sync.target.hasPrefix("rsync://") || ByteString(host).description.contains("::") {
            return "its target is a module of an rsync daemon, which runs no other program"
        }
        if sync.target == "/" { return "its target is the root directory" }
        guard rsync.binary == "rsync" || rsync.binary == "/usr/bin/rsync" else {
            return "rsync = { binary = ... } asks for a program of its own, which would not be called"
        }
        guard !sync.exitCodes.isCustom || sync.exitCodes.table == ExitCodes.rsync.table else {
            return "exitcodes = { ... } are about rsync, which would not be called"
        }
        do throws(Refusal) {
            let options = try StreamOptions(words: rsync.words, deletesExcluded: rsync.deletesExcluded)
            let givesNames = options.owners || options.groups || options.accessLists
            guard host.contains(UInt8(ascii: ":")), givesNames, !options.numericIDs else { return nil }
            return
                "owners and groups would go by number to another host, and rsync gives them by name; where numbers are "
                + "right, write rsync = { _extra = { \"--numeric-ids\" } }"
        } catch {
            return "the stream does not do \(error.word) of rsync = { ... }; \(error.cure)"
        }
    }
}

/// What a sync of default.stream says beside rsync's options.
package struct StreamSettings: Sendable, Equatable {
    package var options: StreamOptions
    /// Where the agent is; nil is beside this program and in PATH here, in PATH there.
    package var agentPath: ByteString?
    /// What is told as arrived is on the disk there.
    package var storesFirst = false
    /// What a target may lose without a person's word.
    package var deleteLimit = DeleteLimit.half
    /// Where a host has no agent that can be used, it gets ours.
    package var installs = false

    package init(options: StreamOptions = StreamOptions()) { self.options = options }
}

/// How many names may go at a target before a person is asked.
package enum DeleteLimit: Sendable, Equatable {
    case none
    /// Within a minute.
    case names(Int)
    /// Of those that it held ten minutes before, from a thousand on.
    case half
}
