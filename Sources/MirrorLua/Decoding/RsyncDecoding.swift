import MirrorCore

/// Decodes `rsync = {…}` of a sync, or the `rsyncOpts` that stood in its place in 2.0.
struct RsyncDecoding {
    let record: SyncRecord
    let findings: Findings
    let access: FileAccess
    let dialect: Dialect

    private var options: LuaTable { record.config.table("rsync") }

    func decode() -> RsyncSettings {
        var rsync = RsyncSettings()
        let values = values()
        rsync.words = oldWords() ?? modernWords(values)
        rsync.binary = binary()
        rsync.deletesExcluded = boolean("delete_excluded") ?? false
        rsync.remoteShell = RsyncWords.remoteShell(rsync.words)
        rsync.keepsTimes = RsyncWords.keepsTimes(rsync.words)
        rsync.ignoresErrors = dialect == .current || isModern
        return rsync
    }

    /// A file with `settings = {…}` that knows `rsync = {…}` was written for 2.1, which ignored errors as all later
    /// ones do.
    private var isModern: Bool {
        let defaults: [ByteString: LuaValue] = [
            "links": .boolean(true), "times": .boolean(true), "protect_args": .boolean(true),
        ]
        return options.fields != defaults && record.config["rsyncOpts"] == nil && record.config["rsyncOps"] == nil
    }

    private func boolean(_ key: String) -> Bool? {
        findings.boolean(options[ByteString(key)], record.subject("rsync.\(key)"))
    }

    /// A name is looked up in PATH later; a path with a slash means the directory of the start.
    private func binary() -> ByteString {
        let old = findings.text(record.config["rsyncBinary"], record.subject("rsyncBinary"))
        let modern = findings.text(options["binary"], record.subject("rsync.binary"))
        if old != nil {
            findings.warn(
                record.place(of: "rsyncBinary"),
                "rsyncBinary is the form of lsyncd 2.0. Write rsync = { binary = ... }.")
        }
        guard let binary = old ?? modern else { return dialect == .era20 ? "/usr/bin/rsync" : "rsync" }
        return binary.bytes.contains(UInt8(ascii: "/")) ? access.absolute(binary) : binary
    }

    private func values() -> [String: ByteString] {
        var values: [String: ByteString] = [:]
        for (key, form) in RsyncWords.longOptions where form == .value {
            let value = options[ByteString(key)]
            if value == .boolean(false) { continue }
            if let text = findings.text(value, record.subject("rsync.\(key)")) { values[key] = text }
        }
        return values
    }

    private func modernWords(_ values: [String: ByteString]) -> [ByteString] {
        var flags: [String: Bool] = [:]
        let keys =
            RsyncWords.shortOptions.map(\.key) + RsyncWords.longOptions.filter { $0.form == .flag }.map(\.key)
            + ["archive"]
        for key in keys { flags[key] = boolean(key) }
        for key in ["devices", "specials"] where options[ByteString(key)] == .boolean(true) { flags[key] = true }
        return RsyncWords.words(flags: flags, values: values, extra: extra())
    }

    private func extra() -> [ByteString] {
        let subject = record.subject("rsync._extra")
        if case .text(let text) = options["_extra"], !text.isEmpty {
            guard !text.bytes.contains(0x20) else {
                findings.error(
                    subject.place,
                    "_extra is one text; it is a list with one entry for each word: _extra = { \"-a\", \"-v\" }.")
                return []
            }
            findings.warn(
                subject.place, "_extra is a text, taken as one word. Write _extra = { \(LuaValue.text(text).written) }."
            )
        }
        let words = (findings.words(options["_extra"], subject) ?? []).filter { !$0.isEmpty }
        let fighting = ["--include", "--exclude", "--files-from"]
        for word in words where fighting.contains(where: { word.hasPrefix(ByteString($0)) }) {
            findings.warn(
                subject.place,
                "\(word) in _extra stands beside the list of changed paths that rsync is given, and can hide changes "
                    + "from it. Use exclude or filter of sync{}.")
        }
        return words
    }

    /// rsyncOpts of 2.0: one text is one word, a list its words; they replace `-lts`. Nil where there is none.
    private func oldWords() -> [ByteString]? {
        let keys = ["rsyncOpts", "rsyncOps"].filter { record.config[ByteString($0)] != nil }
        guard let key = keys.first else { return nil }
        let place = record.place(of: key)
        if keys.count > 1 {
            findings.error(place, "rsyncOpts and rsyncOps both stand in this sync{}; decide for one.")
        }
        findings.warn(
            place,
            "\(key) is the form of lsyncd 2.0 and replaces all options. The modern form is rsync = { _extra = { ... } }."
        )
        let words = findings.words(record.config[ByteString(key)], Subject(name: key, place: place)) ?? []
        return words.filter { !$0.isEmpty }
    }
}
