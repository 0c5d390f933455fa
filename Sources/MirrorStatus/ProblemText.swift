package import MirrorCore

/// The sentences for problems: subject, cause, what happens now, and on lines of their own what a person can do.
package struct ProblemText: Sendable {
    private var settings: Settings
    private var sources: [ByteString]
    private let cure: @Sendable (Failure, SyncSettings) -> String
    private let errorText: @Sendable (Int32) -> String

    /// `cure` says what a person can do about a failed transfer, possibly in several lines, or nothing; `errorText` is
    /// strerror(3). Both come from outside since they belong to the modules that know rsync, ssh and the system.
    package init(
        settings: Settings, cure: @escaping @Sendable (Failure, SyncSettings) -> String,
        errorText: @escaping @Sendable (Int32) -> String
    ) {
        self.settings = settings
        self.sources = settings.distinctSources
        self.cure = cure
        self.errorText = errorText
    }

    /// Syncs have come or gone.
    package mutating func adopt(_ settings: Settings) {
        self.settings = settings
        sources = settings.distinctSources
    }

    /// The whole text; further lines are indented by two blanks.
    package func text(for problem: Problem, at now: Moment) -> ByteString {
        let again = problem.nextTry.map { ", next try in \(Shown.duration($0 - now))" } ?? ""
        var text = subject(of: problem) + ": "
        switch problem.cause {
        case .transfer(let failure):
            text += ByteString("\(sentence(for: failure)); its changes wait\(again)")
            text += indented(cureText(failure, problem.subject))
        case .paths(let failures, let more):
            text += pathLines(failures, more: more, again: again)
        case .source(let suspicion):
            text += suspicionText(suspicion, problem.subject)
        case .watch(let reason):
            text += lossText(reason)
        case .uncovered(let count, let reason): text += uncoveredText(count, reason)
        case .targetNested(let inside):
            text += ByteString(Self.nestedText(inside: inside))
        case .targetUnknown(let deletions): text += unknownText(deletions, problem.subject)
        case .script(let failure): text += scriptText(failure, again: again)
        case .notListening(let number): text += notListeningText(number)
        case .told(let told): text += told
        }
        return text
    }

    /// One line: it goes on.
    package func continuation(of problem: Problem, at now: Moment) -> ByteString {
        let since = Shown.duration(now - problem.since)
        let again = problem.nextTry.map { ", next try in \(Shown.duration($0 - now))" } ?? ""
        let times = Shown.count(problem.count, "time", "times")
        return subject(of: problem)
            + ByteString(": still \(briefly(problem.cause)), for \(since) now, met \(times)\(again)")
    }

    package func end(of problem: Problem, at now: Moment) -> ByteString {
        subject(of: problem) + ByteString(": works again after \(Shown.duration(now - problem.since))")
    }

    /// Error where an operator must act, Warn where it heals by itself.
    package func category(of problem: Problem) -> LogCategory {
        switch problem.cause {
        case .transfer(let failure):
            switch failure.cause {
            case .unreachable, .tunnelDown, .connectionLost, .stalled, .killed: .warn
            default: .error
            }
        case .paths(let failures, _): failures.allSatisfy { $0.kind == .vanished } ? .warn : .error
        case .watch(.overflow), .watch(.rewatched): .warn
        case .uncovered, .notListening: .warn
        case .source, .watch, .targetNested, .targetUnknown, .script, .told: .error
        }
    }

    package func subject(of target: TargetID) -> ByteString {
        let sync = settings.syncs[target.index]
        if sync.target.isEmpty { return Shown.name(sync.name) }
        return Shown.name(sync.name) + " -> " + Shown.name(sync.target)
    }

    package func subject(of source: SourceID) -> ByteString { "source " + Shown.source(sources[source.index]) }

    /// The cause of a failed transfer with the telling line of the program's output.
    package func sentence(for failure: Failure) -> String {
        let detail = Shown.name(ByteString(failure.detail)).description
        return briefly(failure.cause) + (detail.isEmpty ? "" : " (\(detail))")
    }

    package func lossText(_ reason: LossReason) -> ByteString {
        switch reason {
        case .overflow:
            "the kernel's queue of events ran over; what may be missed is compared"
        case .watchLimit(let limit):
            ByteString(
                "the kernel's limit of \(limit) watches is reached; what is not watched is compared from time to time\n"
                    + "  raise it: sysctl fs.inotify.max_user_watches=\(max(limit * 2, 524_288))")
        case .unwatchable(let number):
            ByteString("a directory cannot be watched (\(errorText(number))); it is compared from time to time")
        case .rewatched:
            "its directory was replaced; it is watched anew and compared"
        }
    }

    private func uncoveredText(_ count: Int, _ reason: LossReason) -> ByteString {
        let number = Shown.count(count, "directory is", "directories are")
        switch reason {
        case .watchLimit(let limit):
            return ByteString(
                "the kernel's limit of \(limit) watches is reached; \(number) not watched, and compared from time to time\n"
                    + "  raise it: sysctl fs.inotify.max_user_watches=\(max(2 * (limit + count), 524_288))")
        case .unwatchable(LossReason.tooManyInstances):
            return ByteString(
                "the kernel gives this user no more instances of inotify; everything is compared from time to time\n"
                    + "  raise it: sysctl fs.inotify.max_user_instances=1024")
        default: return lossText(reason)
        }
    }

    private func subject(of problem: Problem) -> ByteString {
        switch problem.subject {
        case .source(let source), .watches(let source): subject(of: source)
        case .target(let target), .paths(let target): subject(of: target)
        case .http: ByteString("http \(settings.http?.shown ?? "")")
        case .configuration: "the configuration"
        case .discovery(let index):
            "targets of " + Shown.source(settings.discoveries[index].template.source) + ", from "
                + Shown.name(settings.discoveries[index].text)
        }
    }

    private func notListeningText(_ number: Int32) -> ByteString {
        ByteString(
            "it cannot listen there (\(errorText(number))); the mirror goes on, nobody is answered, and it is tried "
                + "again every few seconds\n  see who has the port: ss -ltnp; or name another one in settings: http")
    }

    private func cureText(_ failure: Failure, _ subject: Problem.Subject) -> String {
        switch subject {
        case .target(let target), .paths(let target): cure(failure, settings.syncs[target.index])
        case .source, .watches, .http, .configuration, .discovery: ""
        }
    }

    private func indented(_ text: String) -> ByteString {
        var all = ByteString()
        for line in ByteString(text).split(separator: UInt8(ascii: "\n")) where !line.isEmpty { all += "\n  " + line }
        return all
    }

    private func pathLines(_ failures: [PathFailure], more: Int, again: String) -> ByteString {
        let number = Shown.count(failures.count + more, "path does", "paths do")
        var text = ByteString("\(number) not arrive while the rest goes on\(again)")
        for failure in failures {
            text += "\n  " + Shown.path(of: failure.change) + ": " + Shown.name(ByteString(failure.text))
        }
        if more > 0 { text += ByteString("\n  … and \(more) more") }
        return text
    }
}

