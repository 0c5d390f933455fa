import MirrorCore

/// Values as the person meant them: a number in quotes is a number, 1 is yes. What has no evident meaning is an error.
extension Findings {
    private static let yes: Set<ByteString> = ["true", "yes", "on", "1"]
    private static let no: Set<ByteString> = ["false", "no", "off", "0"]

    /// Nil where nothing is set, or the value is refused.
    func boolean(_ value: LuaValue?, _ subject: Subject) -> Bool? {
        switch value {
        case nil, .text(""): return nil
        case .boolean(let plain): return plain
        case .integer(1): return true
        case .integer(0): return quotedNo(value, subject)
        case .text(let text) where Self.yes.contains(text.lowercased): return true
        case .text(let text) where Self.no.contains(text.lowercased): return quotedNo(value, subject)
        case .some(let other):
            error(subject.place, "\(subject.name) is \(other.written); write true or false.")
            return nil
        }
    }

    /// In Lua everything but false and nil is true, so lsyncd took these for yes.
    private func quotedNo(_ value: LuaValue?, _ subject: Subject) -> Bool {
        warn(
            subject.place,
            "\(subject.name) is \(value?.written ?? ""), taken as false (lsyncd took it as true). Write false.")
        return false
    }

    func number(_ value: LuaValue?, _ subject: Subject, unit: String) -> Double? {
        guard let value, value != .text("") else { return nil }
        let number: Double? =
            switch value {
            case .integer(let whole): Double(whole)
            case .number(let number): number
            case .text(let text): Double(text.trimmed.description)
            default: nil
            }
        if let number, number.isFinite, number >= 0 { return number }
        error(subject.place, "\(subject.name) is \(value.written); it must be a number\(unit), 0 or more.")
        return nil
    }

    func seconds(_ value: LuaValue?, _ subject: Subject) -> Duration? {
        // Beyond a hundred years the arithmetic of times would leave its scale.
        number(value, subject, unit: " of seconds").map { .nanoseconds(Int64(min($0, 3e9) * 1e9)) }
    }

    func count(_ value: LuaValue?, _ subject: Subject, atLeast least: Int = 0) -> Int? {
        guard let number = number(value, subject, unit: "") else { return nil }
        let whole = Int(min(number, 1e15))
        if whole >= least { return whole }
        error(subject.place, "\(subject.name) is \(value?.written ?? ""); it must be \(least) or more.")
        return nil
    }

    /// An empty text is nothing: generated files leave such entries behind.
    func text(_ value: LuaValue?, _ subject: Subject) -> ByteString? {
        switch value {
        case nil, .text(""): return nil
        case .text(let text):
            if !text.bytes.contains(0) { return text }
            error(subject.place, "\(subject.name) holds a zero byte, which no path or word can.")
            return nil
        case .integer(let number): return ByteString("\(number)")
        case .number(let number): return NumberText.text(of: number)
        case .some(let other):
            error(subject.place, "\(subject.name) is \(other.written); write a text in quotes.")
            return nil
        }
    }

    /// A list of words, or one word.
    func words(_ value: LuaValue?, _ subject: Subject) -> [ByteString]? {
        guard let value else { return nil }
        guard case .table(let table) = value else { return text(value, subject).map { [$0] } }
        return table.list.compactMap { item in
            if item == .text("") { return "" }
            return text(item, subject)
        }
    }
}

extension ByteString {
    var lowercased: ByteString {
        ByteString(bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0 })
    }

    var trimmed: ByteString {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0d).contains($0) }
        let start = bytes.drop(while: isBlank)
        return ByteString(start.reversed().drop(while: isBlank).reversed())
    }
}
