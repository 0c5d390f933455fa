import MirrorCore

/// What a sync of default.stream says beside what all syncs say.
struct StreamDecoding {
    let record: SyncRecord
    let findings: Findings
    let access: FileAccess
    /// The settings at the end of the file.
    let settings: LuaTable

    private var config: LuaTable { record.config }

    /// An option that the stream does not do is an error: it is never left out without a word.
    func decode(_ rsync: RsyncSettings) -> StreamSettings {
        var stream = StreamSettings()
        do throws(StreamOptions.Refusal) {
            stream.options = try StreamOptions(words: rsync.words, deletesExcluded: rsync.deletesExcluded)
        } catch {
            findings.error(
                record.place(of: "rsync"), "default.stream does not do \(error.word) of rsync = { ... }; \(error.cure)."
            )
        }
        stream.agentPath = findings.text(config["agentPath"], record.subject("agentPath"))
        if let path = stream.agentPath, !path.hasPrefix("/") {
            findings.error(
                record.place(of: "agentPath"), "agentPath is \"\(path)\"; it is a path from the root, there.")
        }
        stream.storesFirst = findings.boolean(config["fsync"], record.subject("fsync")) ?? false
        let subject = record.subject("deleteLimit")
        let limit = Self.limit(config["deleteLimit"], subject, findings)
        stream.deleteLimit = limit ?? Self.limit(settings["deleteLimit"], subject, Findings()) ?? .half
        let installs = findings.boolean(config["agentInstall"], record.subject("agentInstall"))
        stream.installs = installs ?? (settings["agentInstall"] == .boolean(true))
        if stream.installs, stream.agentPath != nil, installs != nil {
            findings.error(
                record.place(of: "agentInstall"),
                "agentInstall = true puts the agent where it belongs, and agentPath says where it is; write one of them."
            )
        }
        return stream
    }

    /// Nil where nothing, or nothing that can be meant, is said.
    static func limit(_ value: LuaValue?, _ subject: Subject, _ findings: Findings) -> DeleteLimit? {
        switch value {
        case nil: return nil
        case .boolean(false): return DeleteLimit.none
        case .boolean(true): return .half
        case .some: return findings.count(value, subject, atLeast: 1).map { .names($0) }
        }
    }

    /// An agent needs a directory here, or a host that runs commands.
    func usable(_ target: ByteString) -> ByteString? {
        let place = record.place(of: "target")
        if target == "/" {
            findings.error(place, "target is the root directory, and what the source does not have would be deleted.")
            return nil
        }
        let host = target.bytes.prefix { $0 != UInt8(ascii: "/") }
        guard ByteString(host).bytes.holds("::") || target.hasPrefix("rsync://") else { return target }
        findings.error(
            place, "default.stream needs a directory or host:directory; for \"\(target)\" use default.rsync.")
        return nil
    }
}
