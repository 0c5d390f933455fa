package import MirrorCore

/// One call of rsync, without the program itself.
package struct RsyncCall: Sendable, Equatable {
    package var words: [ByteString]
    /// What rsync reads from its standard input; nil is an empty one.
    package var input: [UInt8]?
    /// It holds words that lsyncd does not use, so that a wrapper or a pinned far side may refuse it.
    package var isExtended: Bool

    package init(_ words: [ByteString], input: [UInt8]? = nil, isExtended: Bool = false) {
        self.words = words
        self.input = input
        self.isExtended = isExtended
    }
}

/// The command lines of rsync: lsyncd's, word for word (LSYNCD 6.1 and 6.2), and the few that differ from them.
package struct RsyncWords: Sendable {
    let sync: SyncSettings
    let rsync: RsyncSettings
    let person: PersonWords
    /// Where lsyncd's words are to be used and no others.
    package var isExact: Bool

    /// Up to so many paths a batch keeps lsyncd's form, whose cost grows with the product of paths and files.
    package static let listLimit = 1000

    package init(sync: SyncSettings, compat: RsyncCompat = .fast) {
        self.sync = sync
        self.rsync = sync.transfer.rsync
        self.person = PersonWords(rsync.words)
        self.isExact = compat == .exact
    }

    var sourceWord: ByteString { sync.source + "/" }

    /// The comparison of the whole tree.
    package func everything(_ job: Job, barring left: LeftAlone = LeftAlone()) -> RsyncCall {
        let (rules, input) = startupRules(barring: left)
        var words = rules
        if job.deletes { words += deleteWords }
        if rsync.deletesExcluded { words.append("--delete-excluded") }
        let isExtended = comparesExactly(job) || job.isRehearsal
        words += job.isRehearsal ? audibleWords : rsync.words
        words.append("-r")
        if job.isRehearsal { words += ["-n", "--itemize-changes"] }
        if comparesExactly(job) { words.append("--modify-window=-1") }
        return RsyncCall(words + [sourceWord, sync.target], input: input, isExtended: isExtended)
    }

    /// The changed paths, in lsyncd's form.
    package func listed(
        _ paths: [ListedPath], of job: Job, sweeping: [RelativePath] = [], barring left: LeftAlone = LeftAlone()
    ) -> RsyncCall {
        var words = rsync.words
        words.append("-r")
        words += comparison(of: job)
        if job.deletes { words += deleteWords }
        words += ["--force", "--from0", "--include-from=-", "--exclude=*", sourceWord, sync.target]
        let list = IncludeList(paths, rulesAhead: rulesAhead, sweeping: sweeping, barring: left)
        return RsyncCall(words, input: list.bytes, isExtended: !comparison(of: job).isEmpty)
    }

    var deleteWords: [ByteString] { rsync.ignoresErrors ? ["--delete", "--ignore-errors"] : ["--delete"] }

    func comparesExactly(_ job: Job) -> Bool {
        job.comparesExactly && !isExact && rsync.keepsTimes && person.leavesComparisonToUs
    }

    /// Contents are compared by a sum of both: what is equal is left as it is, so that two mirrors of each other come
    /// to rest.
    func comparison(of job: Job) -> [ByteString] {
        if job.comparesContents, mayCompareContents { return ["--checksum"] }
        return comparesExactly(job) ? ["--modify-window=-1"] : []
    }

    var mayCompareContents: Bool { !isExact && rsync.keepsTimes && person.leavesComparisonToUs }

    /// A rehearsal counts what rsync tells, so the words that silence it are left out.
    var audibleWords: [ByteString] {
        guard person.isQuiet else { return rsync.words }
        return rsync.words.compactMap { word in
            if word == "--quiet" || word == "-q" { return nil }
            guard word.hasPrefix("-"), !word.hasPrefix("--"), PersonWords([word]).isQuiet else { return word }
            return ByteString(word.bytes.filter { $0 != UInt8(ascii: "q") })
        }
    }

    /// Names can hold line feeds, so where directories are left alone the lines end with zeros.
    private func startupRules(barring left: LeftAlone) -> (words: [ByteString], input: [UInt8]?) {
        let barred = left.exclusions
        let separator: [UInt8] = left.isEmpty ? [0x0a] : [0]
        let zero: [ByteString] = left.isEmpty ? [] : ["--from0"]
        guard sync.filters.isEmpty, left.isEmpty || !rsync.deletesExcluded else {
            // A rule that protects as well: an exclude alone does not where --delete-excluded is given.
            let lines = barred.flatMap { [[UInt8(ascii: "P")] + $0.dropFirst(), $0] } + filterLines.map(\.bytes)
            return (zero + ["--filter=. -"], Array(lines.joined(separator: separator)))
        }
        let lines = barred + sync.excludes.map(\.bytes)
        guard !lines.isEmpty else { return ([], nil) }
        return (zero + ["--exclude-from=-"], Array(lines.joined(separator: separator)))
    }

    private var filterLines: [ByteString] {
        sync.filters.map(\.line) + sync.excludes.map { FilterRule(includes: false, pattern: $0).line }
    }

    /// The rules of the start-up as entries of a list of includes, where a prefix of `+ ` or `- ` says the kind.
    var rulesAhead: [ByteString] { rules.map(\.line) }

    var rules: [FilterRule] { RsyncRules.read(filters: sync.filters, excludes: sync.excludes) }
}
