import MirrorCore

/// One line of rsync that says that something did not arrive; nil for every other line.
struct RsyncMessage {
    enum Role { case sending, receiving, unknown }

    private(set) var role = Role.unknown
    /// Unescaped; nil where the line names none.
    private(set) var name: [UInt8]?
    /// The module of a daemon in which the name is meant.
    private(set) var module: [UInt8]?
    private(set) var isDirectory = false
    private(set) var isTemporary = false
    private(set) var kind = PathFailure.Kind.other

    private static let quote = UInt8(ascii: "\"")

    init?(_ line: ByteString) {
        var text = line.bytes
        readPrefix(&text)
        let isVanished = Self.find(" has vanished: ", in: text) != nil
        let words = String(decoding: text.prefix { $0 != Self.quote && $0 != UInt8(ascii: "(") }, as: UTF8.self)
        let isTold =
            isVanished || Self.endsWithErrno(text) || Self.find(" failed", in: text) != nil
            || words.hasPrefix("failed to ")
            || words.hasPrefix("cannot delete ") || words.hasPrefix("could not make way for ")
            || words.contains(": failed to ") || words.hasPrefix("read errors ")
        guard isTold, !Self.isAboutSomethingElse(words) else { return nil }
        let found = Self.name(in: text)
        name = found.map { Self.unescaped($0.bytes) }
        module = found?.module
        isDirectory = ["opendir", "mkdir", "change_dir", "readdir", "directory has vanished"].contains {
            words.contains($0)
        }
        isTemporary = ["mkstemp", "write failed", "rename", "close failed", "fsync"].contains { words.contains($0) }
        kind = Self.kind(of: text, isVanished: isVanished, role: role)
    }

    /// `rsync: [sender] ` since 3.2.4, `rsync: ` before, `ERROR: ` and nothing at all for a few.
    private mutating func readPrefix(_ text: inout [UInt8]) {
        for (prefix, role) in [
            ("rsync: [sender] ", Role.sending), ("rsync: [generator] ", .receiving), ("rsync: [receiver] ", .receiving),
            ("rsync: [Receiver] ", .receiving), ("rsync: [server] ", .receiving), ("rsync: ", .unknown),
        ] where text.starts(with: prefix.utf8) {
            text.removeFirst(prefix.utf8.count)
            self.role = role
            return
        }
    }

    /// `…: Device or resource busy (16)`.
    private static func endsWithErrno(_ text: [UInt8]) -> Bool {
        guard text.last == UInt8(ascii: ")"), let open = text.lastIndex(of: UInt8(ascii: "(")) else { return false }
        let number = text[(open + 1)...].dropLast()
        return !number.isEmpty && number.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } && find(": ", in: text) != nil
    }

    /// Lines that fit the pattern and are about no path: programs, sockets, rsync's own summary.
    private static func isAboutSomethingElse(_ words: String) -> Bool {
        let others = [
            "rsync error: ", "rsync warning: ", "WARNING: ", "IO error encountered", "@ERROR", "safe_read",
            "safe_write", "getaddrinfo", "failed to connect", "failed to exec", "Failed to exec", "change_dir#",
            "failed to set socket", "ssh:", "*** ",
        ]
        return others.contains { words.hasPrefix($0) }
    }

    private static func kind(of text: [UInt8], isVanished: Bool, role: Role) -> PathFailure.Kind {
        if isVanished { return .vanished }
        let has = { (phrase: StaticString) in find(phrase, in: text) != nil }
        if has(": No space left on device (28)") || has(": Disk quota exceeded (122)") { return .noSpace }
        let isReading = ["send_files", "opendir", "readlink_stat", "link_stat", "change_dir", "read errors"]
        guard role != .receiving, isReading.contains(where: { text.starts(with: $0.utf8) }) else { return .other }
        return has(": No such file or directory (2)") ? .vanished : .unreadable
    }

    /// The name stands in double quotes, which rsync does not escape; or in the brackets of a call; or bare.
    private static func name(in text: [UInt8]) -> (bytes: ArraySlice<UInt8>, module: [UInt8]?)? {
        let calls: [StaticString] = [
            "delete_file: unlink(", "delete_file: rmdir(", "readlink_stat(", "readdir(", "sys_acl_set_file(",
        ]
        for call in calls {
            guard let start = find(call, in: text)?.upperBound else { continue }
            let end = find(") failed", in: text)?.lowerBound ?? lastIndex(of: ")", in: text)
            guard let end, end >= start else { return nil }
            let inner = text[start..<end]
            return inner.first == quote ? quoted(Array(inner)) : (inner, nil)
        }
        if text.starts(with: "could not make way for ".utf8), let colon = find(": ", in: text) {
            return (text[colon.upperBound...], nil)
        }
        for bare in ["cannot delete non-empty directory: ", "ERROR: "] where text.starts(with: bare.utf8) {
            let end = find(" failed verification", in: text)?.lowerBound ?? text.count
            return bare.utf8.count <= end ? (text[bare.utf8.count..<end], nil) : nil
        }
        return quoted(text)
    }

    private static func quoted(_ text: [UInt8]) -> (bytes: ArraySlice<UInt8>, module: [UInt8]?)? {
        var text = text[...]
        // `rename "TEMPORARY" -> "NAME" failed` names the file last, `symlink "NAME" -> "GOAL" failed` first.
        if text.starts(with: "rename ".utf8), let arrow = find("\" -> \"", in: Array(text)) {
            text = text[(arrow.upperBound - 1)...]
        }
        guard let open = text.firstIndex(of: quote) else { return nil }
        let words = String(decoding: text[..<open], as: UTF8.self)
        let after = text[(open + 1)...]
        guard let close = end(of: after, isLast: words.contains("failed") || words.contains("vanished")) else {
            return nil
        }
        let rest = Array(after[close...])
        guard rest.starts(with: "\" (in ".utf8), let end = find(")", in: rest)?.lowerBound else {
            return (after[..<close], nil)
        }
        return (after[..<close], Array(rest[6..<end]))
    }

    /// Where the name ends: at the last quote, where it is the last thing that is quoted; else before what follows.
    private static func end(of text: ArraySlice<UInt8>, isLast: Bool) -> Int? {
        if !isLast {
            for mark in ["\" -> \"", "\" => "] {
                if let found = text.firstRange(of: Array(mark.utf8)) { return found.lowerBound }
            }
            for mark in ["\" failed", "\" (in ", "\",\""] {
                if let found = text.ranges(of: Array(mark.utf8)).last { return found.lowerBound }
            }
        }
        return text.lastIndex(of: quote)
    }

    /// rsync writes a byte that can't be printed as `\#ooo`, in octal digits.
    static func unescaped(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let bytes = Array(bytes)
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let digits = bytes.dropFirst(index + 2).prefix(3)
            if bytes[index] == UInt8(ascii: "\\"), digits.count == 3, bytes[index + 1] == UInt8(ascii: "#"),
                digits.allSatisfy({ 0x30...0x37 ~= $0 }), digits.first.map({ $0 <= 0x33 }) ?? false
            {
                plain.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 0x30) })
                index += 5
            } else {
                plain.append(bytes[index])
                index += 1
            }
        }
        return plain
    }

    private static func find(_ phrase: StaticString, in text: [UInt8]) -> Range<Int>? {
        text.firstPlace(of: phrase)
    }

    private static func lastIndex(of character: Character, in text: [UInt8]) -> Int? {
        character.asciiValue.flatMap { text.lastIndex(of: $0) }
    }
}
