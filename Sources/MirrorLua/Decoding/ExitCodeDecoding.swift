import MirrorCore

/// `exitcodes = { [code] = "ok" | "again" | "die" }`, already joined with the table of its base.
struct ExitCodeDecoding {
    let record: SyncRecord
    let findings: Findings
    let way: SyncKind.Way

    /// Nil where there is no table, or a wrong one.
    func decode() -> ExitCodes? {
        guard let key = ["rsyncExitCodes", "exitcodes"].first(where: { record.config[ByteString($0)] != nil }) else {
            return nil
        }
        if key == "rsyncExitCodes", way == .rsync {
            findings.warn(
                record.place(of: key), "rsyncExitCodes belongs to default.rsyncssh; with default.rsync write exitcodes."
            )
        }
        guard let written = record.config[ByteString(key)]?.table else {
            findings.error(record.place(of: key), "\(key) must be a table: \(key) = { [24] = \"ok\" }.")
            return nil
        }
        var table: [Int32: ExitMeaning] = key == "exitcodes" ? [:] : ExitCodes.rsync.table
        for (code, value) in written.integers.sorted(by: { $0.key < $1.key }) {
            guard let number = Int32(exactly: code), let meaning = meaning(value) else {
                findings.error(
                    record.place(of: key),
                    "\(key) says \(value.written) for \(code); it is \"ok\", \"again\" or \"die\".")
                continue
            }
            table[number] = meaning
        }
        for stray in written.fields.keys.sorted() where stray != "_verbatim" {
            findings.error(
                record.place(of: key), "\(key) has a key \"\(stray)\"; its keys are numbers in brackets: [24].")
        }
        return ExitCodes(table: table, isCustom: table != ExitCodes.rsync.table)
    }

    private func meaning(_ value: LuaValue) -> ExitMeaning? {
        switch value {
        case .text("ok"): .ok
        case .text("again"): .again
        case .text("die"): .die
        default: nil
        }
    }
}
