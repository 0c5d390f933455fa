import CLua
import Glibc
import MirrorCore

/// What the prelude can ask of the program. Every answer is flat and given at once; nothing here calls Lua.
final class LuaHost {
    /// What Lua has told of its tables.
    var tree = LuaTree()
    private let files: FileAccess
    private let overrides: CommandLineOverrides
    /// Answers what functions of the configuration ask for while the program runs.
    var session: ScriptSession?

    init(files: FileAccess, overrides: CommandLineOverrides) {
        self.files = files
        self.overrides = overrides
    }

    static let callback: lx_callback = { owner, arguments, count, answer in
        guard let owner, let answer else { return }
        let host = Unmanaged<LuaHost>.fromOpaque(owner).takeUnretainedValue()
        let given = UnsafeBufferPointer(start: arguments, count: Int(count)).map(Argument.init)
        host.answer(given, Answer(pointer: answer))
    }

    private func answer(_ arguments: [Argument], _ answer: Answer) {
        guard case .value(.text(let request)) = arguments.first else {
            return answer.fail("host needs the name of a request")
        }
        let rest = Array(arguments.dropFirst())
        switch "\(request)" {
        case "value", "function", "other", "open", "close": tell("\(request)", rest)
        case "option": option(rest, answer)
        case "realdir": text(rest) { path in files.realDirectory(path).map { answer.give($0) } }
        case "readdir": text(rest) { readDirectory($0, answer) }
        case "patterns": text(rest) { patterns($0, answer, PatternLine.exclude) }
        case "filters": text(rest) { patterns($0, answer, PatternLine.filterLine) }
        case "now": answer.give(Self.ticks())
        case "port": if let port = FreePort.find() { answer.give(Int64(port)) }
        case "tunnel": if let word = session?.tunnelState(rest) { answer.give(word) }
        default:
            guard let session else { return answer.fail("unknown request") }
            session.answer("\(request)", rest, answer)
        }
    }

    /// One step of the stream in which Lua tells a table: functions go by their label, what cannot cross by its type.
    private func tell(_ step: String, _ arguments: [Argument]) {
        guard let key = arguments.first?.key else { return tree.closeTable() }
        switch (step, arguments.last) {
        case ("open", _): tree.openTable(key)
        case ("value", .value(let value)): tree.add(key, value)
        case ("function", .value(.text(let label))): tree.add(key, .function(label))
        case ("other", .value(.text(let type))): tree.add(key, .other(type))
        default: return
        }
    }

    private func text(_ arguments: [Argument], _ body: (ByteString) -> Void?) {
        if case .value(.text(let text)) = arguments.first { _ = body(text) }
    }

    /// What the command line says; the prelude asks, because sync{} takes its delay while the file runs.
    private func option(_ arguments: [Argument], _ answer: Answer) {
        guard case .value(.text("delay")) = arguments.first, let delay = overrides.delay else { return }
        answer.give(delay)
    }

    private func readDirectory(_ path: ByteString, _ answer: Answer) {
        guard let entries = files.entries(of: path) else { return }
        answer.give(true)
        for entry in entries {
            answer.give(entry.name)
            answer.give(entry.isDirectory)
        }
    }

    private func patterns(_ path: ByteString, _ answer: Answer, _ read: (ByteString) -> ByteString?) {
        guard let content = files.content(of: path) else { return answer.give(false) }
        answer.give(true)
        for line in ByteString(content).split(separator: UInt8(ascii: "\n")) {
            if let pattern = read(line) { answer.give(pattern) }
        }
    }

    /// Seconds in lsyncd's ticks of 10 ms.
    private static func ticks() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec / 10_000_000) / 100
    }
}

/// One argument of a host call, copied out of Lua.
enum Argument: Equatable {
    case value(LuaValue)
    case nothing

    init(_ value: lx_value) {
        switch value.kind {
        case LX_BOOLEAN: self = .value(.boolean(value.boolean))
        case LX_INTEGER: self = .value(.integer(value.integer))
        case LX_NUMBER: self = .value(.number(value.number))
        case LX_STRING:
            self = .value(.text(ByteString(UnsafeRawBufferPointer(start: value.bytes, count: value.length))))
        default: self = .nothing
        }
    }

    var key: LuaTree.LuaKey {
        switch self {
        case .value(.integer(let number)): .integer(number)
        case .value(.text(let text)): .name(text)
        case .value(let value): .name(ByteString(value.written))
        case .nothing: .name("?")
        }
    }
}

struct Answer {
    let pointer: OpaquePointer

    func give(_ value: Bool) { lx_answer_boolean(pointer, value) }
    func give(_ value: Int64) { lx_answer_integer(pointer, value) }
    func give(_ value: Double) { lx_answer_number(pointer, value) }
    func give(_ value: ByteString) {
        value.bytes.withUnsafeBytes {
            lx_answer_string(pointer, $0.baseAddress?.assumingMemoryBound(to: CChar.self), value.count)
        }
    }
    func fail(_ text: String) {
        let bytes = Array(text.utf8)
        bytes.withUnsafeBytes {
            lx_answer_failure(pointer, $0.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
    }
}
