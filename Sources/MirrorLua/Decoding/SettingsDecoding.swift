import MirrorCore

/// Decodes what `settings` has come to.
struct SettingsDecoding {
    let findings: Findings
    let index: FileIndex
    let access: FileAccess
    let told: LuaTable
    let dialect: Dialect

    func subject(_ key: String) -> Subject { Subject(name: "the setting \(key)", place: place(key)) }

    private func place(_ key: String) -> Place {
        for file in index.files {
            if let line = file.line(ofSetting: ByteString(key)) { return Place(file: file.name, line: line) }
        }
        // Given as a word in the list, or computed: the first settings there are.
        for file in index.files {
            let tables = file.scan.tables.filter { $0.callee == "settings" || $0.assigned == "settings" }
            if let table = tables.first { return Place(file: file.name, line: table.line) }
        }
        return index.files.first.map { Place(file: $0.name) } ?? Place()
    }

    func decode(into settings: inout Settings) {
        let values = told.table("settings")
        settings.dialect = dialect
        noteForms()
        judgeKeys(values)
        decodeFiles(values, into: &settings)
        decodeLogging(values, into: &settings)
        settings.http = http(values)
        let value = { (key: String) in (values[ByteString(key)], subject(key)) }
        func set<Value>(_ key: WritableKeyPath<Settings, Value>, _ decoded: Value?) {
            if let decoded { settings[keyPath: key] = decoded }
        }
        func boolean(_ key: String) -> Bool? { findings.boolean(value(key).0, value(key).1) }
        func seconds(_ key: String) -> Duration? { findings.seconds(value(key).0, value(key).1) }
        set(\.staysInForeground, boolean("nodaemon"))
        set(\.onePass, boolean("onepass"))
        set(\.insists, boolean("insist"))
        set(\.sharesSshConnection, boolean("sshMultiplex"))
        set(\.statusInterval, seconds("statusIntervall"))
        set(\.statusInterval, seconds("statusInterval"))
        set(\.progressTimeout, seconds("progressTimeout"))
        set(\.fileQuiet, seconds("fileQuiet"))
        decodeOpenFileInterval(values["openFileInterval"], into: &settings)
        set(\.inotifyMode, inotifyMode(values["inotifyMode"]))
        settings.eventSource = eventSource(values["eventSource"])
        settings.rescan = rescan(seconds("rescan"))
        set(\.reload, reloadManner(values["reload"]))
        set(\.rsyncCompat, rsyncCompat(values["rsyncCompat"]))
        set(\.peerTimeout, peerTimeout(seconds("peerTimeout")))
        set(\.engine, engine(values["engine"]))
        _ = StreamDecoding.limit(values["deleteLimit"], subject("deleteLimit"), findings)
        if let value = values["agentInstall"], value != .boolean(true), value != .boolean(false) {
            findings.error(place("agentInstall"), "agentInstall is \(value.written); it is true or false.")
        }
        // These two go into the syncs; here they are only judged, once.
        _ = findings.seconds(values["delay"], subject("delay"))
        _ = findings.count(values["maxDelays"], subject("maxDelays"))
        settings.maxProcesses = findings.count(values["maxProcesses"], subject("maxProcesses"), atLeast: 1)
    }

    private func noteForms() {
        if told.isSet("is_assigned") {
            let line = index.files.lazy.compactMap { file in
                file.lineOfSettingsAssignment.map { Place(file: file.name, line: $0) }
            }.first
            findings.warn(
                line ?? place("settings"),
                "settings = { ... } is the form of lsyncd 2.0; the file is read by its rules. Write settings{ ... }.")
        } else if let field = told.text("field"), let file = told.text("field_file") {
            findings.warn(
                index.place(file, told.integer("field_line") ?? 0),
                "settings.\(field) = ... is the form of lsyncd 2.0; the file is read by its rules. "
                    + "Write settings{ \(field) = ... }.")
        }
        if let kind = told.text("settingsKind"), kind != "table" {
            findings.error(place("settings"), "settings has been made a \(kind); write settings{ ... }.")
        }
    }

    private func judgeKeys(_ values: LuaTable) {
        for key in values.fields.keys.sorted() where !KnownKeys.acceptedSettings.contains("\(key)") {
            judge("\(key)")
        }
        for value in values.list {
            findings.warn(place("settings"), "\(value.written) in the list of settings names none; it is left out.")
        }
    }

