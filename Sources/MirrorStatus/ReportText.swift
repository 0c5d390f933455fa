package import MirrorCore

/// Turns reports of the core into log lines, in lsyncd's words where lsyncd has words: scripts match them.
///
/// It remembers which targets are failing: their repeated attempts are told as Info only, so that a target that is away
/// does not fill the log.
package struct ReportText: Sendable {
    private var settings: Settings
    private var words: ProblemText
    /// Paths of one list at the default level; nil is all.
    private let listLimit: Int?
    private var failing: Set<TargetID> = []
    /// Targets whose paths that do not arrive are told as a problem.
    private var incomplete: Set<TargetID> = []
    private var compared: Set<TargetID> = []

    package init(settings: Settings, words: ProblemText, showsWholeLists: Bool) {
        self.settings = settings
        self.words = words
        self.listLimit = showsWholeLists ? nil : 20
    }

    /// Syncs have come or gone; this target is a new one.
    package mutating func adopt(_ settings: Settings, _ words: ProblemText, opened: TargetID?) {
        self.settings = settings
        self.words = words
        guard let opened else { return }
        failing.remove(opened)
        incomplete.remove(opened)
        compared.remove(opened)
    }

    package mutating func lines(for report: Report, at now: Moment) -> [LogLine] {
        switch report {
        case .transferStarted(let job): return [started(job)]
        case .transferEnded(let job, let outcome, let retryAfter, let isQuiet):
            return ended(job, outcome, retryAfter: retryAfter, isQuiet: isQuiet)
        case .problemRaised(let problem):
            follow(problem.subject, isThere: true)
            return [LogLine(words.category(of: problem), words.text(for: problem, at: now))]
        case .problemContinues(let problem):
            return [LogLine(words.category(of: problem), words.continuation(of: problem, at: now))]
        case .problemEnded(let problem):
            follow(problem.subject, isThere: false)
            return [LogLine(.normal, words.end(of: problem, at: now))]
        case .scriptFailed(let failure): return [LogLine(.error, Shown.name(ByteString(words.scriptSentence(failure))))]
        case .eventNoted(_, let note): return [LogLine(.delay, words.noteText(note))]
        case .stopping(let manner, let running): return stopping(manner, running: running)
        case .watching, .watchMeans, .trackLost, .trackRegained, .targetIsSource, .sourceRemark, .sourceAccepted,
            .targetJoined, .targetLeft:
            return [remark(report)]
        }
    }

    private mutating func follow(_ subject: Problem.Subject, isThere: Bool) {
        switch subject {
        case .target(let target): if isThere { failing.insert(target) } else { failing.remove(target) }
        case .paths(let target): if isThere { incomplete.insert(target) } else { incomplete.remove(target) }
        case .source, .watches, .http, .configuration, .discovery: break
        }
    }

    /// The last words.
    package func lines(for exit: ExitReason) -> [LogLine] {
        switch exit {
        case .signal, .reload: return []
        case .script(_, let isCritical): return isCritical ? [LogLine(.error, "Critical exitcode.")] : []
        case .onePassDone: return [LogLine(.normal, "onepass active and all syncs finished. Exiting successfully")]
        case .fatal(let target, let failure):
            let cause = words.subject(of: target) + ByteString(": \(words.sentence(for: failure))")
            if settings.insists || compared.contains(target) {
                return [LogLine(.error, cause), LogLine(.error, "Critical exitcode.")]
            }
            let text =
                "Temporary or permanent failure on startup of " + route(target)
                + ". Terminating since \"insist\" is not set.\n"
                + "  With -insist, or insist = true in settings, it keeps trying and the other targets go on."
            return [LogLine(.error, cause), LogLine(.error, text)]
        }
    }

    private func remark(_ report: Report) -> LogLine {
        switch report {
        case .watching(let source, let directories):
            let number = directories.map { Shown.count($0, "directory", "directories") } ?? "all directories"
            return LogLine(.info, words.subject(of: source) + ByteString(": watching \(number)"))
        case .watchMeans(let source, let means):
            return LogLine(.normal, words.subject(of: source) + ": " + Shown.means(means))
        case .trackLost(let source, let path, let reason):
            let place = path.isRoot ? ByteString() : ", in /" + Shown.name(path.byteString)
            return LogLine(.warn, words.subject(of: source) + place + ": " + words.lossText(reason))
        case .trackRegained(let source, let refusal, let looked, let found, let losses):
            let times = losses > 1 ? " \(Shown.count(losses, "loss", "losses"))" : " the loss"
            let text =
                if let refusal {
                    ": after\(times) everything is compared: \(Self.text(refusal))"
                } else {
                    ": after\(times) \(Shown.count(looked, "name was", "names were")) looked at, and "
                        + "\(Shown.count(found, "of them is", "of them are")) compared"
                }
            return LogLine(.normal, words.subject(of: source) + ByteString(text))
        case .targetIsSource(let target):
            let text: ByteString = ": is the source itself; it gets no transfer and counts as in step"
            return LogLine(.normal, words.subject(of: target) + text)
        case .sourceRemark(let source, let text):
            return LogLine(.warn, words.subject(of: source) + ByteString(": \(text)"))
        case .sourceAccepted(let source):
            return LogLine(.normal, words.subject(of: source) + ": accepted as it is; its syncs go on")
        case .targetJoined(let target):
            return LogLine(.normal, words.subject(of: target) + ": joins, and is compared")
        case .targetLeft(let target, let hadAll):
            let text = hadAll ? ": leaves, in step" : ": leaves without all that it was owed"
            return LogLine(.normal, words.subject(of: target) + ByteString(text))
        default: preconditionFailure("a report that has lines of its own")
        }
    }

    private static func text(_ refusal: WalkReport.Refusal) -> String {
        switch refusal {
        case .clockSet: "the clock was set meanwhile, so times of files say nothing"
        case .tooMuch: "too much has changed to tell it apart"
        case .cancelled: "looking at names was broken off"
        }
    }

    private func stopping(_ manner: StopManner, running: Int) -> [LogLine] {
        var lines: [LogLine]
        switch manner {
        case .fade(let signal): lines = [LogLine(.normal, "--- \(Self.name(of: signal)) signal, fading ---")]
        case .reload: lines = [LogLine(.normal, "--- HUP signal, resetting ---")]
        case .now(let signal):
            let transfers = Shown.count(running, "running transfer", "running transfers")
            return [LogLine(.normal, "\(Self.name(of: signal)) signal again: stopping \(transfers)")]
        }
        if running > 0 { lines.append(LogLine(.normal, "waiting for \(running) more child processes.")) }
        return lines
    }

    /// signal(7): 2 is INT on every Linux.
    private static func name(of signal: Int32) -> String { signal == 2 ? "INT" : "TERM" }
}

