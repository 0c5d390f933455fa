/// Decides which paths a sync leaves out, as rsync decides it with the words and lists that it gets for that sync.
///
/// Down from the root, each directory on the way and then the path itself meet the rules; the first rule that matches
/// decides, what matches none stays in, and what lies below a directory that is left out is left out with it. So a
/// comparison of the whole tree and the changes that follow it mean the same files. lsyncd reads patterns by rules of
/// its own once it runs; docs/differences.md lists where that shows.
///
/// All patterns run side by side as one automaton of bits, so a path costs time in proportion to its length times the
/// bytes of all patterns, whatever stars they hold.
package struct PathMatcher: Sendable {
    private let automaton: PatternAutomaton

    package init(filters: [FilterRule] = [], excludes: [ByteString] = []) {
        automaton = PatternAutomaton(rules: RsyncRules.read(filters: filters, excludes: excludes))
    }

    /// No pattern that could match anything: every path stays in.
    package var isEmpty: Bool { automaton.isEmpty }

    /// Left out as a directory and not as a file, or the reverse.
    package func kindDecides(on path: RelativePath) -> Bool {
        guard !isEmpty else { return false }
        let verdict = verdict(on: path)
        return verdict.excludesFile != verdict.excludesDirectory
    }

    package func excludes(_ path: RelativePath, isDirectory: Bool) -> Bool {
        let verdict = verdict(on: path)
        return isDirectory ? verdict.excludesDirectory : verdict.excludesFile
    }

    /// The two answers for one name, which differ where a pattern is for directories only.
    package func verdict(on path: RelativePath) -> Verdict {
        if isEmpty || path.isRoot { return Verdict(excludesFile: false, excludesDirectory: false) }
        var run = PatternRun(automaton)
        for byte in path.bytes {
            run.take(byte)
            if byte == ByteClass.slash, run.excludesDirectory {
                return Verdict(excludesFile: true, excludesDirectory: true)
            }
        }
        let excludesFile = run.excludesFile
        run.take(ByteClass.slash)
        return Verdict(excludesFile: excludesFile, excludesDirectory: run.excludesDirectory)
    }

    package struct Verdict: Sendable, Equatable {
        package var excludesFile: Bool
        package var excludesDirectory: Bool
    }
}
