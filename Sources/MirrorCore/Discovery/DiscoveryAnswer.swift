/// What a file, a command or the domain name system said, taken apart: a target's host on each line, a port behind it
/// where there is one.
///
/// Anybody may have written it, so whatever is not evidently a host is refused and nothing is guessed.
package struct DiscoveryAnswer: Sendable, Equatable {
    package struct Found: Sendable, Hashable {
        package var host: ByteString
        package var port: ByteString?

        package init(host: ByteString, port: ByteString? = nil) {
            self.host = host
            self.port = port
        }
    }

    package struct Mistake: Sendable, Equatable {
        package var line: Int
        package var cause: String
    }

    package private(set) var found: [Found] = []
    package private(set) var mistakes: [Mistake] = []

    /// Blank lines and those that begin with `#` say nothing. `isPattern`: lines are hosts; else whole targets.
    package init(text: [UInt8], isPattern: Bool) {
        var seen: Set<Found> = []
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated() {
            let line = Self.trimmed(bytes)
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            switch isPattern ? Self.host(in: line) : Self.target(in: line) {
            case .success(let found): if seen.insert(found).inserted { self.found.append(found) }
            case .failure(let refusal): mistakes.append(Mistake(line: index + 1, cause: refusal.cause))
            }
        }
    }

    private struct Refusal: Error {
        var cause: String
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> [UInt8] {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
        return Array(line.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    private static func target(in line: [UInt8]) -> Result<Found, Refusal> {
        guard line.count <= 4096 else { return .failure(Refusal(cause: "it is too long")) }
        guard !line.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            return .failure(Refusal(cause: "it holds a control character"))
        }
        return .success(Found(host: ByteString(line)))
    }

    private static func host(in line: [UInt8]) -> Result<Found, Refusal> {
        let words = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 }).map { Array($0) }
        guard let host = words.first, words.count <= 2 else {
            return .failure(Refusal(cause: "it is more than a host and a port"))
        }
        guard host.count <= 255, host.allSatisfy(isOfHost), host.first != UInt8(ascii: "-") else {
            return .failure(Refusal(cause: "it is no name and no address of a host"))
        }
        guard let port = words.dropFirst().first else { return .success(Found(host: bracketed(host))) }
        guard let number = UInt16(String(decoding: port, as: UTF8.self)), number > 0 else {
            return .failure(Refusal(cause: "its port is no number from 1 to 65535"))
        }
        return .success(Found(host: bracketed(host), port: ByteString("\(number)")))
    }

    /// Letters, digits and what names, addresses and `user@` need.
    private static func isOfHost(_ byte: UInt8) -> Bool {
        let isLetter = (0x61...0x7a).contains(byte | 0x20) && byte < 0x80
        return isLetter || (0x30...0x39).contains(byte) || "-._:[]@%".utf8.contains(byte)
    }

    /// rsync wants an IPv6 address in brackets.
    private static func bracketed(_ host: [UInt8]) -> ByteString {
        let colons = host.count { $0 == UInt8(ascii: ":") }
        guard colons >= 2, !host.contains(UInt8(ascii: "[")) else { return ByteString(host) }
        let start = host.firstIndex(of: UInt8(ascii: "@")).map { $0 + 1 } ?? 0
        return ByteString(Array(host[..<start])) + "[" + ByteString(Array(host[start...])) + "]"
    }
}

extension DiscoveryAnswer.Found {
    /// The target that the pattern makes of it; nil where the pattern wants a port and there is none.
    package func target(from pattern: ByteString) -> ByteString? {
        guard !pattern.isEmpty else { return host }
        var made: [UInt8] = []
        var rest = pattern.bytes[...]
        while let byte = rest.first {
            if rest.starts(with: "${host}".utf8) {
                made += host.bytes
                rest = rest.dropFirst(7)
            } else if rest.starts(with: "${port}".utf8) {
                guard let port else { return nil }
                made += port.bytes
                rest = rest.dropFirst(7)
            } else {
                made.append(byte)
                rest = rest.dropFirst()
            }
        }
        return ByteString(made)
    }
}
