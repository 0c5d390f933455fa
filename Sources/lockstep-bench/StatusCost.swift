import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorStatus
import MirrorTesting
import Synchronization

/// How long a thousand targets take to be told over HTTP, from the connection to the last byte; the loop serves only
/// this core, whose targets all owe ten thousand changes.
enum StatusCost {
    private static let targets = 1000
    private static let changes = 10_000

    static func table() async throws -> String {
        guard let port = FreeLocalPort.find() else { return "no port is free" }
        var settings = Settings()
        settings.http = HTTPSettings(address: "127.0.0.1", port: port)
        for index in 0..<targets {
            settings.syncs.append(
                SyncSettings(
                    name: ByteString("web\(index)"), source: "/srv/site", target: ByteString("web\(index):/srv/site/")))
        }
        let tree = try TemporaryTree()
        let log = LogOutput(settings: settings, categories: LogCategories(), inForeground: true)
        let options = DaemonOptions(
            log: log, categories: LogCategories(), memory: SourceMemory(directory: tree.path), startedInForeground: true
        )
        guard var core = ServedCore(settings: settings, options: options, changes: changes) else { return "not served" }
        let isOver = Flag()
        let wake = core.wake
        let addresses = [
            "/healthz", "/readyz", "/targets/web1?max_lag=5s", "/targets/web999?max_lag=5s", "/status.json", "/metrics",
            "/",
        ]
        async let rows = measure(addresses, port, isOver, wake)
        let longest = try await core.serve { isOver.isSet }
        return try await (["| address | bytes | median ms | longest ms |", "|---|---|---|---|"] + rows).joined(
            separator: "\n")
            + "\n\nThe longest time that the loop spent on telling at once: \(milliseconds(longest)) ms"
    }

    private static func measure(
        _ addresses: [String], _ port: UInt16, _ isOver: Flag, _ wake: @escaping @Sendable () -> Void
    ) async throws -> [String] {
        defer {
            isOver.set()
            wake()
        }
        try await Condition.wait(until: "it serves") { RawConnection(port: port) != nil }
        var rows: [String] = []
        for address in addresses {
            var times: [Duration] = []
            var bytes = 0
            for _ in 0..<20 {
                let began = ContinuousClock.now
                let answer = try await RawAnswer.get(address, port: port)
                times.append(ContinuousClock.now - began)
                bytes = answer?.body.utf8.count ?? 0
                // The loop spends a twentieth of its time on telling; who asks more often waits for his turn.
                try await Task.sleep(for: .milliseconds(300))
            }
            times.sort()
            rows.append("| \(address) | \(bytes) | \(milliseconds(times[10])) | \(milliseconds(times[19])) |")
        }
        return rows
    }

    private static func milliseconds(_ duration: Duration) -> String {
        "\(Double(duration.wholeNanoseconds / 10_000) / 100)"
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .relaxed) }
        func set() { value.store(true, ordering: .relaxed) }
    }
}
