package import MirrorCore
package import MirrorStatus

/// lsyncd's command line, as lsyncd 2.3 reads it: one dash or two, no `--option=value`, options and the file in any
/// order.
package struct LsyncdCommandLine: Sendable, Equatable {
    /// As written; nil where syncs stand on the command line instead.
    package var configurationFile: ByteString?
    package var overrides = CommandLineOverrides()
    package var categories = LogCategories()
    /// `-t`: only say whether it would start. Not in lsyncd.
    package var onlyTests = false

    /// What a command line comes to.
    package enum Reading: Sendable, Equatable {
        case run(LsyncdCommandLine)
        /// Text for standard output, and the exit code.
        case print(String, exitCode: Int32)
        /// The text of an `Error:` line; the exit code is 255.
        case refused(ByteString)
    }

    /// `arguments` without the program's own name. The order in which lsyncd finds mistakes is kept: `-log` over the
    /// whole line, a runner as first word, `-help` anywhere, then word by word, then the count of files.
    package static func read(_ arguments: [ByteString]) -> Reading {
        var line = LsyncdCommandLine()
        if let mistake = line.readCategories(arguments) { return .refused(mistake) }
        if arguments.first == "--runner" { return .refused(refusedRunner(arguments)) }
        if arguments.contains(where: { optionName($0) == "help" }) { return .print(LsyncdUsage.text, exitCode: 255) }
        var words = Words(arguments)
        var files: [ByteString] = []
        while let word = words.next() {
            guard let name = optionName(word) else {
                files.append(word)
                continue
            }
            if let reading = line.take(option: name, written: word, from: &words) { return reading }
        }
        return line.concluded(files: files)
    }

    private func concluded(files: [ByteString]) -> Reading {
        if files.isEmpty && overrides.syncs.isEmpty { return .print(LsyncdUsage.text, exitCode: 255) }
        if !files.isEmpty && !overrides.syncs.isEmpty {
            return .refused("There cannot be command line syncs and a config file together.")
        }
        if files.count > 1 { return .refused("There can only be one config file in the command line.") }
        var line = self
        line.configurationFile = files.first
        return .run(line)
    }

    /// Answers only where the reading ends here.
    private mutating func take(option name: ByteString, written: ByteString, from words: inout Words) -> Reading? {
        switch name {
        case "version": return .print(LsyncdUsage.version, exitCode: 0)
        case "insist": overrides.insists = true
        case "nodaemon": overrides.staysInForeground = true
        case "onepass": overrides.onePass = true
        case "t": onlyTests = true
        case "monitor":
            // A name chooses among monitors in lsyncd; here there is nothing to choose.
            if words.take(1) == nil { return .print(LsyncdUsage.monitors, exitCode: 255) }
        default:
            guard let count = Self.argumentCounts[name] else {
                return .refused("unknown option command line option " + written)
            }
            guard let values = words.take(count) else {
                return .refused(name + ByteString(" needs \(count) arguments"))
            }
            take(option: name, values: values)
        }
        return nil
    }

    private static let argumentCounts: [ByteString: Int] = [
        "delay": 1, "direct": 2, "log": 1, "logfile": 1, "pidfile": 1, "rsync": 2, "rsyncssh": 3, "script": 1,
        "sshopts": 1,
    ]

    private mutating func take(option name: ByteString, values: [ByteString]) {
        switch name {
        case "delay": overrides.delay = values[0]
        case "logfile": overrides.logFile = values[0]
        case "pidfile": overrides.pidFile = values[0]
        case "script": overrides.scripts.append(values[0])
        case "sshopts": overrides.sshOptions = values[0]
        case "rsync": overrides.syncs.append(.rsync(source: values[0], target: values[1]))
        case "direct": overrides.syncs.append(.direct(source: values[0], target: values[1]))
        case "rsyncssh":
            overrides.syncs.append(.rsyncssh(source: values[0], host: values[1], targetDirectory: values[2]))
        default: break  // -log was read before everything else.
        }
    }

    /// lsyncd's core looks for `-log` before anything else and everywhere, even where the word is another option's
    /// argument.
    private mutating func readCategories(_ arguments: [ByteString]) -> ByteString? {
        for (index, word) in arguments.enumerated() where optionName(word) == "log" {
            guard index + 1 < arguments.count else { return "log needs 1 arguments" }
            let category = arguments[index + 1]
            guard categories.enable(category) else { return "'" + category + "' is not a valid logging category" }
        }
        return nil
    }

    private static func refusedRunner(_ arguments: [ByteString]) -> ByteString {
        guard arguments.count > 1 else { return "Lsyncd Lua-runner file missing after --runner " }
        return "--runner " + arguments[1] + ": this program has no exchangeable runner; leave the option away."
    }
}

/// Without its one or two dashes; nil for a word that is no option.
private func optionName(_ word: ByteString) -> ByteString? {
    guard word.bytes.first == UInt8(ascii: "-") else { return nil }
    let dashes = word.hasPrefix("--") ? 2 : 1
    return ByteString(Array(word.bytes.dropFirst(dashes)))
}

/// The words that are still to be read.
private struct Words {
    private var rest: ArraySlice<ByteString>

    init(_ words: [ByteString]) { rest = words[...] }

    mutating func next() -> ByteString? { rest.popFirst() }

    /// The next `count` words whatever they look like; nil when there are fewer.
    mutating func take(_ count: Int) -> [ByteString]? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}