extension ReportText {
    private func started(_ job: Job) -> LogLine {
        if job.isRehearsal {
            return LogLine(.info, "counting what a comparison would delete: " + route(job.target))
        }
        let category: LogCategory = failing.contains(job.target) ? .info : .normal
        switch job.scope {
        case .everything:
            let verb: ByteString = settings.dialect == .era20 ? "startup" : "full"
            return LogLine(category, "recursive " + verb + " rsync: " + route(job.target) + rules(job.target))
        case .changes(let changes):
            let (own, verb) = startWords(job.target)
            return LogLine(own ?? category, verb + list(changes))
        }
    }

    private mutating func ended(_ job: Job, _ outcome: Outcome, retryAfter: Duration?, isQuiet: Bool) -> [LogLine] {
        let code = outcome.exitCode.map { "\($0)" }
        let isTold = !isQuiet && !job.isRehearsal && (job.scope == .everything || startWords(job.target).0 == nil)
        let category: LogCategory = isTold ? .normal : .info
        switch outcome.result {
        case .done:
            if job.scope == .everything && !job.isRehearsal { compared.insert(job.target) }
            return [LogLine(category, finished(job, code: code ?? "0"))]
        case .partial(let failures):
            if job.scope == .everything { compared.insert(job.target) }
            var lines = [LogLine(category, finished(job, code: code ?? "0"))]
            if let first = failures.first(where: { $0.kind != .vanished }) {
                let number = Shown.count(failures.count, "path", "paths")
                let again = retryAfter.map { ", tried again in \(Shown.duration($0))" } ?? ""
                let text = ByteString(": \(number) did not arrive\(again); the first: ")
                lines.append(
                    LogLine(
                        isQuiet || incomplete.contains(job.target) ? .info : .warn,
                        words.subject(of: job.target) + text + Shown.path(of: first.change) + ": "
                            + Shown.name(ByteString(first.text))))
            }
            return lines
        case .failed(let failure):
            return [LogLine(category, retrying(job, code: code ?? words.sentence(for: failure)))]
        case .stopped:
            return [LogLine(.info, "Stopped: " + route(job.target))]
        case .sourceSuspect:
            return [LogLine(.info, "Not started, since the source is not what it was: " + route(job.target))]
        }
    }

