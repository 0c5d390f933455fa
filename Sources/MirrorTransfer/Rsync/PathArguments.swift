package import MirrorCore

/// The changed paths of a large batch, each named as an argument of rsync.
///
/// The effect is that of the include list: each path itself and the attributes of its parents, deletions through
/// `--delete-missing-args` (rsync 3.1). The cost is linear where rsync compares each name with each entry of a list,
/// and where it reads `--files-from` with two system calls for each byte.
package struct PathArguments: Sendable {
    /// Named for themselves: a directory without what it holds.
    private(set) var plain: [RelativePath] = []
    /// Directories that are compared as a whole.
    private(set) var subtrees: [RelativePath] = []
    /// Directories of which only the names right in them are in question.
    private(set) var shallow: [RelativePath] = []
    private(set) var takesAllBelow = false

    package init(_ paths: [ListedPath]) {
        let roots = Set(paths.filter(\.isTree).map(\.change.path))
        var seen: Set<RelativePath> = []
        for listed in paths {
            // A path below what is no directory any more is gone with it, and rsync can't name it.
            let path = listed.obstacle?.path ?? listed.change.path
            if listed.obstacle != nil || listed.takesAllBelow { takesAllBelow = true }
            guard listed.standingBelow == nil else {
                if !Self.isBelow(roots, path) { shallow.append(path) }
                continue
            }
            guard !Self.isBelow(roots, path), seen.insert(path).inserted else { continue }
            if roots.contains(path) { subtrees.append(path) } else { plain.append(path) }
        }
    }

    private static func isBelow(_ roots: Set<RelativePath>, _ path: RelativePath) -> Bool {
        guard !roots.isEmpty else { return false }
        var next = path.parent
        while let parent = next {
            if roots.contains(parent) { return true }
            next = parent.parent
        }
        return false
    }
}

extension ListedPath {
    /// A directory that is compared with all that it holds.
    fileprivate var isTree: Bool { standing == .directory && takesAllBelow && standingBelow == nil }
}

extension RsyncWords {
    /// Linux takes a fourth of the stack's limit, 2 MiB as a rule, for words and environment together (execve(2)).
    static let mostArgumentBytes = 2 << 20
    static let leastArgumentBytes = 32 << 10
    /// A reserve for all words that are no paths.
    static let otherArgumentBytes = 64 << 10

    /// The calls that bring these paths to the target, or nil where only lsyncd's form does what the person's words
    /// ask.
    package func named(_ paths: [ListedPath], of job: Job, argumentBytes: Int = 900_000)
        -> [RsyncCall]?
    {
        guard !isExact, person.allowsPathArguments, !sync.target.hasPrefix("-"), !paths.contains(where: \.kindDecides)
        else { return nil }
        let arguments = PathArguments(paths)
        let rules = arguments.takesAllBelow ? ruleWords : []
        var calls: [RsyncCall] = []
        for chunk in chunks(of: arguments.plain, limit: argumentBytes) {
            calls.append(call(chunk, recursion: ["--no-r", "-d"], rules: rules, job: job))
        }
        // A slash at its end takes a directory's names, and only then deletes those that are gone.
        for chunk in chunks(of: arguments.shallow, ending: "/", limit: argumentBytes) {
            calls.append(call(chunk, recursion: ["--no-r", "-d"], rules: rules, job: job))
        }
        for chunk in chunks(of: arguments.subtrees, limit: argumentBytes) {
            calls.append(call(chunk, recursion: ["-r"], rules: rules, job: job))
        }
        // Hard links are kept among the files of one call only.
        if calls.count > 1 && person.keepsHardLinks { return nil }
        return calls
    }

    /// How the times of a few files differ, without a change at the target; nil where these words can't ask that.
    func timesRehearsed(_ sample: TimeSample) -> RsyncCall? {
        guard !isExact, person.allowsPathArguments, !sync.target.hasPrefix("-") else { return nil }
        let names = chunks(of: sample.paths, limit: .max).first ?? []
        let words: [ByteString] = [
            "--no-r", "-d", "-R", "-n", "--itemize-changes", "--existing", "--modify-window=-1",
        ]
        return RsyncCall(audibleWords + words + names + [sync.target], isExtended: true)
    }

    private func call(_ names: [ByteString], recursion: [ByteString], rules: [ByteString], job: Job) -> RsyncCall {
        var words = rsync.words + recursion + ["-R"]
        words += comparison(of: job)
        if job.deletes { words += deleteWords }
        words += ["--force", job.deletes ? "--delete-missing-args" : "--ignore-missing-args"]
        return RsyncCall(words + rules + names + [sync.target], isExtended: true)
    }

    /// `--exclude=` reads signs of its own in front of the pattern, so only what has none goes by it.
    private var ruleWords: [ByteString] {
        rules.map { rule in
            let pattern = rule.pattern
            let isPlain = !rule.includes && pattern != "!" && !pattern.hasPrefix("- ") && !pattern.hasPrefix("+ ")
            return isPlain && sync.filters.isEmpty ? "--exclude=" + pattern : "--filter=" + rule.line
        }
    }

    /// The first `/./` marks where the name at the target begins; the `./` after it asks for the attributes of the
    /// root as well (rsync(1), --relative).
    private func chunks(of paths: [RelativePath], ending: ByteString = "", limit: Int) -> [[ByteString]] {
        let prefix = sourceWord + "././"
        var chunks: [[ByteString]] = []
        var room = 0
        for path in paths {
            let name = prefix + path.byteString + (path.isRoot ? "" : ending)
            // Each argument costs its bytes, the zero at its end, and a pointer.
            let cost = name.count + 9
            if cost > room {
                chunks.append([])
                room = limit
            }
            room -= cost
            chunks[chunks.count - 1].append(name)
        }
        return chunks
    }
}
