package import MirrorCore

/// One message for the log. It may hold line breaks; only its first line gets the time and the category, as in lsyncd.
package struct LogLine: Sendable, Equatable {
    package var category: LogCategory
    package var text: ByteString

    package init(_ category: LogCategory, _ text: ByteString) {
        self.category = category
        self.text = text
    }

    package init(_ category: LogCategory, _ text: String) { self.init(category, ByteString(text)) }
}

/// lsyncd's kinds of messages. A configuration may bring names of its own, so the set is open.
package struct LogCategory: Sendable, Hashable {
    package let name: String
    package init(_ name: String) { self.name = name }

    /// What changed: started, a list called and finished.
    package static let normal = LogCategory("Normal")
    /// Degraded, but it heals by itself.
    package static let warn = LogCategory("Warn")
    /// An operator must act.
    package static let error = LogCategory("Error")
    /// Each job, and what repeats; off by default.
    package static let info = LogCategory("Info")
    /// Each event; off by default.
    package static let debug = LogCategory("Debug")
    /// What becomes of each event of a sync with functions; off by default.
    package static let delay = LogCategory("Delay")
    /// Each command line; off by default.
    package static let exec = LogCategory("Exec")

    /// What rsync and others print, where it is told as messages.
    package static let output = LogCategory("Output")

    /// What lsyncd sends to stderr rather than stdout in the foreground.
    package var isErrorOrWorse: Bool { self == .error }
}

/// Which categories are written: lsyncd's `-log`, which may be repeated.
package struct LogCategories: Sendable, Equatable {
    private var isAll = false
    private var isScarce = false
    private var named: Set<LogCategory> = []
    private var muted: Set<LogCategory> = []

    /// Normal, Warn and Error.
    package init() {}

    /// Takes one argument of `-log`: `all`, `scarce`, or the name of a category, which starts with A to Z. False for
    /// anything else, and nothing changes.
    package mutating func enable(_ argument: ByteString) -> Bool {
        let first = argument.bytes.first ?? 0
        switch argument {
        case "all": isAll = true
        case "scarce": isScarce = true
        case _ where (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first):
            named.insert(LogCategory(argument.description))
        default: return false
        }
        return true
    }

    /// With these of a configuration as well; one with a minus before it is not written, unless the command line wants
    /// it.
    package func adding(_ arguments: [ByteString]) -> LogCategories {
        var all = self
        for argument in arguments {
            if argument.hasPrefix("-") {
                let category = LogCategory(String(argument.description.dropFirst()))
                if !named.contains(category) { all.muted.insert(category) }
            } else {
                _ = all.enable(argument)
            }
        }
        return all
    }

    package func includes(_ category: LogCategory) -> Bool {
        if muted.contains(category) { return false }
        if isAll || named.contains(category) { return true }
        switch category {
        case .warn, .error: return true
        case .normal: return !isScarce
        default: return false
        }
    }

    /// `-log all`: lists of files are written whole.
    package var showsEverything: Bool { isAll }
}
