import MirrorCore

/// Judges the keys of a sync{} that the gauge of its base does not know: a word of an older release runs with a
/// warning, a word in the wrong place is told where it belongs, anything else is a misspelling.
struct UnknownKeys {
    let record: SyncRecord
    let findings: Findings
    let dialect: Dialect
    let way: SyncKind.Way

    func judge() {
        for entry in record.told.tables("unknown").sorted(by: { path(of: $0) < path(of: $1) }) {
            let path = "\(path(of: entry))"
            if entry.isSet("is_flat") {
                findings.error(
                    record.place(of: path),
                    "\(path) is \(entry["value"]?.written ?? ""); write a table: \(path) = { ... }.")
            } else {
                judge(path, value: entry["value"])
            }
        }
    }

    private func path(of entry: LuaTable) -> ByteString { entry.text("path") ?? "" }

    private func judge(_ path: String, value: LuaValue?) {
        let place = record.place(of: path)
        if path.hasPrefix("rsync.") { return judgeRsync(String(path.dropFirst(6)), value, place) }
        if path.hasPrefix("ssh.") { return judgeSsh(String(path.dropFirst(4)), place) }
        if path.allSatisfy(\.isNumber) { return judgeStray(value) }
        if KnownKeys.ownSync.contains(path) || KnownKeys.oldSync.contains(path) { return judgeOld(path, value, place) }
        if ["onCreate", "onModify", "onDelete", "onMove", "onStartup"].contains(path) {
            return findings.error(
                place,
                "\(path) stands beside default.\(way.rawValue). A sync has one or the other; make two syncs of it.")
        }
        refuse(sentence(about: path), place)
    }

    /// A file of 2.0 ran with any key; there it is a warning.
    private func refuse(_ text: String, _ place: Place) {
        if dialect == .era20 {
            findings.warn(place, Sentence.closed(text) + " It is ignored, as in lsyncd 2.0.")
        } else {
            findings.error(place, Sentence.closed(text))
        }
    }

    private func sentence(about key: String) -> String {
        if KnownKeys.rsync.contains(key) { return "\(key) belongs into rsync = { ... }" }
        if KnownKeys.acceptedSettings.contains(key), !KnownKeys.streamSync.contains(key) {
            return "\(key) is a setting; it belongs into settings{ ... }"
        }
        if way == .rsyncssh, KnownKeys.ssh.contains(key) { return "\(key) belongs into ssh = { ... }" }
        switch key {
        case "target":
            return "target belongs to default.rsync and default.direct; with default.rsyncssh write host and targetdir"
        case "host", "targetdir":
            return "\(key) belongs to default.rsyncssh; with default.rsync write target = \"HOST:DIRECTORY\""
        case "ssh", "sshExitCodes":
            return "\(key) belongs to default.rsyncssh; with default.rsync write rsync = { rsh = \"ssh ...\" }"
        case "agentPath", "fsync": return "\(key) belongs to default.stream"
        case "agentInstall", "deleteLimit":
            return "\(key) belongs to default.stream, or into settings{ ... } for all syncs"
        default:
            return "unknown parameter \"\(key)\" of sync"
                + Suggestion.question(
                    about: key, in: KnownKeys.acceptedSync + ["rsyncOpts", "rsyncBinary"] + KnownKeys.rsync)
        }
    }

    private func judgeStray(_ value: LuaValue?) {
        let text = "\(value?.written ?? "a value") stands alone in sync{}"
        let isOption = value?.text?.hasPrefix("-") ?? false
        let cure =
            isOption ? "; a word for rsync belongs into rsync = { _extra = { ... } }" : " and has no meaning there"
        refuse(text + cure, record.place)
    }

    private func judgeRsync(_ key: String, _ value: LuaValue?, _ place: Place) {
        if key.allSatisfy(\.isNumber) {
            return findings.error(
                record.place(of: "rsync"),
                "\(value?.written ?? "a value") stands alone in rsync = { ... }; it belongs into _extra: "
                    + "rsync = { _extra = { ... } }.")
        }
        let hint =
            way == .rsyncssh && KnownKeys.ssh.contains(key)
            ? "; it belongs into ssh = { ... }"
            : ["devices", "specials", "recursive"].contains(key)
                ? "; archive = true implies it, or write _extra = { \"--\(key)\" }"
                : Suggestion.question(about: key, in: KnownKeys.rsync)
        refuse("unknown option \"\(key)\" in rsync = { ... }" + hint, place)
    }

    private func judgeSsh(_ key: String, _ place: Place) {
        let hint =
            key.allSatisfy(\.isNumber)
            ? "; a word for ssh belongs into ssh = { _extra = { ... } }"
            : Suggestion.question(about: key, in: KnownKeys.ssh)
        refuse("unknown option \"\(key)\" in ssh = { ... }" + hint, place)
    }

    private func judgeOld(_ key: String, _ value: LuaValue?, _ place: Place) {
        switch key {
        case "xargs" where way == .rsyncssh: return
        case "subdirs", "collapse", "xargs", "monitor":
            findings.warn(place, "\(key) has no effect with default.\(way.rawValue).")
        default:
            // The others are decoded with their meaning where they belong.
            return
        }
    }
}
