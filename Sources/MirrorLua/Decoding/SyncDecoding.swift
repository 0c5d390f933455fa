import MirrorCore

/// Decodes one sync{}; everything wrong with it goes to the findings.
struct SyncDecoding {
    let record: SyncRecord
    let findings: Findings
    let access: FileAccess
    let dialect: Dialect
    /// The settings at the end of the file, which a 2.0 file means.
    let settings: LuaTable
    /// Where a base was named that does not exist; that is told already.
    let unknownBases: Set<Place>

    private var config: LuaTable { record.config }

    /// Nil where the sync cannot run; then the findings hold an error.
    func decode() -> SyncSettings? {
        for failure in told("failures") {
            let (place, _, text) = record.index.split(failure)
            findings.error(place ?? record.place, Sentence.closed(LuaFailureText.withoutPrelude(text).description))
        }
        if let script = ScriptDecoding(record: record, findings: findings).decode() { return scripted(script) }
        let kind = SyncKind(record: record, findings: findings, unknownBases: unknownBases)
        guard let way = kind.way() else { return nil }
        UnknownKeys(record: record, findings: findings, dialect: dialect, way: way).judge()
        let source = source()
        let (target, transfer) = transfer(way)
        var sync = SyncSettings(
            name: name, source: source?.real ?? "", target: target ?? "", transfer: transfer, place: record.place)
        sync.sourceAsWritten = source?.written ?? ""
        decodeTimes(into: &sync)
        if way == .rsyncssh, sync.maxProcesses != 1 { noteProcesses(&sync) }
        decodePolicies(into: &sync, way)
        decodeSchedule(into: &sync)
        sync.tunnel = TunnelDecoding(record: record, findings: findings).decode()
        decodePatterns(into: &sync)
        sync.hooks = HookDecoding(record: record, findings: findings).decode()
        guard source != nil, target != nil else { return nil }
        if way == .rsync { EngineDecoding(record: record, findings: findings, settings: settings).apply(to: &sync) }
        return sync
    }

    /// Functions or commands of the person's own do the work: a target is theirs to use, or there is none.
    private func scripted(_ script: ScriptSettings) -> SyncSettings? {
        let source = source()
        let written = findings.text(config["target"], record.subject("target"))
        let target = script.usesRsync ? written.map { withSlash(absoluteTarget($0)) } : written
        let rsync = RsyncDecoding(record: record, findings: findings, access: access, dialect: dialect)
        var sync = SyncSettings(
            name: name, source: source?.real ?? "", target: target ?? "",
            transfer: .rsync(script.usesRsync ? rsync.decode() : RsyncSettings()), place: record.place)
        sync.sourceAsWritten = source?.written ?? ""
        sync.script = script
        sync.delay = .zero
        decodeTimes(into: &sync)
        sync.delete = deletePolicy(config["delete"])
        sync.comparesAtStart = config["init"] != .boolean(false)
        decodeSchedule(into: &sync)
        sync.tunnel = TunnelDecoding(record: record, findings: findings).decode()
        decodePatterns(into: &sync)
        return source == nil ? nil : sync
    }

    private func told(_ key: ByteString) -> [ByteString] { record.told.texts(key) }

    private var name: ByteString {
        findings.text(config["name"], record.subject("name")) ?? ByteString("Sync\(record.number)")
    }

    // MARK: Where from and where to

    private func source() -> (real: ByteString, written: ByteString)? {
        let place = record.place(of: "source")
        switch config["_source"] {
        case nil:
            findings.error(record.place, "source is missing from this sync{}: the directory to watch.")
            return nil
        case .table:
            findings.error(place, "source is a table; a sync has one directory. Write one sync{} for each.")
            return nil
        case .some(let value):
            guard let written = findings.text(value, Subject(name: "source", place: place)) else {
                if value == .text("") { findings.error(place, "source is empty; it is the directory to watch.") }
                return nil
            }
            return realSource(written, place)
        }
    }

    private func realSource(_ written: ByteString, _ place: Place) -> (real: ByteString, written: ByteString)? {
        TemplateLeftover.warn(about: "source", written, place, findings)
        let absolute = access.absolute(written)
        if let real = record.told.text("real") { return (ByteString(real.bytes.dropLast()), written) }
        if access.exists(written) {
            findings.error(
                place, "source \"\(written)\" (\(absolute)) is not a directory. Name the directory that holds it.")
        } else {
            findings.error(
                place,
                "source \"\(absolute)\" does not exist. Create it (mkdir -p), mount it, or correct the path.")
        }
        return nil
    }

