import MirrorCore

/// Decodes the `tunnel{…}` of a sync.
struct TunnelDecoding {
    let record: SyncRecord
    let findings: Findings

    static let known = [
        "name", "mode", "command", "parallel", "distribution", "readyDelay", "retryDelay", "localhost",
    ]
    /// Of lsyncd; they have never had an effect.
    private static let idle = ["checkCommand", "checkExitCodes", "checkMaxFailed"]

    private func subject(_ key: String) -> Subject { record.subject("tunnel.\(key)") }

    /// Nil where there is none, or a wrong one; then the findings hold an error.
    func decode() -> TunnelSettings? {
        guard let value = record.config["tunnel"], value != .boolean(false) else { return nil }
        guard let table = value.table, let number = table.integer("_number") else {
            findings.error(
                record.place(of: "tunnel"), "tunnel is \(value.written); write tunnel = tunnel{ command = { ... } }.")
            return nil
        }
        judgeKeys(table)
        let command = command(table["command"])
        guard !command.isEmpty else {
            findings.error(subject("command").place, "this tunnel has no command: the program that holds it open.")
            return nil
        }
        var tunnel = TunnelSettings(
            number: number, name: findings.text(table["name"], subject("name")) ?? "Tunnel", command: command)
        tunnel.isPool = isPool(table["mode"], command)
        tunnel.parallel = findings.count(table["parallel"], subject("parallel"), atLeast: 1) ?? tunnel.parallel
        tunnel.readyDelay = findings.seconds(table["readyDelay"], subject("readyDelay")) ?? tunnel.readyDelay
        tunnel.retryDelay = findings.seconds(table["retryDelay"], subject("retryDelay")) ?? tunnel.retryDelay
        tunnel.localHost = findings.text(table["localhost"], subject("localhost")) ?? tunnel.localHost
        if let distribution = table["distribution"], distribution != .text("rr") {
            findings.error(
                subject("distribution").place, "distribution is \(distribution.written); there is \"rr\" alone.")
        }
        return tunnel
    }

    private func judgeKeys(_ table: LuaTable) {
        for key in table.fields.keys.sorted() where key != "_number" && !Self.known.contains("\(key)") {
            if Self.idle.contains("\(key)") {
                findings.warn(subject("\(key)").place, "\(key) has no effect, as in lsyncd.")
            } else {
                let question = Suggestion.question(about: "\(key)", in: Self.known)
                findings.error(
                    subject("\(key)").place, Sentence.closed("unknown key \"\(key)\" of tunnel" + question))
            }
        }
    }

    /// A text is split at its blanks, as lsyncd does it for commands that are called without a shell.
    private func command(_ value: LuaValue?) -> [ByteString] {
        if case .text(let text) = value { return text.split(separator: UInt8(ascii: " ")).filter { !$0.isEmpty } }
        return findings.words(value, subject("command")) ?? []
    }

    /// Without a mode the command says it: only a pool has a port of its own for each process.
    private func isPool(_ mode: LuaValue?, _ command: [ByteString]) -> Bool {
        switch mode {
        case .text("pool"): return true
        case .text("command"): return false
        case nil: return command.contains { $0.description.contains("localport") }
        case .some(let other):
            findings.error(subject("mode").place, "mode is \(other.written); it is \"command\" or \"pool\".")
            return false
        }
    }
}
