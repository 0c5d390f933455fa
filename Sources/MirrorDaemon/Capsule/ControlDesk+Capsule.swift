import MirrorCore
import MirrorStatus

/// What only the running program can say of an incident.
extension ControlDesk {
    /// So many of what each target owes are named.
    private static let shown = 200

    func capsule(_ mirrors: borrowing Mirrors, at now: Moment) -> Capsule {
        let snapshot = mirrors.snapshot(at: now, shown: Self.shown)
        let facts = program(now)
        var parts = [
            Capsule.Part("status", StatusTable.render(snapshot, facts, words: words)),
            Capsule.Part("status as JSON", StatusJSON.render(snapshot, facts, words: words)),
            Capsule.Part("owed", StatusText.pending(snapshot)),
            Capsule.Part("metrics", MetricsText.render(snapshot, mirrors.metrics, facts, settings.redaction)),
            Capsule.Part("messages", log.memory.text),
        ]
        for index in parts.indices { parts[index].text = settings.redaction.apply(parts[index].text) }
        for (index, source) in mirrors.sources.enumerated() {
            guard let record = notices.record(of: SourceID(index)) else { continue }
            parts.append(Capsule.Part(Capsule.record + Shown.source(source.path), Capsule.hexadecimal(record)))
        }
        return Capsule(parts)
    }
}
