import MirrorCore

/// One file of a configuration as text: where its keys stand, and which of them stand there twice.
struct ScannedFile {
    /// As messages name it.
    let name: ByteString
    let lines: [ByteString]
    let tokens: [LuaToken]
    let scan: TableScan
    /// The tables that begin in a line.
    private let tablesByLine: [Int: [Int]]
    /// The lines of the keys in tables that no call takes.
    private let freeKeys: [ByteString: [Int]]

    init(name: ByteString, content: [UInt8]) {
        self.name = name
        lines = ByteString(content).split(separator: UInt8(ascii: "\n"))
        tokens = LuaLexer.tokens(of: content)
        scan = TableScan(tokens)
        tablesByLine = Dictionary(grouping: scan.tables.indices) { [scan] in scan.tables[$0].line }
        let free = scan.tables.filter { $0.callee == nil }.flatMap(\.entries)
        freeKeys = Dictionary(grouping: free.filter { $0.key != nil }) { $0.key ?? "" }.mapValues { $0.map(\.line) }
    }

    /// The line of a key, given as the path of keys to it, in the tables of a call. Where the call does not hold it,
    /// the file may hold it once in a table of its own (a base that several syncs share).
    func line(of path: [ByteString], inCall callee: ByteString, at line: Int) -> Int? {
        let calls = (tablesByLine[line] ?? []).filter { scan.tables[$0].callee == callee }
        if let found = calls.compactMap({ find(path[...], in: $0) }).first { return found }
        return path.last.flatMap(lineElsewhere)
    }

    /// The line of a key that stands once in a table of its own.
    func lineElsewhere(of key: ByteString) -> Int? {
        let lines = freeKeys[key] ?? []
        return lines.count == 1 ? lines[0] : nil
    }

    /// The line of a setting in any of the three forms; the last one counts, as in Lua.
    func line(ofSetting key: ByteString) -> Int? {
        let tables = scan.tables.filter { $0.callee == "settings" || $0.assigned == "settings" }
        let entries = tables.flatMap(\.entries).filter { $0.key == key }.map(\.line)
        let fields = scan.fieldAssignments.filter { $0.name == "settings" && $0.key == key }.map(\.line)
        return (entries + fields).max()
    }

    var lineOfSettingsAssignment: Int? { scan.tables.first { $0.assigned == "settings" }?.line }

    private func find(_ path: ArraySlice<ByteString>, in table: Int) -> Int? {
        guard let key = path.first else { return nil }
        let entries = scan.tables[table].entries.filter { $0.key == key }
        if path.count == 1 { return entries.last?.line }
        return entries.compactMap { $0.table.flatMap { find(path.dropFirst(), in: $0) } }.first ?? entries.last?.line
    }

    /// Keys that one table holds twice, with both lines; Lua keeps the last.
    var duplicates: [(key: ByteString, first: Int, last: Int)] {
        scan.tables.flatMap { table in
            var seen: [ByteString: Int] = [:]
            return table.entries.compactMap { entry -> (key: ByteString, first: Int, last: Int)? in
                guard let key = entry.key else { return nil }
                defer { seen[key] = entry.line }
                return seen[key].map { (key, $0, entry.line) }
            }
        }
    }

    /// Entries whose value is the bare name of a variable.
    func entries(withVariable name: ByteString, at line: Int) -> [WrittenTable.Entry] {
        scan.tables.flatMap(\.entries).filter { $0.variable == name && abs($0.line - line) <= 1 }
    }
}
