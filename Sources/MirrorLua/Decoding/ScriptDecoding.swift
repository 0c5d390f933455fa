import MirrorCore

/// Whether functions or commands of the person's own do the work of a sync{} (lsyncd's layers 1 to 3), and what it
/// says.
struct ScriptDecoding {
    let record: SyncRecord
    let findings: Findings

    private var config: LuaTable { record.config }

    private static let bases = ["default.rsync", "default.rsyncssh", "default.direct", "default.stream"]

    /// Nil where a way of transfer of our own does it all.
    func decode() -> ScriptSettings? {
        guard isScripted else { return nil }
        if config["crontab"]?.isTruthy ?? false, !hasFull {
            findings.warn(
                record.place(of: "crontab"),
                "crontab has nothing to call here. Write full = function(event) … end, or onFull.")
        }
        UnknownScriptKeys(record: record, findings: findings, base: base).judge()
        if base == "default.stream" {
            findings.error(
                record.place,
                "default.stream does everything by itself; a sync with functions of its own takes default.rsync.")
        }
        var script = ScriptSettings(number: record.number)
        script.takesMoves = config["onMove"]?.isTruthy ?? false
        script.hasOwnAction = record.label("action") != "default.action"
        script.usesRsync = base == "default.rsync" || base == "default.direct" || config["rsync"]?.table != nil
        checkEntries()
        return script
    }

    /// The base whose functions are in use for what the person left as it was.
    private var base: String? {
        for key in ["action", "init", "full", "prepare"] {
            guard let label = record.label(ByteString(key)) else { continue }
            if let found = Self.bases.first(where: { label.hasPrefix(ByteString($0 + ".")) }) { return found }
        }
        return config["rsync"]?.table != nil ? "default.rsync" : nil
    }

    private var isScripted: Bool {
        let action = record.label("action")
        if action == nil, let value = config["action"], value.isTruthy { return true }
        if action == "default.action" { return hasLayer || isOwn("init") || isOwn("full") }
        if action.map({ label in Self.bases.contains { label.hasPrefix(ByteString($0 + ".")) } }) ?? false {
            return isOwn("init") || isOwn("full") || isOwn("collect")
        }
        return action != nil
    }

    private var hasFull: Bool { ["full", "onFull"].contains { config[ByteString($0)]?.isTruthy ?? false } }
    private var hasLayer: Bool { KnownKeys.layers.contains { config[ByteString($0)]?.isTruthy ?? false } }

    private func isOwn(_ key: ByteString) -> Bool { record.label(key).map { !$0.hasPrefix("default.") } ?? false }

    private func checkEntries() {
        for key in KnownKeys.layers {
            switch config[ByteString(key)] {
            case nil, .function, .boolean: continue
            case .text where key != "onFull": continue
            case .some(let other):
                let what = key == "onFull" ? "a function" : "a function, or a command as text"
                findings.error(record.place(of: key), "\(key) is \(other.written); it must be \(what).")
            }
        }
        for key in ["action", "collect"] {
            guard let value = config[ByteString(key)], value != .boolean(false) else { continue }
            if case .function = value { continue }
            findings.error(record.place(of: key), "\(key) is \(value.written); it must be a function.")
        }
    }
}

/// Keys of such a sync that lsyncd's gauge does not know. Functions may read any key, so only what looks like a
/// misspelling is refused.
struct UnknownScriptKeys {
    let record: SyncRecord
    let findings: Findings
    let base: String?

    private static let known = Set(
        KnownKeys.sync + KnownKeys.ownSync + KnownKeys.sshSync + KnownKeys.layers + ["rsyncExitCodes"])

    func judge() {
        for entry in record.told.tables("unknown") {
            let path = "\(entry.text("path") ?? "")"
            if path.contains(".") || Self.known.contains(path) { continue }
            judge(path)
        }
    }

    private func judge(_ key: String) {
        let place = record.place(of: key)
        switch key {
        case "subdirs", "collapse", "xargs", "monitor", "rsyncOpts", "rsyncOps", "rsyncBinary":
            findings.warn(place, "\(key) has no effect beside functions or commands of your own.")
        case _ where key.allSatisfy(\.isNumber):
            findings.error(record.place, "a value stands alone in sync{} and has no meaning there.")
        default:
            if let meant = Suggestion.nearest(to: key, in: Self.known.sorted()) {
                findings.error(place, "unknown parameter \"\(key)\" of sync; did you mean \"\(meant)\"?")
            } else {
                findings.warn(
                    place,
                    "\"\(key)\" is no parameter of lsyncd. If your functions read it, checkgauge = { \(key) = true } says so."
                )
            }
        }
    }
}
