package import MirrorCore

/// What `lockstep record` has written, handed to the production core with one target that takes everything at once:
/// shows what would have been sent, and when.
package struct RecordedRun: ~Copyable {
    package let entries: [NoticeRecord.Entry]
    /// The record ends here before its end.
    package let fault: NoticeRecord.Fault?
    private var mirrors: Mirrors
    private let began = Moment(nanoseconds: 1_000_000_000_000)
    private var now = Moment(nanoseconds: 1_000_000_000_000)
    private var posts: [(at: Moment, event: Event)] = []
    /// How far the recorder's boot clock is from this run's, by the first loss that it tells.
    private static let took = Duration.milliseconds(50)

    package init(_ bytes: [UInt8], delay: Duration = .seconds(1)) throws(NoticeRecord.Fault) {
        (entries, fault) = NoticeRecord.decode(bytes)
        if let fault, entries.isEmpty { throw fault }
        var settings = Settings()
        settings.insists = true
        var sync = SyncSettings(name: "recorded", source: "/recorded", target: "/target/")
        sync.delay = delay
        settings.syncs = [sync]
        mirrors = Mirrors(settings: settings, seed: 0)
    }

    package var isInStep: Bool { mirrors.mirrors[0].isInStep(mirrors.sources[0].log) }
    /// Transfers that were started.
    package private(set) var jobs: [Job] = []

    /// To the end of the record, and on until nothing is owed.
    package mutating func live(_ tell: (String) -> Void) {
        var actions: [Action] = []
        mirrors.start(at: now, into: &actions)
        perform(actions, tell)
        var left = entries[...]
        if !entries.contains(where: { if case .live = $0.notice { true } else { false } }) {
            handle([.noticed(SourceID(0), .live(directories: 0))], tell)
        }
        while let soonest = soonest(left.first) {
            now = max(now, soonest)
            var events = posts.filter { $0.at <= now }.map(\.event)
            posts.removeAll { $0.at <= now }
            while let entry = left.first, began + entry.after <= now {
                left = left.dropFirst()
                tell("\(text(now)) \(entry.notice)")
                events.append(.noticed(SourceID(0), entry.notice))
            }
            handle(events, tell)
        }
        if let fault { tell("the record ends before its end: \(fault)") }
    }

    private mutating func soonest(_ entry: NoticeRecord.Entry?) -> Moment? {
        let moments = [entry.map { began + $0.after }, posts.map(\.at).min(), isInStep ? nil : mirrors.nextDeadline()]
        return moments.compactMap { $0 }.min()
    }

    private mutating func handle(_ events: [Event], _ tell: (String) -> Void) {
        var actions: [Action] = []
        for event in events { mirrors.handle(event, at: now, into: &actions) }
        mirrors.settle(at: now, into: &actions)
        perform(actions, tell)
    }

    private mutating func perform(_ actions: [Action], _ tell: (String) -> Void) {
        for action in actions {
            switch action {
            case .checkSource(let source): post(.sourceChecked(source, SourceReport()))
            case .identifyTarget(let target): post(.targetIdentified(target, .distinct))
            case .walk(let source, _): post(.walked(source, .found(.init())))
            case .startTransfer(let job):
                jobs.append(job)
                tell("\(text(now))   transfer \(job.id.number): \(Self.text(job.scope))")
                posts.append((now + Self.took, .transferEnded(job.id, Outcome(.done, exitCode: 0))))
            default: continue
            }
        }
    }

    private mutating func post(_ event: Event) { posts.append((now, event)) }

    private func text(_ moment: Moment) -> String { "\((moment - began).inSeconds)" }

    private static func text(_ scope: Job.Scope) -> String {
        switch scope {
        case .everything: "everything"
        case .changes(let changes):
            changes.map { $0.path.description + ($0.isDeep ? "/**" : "") }.joined(separator: " ")
        }
    }
}
