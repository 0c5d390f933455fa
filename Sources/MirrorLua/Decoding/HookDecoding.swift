import MirrorCore

/// `onBatch`, `onInStep` and `onProblem` of a sync: commands that are told what happens.
struct HookDecoding {
    let record: SyncRecord
    let findings: Findings

    func decode() -> TargetHooks {
        var hooks = TargetHooks()
        hooks.onBatch = words("onBatch")
        hooks.onInStep = words("onInStep")
        hooks.onProblem = words("onProblem")
        return hooks
    }

    /// A text is a command for the shell, a list is a program with its words.
    private func words(_ key: String) -> [ByteString] {
        let value = record.config[ByteString(key)]
        if case .function = value {
            findings.error(
                record.place(of: key),
                "\(key) is a function; beside a base it is a command: a text, or a list of a program and its words.")
            return []
        }
        guard let value, value != .boolean(false), let words = findings.words(value, record.subject(key)) else {
            return []
        }
        if case .table = value { return words }
        return words.flatMap { ["/bin/sh", "-c", $0] }
    }
}
