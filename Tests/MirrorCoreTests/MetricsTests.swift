import MirrorCore
import Testing

@Suite("What the core counts")
struct MetricsTests {
    private let start = Moment(nanoseconds: 1_000_000_000_000)

    private func begin(_ first: inout Job?) -> Mirrors {
        var settings = Settings()
        settings.syncs = [SyncSettings(name: "one", source: "/s", target: "h:/t/")]
        settings.syncs[0].delay = .zero
        var mirrors = Mirrors(settings: settings, seed: 1)
        var actions: [Action] = []
        mirrors.start(at: start, into: &actions)
        let source = SourceID(0)
        // The watches that stand make the source be looked at once more.
        for event in [
            Event.noticed(source, .live(directories: 1)), .targetIdentified(TargetID(0), .distinct),
            .sourceChecked(source, SourceReport()), .sourceChecked(source, SourceReport()),
        ] {
            mirrors.handle(event, at: start, into: &actions)
            mirrors.settle(at: start, into: &actions)
        }
        first = Self.job(in: actions)
        return mirrors
    }

    private static func job(in actions: [Action]) -> Job? {
        for case .startTransfer(let job) in actions { return job }
        return nil
    }

    private func turn(_ mirrors: inout Mirrors, _ events: [Event], after: Duration) -> Job? {
        var actions: [Action] = []
        for event in events { mirrors.handle(event, at: start + after, into: &actions) }
        mirrors.settle(at: start + after, into: &actions)
        return Self.job(in: actions)
    }

    @Test("a change counts once, from its notice to its arrival; a failed path when it arrives after all")
    func latency() throws {
        var begun: Job?
        var mirrors = begin(&begun)
        let first = try #require(begun)
        let source = SourceID(0)
        var outcome = Outcome(.done)
        (outcome.bytes, outcome.deletions) = (100, 2)
        let none = turn(&mirrors, [.transferEnded(first.id, outcome)], after: .seconds(1))
        #expect(none == nil)
        #expect(mirrors.metrics.targets[0].comparisons == 1)
        #expect(mirrors.metrics.targets[0].latency.count == 0)
        let good = RelativePath("good")
        let bad = RelativePath("bad")
        let notices = [good, bad].map { Event.noticed(source, .touched($0, isDirectory: false)) }
        let job = try #require(turn(&mirrors, notices, after: .seconds(2)))
        let failure = PathFailure(Change(bad), kind: .vanished, text: "gone")
        _ = turn(&mirrors, [.transferEnded(job.id, Outcome(.partial([failure])))], after: .seconds(3))
        var counts = mirrors.metrics.targets[0]
        #expect((counts.done, counts.partial, counts.pathFailures, counts.changes) == (1, 1, 1, 1))
        #expect(counts.latency.sum == .seconds(1))
        let retried = try #require(turn(&mirrors, [], after: .seconds(10)))
        _ = turn(&mirrors, [.transferEnded(retried.id, Outcome(.done))], after: .seconds(12))
        counts = mirrors.metrics.targets[0]
        #expect((counts.changes, counts.latency.count, counts.latency.sum) == (2, 2, .seconds(11)))
        #expect((counts.bytes, counts.deletions, counts.busy) == (100, 2, .seconds(4)))
        #expect(mirrors.metrics.sources[0].notices == 2)
    }

    @Test("failures count by cause, whatever signal it was; losses by their kind")
    func failures() throws {
        var begun: Job?
        var mirrors = begin(&begun)
        let job = try #require(begun)
        let failed = Outcome(.failed(Failure(.killed(signal: 9))))
        _ = turn(&mirrors, [.transferEnded(job.id, failed)], after: .seconds(1))
        #expect(mirrors.metrics.targets[0].failures == [.killed(signal: 0): 1])
        let losses = [
            Event.noticed(SourceID(0), .lost(.root, reason: .overflow)),
            .noticed(SourceID(0), .lost(.root, reason: .rewatched)),
        ]
        _ = turn(&mirrors, losses, after: .seconds(2))
        #expect((mirrors.metrics.sources[0].overflows, mirrors.metrics.sources[0].otherLosses) == (1, 1))
    }

    @Test("a step of the histogram takes what is at most its bound, and the last one takes the rest")
    func histogram() {
        var histogram = LatencyHistogram()
        for latency in [Duration.zero, .milliseconds(1), .nanoseconds(1_000_001), .seconds(1800), .seconds(1801)] {
            histogram.add(latency)
        }
        #expect(histogram.counts.first == 2 && histogram.counts[1] == 1)
        #expect(histogram.counts.suffix(2) == [1, 1])
        #expect(LatencyHistogram.bounds == LatencyHistogram.bounds.sorted())
    }
}
