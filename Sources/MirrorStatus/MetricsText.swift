package import MirrorCore

/// Everything that is counted, in Prometheus' text format. docs/http.md has the list; names and meanings stay.
package enum MetricsText {
    /// `redaction`: for the names in labels, which is the only place for words from outside.
    package static func render(
        _ snapshot: StatusSnapshot, _ metrics: Metrics, _ program: ProgramFacts, _ redaction: Redaction
    ) -> ByteString {
        var page = MetricsPage()
        page.family("lockstep_build_info", "gauge", "The program's version.")
        page.sample("{version=" + page.quoted(ByteString(program.version)) + "}", 1)
        page.family("lockstep_start_time_seconds", "gauge", "When counting began, in seconds since 1970.")
        page.sample("", Double(program.time) - program.uptime.inSeconds)
        page.family("lockstep_in_step", "gauge", "1 while nothing is owed to any target.")
        page.sample("", snapshot.isInStep ? 1 : 0)
        sources(snapshot, metrics, redaction, &page)
        gauges(snapshot, redaction, &page)
        counters(snapshot, metrics, redaction, &page)
        problems(snapshot, &page)
        return ByteString(page.bytes)
    }

    private static func sources(
        _ snapshot: StatusSnapshot, _ metrics: Metrics, _ redaction: Redaction, _ page: inout MetricsPage
    ) {
        let labels = snapshot.sources.map { source in
            ByteString("{source=") + page.quoted(redaction.apply(Shown.source(source.path))) + "}"
        }
        let counts = metrics.sources
        page.family("lockstep_source_live", "gauge", "1 while the watches of the source stand.")
        for (label, source) in zip(labels, snapshot.sources) { page.sample(label, source.isLive ? 1 : 0) }
        page.family("lockstep_source_log_changes", "gauge", "Changed paths that the source's log holds.")
        for (label, source) in zip(labels, snapshot.sources) { page.sample(label, UInt64(source.changesInLog)) }
        page.family("lockstep_source_events_total", "counter", "Notices of names below the source.")
        for (label, count) in zip(labels, counts) { page.sample(label, count.notices) }
        page.family("lockstep_source_overflows_total", "counter", "How often the queue of events ran over.")
        for (label, count) in zip(labels, counts) { page.sample(label, count.overflows) }
        page.family("lockstep_source_losses_total", "counter", "Other causes for which a subtree was compared.")
        for (label, count) in zip(labels, counts) { page.sample(label, count.otherLosses) }
    }

    /// Without the closing bracket, so that others can follow.
    private static func labels(_ target: TargetStatus, _ redaction: Redaction, _ page: MetricsPage) -> ByteString {
        ByteString("{name=") + page.quoted(redaction.apply(Shown.name(target.name))) + ",target="
            + page.quoted(redaction.apply(Shown.name(target.target)))
    }

    private static func gauges(_ snapshot: StatusSnapshot, _ redaction: Redaction, _ page: inout MetricsPage) {
        let labels = snapshot.targets.map { self.labels($0, redaction, page) }
        page.family("lockstep_target_lag_seconds", "gauge", "Age of the oldest change that has not arrived.")
        for (label, target) in zip(labels, snapshot.targets) { page.sample(label + "}", target.lag.inSeconds) }
        page.family("lockstep_target_owed_changes", "gauge", "Changes that have not arrived.")
        for (label, target) in zip(labels, snapshot.targets) { page.sample(label + "}", UInt64(target.pendingCount)) }
        page.family("lockstep_target_in_step", "gauge", "1 while nothing is owed to the target.")
        for (label, target) in zip(labels, snapshot.targets) {
            page.sample(label + "}", target.state.isInStep ? 1 : 0)
        }
        page.family("lockstep_target_state", "gauge", "1 for the state in which the target is.")
        for (label, target) in zip(labels, snapshot.targets) {
            page.sample(label + ByteString(",state=\"\(target.state.word)\"}"), 1)
        }
    }

    private static func counters(
        _ snapshot: StatusSnapshot, _ metrics: Metrics, _ redaction: Redaction, _ page: inout MetricsPage
    ) {
        let all = snapshot.targets.map { (labels($0, redaction, page), metrics.counts(of: $0.id)) }
        page.family("lockstep_target_transfers_total", "counter", "Transfers that have ended, by how.")
        for (label, counts) in all {
            let results = [
                ("done", counts.done), ("partial", counts.partial), ("failed", counts.failed),
                ("stopped", counts.stopped),
            ]
            for (name, count) in results { page.sample(label + ByteString(",result=\"\(name)\"}"), count) }
        }
        page.family("lockstep_target_failures_total", "counter", "Transfers that failed as a whole, by cause.")
        for (label, counts) in all {
            for (cause, count) in counts.failures.map({ ($0.key.word, $0.value) }).sorted(by: <) {
                page.sample(label + ByteString(",cause=\"\(cause)\"}"), count)
            }
        }
        func each(_ name: String, _ help: String, _ value: (TargetCounts) -> UInt64) {
            page.family(name, "counter", help)
            for (label, counts) in all { page.sample(label + "}", value(counts)) }
        }
        each("lockstep_target_comparisons_total", "Transfers that compared everything.") { $0.comparisons }
        each("lockstep_target_changes_total", "Changes that have arrived one by one.") { $0.changes }
        each("lockstep_target_path_failures_total", "Paths that did not arrive while the rest did.") { $0.pathFailures }
        each("lockstep_target_deletions_total", "Files deleted there, where the transfer tells.") { $0.deletions }
        each("lockstep_target_sent_bytes_total", "Bytes that transfers have written.") { $0.bytes }
        page.family("lockstep_target_transfer_seconds_total", "counter", "Time in which a transfer ran.")
        for (label, counts) in all { page.sample(label + "}", counts.busy.inSeconds) }
        page.family(
            "lockstep_target_latency_seconds", "histogram", "From the kernel's notice of a change to its arrival.")
        for (label, counts) in all { page.histogram(label, counts.latency) }
    }

    private static func problems(_ snapshot: StatusSnapshot, _ page: inout MetricsPage) {
        var counts: [String: UInt64] = ["source": 0, "watches": 0, "target": 0, "paths": 0, "http": 0]
        for problem in snapshot.problems { counts[problem.subject.word, default: 0] += 1 }
        page.family("lockstep_problems", "gauge", "Lasting faults that a person should see, by their subject.")
        for (word, count) in counts.sorted(by: { $0.key < $1.key }) {
            page.sample(ByteString("{subject=\"\(word)\"}"), count)
        }
    }
}

