package import MirrorCore

/// What the page is told, once a second: everything to who has just come, and to all others what has changed.
/// Keeps the lag of the last minutes, so that the page has a past when it is opened.
package struct LiveFeed: Sendable {
    /// One a second.
    private static let samples = 300

    private let redaction: Redaction
    /// May change with the targets.
    package var words: ProblemText
    private var lags: [[Float]]
    private var next = 0
    private var count = 0
    /// The rows as they were told last.
    private var told: [ByteString] = []
    private var toldTargets: [TargetID] = []
    private var owesAll = true

    package init(targets: Int, words: ProblemText, redaction: Redaction) {
        self.words = words
        self.redaction = redaction
        lags = Array(repeating: [], count: targets)
    }

    /// To be called once a second. A target that has never been behind costs nothing.
    package mutating func sample(_ health: HealthReport, at now: Moment) {
        while lags.count < health.targets.count { lags.append([]) }
        for index in health.targets.indices {
            let lag = health.targets[index].owedSince.map { max(now - $0, .zero).inSeconds } ?? 0
            if lags[index].isEmpty, lag == 0 { continue }
            if lags[index].isEmpty { lags[index] = [Float](repeating: 0, count: Self.samples) }
            lags[index][next] = Float(lag)
        }
        next = (next + 1) % Self.samples
        count = min(count + 1, Self.samples)
    }

    /// For who has just come. The next event is whole too where nothing is known yet.
    package mutating func greeting(_ page: LivePage?) -> ByteString {
        guard let page else {
            owesAll = true
            return ": soon\n\n"
        }
        return event(page, rows: rows(page), isWhole: true)
    }

    /// For everybody who listens.
    package mutating func news(_ page: LivePage?) -> ByteString {
        guard let page else { return ": nothing\n\n" }
        let rows = rows(page)
        let targets = page.status.targets.map(\.id)
        let isWhole = owesAll || targets != toldTargets
        let changed = rows.enumerated().filter { isWhole || told[$0.offset] != $0.element }.map(\.element)
        (told, toldTargets) = (rows, targets)
        owesAll = false
        return event(page, rows: changed, isWhole: isWhole)
    }

    private func event(_ page: LivePage, rows: [ByteString], isWhole: Bool) -> ByteString {
        var fields = page.fields(words)
        fields.append(("whole", .truth(isWhole)))
        fields.append(("targets", .rendered(rows)))
        if isWhole { fields.append(("history", .list(page.status.targets.map { history($0.id.index) }))) }
        return "data: " + redaction.apply(JSONText.object(fields).rendered) + "\n\n"
    }

    private func rows(_ page: LivePage) -> [ByteString] {
        page.status.targets.enumerated().map { page.row($0.element, $0.offset).rendered }
    }

    /// Oldest first; empty where it was never behind.
    private func history(_ index: Int) -> JSONText {
        let lags = lags[index]
        guard !lags.isEmpty else { return .list([]) }
        let first = count < Self.samples ? 0 : next
        return .list(
            (0..<count).map { offset in
                .seconds(.milliseconds(Int64(lags[(first + offset) % Self.samples] * 1000)))
            })
    }
}

/// Everything that the page shows, of one moment.
package struct LivePage: Sendable {
    package var status: StatusSnapshot
    package var metrics: Metrics
    package var recent: [RecentTransfer]
    package var program: ProgramFacts

    package init(status: StatusSnapshot, metrics: Metrics, recent: [RecentTransfer], program: ProgramFacts) {
        self.status = status
        self.metrics = metrics
        self.recent = recent
        self.program = program
    }

    func fields(_ words: ProblemText) -> [(String, JSONText)] {
        let now = status.moment
        let targets = metrics.targets
        func sum(_ value: (TargetCounts) -> UInt64) -> JSONText {
            .integer(Int(targets.reduce(UInt64(0)) { $0 &+ value($1) }))
        }
        return [
            ("time", .integer(Int(program.time))), ("version", .text(program.version)),
            ("uptime", .seconds(program.uptime)), ("inStep", .truth(status.isInStep)),
            ("changes", sum { $0.changes }), ("bytes", sum { $0.bytes }),
            ("events", .integer(Int(metrics.sources.reduce(UInt64(0)) { $0 &+ $1.notices }))),
            ("sources", .list(status.sources.map(source))),
            ("problems", .list(status.problems.map { problem($0, at: now, words) })),
            ("recent", .list(recent.reversed().map(transfer))),
        ]
    }

    /// Without ages, so that a target at rest is the same row again and again.
    func row(_ target: TargetStatus, _ index: Int) -> JSONText {
        var nextTry = JSONText.nothing
        if case .failing(let moment) = target.state { nextTry = .integer(wall(max(moment, status.moment))) }
        return .object([
            ("i", .integer(index)), ("name", .text(Shown.name(target.name))),
            ("target", .text(Shown.name(target.target))), ("state", .text(target.state.word)),
            ("owed", .integer(target.pendingCount)), ("lag", .seconds(target.lag)), ("next", nextTry),
            ("last", target.lastTransfer.map { .integer(wall($0.ended)) } ?? .nothing),
        ])
    }

    private func source(_ source: SourceStatus) -> JSONText {
        .object([
            ("path", .text(Shown.source(source.path))), ("live", .truth(source.isLive)),
            ("means", source.means.map { .text(Shown.means($0)) } ?? .nothing),
        ])
    }

    private func problem(_ problem: Problem, at now: Moment, _ words: ProblemText) -> JSONText {
        .object([
            ("text", .text(words.text(for: problem, at: now))), ("since", .integer(wall(problem.since))),
            ("count", .integer(problem.count)),
        ])
    }

    private func transfer(_ transfer: RecentTransfer) -> JSONText {
        .object([
            ("at", .integer(wall(transfer.ended))), ("target", .integer(transfer.target.index)),
            ("took", .seconds(transfer.took)), ("changes", transfer.changes.map { .integer($0) } ?? .nothing),
            ("bytes", transfer.bytes.map { .integer($0) } ?? .nothing),
            ("paths", .list(transfer.paths.map { .text($0) })),
            ("failure", transfer.failure.map { .text($0) } ?? .nothing),
        ])
    }

    private func wall(_ moment: Moment) -> Int {
        Int(program.time) - Int((status.moment - moment).wholeNanoseconds / 1_000_000_000)
    }
}

/// A transfer that has ended, as a person remembers it.
package struct RecentTransfer: Sendable, Equatable {
    /// So many are kept, and so many names of each.
    package static let kept = 30
    private static let pathsKept = 3

    package var target: TargetID
    package var ended: Moment
    package var took: Duration
    /// nil is a comparison of everything.
    package var changes: Int?
    package var bytes: Int?
    package var paths: [ByteString]
    /// nil where it went well.
    package var failure: String?

    package init(_ job: Job, _ outcome: Outcome, at now: Moment, words: ProblemText) {
        target = job.target
        ended = now
        took = outcome.duration
        bytes = outcome.bytes
        paths = []
        if case .changes(let list) = job.scope {
            changes = list.count
            paths = list.prefix(Self.pathsKept).map { Shown.path(of: $0) }
        }
        switch outcome.result {
        case .done: failure = nil
        case .partial(let failures): failure = Shown.count(failures.count, "path did", "paths did") + " not arrive"
        case .failed(let cause): failure = words.sentence(for: cause)
        case .stopped: failure = "it was stopped"
        case .sourceSuspect: failure = "its source is not what it was"
        }
    }
}