    private func transfer(_ way: SyncKind.Way) -> (target: ByteString?, TransferSettings) {
        var rsync = RsyncDecoding(record: record, findings: findings, access: access, dialect: dialect).decode()
        switch way {
        case .rsync: return (target(way), .rsync(rsync))
        case .direct: return (localTarget(), .direct(rsync))
        case .stream:
            let decoding = StreamDecoding(record: record, findings: findings, access: access, settings: settings)
            return (target(way).flatMap(decoding.usable), .stream(rsync, decoding.decode(rsync)))
        case .rsyncssh:
            guard let ssh = SshDecoding(record: record, findings: findings, access: access).decode() else {
                return (nil, .rsync(rsync))
            }
            if !ssh.options.isEmpty {
                rsync.remoteShell = "ssh " + ssh.options
                rsync.words.append("--rsh=ssh " + ssh.options)
            }
            return (SshDecoding.target(host: ssh.host, directory: ssh.targetDirectory), .rsyncssh(rsync, ssh))
        }
    }

    /// The copies are made here, so there must be a directory here to make them in.
    private func localTarget() -> ByteString? {
        guard let target = target(.direct) else { return nil }
        let place = record.place(of: "target")
        if RemoteTarget.isRemote(target) {
            findings.error(
                place,
                "default.direct copies into a directory of this machine; for \"\(target)\" use default.rsync.")
            return nil
        }
        if target == "/" {
            findings.error(place, "target is the root directory, and what the source does not have would be deleted.")
            return nil
        }
        return target
    }

    /// A setting is a bound for all syncs together; one sync never had more than one.
    private func noteProcesses(_ sync: inout SyncSettings) {
        sync.maxProcesses = 1
        guard record.origin(of: "maxProcesses") == nil else { return }
        findings.warn(
            record.place(of: "maxProcesses"),
            "maxProcesses has no effect with default.rsyncssh: a target never has more than one transfer at a time.")
    }

    private func target(_ way: SyncKind.Way) -> ByteString? {
        let place = record.place(of: "target")
        if DiscoveryDecoding.isWanted(record), let pattern = pattern(place) { return pattern }
        switch config["target"] {
        case nil, .text(""):
            let places = way == .direct ? "a directory." : "a directory, host:directory or host::module."
            findings.error(record.place, "default.\(way.rawValue) needs \"target\": \(places)")
            return nil
        case .table:
            findings.error(place, "target is a table; a sync has one target. Write one sync{} for each, or a loop.")
            return nil
        case .some(let value):
            guard let written = findings.text(value, Subject(name: "target", place: place)) else { return nil }
            TemplateLeftover.warn(about: "target", written, place, findings)
            return withSlash(absoluteTarget(written))
        }
    }

    /// What stands there is filled in later: `${host}` is no leftover, and what begins with it no relative path.
    private func pattern(_ place: Place) -> ByteString? {
        switch config["target"] {
        case nil, .text(""): return ""
        case .text(let text) where text.hasPrefix("${host}"): return withSlash(text)
        case .text(let text) where text.bytes.holds("${host}"): return withSlash(absoluteTarget(text))
        default: return nil
        }
    }

    private func absoluteTarget(_ written: ByteString) -> ByteString {
        RemoteTarget.isRemote(written) ? written : access.absolute(written)
    }

    /// lsyncd's rule: a slash at the end, unless there is one, or a colon (`host:` is the home directory there).
    private func withSlash(_ target: ByteString) -> ByteString {
        target.hasSuffix("/") || target.hasSuffix(":") ? target : target + "/"
    }

    // MARK: When

    private func decodeTimes(into sync: inout SyncSettings) {
        let delay = effective("delay")
        let delaySubject =
            delay.origin == "option"
            ? Subject(name: "the option -delay", place: Place()) : record.subject("delay")
        sync.delay = judge(delay.origin).seconds(delay.value, delaySubject) ?? sync.delay
        let maxDelays = effective("maxDelays")
        sync.maxDelays =
            judge(maxDelays.origin).count(maxDelays.value, record.subject("maxDelays")) ?? sync.maxDelays
        let maxProcesses = effective("maxProcesses")
        let count = judge(maxProcesses.origin)
            .count(maxProcesses.value, record.subject("maxProcesses"), atLeast: 1)
        sync.maxProcesses = count ?? sync.maxProcesses
        guard let settle = findings.seconds(config["settle"], record.subject("settle")) else { return }
        if settle > sync.delay {
            findings.error(
                record.place(of: "settle"),
                "settle is \(config["settle"]?.written ?? ""), more than delay (\(sync.delay.inSeconds) s), "
                    + "which no change waits longer than.")
        }
        sync.settle = settle
    }

    /// What counts and where it came from. In a 2.0 file that is the settings at its end, which replace `delay` and
    /// fill in the others; in any other file the settings before the sync have replaced its own values already.
    private func effective(_ key: ByteString) -> (value: LuaValue?, origin: ByteString?) {
        let origin = record.origin(of: key)
        guard dialect == .era20, origin == nil else { return (config[key], origin) }
        if key != "delay", let own = record.told.table("own")[key] { return (own, nil) }
        if let setting = settings[key] { return (setting, "settings") }
        return (config[key], nil)
    }

    /// A wrong setting is told where it stands, not once more for every sync.
    private func judge(_ origin: ByteString?) -> Findings { origin == "settings" ? Findings() : findings }

