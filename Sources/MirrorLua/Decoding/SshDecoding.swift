import MirrorCore

/// Decodes `host`, `targetdir` and `ssh = {…}` of default.rsyncssh.
struct SshDecoding {
    let record: SyncRecord
    let findings: Findings
    let access: FileAccess

    private var config: LuaTable { record.config }
    private var options: LuaTable { config.table("ssh") }

    /// Nil where the sync has no place to go to; then the findings hold an error.
    func decode() -> SshSettings? {
        guard let host = host(), let directory = directory() else { return nil }
        var ssh = SshSettings(host: host, targetDirectory: directory)
        ssh.binary = program("ssh.binary", options["binary"]) ?? ssh.binary
        ssh.options = sshWords().joined(separator: " ")
        if let reader = findings.text(config.table("xargs")["binary"], record.subject("xargs.binary")) {
            ssh.listReader = reader
        }
        return ssh
    }

    /// rsync's address of the host: one that holds colons stands in brackets.
    static func target(host: ByteString, directory: ByteString) -> ByteString {
        let at = host.bytes.lastIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? 0
        let name = ByteString(Array(host.bytes[at...]))
        guard name.bytes.contains(UInt8(ascii: ":")), !name.hasPrefix("[") else { return host + ":" + directory }
        return ByteString(Array(host.bytes[..<at])) + "[" + name + "]:" + directory
    }

    private func host() -> ByteString? {
        let place = record.place(of: "host")
        guard let host = findings.text(config["host"], Subject(name: "host", place: place)) else {
            findings.error(place, "default.rsyncssh needs \"host\": the machine to mirror to, as in user@host.")
            return nil
        }
        if !DiscoveryDecoding.isWanted(record) {
            TemplateLeftover.warn(about: "host", host, place, findings)
        }
        guard !host.hasPrefix("-") else {
            findings.error(place, "host \"\(host)\" begins with a dash, and ssh would take it for an option.")
            return nil
        }
        return host
    }

    /// lsyncd takes an empty one for the root of the host, and `--delete` then empties that machine. An empty text is
    /// mostly a variable that nobody has set.
    private func directory() -> ByteString? {
        let place = record.place(of: "targetdir")
        if config["targetdir"] == .text("") {
            findings.error(
                place,
                "targetdir is empty, which lsyncd took for the root directory of the host, to be emptied. "
                    + "Name the directory; the home directory is \"./\".")
            return nil
        }
        guard let written = findings.text(config["targetdir"], Subject(name: "targetdir", place: place)) else {
            findings.error(place, "default.rsyncssh needs \"targetdir\": the directory on the host.")
            return nil
        }
        TemplateLeftover.warn(about: "targetdir", written, place, findings)
        return written.hasSuffix("/") || written.hasSuffix(":") ? written : written + "/"
    }

    private func program(_ key: String, _ value: LuaValue?) -> ByteString? {
        guard let written = findings.text(value, record.subject(key)) else { return nil }
        return written.bytes.contains(UInt8(ascii: "/")) ? access.absolute(written) : written
    }

    /// The order is lsyncd's, but for `options`, which stand in any order there and by name here. rsync splits the text
    /// at blanks, so a value that holds one is quoted; an entry of `_extra` may well be several words.
    private func sshWords() -> [ByteString] {
        var words: [ByteString] = []
        if let identity = findings.text(options["identityFile"], record.subject("ssh.identityFile")) {
            words += ["-i", Self.quoted(identity)]
        }
        for (name, value) in sshOptions() { words += ["-o", Self.quoted(name + "=" + value)] }
        if let port = findings.text(options["port"], record.subject("ssh.port")) { words += ["-p", port] }
        return words + extra()
    }

    private func sshOptions() -> [(ByteString, ByteString)] {
        let subject = record.subject("ssh.options")
        guard let value = options["options"] else { return [] }
        guard case .table(let table) = value else {
            findings.error(
                subject.place, "ssh.options is \(value.written); write a table: options = { ConnectTimeout = 5 }.")
            return []
        }
        if let stray = table.list.first {
            findings.error(
                subject.place,
                "\(stray.written) stands alone in ssh.options; write options = { StrictHostKeyChecking = \"no\" }.")
        }
        return table.fields.sorted { $0.key < $1.key }.compactMap { name, value in
            if case .boolean(let isTrue) = value { return (name, isTrue ? "yes" : "no") }
            return findings.text(value, record.subject("ssh.options.\(name)")).map { (name, $0) }
        }
    }

    /// A list of words; one text is split at its blanks, since a shell is what it was written for.
    private func extra() -> [ByteString] {
        let subject = record.subject("ssh._extra")
        if case .text(let text) = options["_extra"], !text.isEmpty {
            findings.warn(subject.place, "ssh._extra is a text; it is a list: _extra = { \"-4\", \"-v\" }.")
            return text.split(separator: UInt8(ascii: " ")).filter { !$0.isEmpty }
        }
        return (findings.words(options["_extra"], subject) ?? []).filter { !$0.isEmpty }
    }

    /// As rsync reads quotes: one that is doubled inside stands for itself (rsync(1), --rsh).
    private static func quoted(_ word: ByteString) -> ByteString {
        guard word.bytes.contains(where: { $0 == 0x20 || $0 == 0x22 || $0 == 0x27 }) else { return word }
        return "'" + word.split(separator: UInt8(ascii: "'")).joined(separator: "''") + "'"
    }
}