    /// lsyncd's default.direct says nothing of single changes, unless asked.
    private func startWords(_ target: TargetID) -> (LogCategory?, ByteString) {
        switch settings.syncs[target.index].transfer {
        case .rsync: (nil, "Calling rsync with filter-list of new/modified files/dirs")
        case .rsyncssh: (nil, "Rsyncing list")
        case .direct: (.info, "Copying a list")
        case .stream: (.info, "Streaming a list")
        }
    }

    private func isPlain(_ target: TargetID) -> Bool {
        if case .rsync = settings.syncs[target.index].transfer { true } else { false }
    }

    private func finished(_ job: Job, code: String) -> ByteString {
        guard isPlain(job.target) else {
            guard job.scope == .everything else { return ByteString("Finished (list): \(code)") }
            return "Startup of \"" + source(job.target) + ByteString("\" finished: \(code)")
        }
        return switch (job.scope, settings.dialect) {
        case (.everything, .era20): "Startup of '" + source(job.target) + "' finished."
        case (.everything, .current): "Startup of " + route(job.target) + " finished."
        case (.changes, .era20): ByteString("Finished a list = \(code)")
        case (.changes, .current): ByteString("Finished a list after exitcode: \(code)")
        }
    }

    private func retrying(_ job: Job, code: String) -> ByteString {
        guard isPlain(job.target) || job.scope == .everything else { return ByteString("Retrying (list): \(code)") }
        return switch (job.scope, settings.dialect) {
        case (.everything, .era20): "Retrying startup of '" + source(job.target) + "'."
        case (.everything, .current): "Retrying startup of " + route(job.target) + ByteString(": \(code)")
        case (.changes, .era20): ByteString("Retrying a list on exitcode = \(code)")
        case (.changes, .current): ByteString("Retrying a list after exitcode = \(code)")
        }
    }

    private func source(_ target: TargetID) -> ByteString { Shown.source(settings.syncs[target.index].source) }

    private func route(_ target: TargetID) -> ByteString {
        source(target) + " -> " + Shown.name(settings.syncs[target.index].target)
    }

    /// lsyncd shows the rules of a comparison below its line: as ` excluding` where there are only excludes.
    private func rules(_ target: TargetID) -> ByteString {
        let sync = settings.syncs[target.index]
        if sync.filters.isEmpty {
            guard !sync.excludes.isEmpty else { return "" }
            return " excluding\n" + sync.excludes.map(Shown.name).joined(separator: "\n")
        }
        var lines = sync.filters.map { ($0.includes ? "+ " : "- ") + Shown.name($0.pattern) }
        lines += sync.excludes.map { "- " + Shown.name($0) }
        return " filtering\n" + lines.joined(separator: "\n")
    }

    private func list(_ changes: [Change]) -> ByteString {
        let shown = changes.prefix(listLimit ?? changes.count)
        var text = ByteString()
        for change in shown { text += "\n" + Shown.path(of: change) }
        if shown.count < changes.count { text += ByteString("\n... and \(changes.count - shown.count) more") }
        return text
    }
}
