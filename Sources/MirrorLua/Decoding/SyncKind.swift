import MirrorCore

/// Which way of transfer a sync{} asks for, told by whose functions stand in it.
struct SyncKind {
    let record: SyncRecord
    let findings: Findings
    let unknownBases: Set<Place>

    enum Way: String { case rsync, rsyncssh, direct }

    /// Which of lsyncd's own ways does the work. For everything else one error is told.
    func way() -> Way? {
        switch record.label("action") {
        case "default.rsync.action": return plain(.rsync)
        case "default.rsyncssh.action": return plain(.rsyncssh)
        case "default.direct.action": return plain(.direct)
        case "default.action":
            if let layer {
                notThere("\(layer) with functions or commands of your own", nil, at: layer)
            } else {
                noBase()
            }
        case nil: noBase()
        case .some: notThere("an action of your own", nil, at: "action")
        }
        return nil
    }

    private var layer: String? { KnownKeys.layers.first { record.config[ByteString($0)]?.isTruthy ?? false } }

    private func noBase() {
        if unknownBases.contains(record.place) { return }
        findings.error(
            record.place, "this sync{} has no way of transfer. Put default.rsync first: sync{ default.rsync, ... }.")
    }

    private func notThere(_ what: String, _ cure: String?, at path: String? = nil) {
        let source = record.config.text("_source").map { " of \($0)" } ?? ""
        findings.error(
            path.map(record.place(of:)) ?? record.place,
            "\(what) is not there yet in this version of lockstep; this sync\(source) cannot run."
                + (cure.map { " " + $0 } ?? ""))
    }

    private func plain(_ way: Way) -> Way? {
        for key in ["init", "full", "collect"] where isOwn(record.label(ByteString(key)), way) {
            notThere("\(key) as a function of your own", nil, at: key)
            return nil
        }
        if record.config["init"] == .boolean(true) {
            findings.warn(
                record.place(of: "init"), "init = true says nothing: the comparison at the start is the rule.")
        }
        return way
    }

    private func isOwn(_ label: ByteString?, _ way: Way) -> Bool {
        guard let label else { return false }
        return !label.hasPrefix(ByteString("default.\(way.rawValue).")) && label != "default.collect"
    }
}
