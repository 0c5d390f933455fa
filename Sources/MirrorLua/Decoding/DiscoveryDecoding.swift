import MirrorCore

/// `targets = discover.…` of a sync.
struct DiscoveryDecoding {
    let record: SyncRecord
    let findings: Findings
    let access: FileAccess

    static func isWanted(_ record: SyncRecord) -> Bool { record.config["targets"] != nil }

    /// nil where it can't be; then the findings hold an error. The template's target is the pattern.
    func decode(_ template: SyncSettings) -> DiscoverySettings? {
        let place = record.place(of: "targets")
        guard let value = record.config["targets"]?.table, let kind = value.text("discover"), let way = way(kind, value)
        else {
            findings.error(
                place,
                "targets is no discover.file(\"PATH\"), discover.dns(\"NAME\") or discover.exec(\"COMMAND\").")
            return nil
        }
        if template.script != nil || template.tunnel != nil {
            findings.error(
                place, "targets can't be found for a sync with a tunnel, or with functions of its own; write target.")
            return nil
        }
        if case .dns = way, !template.target.bytes.holds("${host}") {
            findings.error(
                place, "discover.dns finds hosts, so target needs ${host}: target = \"${host}:/srv/web\".")
            return nil
        }
        if !template.target.isEmpty, !template.target.bytes.holds("${host}") {
            findings.error(
                record.place(of: "target"),
                "target stands beside targets and holds no ${host}, so all that is found would be one target. "
                    + "Leave target out, or write ${host} where it differs.")
            return nil
        }
        var discovery = DiscoverySettings(way, template: template)
        let every = findings.seconds(value["every"], Subject(name: "every of targets", place: place))
        if let every, every < .seconds(1) {
            findings.error(place, "every of targets is below one second.")
        }
        discovery.every = every ?? discovery.every
        return discovery
    }

    private func way(_ kind: ByteString, _ value: LuaTable) -> DiscoverySettings.Way? {
        let text = value.text("value").flatMap { $0.isEmpty || $0.bytes.contains(0) ? nil : $0 }
        switch kind {
        case "file": return text.map { .file(access.absolute($0)) }
        case "dns": return text.flatMap { isName($0) ? .dns($0) : nil }
        case "exec":
            let words = value.texts("words")
            if !words.isEmpty { return .exec(words) }
            return text.map { .exec(["/bin/sh", "-c", $0]) }
        default: return nil
        }
    }

    private func isName(_ text: ByteString) -> Bool {
        text.bytes.count <= 253 && !text.hasPrefix("-")
            && text.bytes.allSatisfy { byte in
                (0x61...0x7a).contains(byte | 0x20) && byte < 0x80 || (0x30...0x39).contains(byte)
                    || "-._".utf8.contains(byte)
            }
    }
}
