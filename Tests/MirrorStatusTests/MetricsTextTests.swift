import MirrorCore
import MirrorStatus
import Testing

@Suite("The text for Prometheus")
struct MetricsTextTests {
    private func render(_ targets: [TargetStatus], _ metrics: Metrics, redaction: Redaction = Redaction()) -> String {
        let program = ProgramFacts(
            version: "1.0", process: 7, configuration: nil, time: 1_000_000, uptime: .milliseconds(1500))
        return MetricsText.render(Samples.snapshot(targets), metrics, program, redaction).description
    }

    @Test("what was counted stands there, with the names as labels")
    func counted() {
        var metrics = Metrics(sources: 1, targets: 1)
        metrics.sources[0].notices = 12
        metrics.sources[0].overflows = 1
        metrics.targets[0].done = 3
        metrics.targets[0].failures = [.unreachable: 2, .killed(signal: 0): 1]
        metrics.targets[0].changes = 5
        for latency in [Duration.milliseconds(3), .milliseconds(5), .seconds(7200)] {
            metrics.targets[0].latency.add(latency)
        }
        let text = render([Samples.target(0, state: .waiting, count: 4)], metrics)
        let label = #"{name="Sync1",target="h1:/t/""#
        let lines = [
            #"lockstep_build_info{version="1.0"} 1"#, "lockstep_start_time_seconds 999998.5", "lockstep_in_step 0",
            #"lockstep_source_events_total{source="/srv/web/"} 12"#,
            #"lockstep_source_overflows_total{source="/srv/web/"} 1"#,
            "lockstep_target_lag_seconds\(label)} 3.2", "lockstep_target_owed_changes\(label)} 4",
            "lockstep_target_state\(label),state=\"waiting\"} 1",
            "lockstep_target_transfers_total\(label),result=\"done\"} 3",
            "lockstep_target_transfers_total\(label),result=\"failed\"} 3",
            "lockstep_target_failures_total\(label),cause=\"killed\"} 1",
            "lockstep_target_failures_total\(label),cause=\"unreachable\"} 2",
            "lockstep_target_changes_total\(label)} 5",
            "lockstep_target_latency_seconds_bucket\(label),le=\"0.002\"} 0",
            "lockstep_target_latency_seconds_bucket\(label),le=\"0.005\"} 2",
            "lockstep_target_latency_seconds_bucket\(label),le=\"1800\"} 2",
            "lockstep_target_latency_seconds_bucket\(label),le=\"+Inf\"} 3",
            "lockstep_target_latency_seconds_sum\(label)} 7200.008", "lockstep_target_latency_seconds_count\(label)} 3",
            "lockstep_problems{subject=\"target\"} 0",
        ]
        for line in lines { #expect(text.contains("\n" + line + "\n"), "\(line)\n\(text)") }
    }

    @Test("each family is told once, before its samples; no line is anything else")
    func form() {
        let text = render([Samples.target(0), Samples.target(1)], Metrics(sources: 1, targets: 2))
        var told: Set<Substring> = []
        var family = Substring()
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# HELP") { #expect(told.insert(words[2]).inserted, "\(line)") }
            if line.hasPrefix("# TYPE") { family = words[2] }
            guard !line.hasPrefix("#") else { continue }
            #expect(line.hasPrefix(family), "\(line) below \(family)")
            #expect(words.last.flatMap { Double($0) } != nil, "\(line)")
        }
        #expect(told.count > 15)
    }

    @Test("a name can't end its label, nor show a secret")
    func names() {
        var target = Samples.target(0)
        target.name = "a\"b\\c\nd-hush-\u{00FF}"
        let redaction = Redaction([Redaction.Entry("hush")])
        let text = render([target], Metrics(sources: 1, targets: 1), redaction: redaction)
        #expect(text.contains(##"name="a\"b\\c\\#012d-***-"##), "\(text)")
        #expect(!text.contains("hush"))
    }
}