extension ProblemText {
    private func briefly(_ cause: Problem.Cause) -> String {
        switch cause {
        case .transfer(let failure): briefly(failure.cause)
        case .paths(let failures, let more): "without \(Shown.count(failures.count + more, "path", "paths"))"
        case .source: "paused because of what its directory looks like"
        case .watch, .uncovered: "not watched whole"
        case .targetNested: "refused"
        case .targetUnknown: "held until somebody accepts what is there"
        case .script(let failure): scriptSentence(failure)
        case .notListening: "not served"
        case .told: "not as it should be"
        }
    }

    private func briefly(_ cause: Failure.Cause) -> String {
        switch cause {
        case .unreachable: "the host does not answer"
        case .tunnelDown: "its tunnel is not up"
        case .hostKeyUnknown: "the host's key is not known here"
        case .hostKeyChanged: "the host shows another key than before"
        case .permissionDenied: "the server refuses the key or the password"
        case .sudoPassword: "sudo at the far end asks for a password"
        case .mirroredByAnother: "another program mirrors this source to this target"
        case .commandsRefused: "the account there runs no command, so no rsync"
        case .loginNoise: "a login file at the far end prints text into the connection"
        case .moduleError: "the rsync server refuses"
        case .noSpace: "no space is left there"
        case .rsyncMissingThere: "there is no rsync at the far end"
        case .rsyncMissingHere: "there is no rsync on this machine"
        case .connectionLost: "the connection broke"
        case .stalled: "a transfer made no progress and was stopped"
        case .refusedWords: "the far end refuses the command line"
        case .killed(let signal): "the transfer was killed by signal \(signal)"
        case .exited: "the transfer ended with a failure"
        case .targetUnusable: "the target's directory cannot be used"
        }
    }

