package import MirrorCore

/// The state of everything as JSON, for programs. docs/control.md describes the fields; they are added to, and never
/// change their meaning.
package enum StatusJSON {
    package static func render(_ snapshot: StatusSnapshot, _ program: ProgramFacts, words: ProblemText) -> ByteString {
        let now = snapshot.moment
        let status = JSONText.object([
            ("format", .integer(1)), ("version", .text(program.version)), ("pid", .integer(program.process)),
            ("configuration", program.configuration.map { .text($0) } ?? .nothing),
            ("time", .integer(Int(program.time))), ("uptimeSeconds", .seconds(program.uptime)),
            ("inStep", .truth(snapshot.isInStep)),
            ("sources", .list(snapshot.sources.map(source))),
            ("targets", .list(snapshot.targets.map { target($0, at: now) })),
            ("problems", .list(snapshot.problems.map { problem($0, at: now, words) })),
        ])
        return status.rendered + "\n"
    }

    private static func source(_ source: SourceStatus) -> JSONText {
        .object([
            ("path", .text(Shown.source(source.path))), ("isLive", .truth(source.isLive)),
            ("changesInLog", .integer(source.changesInLog)),
        ])
    }

    private static func target(_ target: TargetStatus, at now: Moment) -> JSONText {
        var nextTry = JSONText.nothing
        if case .failing(let moment) = target.state { nextTry = .seconds(max(moment - now, .zero)) }
        var pause = JSONText.nothing
        if case .held(let held) = target.state {
            pause = .object([
                ("by", .text(held.bySchedule ? "schedule" : "request")),
                ("endsInSeconds", held.until.map { .seconds(max($0 - now, .zero)) } ?? .nothing),
            ])
        }
        return .object([
            ("name", .text(target.name)), ("source", .text(Shown.source(target.source))),
            ("target", .text(target.target)), ("state", .text(target.state.word)),
            ("inStep", .truth(target.state.isInStep)), ("owed", .integer(target.pendingCount)),
            ("lagSeconds", .seconds(target.lag)), ("nextTrySeconds", nextTry),
            ("pause", pause), ("lastTransfer", target.lastTransfer.map { last($0, at: now) } ?? .nothing),
        ])
    }

    private static func last(_ last: TargetStatus.LastTransfer, at now: Moment) -> JSONText {
        .object([
            ("secondsAgo", .seconds(now - last.ended)), ("tookSeconds", .seconds(last.took)),
            ("changes", last.changes.map { .integer($0) } ?? .nothing), ("succeeded", .truth(last.succeeded)),
        ])
    }

    private static func problem(_ problem: Problem, at now: Moment, _ words: ProblemText) -> JSONText {
        .object([
            ("text", .text(words.text(for: problem, at: now))), ("sinceSeconds", .seconds(now - problem.since)),
            ("count", .integer(problem.count)),
            ("nextTrySeconds", problem.nextTry.map { .seconds(max($0 - now, .zero)) } ?? .nothing),
        ])
    }
}

extension StatusSnapshot {
    /// Nothing is owed to any target that takes part.
    package var isInStep: Bool { targets.allSatisfy { $0.state.isInStep || $0.state == .refused } }
}

extension TargetStatus.State {
    /// One word that never changes: for programs.
    package var word: String {
        switch self {
        case .starting: "starting"
        case .inStep: "inStep"
        case .waiting: "waiting"
        case .transferring: "transferring"
        case .failing: "failing"
        case .paused: "guarded"
        case .held: "paused"
        case .isSource: "isSource"
        case .refused: "refused"
        }
    }

    package var isInStep: Bool { self == .inStep || self == .isSource }
}
