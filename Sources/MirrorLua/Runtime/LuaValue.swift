import MirrorCore

/// A value that came out of Lua, whole and detached from the state.
indirect enum LuaValue: Equatable {
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case text(ByteString)
    case table(LuaTable)
    /// A function that the prelude knows by this name, or `own` for one of the configuration.
    case function(ByteString)
    /// Anything else, with Lua's word for its type.
    case other(ByteString)

    /// Lua's word, for messages.
    var kind: String {
        switch self {
        case .boolean: "boolean"
        case .integer, .number: "number"
        case .text: "text"
        case .table: "table"
        case .function: "function"
        case .other(let word): "\(word)"
        }
    }

    /// As a person would write it.
    var written: String {
        switch self {
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(NumberText.text(of: value))"
        case .text(let value): "\"\(value)\""
        case .table: "a table"
        case .function: "a function"
        case .other(let word): "a \(word)"
        }
    }

    var table: LuaTable? { if case .table(let table) = self { table } else { nil } }
    var text: ByteString? { if case .text(let text) = self { text } else { nil } }

    /// Everything but false is true in Lua.
    var isTruthy: Bool { self != .boolean(false) }
}

struct LuaTable: Equatable {
    var fields: [ByteString: LuaValue] = [:]
    var integers: [Int64: LuaValue] = [:]

    subscript(_ key: ByteString) -> LuaValue? { fields[key] }

    /// The positional elements in order, holes left out.
    var list: [LuaValue] { integers.sorted { $0.key < $1.key }.map(\.value) }
    var isEmpty: Bool { fields.isEmpty && integers.isEmpty }

    func table(_ key: ByteString) -> LuaTable { fields[key]?.table ?? LuaTable() }
    func text(_ key: ByteString) -> ByteString? { fields[key]?.text }
    func integer(_ key: ByteString) -> Int? {
        if case .integer(let value) = fields[key] { Int(clamping: value) } else { nil }
    }
    func tables(_ key: ByteString) -> [LuaTable] { table(key).list.compactMap(\.table) }
    func texts(_ key: ByteString) -> [ByteString] { table(key).list.compactMap(\.text) }
    func isSet(_ key: ByteString) -> Bool { fields[key]?.isTruthy ?? false }
}

/// Numbers as words of a command line: Lua 5.1 knew no difference between 10 and 10.0, and nobody means `10.0`.
enum NumberText {
    static func text(of number: Double) -> ByteString {
        if number == number.rounded(), abs(number) < 1e15 { return ByteString("\(Int64(number))") }
        return ByteString("\(number)")
    }
}
