import MirrorCore

/// Builds a value from the flat stream in which Lua tells its tables: open, values, close.
struct LuaTree {
    private var open: [(key: LuaKey, table: LuaTable)] = []
    private(set) var root = LuaTable()
    private var nodesLeft = 200_000

    enum LuaKey {
        case name(ByteString)
        case integer(Int64)
    }

    mutating func openTable(_ key: LuaKey) { open.append((key, LuaTable())) }

    mutating func closeTable() {
        guard let done = open.popLast() else { return }
        add(done.key, .table(done.table))
    }

    /// Beyond the bound values are left out: a configuration that large is none.
    mutating func add(_ key: LuaKey, _ value: LuaValue) {
        guard nodesLeft > 0 else { return }
        nodesLeft -= 1
        if open.isEmpty {
            Self.put(key, value, into: &root)
        } else {
            Self.put(key, value, into: &open[open.count - 1].table)
        }
    }

    private static func put(_ key: LuaKey, _ value: LuaValue, into table: inout LuaTable) {
        switch key {
        case .name(let name): table.fields[name] = value
        case .integer(let number): table.integers[number] = value
        }
    }
}
