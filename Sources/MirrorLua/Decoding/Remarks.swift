import MirrorCore

/// What the text of the files shows beside what Lua made of it: names without quotes, and keys that stand twice.
struct Remarks {
    let index: FileIndex
    let findings: Findings
    let told: LuaTable

    func tell() {
        for file in index.files {
            for (key, first, last) in file.duplicates {
                findings.warn(
                    Place(file: file.name, line: last),
                    "\"\(key)\" stands twice in one table, in lines \(first) and \(last); the last one counts.")
            }
        }
        for entry in told.tables("undefined") { tellUndefined(entry) }
    }

    /// Where `default.` was followed by no base.
    var unknownBases: Set<Place> {
        Set(told.tables("undefined").filter { $0.text("name")?.hasPrefix("default.") ?? false }.map(place))
    }

    private func place(of entry: LuaTable) -> Place {
        entry.text("file").map { index.place($0, entry.integer("line") ?? 0) } ?? Place()
    }

    /// Only where the name is the whole value: a test for a global that may be missing is no mistake.
    private func tellUndefined(_ entry: LuaTable) {
        guard let name = entry.text("name"), let fileName = entry.text("file"), let file = index.file(fileName) else {
            return
        }
        if name.hasPrefix("default.") { return tellBase(name, place(of: entry)) }
        for use in file.entries(withVariable: name, at: entry.integer("line") ?? 0) {
            let what = use.key.map { "\($0) = \(name)" } ?? "\(name) in a list"
            findings.warn(
                Place(file: file.name, line: use.line),
                "\(what): no variable of that name exists, so this is nil and falls away. If it is a text, write \"\(name)\""
                    + Self.truth(name))
        }
    }

    private static func truth(_ name: ByteString) -> String {
        Suggestion.nearest(to: "\(name)", in: ["true", "false"]).map { "; did you mean \($0)?" } ?? "."
    }

    private func tellBase(_ name: ByteString, _ place: Place) {
        let bases = ["default.rsync", "default.rsyncssh", "default.direct", "default.stream"]
        findings.error(place, Sentence.closed("there is no \(name)" + Suggestion.question(about: "\(name)", in: bases)))
    }
}

/// Files that cannot be written where the settings want them: told before anything starts.
struct LocationChecks {
    let access: FileAccess
    let findings: Findings
    let index: FileIndex

    func check(_ settings: Settings) {
        if let logFile = settings.logFile { check(logFile, "logfile", isFatal: true) }
        if let pidFile = settings.pidFile { check(pidFile, "pidfile", isFatal: !settings.staysInForeground) }
        if let statusFile = settings.statusFile { check(statusFile, "statusFile", isFatal: false) }
    }

    private func check(_ path: ByteString, _ key: String, isFatal: Bool) {
        let folder = ByteString(path.bytes[..<(path.bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0)])
        let place = place(of: key)
        if access.isDirectory(path) {
            findings.error(place, "\(key) \"\(path)\" is a directory; name a file in it.")
        } else if !folder.isEmpty, !access.isDirectory(folder) {
            let text = "\(key) \"\(path)\": there is no folder \"\(folder)\". Create it: mkdir -p \(folder)"
            if isFatal { findings.error(place, text) } else { findings.warn(place, text) }
        }
    }

    private func place(of key: String) -> Place {
        for file in index.files {
            if let line = file.line(ofSetting: ByteString(key)) { return Place(file: file.name, line: line) }
        }
        return index.files.first.map { Place(file: $0.name) } ?? Place()
    }
}