    private func judge(_ key: String) {
        let place = place(key)
        switch key {
        case "delay":
            findings.warn(
                place,
                "delay in settings replaces the delay of every sync, as in lsyncd 2.0 and 2.1. Write it in sync{}.")
        case "statusIntervall":
            findings.warn(place, "statusIntervall is the spelling before lsyncd 2.0.4. Write statusInterval.")
        case "log", "verbose", "monitor":
            findings.warn(place, "the setting \(key) has no effect here. What is logged is chosen by -log.")
        case "delete":
            findings.error(
                place,
                "delete is a parameter of each sync{}; here it would be ignored, and files would be deleted. "
                    + "Write it in each sync{}.")
        default: judgeUnknown(key, place)
        }
    }

    private func judgeUnknown(_ key: String, _ place: Place) {
        let isOfSync = (KnownKeys.acceptedSync + KnownKeys.oldSync + KnownKeys.sshSync).contains(key)
        let text =
            isOfSync
            ? "\(key) is a parameter of each sync{}, not a setting"
            : "unknown setting \"\(key)\""
                + Suggestion.question(about: key, in: KnownKeys.acceptedSettings + ["statusIntervall"])
        if dialect == .era20 {
            findings.warn(place, Sentence.closed(text) + " It is ignored, as in lsyncd 2.0.")
        } else {
            findings.error(place, Sentence.closed(text))
        }
    }

    private func decodeFiles(_ values: LuaTable, into settings: inout Settings) {
        settings.logFile = path("logfile", values)
        settings.pidFile = path("pidfile", values)
        settings.statusFile = path("statusFile", values)
        settings.stateDirectory = path("stateDir", values)
        settings.controlGroup = findings.text(values["controlGroup"], subject("controlGroup"))
        settings.controlReaders = findings.text(values["controlReaders"], subject("controlReaders"))
        if case .boolean(false) = values["controlSocket"] {
            settings.controlSocket = .none
        } else if let path = path("controlSocket", values) {
            settings.controlSocket = .at(path)
        }
    }

    private func http(_ values: LuaTable) -> HTTPSettings? {
        let token = findings.text(values["httpToken"], subject("httpToken"))
        if case .boolean(false) = values["http"] { return nil }
        guard let text = findings.text(values["http"], subject("http")) else { return nil }
        guard var http = HTTPSettings(text) else {
            findings.error(
                place("http"),
                "http is \"\(text)\"; it is a port, which this machine alone can reach, or an address in numbers and a "
                    + "port: \"127.0.0.1:9180\", \"[::1]:9180\".")
            return nil
        }
        http.token = token
        if !http.isLocal, token == nil {
            findings.warn(
                place("http"),
                "http is \"\(text)\": whoever reaches that address reads names of files and targets. Set httpToken, "
                    + "or take 127.0.0.1.")
        }
        return http
    }

    private func path(_ key: ByteString, _ values: LuaTable) -> ByteString? {
        findings.text(values[key], subject("\(key)")).map(access.absolute)
    }

    private func decodeLogging(_ values: LuaTable, into settings: inout Settings) {
        if let ident = findings.text(values["logident"], subject("logident")) { settings.logIdent = ident }
        settings.logCategories = findings.words(values["logCategories"], subject("logCategories")) ?? []
        for name in settings.logCategories where !Self.isCategory(name) {
            findings.error(
                place("logCategories"),
                "logCategories holds \"\(name)\", which is no category; they are all, scarce, Info, Exec, Delay…, "
                    + "and with a minus before it what is not to be written: -Normal"
            )
        }
        if case .boolean(false) = values["logLimit"] {
            settings.logLimit = nil
        } else if let limit = findings.count(values["logLimit"], subject("logLimit"), atLeast: 1) {
            settings.logLimit = limit
        }
        switch values["logFormat"] {
        case nil, .text(""), .text("lines"): break
        case .text("json"): settings.logForm = .json
        case .some(let other):
            findings.error(place("logFormat"), "logFormat is \(other.written); it is \"lines\" or \"json\".")
        }
        guard let value = values["logfacility"] else { return }
        if let facility = LogFacility.number(for: value) {
            settings.logFacility = facility
        } else {
            let question = Suggestion.question(about: "\(value.text ?? "")", in: LogFacility.numbers.keys.sorted())
            findings.error(
                place("logfacility"),
                "logfacility is \(value.written), which is no facility of syslog\(question) "
                    + "There are \(LogFacility.numbers.keys.sorted().joined(separator: ", ")).")
        }
    }

