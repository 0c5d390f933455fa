package import MirrorCore

/// What a configuration came to.
package struct LoadedConfiguration: Sendable {
    package var settings: Settings
    /// Of severity warning only, in the order of the file.
    package var warnings: [Diagnostic]
    /// The functions of the configuration, where it has any that are called later.
    package var scripts: ScriptRuntime?
}

/// Runs a configuration of lsyncd, of any release, as the Lua program that it is, and decodes what it has said.
package enum Configuration {
    /// Synchronous; it takes as long as the configuration does (io.popen may wait), but stops an endless loop.
    ///
    /// `file` is nil when the command line holds the syncs. Paths that are not absolute mean `workingDirectory`. What
    /// the configuration prints or logs goes to standard error. `terminate` and `os.exit` in it end the process.
    /// Throws everything that is wrong, warnings included.
    package static func load(
        file: ByteString?, overrides: CommandLineOverrides, workingDirectory: ByteString
    ) throws(ConfigurationError) -> LoadedConfiguration {
        try load(file: file, overrides: overrides, workingDirectory: workingDirectory, bounds: LuaState.Bounds())
    }

    /// With bounds of its own on Lua: bytes of memory and instructions.
    package static func load(
        file: ByteString?, overrides: CommandLineOverrides, workingDirectory: ByteString, memory: Int,
        instructions: Int64
    ) throws(ConfigurationError) -> LoadedConfiguration {
        let bounds = LuaState.Bounds(memory: memory, instructions: instructions)
        return try load(file: file, overrides: overrides, workingDirectory: workingDirectory, bounds: bounds)
    }

    static func load(
        file: ByteString?, overrides: CommandLineOverrides, workingDirectory: ByteString, bounds: LuaState.Bounds
    ) throws(ConfigurationError) -> LoadedConfiguration {
        var loading = Loading(overrides: overrides, access: FileAccess(workingDirectory: workingDirectory))
        loading.run(file: file, bounds: bounds)
        let settings = loading.decode(file: file)
        let diagnostics = loading.findings.all.map { $0.redacted(settings.redaction) }
        if loading.findings.hasErrors { throw ConfigurationError(diagnostics) }
        return LoadedConfiguration(settings: settings, warnings: diagnostics, scripts: loading.runtime(for: settings))
    }
}

extension Diagnostic {
    fileprivate func redacted(_ redaction: Redaction) -> Diagnostic {
        Diagnostic(severity, at: place, redaction.apply(text))
    }
}

/// One load: first Lua runs, then what it told is decoded.
private struct Loading {
    let overrides: CommandLineOverrides
    let access: FileAccess
    let findings = Findings()
    let index: FileIndex
    private var told = LuaTable()
    private var program: LuaProgram?

    init(overrides: CommandLineOverrides, access: FileAccess) {
        self.overrides = overrides
        self.access = access
        index = FileIndex(access: access)
    }

    // MARK: Running

    mutating func run(file: ByteString?, bounds: LuaState.Bounds) {
        let host = LuaHost(files: access, overrides: overrides)
        guard let program = LuaProgram(host: host, bounds: bounds) else {
            return findings.end(Place(), "there is not enough memory to read a configuration.")
        }
        self.program = program
        var failure: LuaState.Failure?
        do {
            try program.state.run(Prelude.code, name: Prelude.chunkName)
            try runTexts(file: file, in: program.state)
        } catch {
            failure = error
        }
        // What stood before the failure is shown too, so the telling gets room of its own.
        program.state.grantMemory(bounds.memory + 64 << 20)
        try? program.state.call("tell")
        told = host.tree.root
        note(told.texts("files"))
        guard let failure else { return }
        let fallback = file.map { Place(file: $0) } ?? Place()
        LuaFailureText(index: index).tell(failure, to: findings, fallback: fallback)
    }

    func runtime(for settings: Settings) -> ScriptRuntime? {
        guard let program, told.isSet("has_timers") || settings.syncs.contains(where: { $0.script != nil }) else {
            return nil
        }
        return ScriptRuntime(program: program, index: index)
    }

    private func note(_ files: [ByteString]) {
        for name in files { index.add(name) }
    }

    private func runTexts(file: ByteString?, in state: borrowing LuaState) throws(LuaState.Failure) {
        for script in overrides.scripts { try runFile(script, in: state) }
        if let file { try runFile(file, in: state) }
        for sync in overrides.syncs { try state.run(code(of: sync), name: "=command line") }
    }

