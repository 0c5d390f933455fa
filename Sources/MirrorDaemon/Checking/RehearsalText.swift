package import MirrorCore
package import MirrorStatus
package import MirrorTransfer

/// What the rehearsal before a switch found, for a person, and as an exit code.
package struct RehearsalText: Sendable {
    /// Exit codes: nothing to see, something to look at, a target that can't be used.
    package enum Verdict: Int32, Sendable, Comparable {
        case fine = 0
        case look = 1
        case unusable = 2

        package static func < (left: Verdict, right: Verdict) -> Bool { left.rawValue < right.rawValue }
    }

    private let words: ProblemText

    package init(words: ProblemText) { self.words = words }

    package func render(_ found: TargetInspection, of sync: SyncSettings) -> (text: ByteString, verdict: Verdict) {
        var lines: [ByteString] = [
            Shown.name(sync.name) + ": " + Shown.source(sync.source) + " -> " + Shown.name(sync.target)
        ]
        var verdict = Verdict.fine
        func say(_ text: String, _ weight: Verdict = .fine) {
            lines.append(ByteString("  " + text))
            verdict = max(verdict, weight)
        }
        if let failure = found.failure {
            say(words.sentence(for: failure), .unusable)
            say("  " + FailureAdvice.cure(for: failure, target: sync.target))
        } else {
            tellPlace(found, say)
        }
        if let version = found.remoteRsync { say("there is \(Shown.name(version))") }
        if let reason = found.noDryRun { say("no dry run: \(reason)", .look) }
        if let run = found.dryRun, found.failure == nil { tell(run, deletes: sync.deletes(everything: true), say) }
        return (lines.joined(separator: "\n") + "\n", verdict)
    }

    /// The last line of `lockstep verify` about a target.
    static func verified(_ found: TargetInspection, withheld: Int?) -> (text: ByteString, verdict: Verdict) {
        guard let run = found.dryRun, found.failure == nil else {
            return found.identity == .isSource ? ("", .fine) : ("  it was not compared\n", .look)
        }
        let differs = run.sent + run.deleted + run.altered + (withheld ?? 0) > 0
        var text = differs ? ByteString("  it differs") : "  it is the same"
        if let withheld {
            text += ByteString("; options such as -u withhold \(Shown.count(withheld, "file", "files"))")
        }
        return (text + "\n", differs ? .look : .fine)
    }

    private func tellPlace(_ found: TargetInspection, _ say: (String, Verdict) -> Void) {
        switch found.identity {
        case .isSource: say("this is the source itself; it gets no transfer and counts as in step", .look)
        case .nested(let inside): say(ProblemText.nestedText(inside: inside), .unusable)
        case .distinct: say("it is reached: the host is known, and takes us", .fine)
        case .unknown where found.hasOwnCommand:
            say(
                "it is reached, and runs a command of its own for this key; sudo and rsync there can't be looked at",
                .fine)
        case .unknown: say("it is reached", .fine)
        }
    }

    private func tell(
        _ run: TargetInspection.DryRun, deletes: Bool, _ say: (String, Verdict) -> Void
    ) {
        say(
            Shown.count(run.sent, "file would be sent", "files would be sent") + list(run.sentExamples, of: run.sent),
            .fine)
        if run.altered > 0 {
            let count = Shown.count(run.altered, "name has other attributes", "names have other attributes")
            say(count + list(run.alteredExamples, of: run.altered), .fine)
        }
        if deletes {
            let count = Shown.count(run.deleted, "name would be deleted", "names would be deleted")
            say(count + list(run.deletedExamples, of: run.deleted), run.deleted > 0 ? .look : .fine)
        } else {
            say("nothing would be deleted, as the configuration wants it", .fine)
        }
        if case .partial(let failures) = run.result, let first = failures.first {
            let count = Shown.count(failures.count, "path can't", "paths can't")
            say("\(count) be compared, the first: \(Shown.path(of: first.change)): \(first.text)", .look)
        }
    }

    private func list(_ examples: [ByteString], of count: Int) -> String {
        guard !examples.isEmpty else { return "" }
        let rest = count - examples.count
        return ": " + examples.map { Shown.name($0).description }.joined(separator: ", ")
            + (rest > 0 ? " and \(rest) more" : "")
    }
}
