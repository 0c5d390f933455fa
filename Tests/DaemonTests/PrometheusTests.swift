import MirrorCore
import MirrorLinux
import MirrorTesting
import Testing

enum Prometheus {
    static let isThere = ["prometheus", "promtool"].allSatisfy { Programs.find($0, path: "/usr/bin") != nil }
}

/// Debian's Prometheus, on loopback, with its data in the test's own directory.
@Suite("Prometheus", .enabled(if: Prometheus.isThere, "prometheus is not installed (script/setup)"))
struct PrometheusTests {
    @Test("scrapes a program at work, and promtool has nothing to say about what it reads")
    func scrape() async throws {
        let web = try WebTrial()
        let program = try await web.start(second: "127.0.0.77:/nowhere")
        try web.control.trial.source.write("a", "1")
        #expect(try await web.control.ask("flush", "--target", "one").exit == .code(0))
        let page = try await web.get("/metrics")
        #expect(page.status == 200 && page.head.contains("text/plain; version=0.0.4"))
        try await check(page.body, in: web.control.trial.tree)
        let port = try #require(FreeLocalPort.find())
        try web.control.trial.tree.tree.write(
            "prometheus.yml",
            ByteString(
                """
                global: { scrape_interval: 1s, scrape_timeout: 1s }
                scrape_configs: [ { job_name: lockstep, static_configs: [ { targets: ["127.0.0.1:\(web.port)"] } ] } ]

                """))
        let prometheus = try ChildProcess(
            [
                "/usr/bin/prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=prometheus",
                ByteString("--web.listen-address=127.0.0.1:\(port)"), "--log.level=warn",
            ], directory: web.control.trial.tree.path)
        let queries = [
            ("up", "\"1\""), ("lockstep_target_in_step%7Bname=%22one%22%7D", "\"1\""),
            ("lockstep_target_in_step%7Bname=%22two%22%7D", "\"0\""),
            ("lockstep_target_failures_total%7Bcause=%22unreachable%22%7D", "\"name\":\"two\""),
            ("lockstep_target_latency_seconds_count%7Bname=%22one%22%7D%3E0", "\"name\":\"one\""),
            ("histogram_quantile(0.5,lockstep_target_latency_seconds_bucket%7Bname=%22one%22%7D)", "\"value\""),
            ("lockstep_target_sent_bytes_total%7Bname=%22one%22%7D%3E0", "\"name\":\"one\""),
            ("lockstep_problems%7Bsubject=%22target%22%7D", "\"1\""),
        ]
        for (query, part) in queries {
            var last = ""
            try await Condition.wait(
                until: "Prometheus has \(query)", deadline: .seconds(90), interval: .milliseconds(100),
                state: { last + prometheus.errorText },
                holds: {
                    last = try await RawAnswer.get("/api/v1/query?query=\(query)", port: port)?.body ?? ""
                    return last.contains(part)
                })
        }
        prometheus.signal(15)
        try await prometheus.waitForExit(within: .seconds(60))
        try await program.stop()
    }

    private func check(_ page: String, in tree: TemporaryTree) async throws {
        try tree.tree.write("page", ByteString(page))
        let promtool = try ChildProcess(
            ["/bin/sh", "-c", "exec /usr/bin/promtool check metrics <page"], directory: tree.path)
        let exit = try await promtool.waitForExit(within: .seconds(60))
        #expect(exit == .code(0), "\(promtool.outputText)\(promtool.errorText)")
        #expect(promtool.outputText + promtool.errorText == "")
    }
}
