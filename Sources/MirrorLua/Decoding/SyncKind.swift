import MirrorCore

/// Which way of transfer a sync{} asks for, told by whose functions stand in it.
struct SyncKind {
    let record: SyncRecord
    let findings: Findings
    let unknownBases: Set<Place>

    enum Way: String { case rsync, rsyncssh, direct, stream }

    /// Which of lsyncd's own ways does the work. For everything else one error is told.
    func way() -> Way? {
        switch record.label("action") {
        case "default.rsync.action": return plain(.rsync)
        case "default.rsyncssh.action": return plain(.rsyncssh)
        case "default.direct.action": return plain(.direct)
        case "default.stream.action": return plain(.stream)
        case "default.action", nil: noBase()
        case .some: preconditionFailure("a sync with an action of its own is no matter of bases")
        }
        return nil
    }

    private func noBase() {
        if unknownBases.contains(record.place) { return }
        findings.error(
            record.place, "this sync{} has no way of transfer. Put default.rsync first: sync{ default.rsync, ... }.")
    }

    private func plain(_ way: Way) -> Way? {
        if record.config["init"] == .boolean(true) {
            findings.warn(
                record.place(of: "init"), "init = true says nothing: the comparison at the start is the rule.")
        }
        return way
    }
}
