import Testing

/// One configuration, what is done to its source, and what must come of it.
///
/// In texts SRC and TGT are the directories of the case, without a slash at the end, and ROOT is the place that holds
/// them. A call is written as its words with a blank between them, where a blank inside a word is `␣`; behind ` < `
/// stands its standard input, zero bytes as `|` and line ends as `¶`.
struct Case: Sendable, CustomTestStringConvertible {
    enum Deed: Sendable {
        case write(String)
        case remove(String)
        case makeDirectory(String)
        case rename(String, String)
    }

    /// Whether lsyncd 2.2.3 is to start rsync with the same options.
    enum Lsyncd: Sendable {
        case same
        /// It differs, and why.
        case differs(String)
    }

    var name: String
    var text: String
    var files: [(String, String)] = []
    var arguments: [String] = []
    /// Calls of rsync at the start, in any order.
    var start: [String] = []
    var deeds: [Deed] = []
    /// Calls of rsync afterwards.
    var later: [String] = []
    /// Parts of words of ssh, afterwards.
    var ssh: [String] = []
    /// Lines, or parts of lines, of the log.
    var log: [String] = []
    var status: [String] = []
    /// What ends rsync with which code, by its last word.
    var codes: [(String, Int32)] = []
    /// The exit code where the program ends by itself; else it is ended by TERM.
    var exit: Int32?
    var lsyncd = Lsyncd.same

    init(_ name: String, _ text: String, _ change: (inout Case) -> Void = { _ in }) {
        self.name = name
        self.text = text
        change(&self)
    }

    var testDescription: String { name }
}

extension Case {
    /// A sync of default.rsync to `h:/t`, and the words at its start and for one changed file.
    static func rsync(
        _ name: String, _ inside: String, words: String = "-lts", _ change: (inout Case) -> Void = { _ in }
    )
        -> Case
    {
        Case(name, "sync{ default.rsync, source = \"SRC\", target = \"h:/t\", delay = 0, \(inside) }") {
            $0.start = ["--delete --ignore-errors \(words) -r SRC/ h:/t/"]
            change(&$0)
        }
    }

    static func ssh(_ name: String, _ inside: String, _ change: (inout Case) -> Void = { _ in }) -> Case {
        Case(
            name,
            "sync{ default.rsyncssh, source = \"SRC\", host = \"u@h\", targetdir = \"/t d\", delay = 0, \(inside) }"
        ) {
            $0.start = ["--delete --ignore-errors -lts -r SRC/ u@h:/t␣d/"]
            change(&$0)
        }
    }
}