    private func runFile(_ name: ByteString, in state: borrowing LuaState) throws(LuaState.Failure) {
        guard let content = access.content(of: name) else {
            let text =
                access.isDirectory(name)
                ? "this is a directory, not a configuration file."
                : access.exists(name)
                    ? "this file may not be read. Check its owner and mode."
                    : "there is no such file. Check the path, relative to \(access.workingDirectory)."
            return findings.end(Place(file: name), text)
        }
        // Scripts find their own folder by the chunk's name, as lsyncd gives it: absolute, links resolved.
        let absolute = access.realPath(name) ?? access.absolute(name)
        index.add(absolute, shown: name, content: content)
        try state.run(Self.program(in: content), name: "@" + absolute)
    }

    /// Lua's own loader skips a byte order mark and a first line that begins with `#`; lines keep their numbers.
    private static func program(in content: [UInt8]) -> [UInt8] {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let text = content.starts(with: mark) ? content.dropFirst(3) : content[...]
        guard text.first == UInt8(ascii: "#") else { return Array(text) }
        return Array(text.drop { $0 != 0x0a && $0 != 0x0d })
    }

    private func code(of sync: CommandLineSync) -> [UInt8] {
        let (base, words): (ByteString, [(ByteString, ByteString)]) =
            switch sync {
            case .rsync(let source, let target): ("rsync", [("source", source), ("target", target)])
            case .direct(let source, let target): ("direct", [("source", source), ("target", target)])
            case .rsyncssh(let source, let host, let directory):
                ("rsyncssh", [("source", source), ("host", host), ("targetdir", directory)])
            }
        var fields = words.map { $0.0 + " = " + Self.quoted($0.1) }.joined(separator: ", ")
        if base == "rsyncssh", let options = overrides.sshOptions {
            fields += ", ssh = { _extra = lsyncd.splitQuotedString(" + Self.quoted(options) + ") }"
        }
        return ("sync{ default." + base + ", " + fields + " }" as ByteString).bytes
    }

    private static func quoted(_ text: ByteString) -> ByteString {
        let escaped = text.bytes.flatMap { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) && byte < 0x80
                ? [byte] : Array("\\x".utf8) + hexadecimal(byte)
        }
        return "\"" + ByteString(escaped) + "\""
    }

    private static func hexadecimal(_ byte: UInt8) -> [UInt8] {
        Array((byte < 16 ? "0" : "").utf8) + Array(String(byte, radix: 16).utf8)
    }

    // MARK: Decoding

    func decode(file: ByteString?) -> Settings {
        var settings = Settings()
        guard !told.isEmpty else { return settings }
        let records = told.tables("syncs").enumerated().map { number, told in
            SyncRecord(told: told, index: index, number: number + 1)
        }
        let dialect = dialect(of: records)
        SettingsDecoding(findings: findings, index: index, access: access, told: told, dialect: dialect)
            .decode(into: &settings)
        let remarks = Remarks(index: index, findings: findings, told: told)
        for record in records {
            let decoding = SyncDecoding(
                record: record, findings: findings, access: access, dialect: dialect,
                settings: told.table("settings"), unknownBases: remarks.unknownBases)
            guard let sync = decoding.decode() else { continue }
            if DiscoveryDecoding.isWanted(record) {
                let decoding = DiscoveryDecoding(record: record, findings: findings, access: access)
                if let discovery = decoding.decode(sync) { settings.discoveries.append(discovery) }
            } else {
                settings.syncs.append(sync)
            }
        }
        apply(overrides, to: &settings)
        settings.redaction = Secrets(told: told, settings: settings, index: index).redaction
        remarks.tell()
        LocationChecks(access: access, findings: findings, index: index).check(settings)
        if records.isEmpty, !findings.hasEnded {
            let name = file.map { "\($0)" } ?? "the command line"
            findings.error(file.map { Place(file: $0) } ?? Place(), "no sync{} in \(name): nothing to watch.")
        }
        return settings
    }

    private func dialect(of records: [SyncRecord]) -> Dialect {
        let hasOldKey = records.contains { record in
            ["rsyncOpts", "rsyncOps", "rsyncBinary"].contains { record.config[$0] != nil }
        }
        return hasOldKey || told.isSet("is_assigned") || told["field"] != nil ? .era20 : .current
    }

    private func apply(_ overrides: CommandLineOverrides, to settings: inout Settings) {
        if overrides.insists { settings.insists = true }
        if var http = overrides.http {
            http.token = settings.http?.token
            settings.http = http
        }
        if overrides.staysInForeground { settings.staysInForeground = true }
        if overrides.onePass { settings.onePass = true }
        if let logFile = overrides.logFile { settings.logFile = access.absolute(logFile) }
        if let pidFile = overrides.pidFile { settings.pidFile = access.absolute(pidFile) }
    }
}
