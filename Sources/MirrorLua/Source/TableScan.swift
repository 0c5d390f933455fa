import MirrorCore

/// A table constructor as it stands in the text.
struct WrittenTable {
    struct Entry {
        /// Nil for a positional entry.
        var key: ByteString?
        var line: Int
        /// The value, where it is nothing but one name: a global or local variable.
        var variable: ByteString?
        /// The value, where it is a table constructor: its index in the scan.
        var table: Int?
    }

    var line: Int
    /// The name before the brace, of a call: `sync{`, `sync({`.
    var callee: ByteString?
    /// The name that the table is given to: `settings = {`.
    var assigned: ByteString?
    var entries: [Entry] = []
}

/// Finds the table constructors of a text and the lines of their keys.
///
/// Bodies of functions inside a table are skipped as values, but tables in them are found too.
struct TableScan {
    private(set) var tables: [WrittenTable] = []
    /// `name.key = …` at the beginning of a statement: the forms of `settings.x = y`.
    private(set) var fieldAssignments: [(name: ByteString, key: ByteString, line: Int)] = []

    private enum Frame {
        case table(Int)
        case bracket
        case block
    }

    private let tokens: [LuaToken]
    private var frames: [Frame] = []
    private var index = 0

    init(_ tokens: [LuaToken]) {
        self.tokens = tokens
        while index < tokens.count {
            step()
            index += 1
        }
    }

    private func kind(_ offset: Int) -> LuaToken.Kind? {
        let position = index + offset
        return tokens.indices.contains(position) ? tokens[position].kind : nil
    }

    private func isSymbol(_ offset: Int, _ symbol: ByteString) -> Bool { kind(offset) == .symbol(symbol) }

    private mutating func step() {
        switch tokens[index].kind {
        case .symbol("{"): openTable()
        case .symbol("("), .symbol("["): frames.append(.bracket)
        case .symbol("}"), .symbol(")"), .symbol("]"): if !isInBlock { frames.removeLast(frames.isEmpty ? 0 : 1) }
        case .symbol(","), .symbol(";"): if case .table(let table) = frames.last { readEntry(of: table) }
        case .name("function"), .name("if"), .name("do"), .name("repeat"): frames.append(.block)
        case .name("end"), .name("until"): if isInBlock { frames.removeLast() }
        case .name(let name): readAssignment(name)
        default: return
        }
    }

    private var isInBlock: Bool { if case .block = frames.last { true } else { false } }

    private mutating func openTable() {
        var table = WrittenTable(line: tokens[index].line)
        if case .name(let callee) = kind(-1), !Self.keywords.contains(callee) {
            (table.callee, table.line) = (callee, tokens[index - 1].line)
        }
        if isSymbol(-1, "("), case .name(let callee) = kind(-2), !Self.keywords.contains(callee) {
            (table.callee, table.line) = (callee, tokens[index - 2].line)
        }
        if isSymbol(-1, "="), case .name(let name) = kind(-2) {
            (table.assigned, table.line) = (name, tokens[index - 2].line)
        }
        let number = tables.count
        tables.append(table)
        if case .table(let parent) = frames.last, let last = tables[parent].entries.indices.last,
            tables[parent].entries[last].table == nil, table.callee == nil
        {
            tables[parent].entries[last].table = number
        }
        frames.append(.table(number))
        readEntry(of: number)
    }

    /// The entry that begins behind the current token. Only its key and a one-word value are looked at; the tokens
    /// themselves are stepped over as usual.
    private mutating func readEntry(of table: Int) {
        var key: ByteString?
        var value = 1
        if case .name(let name) = kind(1), isSymbol(2, "=") {
            (key, value) = (name, 3)
        } else if isSymbol(1, "["), isSymbol(3, "]"), isSymbol(4, "=") {
            switch kind(2) {
            case .text(let text): (key, value) = (text, 5)
            case .number(let digits): (key, value) = (ByteString("[") + digits + "]", 5)
            default: return
            }
        }
        guard tokens.indices.contains(index + value), !isSymbol(value, "}") else { return }
        var variable: ByteString?
        if case .name(let name) = kind(value), [",", ";", "}"].contains(where: { isSymbol(value + 1, $0) }) {
            variable = Self.keywords.contains(name) ? nil : name
        }
        tables[table].entries.append(
            WrittenTable.Entry(key: key, line: tokens[index + 1].line, variable: variable))
    }

    private mutating func readAssignment(_ name: ByteString) {
        guard isSymbol(1, "."), case .name(let key) = kind(2), isSymbol(3, "=") else { return }
        if case .table = frames.last { return }
        if isSymbol(-1, ".") || isSymbol(-1, ":") { return }
        fieldAssignments.append((name, key, tokens[index].line))
    }

    private static let keywords: Set<ByteString> = [
        "true", "false", "nil", "function", "not", "return", "and", "or", "in", "then", "do", "else", "if", "elseif",
        "while", "until", "end",
    ]
}