/// Lines of the format, as they are put together.
private struct MetricsPage {
    private(set) var bytes: [UInt8] = []
    private var name = ""

    mutating func family(_ name: String, _ type: String, _ help: String) {
        self.name = name
        bytes += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n".utf8
    }

    mutating func sample(_ labels: ByteString, _ value: Int) { line("", labels, "\(value)") }

    mutating func sample(_ labels: ByteString, _ value: UInt64) { line("", labels, "\(value)") }

    mutating func sample(_ labels: ByteString, _ value: Double) { line("", labels, Self.text(value)) }

    mutating func histogram(_ labels: ByteString, _ histogram: LatencyHistogram) {
        var sum: UInt64 = 0
        for (bound, count) in zip(LatencyHistogram.bounds, histogram.counts) {
            sum += count
            line("_bucket", labels + ByteString(",le=\"\(Self.text(bound.inSeconds))\"}"), "\(sum)")
        }
        line("_bucket", labels + ",le=\"+Inf\"}", "\(histogram.count)")
        line("_sum", labels + "}", Self.text(histogram.sum.inSeconds))
        line("_count", labels + "}", "\(histogram.count)")
    }

    private mutating func line(_ suffix: String, _ labels: ByteString, _ value: String) {
        bytes += name.utf8
        bytes += suffix.utf8
        bytes += labels.bytes
        bytes.append(0x20)
        bytes += value.utf8
        bytes.append(0x0a)
    }

    /// Whole numbers without a point, as people write them.
    private static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    func quoted(_ text: ByteString) -> ByteString {
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text.description.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): quoted += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): quoted += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            default: quoted.append(byte)
            }
        }
        return ByteString(quoted + [UInt8(ascii: "\"")])
    }
}

extension Problem.Subject {
    /// One word that never changes: for programs.
    package var word: String {
        switch self {
        case .source: "source"
        case .watches: "watches"
        case .target: "target"
        case .paths: "paths"
        case .http: "http"
        case .configuration: "configuration"
        case .discovery: "discovery"
        }
    }
}

extension Failure.Cause {
    /// One word that never changes: for programs.
    package var word: String {
        switch self {
        case .unreachable: "unreachable"
        case .tunnelDown: "tunnel_down"
        case .hostKeyUnknown: "host_key_unknown"
        case .hostKeyChanged: "host_key_changed"
        case .permissionDenied: "permission_denied"
        case .mirroredByAnother: "mirrored_by_another"
        case .sudoPassword: "sudo_password"
        case .commandsRefused: "commands_refused"
        case .loginNoise: "login_noise"
        case .moduleError: "module_error"
        case .noSpace: "no_space"
        case .rsyncMissingThere: "rsync_missing_there"
        case .rsyncMissingHere: "rsync_missing_here"
        case .connectionLost: "connection_lost"
        case .stalled: "stalled"
        case .refusedWords: "refused_words"
        case .killed: "killed"
        case .exited: "exited"
        case .targetUnusable: "target_unusable"
        }
    }
}
