import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorStatus
import MirrorTesting
import Synchronization
import Testing

/// What `lockstep-bench status` measures, looked at for what it says.
@Suite("A thousand targets over HTTP")
struct ManyTargetsTests {
    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .relaxed) }
        func set() { value.store(true, ordering: .relaxed) }
    }

    @Test("everything tells of all of them, and the page is told once of what does not change")
    func all() async throws {
        let port = try #require(FreeLocalPort.find())
        var settings = Settings()
        settings.http = HTTPSettings(address: "127.0.0.1", port: port)
        settings.syncs = (0..<1000).map {
            SyncSettings(name: ByteString("web\($0)"), source: "/srv", target: ByteString("web\($0):/srv/"))
        }
        let tree = try TemporaryTree()
        let log = LogOutput(settings: settings, categories: LogCategories(), inForeground: true)
        let options = DaemonOptions(
            log: log, categories: LogCategories(), memory: SourceMemory(directory: tree.path), startedInForeground: true
        )
        guard var core = ServedCore(settings: settings, options: options, changes: 50) else {
            Issue.record("nothing is served")
            return
        }
        let (isOver, wake) = (Flag(), core.wake)
        async let looked: Void = look(port, isOver, wake)
        _ = try await core.serve { isOver.isSet }
        try await looked
    }

    private func look(_ port: UInt16, _ isOver: Flag, _ wake: @escaping @Sendable () -> Void) async throws {
        defer {
            isOver.set()
            wake()
        }
        try await Condition.wait(until: "it serves", deadline: .seconds(60)) {
            try await RawAnswer.get("/healthz", port: port)?.status == 200
        }
        let status = try #require(try await RawAnswer.get("/status.json", port: port))
        #expect(status.body.ranges(of: "\"lagSeconds\":").count == 1000)
        #expect(status.body.ranges(of: "\"owed\":50,").count == 900)
        #expect(status.body.ranges(of: "\"owed\":51,").count == 100)
        let metrics = try #require(try await RawAnswer.get("/metrics", port: port))
        #expect(metrics.body.ranges(of: "\nlockstep_target_lag_seconds{").count == 1000)
        #expect(metrics.body.ranges(of: ",result=\"done\"} 1\n").count == 900)
        #expect(try await RawAnswer.get("/targets/web11?max_lag=1h", port: port)?.status == 200)
        #expect(try await RawAnswer.get("/targets/web10?max_lag=1h", port: port)?.status == 503)
        let page = try #require(RawConnection(port: port))
        page.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
        try await Condition.wait(until: "two events have come", deadline: .seconds(60)) {
            page.text.ranges(of: "\"whole\":").count >= 3
        }
        let whole = page.text.ranges(of: "\"whole\":true").count
        #expect(whole == 1 || whole == 2)
        #expect(page.text.contains("\"whole\":false"))
    }
}