    // MARK: What

    private func decodePolicies(into sync: inout SyncSettings, _ way: SyncKind.Way) {
        sync.delete = deletePolicy(config["delete"])
        sync.comparesAtStart = config["init"] != .boolean(false)
        let decoding = ExitCodeDecoding(record: record, findings: findings, way: way)
        sync.exitCodes = decoding.decode() ?? sync.exitCodes
    }

    private func decodeSchedule(into sync: inout SyncSettings) {
        let limit = findings.count(config["batchSizeLimit"], record.subject("batchSizeLimit"))
        sync.batchSizeLimit = limit.map(Int64.init)
        decodePauses(into: &sync)
        // false is a way to take it from a base.
        guard let written = config["crontab"], written != .boolean(false) else { return }
        let subject = record.subject("crontab")
        for (index, rule) in (findings.words(written, subject) ?? []).enumerated() {
            do throws(CronRule.Mistake) {
                sync.crontab.append(try CronRule(rule))
            } catch {
                findings.error(
                    subject.place, "crontab rule \(index + 1) is not valid: \"\(rule)\": \(error.text).")
            }
        }
    }

    private func decodePauses(into sync: inout SyncSettings) {
        guard let written = config["pauseTimes"], written != .boolean(false) else { return }
        let subject = record.subject("pauseTimes")
        for text in findings.words(written, subject) ?? [] {
            do throws(PauseTime.Mistake) {
                sync.pauseTimes.append(try PauseTime(text))
            } catch {
                findings.error(subject.place, "pauseTimes holds \"\(text)\": \(error.text).")
            }
        }
    }

    private func deletePolicy(_ value: LuaValue?) -> DeletePolicy {
        let place = record.place(of: "delete")
        switch value {
        case nil, .boolean(true): return .always
        case .boolean(false): return .never
        case .text("startup"): return .startup
        case .text("running"): return .running
        case .text("true"), .text("false"):
            findings.warn(
                place,
                "delete = \(value?.written ?? "") in quotes means that nothing is deleted, as in lsyncd since 2.1. "
                    + "Write delete = true or delete = false.")
        case .some(let other):
            let words = ["true", "false", "startup", "running"]
            let question = Suggestion.question(about: "\(other.text ?? "")", in: words)
            findings.warn(
                place,
                Sentence.closed("delete is \(other.written)\(question)") + " Nothing is deleted, as in lsyncd. "
                    + "It is true, false, \"startup\" or \"running\".")
        }
        return .never
    }

    private func decodePatterns(into sync: inout SyncSettings) {
        for key in ["exclude", "filter"] { checkList(key) }
        for key in ["excludeFrom", "filterFrom"] {
            let path = findings.text(config[ByteString(key)], record.subject(key))
            guard let path, told("unreadable").contains(ByteString(key)) else { continue }
            findings.error(
                record.place(of: key),
                "\(key) \"\(access.absolute(path))\" cannot be read. Create the file, or correct the path.")
        }
        sync.excludes = told("excludes").flatMap(RsyncRules.lines).filter { pattern in
            if pattern == "- " || pattern == "+ " || pattern.bytes.contains(0) {
                findings.error(record.place(of: "exclude"), unusable(pattern, "an exclude is a pattern."))
                return false
            }
            return !pattern.isEmpty
        }
        sync.filters = told("filters").compactMap { line in
            if line.bytes.contains(where: { $0 == 0 || $0 == 0x0a || $0 == 0x0d }) {
                findings.error(record.place(of: "filter"), unusable(line, "write one rule for each."))
                return nil
            }
            if let rule = PatternLine.filter(line) { return rule.pattern.isEmpty ? nil : rule }
            findings.error(
                record.place(of: "filter"),
                "unknown filter rule: \"\(line)\". A rule is + or - and a pattern; no other rule of rsync works here.")
            return nil
        }
    }

    /// What rsync would cut into pieces, or refuse when it starts.
    private func unusable(_ line: ByteString, _ cure: String) -> String {
        let shown = String(reflecting: line.description)
        let cause = line.bytes.count == 2 ? "a sign without a pattern" : "a line end or a zero byte in it"
        return "\(shown) is no rule for rsync (\(cause)); \(cure)"
    }

    private func checkList(_ key: String) {
        let subject = record.subject(key)
        // false takes from a sync what its base has.
        guard let value = config[ByteString(key)], value != .boolean(false) else { return }
        if case .table(let table) = value, let stray = table.fields.keys.min() {
            findings.error(subject.place, "\(key) has a key \"\(stray)\"; write a list: \(key) = { \"a\", \"b\" }.")
        }
        _ = findings.words(value, subject)
    }
}

/// Whether rsync takes a target for another machine's: a colon stands before the first slash (rsync(1)).
enum RemoteTarget {
    static func isRemote(_ target: ByteString) -> Bool {
        target.bytes.prefix { $0 != UInt8(ascii: "/") }.contains(UInt8(ascii: ":"))
    }
}