    /// `false` is never.
    private func decodeOpenFileInterval(_ value: LuaValue?, into settings: inout Settings) {
        if case .boolean(false) = value {
            settings.openFileInterval = nil
        } else if let seconds = findings.seconds(value, subject("openFileInterval")) {
            settings.openFileInterval = seconds
        }
    }

    /// What `-log` takes.
    private static func isCategory(_ name: ByteString) -> Bool {
        let word = name.hasPrefix("-") ? name.bytes.dropFirst() : name.bytes[...]
        return ["all", "scarce"].contains(name) || word.first.map { (0x41...0x5a).contains($0) } ?? false
    }

    private func inotifyMode(_ value: LuaValue?) -> InotifyMode? {
        switch value {
        case nil, .text(""): return nil
        case .text("CloseWrite"): return .closeWrite
        case .text("Modify"): return .modify
        case .text("CloseWrite or Modify"): return .closeWriteOrModify
        case .some(let other):
            findings.error(
                place("inotifyMode"),
                "inotifyMode is \(other.written); it is one of \"CloseWrite\", \"Modify\", \"CloseWrite or Modify\".")
            return nil
        }
    }

    /// Signs of life come every two seconds, and some get held up.
    private func peerTimeout(_ time: Duration?) -> Duration? {
        guard let time, time < .seconds(5) else { return time }
        findings.error(place("peerTimeout"), "peerTimeout is below 5 seconds; a busy machine would be taken for dead.")
        return nil
    }

    /// 0 is never. Walking all the time would be no way to notice changes either.
    private func rescan(_ time: Duration?) -> Duration? {
        guard let time, time > .zero else { return nil }
        guard time < .seconds(1) else { return time }
        findings.error(place("rescan"), "rescan is below one second; it is the pause between two walks, or 0 for none.")
        return nil
    }

    /// nil is "auto".
    private func eventSource(_ value: LuaValue?) -> EventSourceKind? {
        switch value {
        case nil, .text(""), .text("auto"): return nil
        case .some(let other):
            if case .text(let name) = other, let kind = EventSourceKind(rawValue: "\(name)") { return kind }
            let names = ["auto"] + EventSourceKind.allCases.map(\.rawValue)
            let list = names.map { "\"\($0)\"" }.joined(separator: ", ")
            findings.error(place("eventSource"), "eventSource is \(other.written); it is one of \(list).")
            return nil
        }
    }

    private func engine(_ value: LuaValue?) -> TransferEngine? {
        switch value {
        case nil: return nil
        case .some(let other):
            if case .text(let name) = other, let engine = TransferEngine(rawValue: "\(name)") { return engine }
            findings.error(place("engine"), "engine is \(other.written); it is \"rsync\" or \"stream\".")
            return nil
        }
    }

    private func reloadManner(_ value: LuaValue?) -> ReloadManner? {
        switch value {
        case nil: return nil
        case .text("anew"): return .anew
        case .text("difference"): return .difference
        case .some(let other):
            findings.error(place("reload"), "reload is \(other.written); it is \"anew\" or \"difference\".")
            return nil
        }
    }

    private func rsyncCompat(_ value: LuaValue?) -> RsyncCompat? {
        switch value {
        case nil: return nil
        case .text("fast"): return .fast
        case .text("exact"): return .exact
        case .some(let other):
            findings.error(place("rsyncCompat"), "rsyncCompat is \(other.written); it is \"fast\" or \"exact\".")
            return nil
        }
    }
}

/// Facilities by syslog(3), with their numbers as the C library has them.
enum LogFacility {
    static let numbers: [String: Int32] = [
        "kern": 0, "user": 8, "mail": 16, "daemon": 24, "auth": 32, "syslog": 40, "lpr": 48, "news": 56, "uucp": 64,
        "cron": 72, "authpriv": 80, "ftp": 88, "local0": 128, "local1": 136, "local2": 144, "local3": 152,
        "local4": 160, "local5": 168, "local6": 176, "local7": 184,
    ]

    static func number(for value: LuaValue) -> Int32? {
        switch value {
        case .integer(let number): Int32(exactly: number)
        case .text(let name): numbers["\(name.lowercased)"] ?? Int32("\(name)")
        default: nil
        }
    }
}

enum Sentence {
    static func closed(_ text: String) -> String { text.hasSuffix("?") || text.hasSuffix(".") ? text : text + "." }
}
