import MirrorCore
import MirrorStatus

/// What somebody reads whose wait is over: which targets are late, and why.
enum LateText {
    static func render(
        _ awaited: [TargetID], of count: Int, after waited: Duration, _ snapshot: StatusSnapshot, _ words: ProblemText
    ) -> ByteString {
        var text = ByteString(
            "after \(Shown.duration(waited)) \(awaited.count) of \(Shown.count(count, "target", "targets")) "
                + "\(awaited.count == 1 ? "has" : "have") not got everything:\n")
        for target in snapshot.targets where awaited.contains(target.id) {
            text += "  " + words.subject(of: target.id) + ": "
            text += ByteString(StatusText.state(target.state, at: snapshot.moment))
            text += ByteString(
                ", \(Shown.count(target.pendingCount, "change waits", "changes wait")), "
                    + "lag \(Shown.duration(target.lag))\n")
        }
        for problem in snapshot.problems where concerns(problem, awaited, snapshot) {
            text += words.text(for: problem, at: snapshot.moment) + "\n"
        }
        return text
    }

    private static func concerns(_ problem: Problem, _ awaited: [TargetID], _ snapshot: StatusSnapshot) -> Bool {
        switch problem.subject {
        case .target(let target), .paths(let target): awaited.contains(target)
        case .source(let source), .watches(let source):
            snapshot.targets.contains {
                awaited.contains($0.id) && $0.source == snapshot.sources[source.index].path
            }
        case .http, .configuration, .discovery: false
        }
    }
}

/// How a path stands at each target, in sentences.
enum ExplanationText {
    static func render(
        _ answers: [Explanation], _ path: ByteString, isDirectory: Bool, _ snapshot: StatusSnapshot,
        _ settings: Settings, _ words: ProblemText
    ) -> ByteString {
        var text = Shown.name(path) + "\n"
        for answer in answers {
            text += "  " + words.subject(of: answer.target) + ": "
            let sync = settings.syncs[answer.target.index]
            if case .filtered = answer.standing {
                text += filtered(PathBelow.of(sync.source, path) ?? .root, isDirectory: isDirectory, sync) + "\n"
                continue
            }
            text += ByteString(sentence(answer, at: snapshot.moment))
            if let held = hold(snapshot, answer) { text += ByteString(held) }
            if let within = answer.within {
                text += " (its directory /" + Shown.name(within.byteString) + " is compared whole)"
            }
            text += "\n"
            let problems = snapshot.problems.filter {
                $0.subject == .target(answer.target) && answer.standing != .inStep
            }
            for problem in problems { text += "    " + words.text(for: problem, at: snapshot.moment) + "\n" }
        }
        return text
    }

    private static func hold(_ snapshot: StatusSnapshot, _ answer: Explanation) -> String? {
        guard answer.standing != .inStep, answer.standing != .notServed else { return nil }
        let state = snapshot.targets[answer.target.index].state
        switch state {
        case .paused: return "; its source has a problem, which lockstep status tells"
        case .held: return "; it is " + StatusText.state(state, at: snapshot.moment)
        default: return nil
        }
    }

    private static func sentence(_ answer: Explanation, at now: Moment) -> String {
        switch answer.standing {
        case .notServed: return "gets nothing: it is the source itself, or one lies inside the other"
        case .scripted(let events):
            return events == 0
                ? "nothing waits (the sync has functions of its own, and they decided)"
                : "\(Shown.count(events, "event waits", "events wait")) for the sync's own functions"
        case .filtered: return "left out"
        case .inStep: return "in step, nothing is owed"
        case .transferring(let started): return "being sent since \(Shown.duration(now - started))"
        case .waiting(let since, let due):
            let when = due.map { "expected to go in \(Shown.duration(max($0 - now, .zero)))" }
            return "noticed at most \(Shown.duration(now - since)) ago, \(when ?? "waits for its source or its target")"
        case .retrying(let retry):
            guard let failure = retry.failure else {
                return "a comparison is owed for \(Shown.duration(now - retry.since)), "
                    + "next try in \(Shown.duration(max(retry.nextTry - now, .zero)))"
            }
            return "tried \(Shown.count(retry.attempts, "time", "times")), "
                + "owed for \(Shown.duration(now - retry.since)), last: \(failure.text); "
                + "next try in \(Shown.duration(max(retry.nextTry - now, .zero)))"
        }
    }

    /// With the rule that decided: the first one without which the path would stay in.
    private static func filtered(_ path: RelativePath, isDirectory: Bool, _ sync: SyncSettings) -> ByteString {
        for count in sync.filters.indices.map({ $0 + 1 }) {
            let matcher = PathMatcher(filters: Array(sync.filters.prefix(count)), excludes: [])
            guard matcher.excludes(path, isDirectory: isDirectory) else { continue }
            return "left out by the filter rule - " + Shown.name(sync.filters[count - 1].pattern)
        }
        for count in sync.excludes.indices.map({ $0 + 1 }) {
            let matcher = PathMatcher(filters: sync.filters, excludes: Array(sync.excludes.prefix(count)))
            guard matcher.excludes(path, isDirectory: isDirectory) else { continue }
            return "left out by the exclude pattern " + Shown.name(sync.excludes[count - 1])
        }
        return "left out by its filters"
    }
}