    private func suspicionText(_ suspicion: SourceSuspicion, _ subject: Problem.Subject) -> ByteString {
        let now: ByteString = "; its syncs pause and nothing is deleted at a target"
        guard case .source(let id) = subject else { return ByteString("the source is not what it was") + now }
        var accept = "if it is right as it is: lockstep accept " + Shown.source(sources[id.index])
        if let state = settings.stateDirectory { accept += " --state-dir " + Shown.name(state) }
        switch suspicion {
        case .missing:
            return "the directory is not there" + now + "\n  mount or create it"
        case .notDirectory:
            return "it is not a directory" + now + "\n  put the directory back"
        case .emptied:
            return "it is empty and held files before, whose deletion was not seen" + now
                + "\n  mount or restore it; " + accept
        case .mountGone(let mountPoint, let fileSystem):
            return "the file system (" + Shown.name(fileSystem) + ") that was mounted at " + Shown.name(mountPoint)
                + " is not there" + now + "\n  mount it; " + accept
        case .emptyAtFirstStart(deletions: 0):
            return "it is empty at its first start, and what would be deleted at a target can't be told" + now
                + "\n  mount or fill it; " + accept
        case .emptyAtFirstStart(let deletions):
            let files = Shown.count(deletions, "file", "files")
            return ByteString("it is empty at its first start, and \(files) would be deleted at a target") + now
                + "\n  mount or fill it; " + accept
        case .massDeletion(let names):
            let count = Shown.count(names, "name", "names")
            return ByteString("\(count) of a target would be deleted, more than deleteLimit allows")
                + now
                + "\n  put back what should be there; " + accept
        case .unreadable(let number):
            return ByteString("it cannot be read (\(errorText(number)))") + now
                + "\n  let the user that runs this program read it"
        }
    }

    private func unknownText(_ deletions: Int?, _ subject: Problem.Subject) -> ByteString {
        guard case .target(let target) = subject else { return "it is not known here" }
        let found = deletions.map { "\(Shown.count($0, "file", "files")) there would be deleted" }
        return ByteString("it is new here, and \(found ?? "what would be deleted there can't be told")")
            + "; nothing is sent to it\n  look at what it holds; if that may go: lockstep targets accept "
            + Shown.name(settings.syncs[target.index].target)
    }

    package static func nestedText(inside: Bool) -> String {
        let place = inside ? "the target lies inside its source" : "the source lies inside its target"
        return "\(place); it gets no transfer, since it would copy into itself without end\n"
            + "  choose another target, or exclude the inner directory"
    }
}

extension Settings {
    /// In the order of `SourceID`: each source once, as it first appears.
    package var distinctSources: [ByteString] {
        var seen: Set<ByteString> = []
        return syncs.map(\.source).filter { seen.insert($0).inserted }
    }
}
