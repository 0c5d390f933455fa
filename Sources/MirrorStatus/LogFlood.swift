package import MirrorCore

/// A flood of one message is summed up: so many of a kind pass within a span of time, the others are counted, and the
/// count is told when the span is over. Two messages are of a kind when they differ in numbers, paths and quoted names
/// alone.
///
/// Warn and Error and what is known to repeat are counted so; scripts count on the lines that lsyncd writes (Normal),
/// and who asks for more categories wants all of them.
package struct LogFlood: Sendable {
    private struct Kind {
        var began: Moment
        var passed = 0
        var held = 0
        var last: LogLine
    }

    package static let span = Duration.seconds(10)
    /// Beyond, all are told and forgotten.
    private static let kindLimit = 256
    private static let keyLimit = 160

    /// So many of a kind pass in a span; nil is no limit.
    private let limit: Int?
    private var kinds: [ByteString: Kind] = [:]

    package init(limit: Int?) { self.limit = limit }

    /// When `due` has to be asked at the latest; nil where nothing was held back.
    package var deadline: Moment? { kinds.values.filter { $0.held > 0 }.map { $0.began + Self.span }.min() }

    /// Whether the line passes.
    package mutating func admits(_ line: LogLine, at now: Moment) -> Bool {
        guard let limit, line.category == .warn || line.category == .error || line.category == .output else {
            return true
        }
        let key = Self.kind(of: line)
        if var kind = kinds[key], now - kind.began < Self.span || kind.held > 0 {
            kind.last = line
            let passes = kind.passed < limit && kind.held == 0
            if passes { kind.passed += 1 } else { kind.held += 1 }
            kinds[key] = kind
            return passes
        }
        kinds[key] = Kind(began: now, passed: 1, last: line)
        return true
    }

    /// What has been held back and whose time is over, in a line for each kind. `everything`: now, whatever the time.
    package mutating func due(at now: Moment, everything: Bool = false) -> [LogLine] {
        let isFull = kinds.count > Self.kindLimit
        guard everything || isFull || deadline.map({ $0 <= now }) ?? false else { return [] }
        var lines: [LogLine] = []
        for key in kinds.keys.sorted() {
            guard let kind = kinds[key], everything || isFull || now - kind.began >= Self.span else { continue }
            kinds[key] = nil
            guard kind.held > 0 else { continue }
            let count = "… \(Self.grouped(kind.held)) more like this in \(Shown.duration(now - kind.began)): "
            lines.append(LogLine(kind.last.category, ByteString(count) + Self.firstLine(of: kind.last.text)))
        }
        return lines
    }

    private static func firstLine(of text: ByteString) -> ByteString {
        text.split(separator: UInt8(ascii: "\n")).first ?? ""
    }

    /// 1,234,567.
    private static func grouped(_ number: Int) -> String {
        var digits = String(number)
        for place in stride(from: digits.count - 3, to: 0, by: -3) {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
        }
        return digits
    }

    /// The first line without what differs among messages of a kind.
    static func kind(of line: LogLine) -> ByteString {
        var key = Array(line.category.name.utf8) + [0x20]
        var word: [UInt8] = []
        var isQuoted = false
        func close() {
            // A path, or one with a host.
            if word.contains(UInt8(ascii: "/")) { key.append(UInt8(ascii: "/")) } else { key += word }
        }
        for byte in line.text.bytes.prefix(while: { $0 != 0x0a }) {
            guard key.count < keyLimit else { break }
            if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
                if isQuoted { word.append(byte) }
            } else if isQuoted {
                continue
            } else if byte == UInt8(ascii: " ") {
                close()
                key.append(byte)
                word = []
            } else if (0x30...0x39).contains(byte) {
                if word.last != UInt8(ascii: "#") { word.append(UInt8(ascii: "#")) }
            } else {
                word.append(byte)
            }
        }
        close()
        return ByteString(key)
    }
}
