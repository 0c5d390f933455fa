package import MirrorCore

/// Where a target is, read as rsync reads it (rsync(1), GENERAL and ADVANCED USAGE): a colon makes a host unless a
/// slash stands before it.
package enum TargetAddress: Sendable, Equatable {
    case local(ByteString)
    /// `user@host` as ssh gets it, without brackets.
    case shell(host: ByteString, path: ByteString)
    /// `host::module/path` and `rsync://host:port/module/path`.
    case daemon(host: ByteString, port: Int?, path: ByteString)

    private static let colon = UInt8(ascii: ":")
    private static let slash = UInt8(ascii: "/")
    private static let scheme = "rsync://"

    package init(_ target: ByteString) {
        if let rest = Self.afterScheme(target) {
            self = Self.url(rest)
        } else if let (host, rest) = Self.hostAndRest(target.bytes) {
            if rest.first == Self.colon {
                self = .daemon(host: host, port: nil, path: ByteString(Array(rest.dropFirst())))
            } else {
                self = .shell(host: host, path: ByteString(rest))
            }
        } else {
            self = .local(target)
        }
    }

    package var isLocal: Bool {
        if case .local = self { true } else { false }
    }

    /// The host without a user, nil for a local target.
    package var hostName: ByteString? {
        switch self {
        case .local: nil
        case .shell(let host, _), .daemon(let host, _, _):
            ByteString(host.bytes.split(separator: UInt8(ascii: "@"), maxSplits: .max).last.map(Array.init) ?? [])
        }
    }

    private static func afterScheme(_ target: ByteString) -> [UInt8]? {
        let start = target.bytes.prefix(scheme.utf8.count)
        guard String(decoding: start, as: UTF8.self).lowercased() == scheme else { return nil }
        return Array(target.bytes.dropFirst(start.count))
    }

    private static func url(_ rest: [UInt8]) -> TargetAddress {
        let cut = rest.firstIndex(of: slash) ?? rest.count
        let path = ByteString(Array(rest[min(cut + 1, rest.count)...]))
        let authority = Array(rest[..<cut])
        // The port comes after the last colon, unless that belongs to an address in brackets.
        let bracket = authority.lastIndex(of: UInt8(ascii: "]")) ?? -1
        guard let colon = authority.lastIndex(of: colon), colon > bracket else {
            return .daemon(host: unbracketed(authority), port: nil, path: path)
        }
        let port = Int(String(decoding: authority[(colon + 1)...], as: UTF8.self))
        return .daemon(host: unbracketed(Array(authority[..<colon])), port: port, path: path)
    }

    private static func hostAndRest(_ bytes: [UInt8]) -> (ByteString, [UInt8])? {
        let at = bytes.firstIndex(of: UInt8(ascii: "@"))
        let start = at.map { $0 + 1 } ?? 0
        var searchFrom = 0
        if start < bytes.count, bytes[start] == UInt8(ascii: "["), !bytes[..<start].contains(slash),
            let close = bytes[start...].firstIndex(of: UInt8(ascii: "]")), !bytes[..<close].contains(slash)
        {
            searchFrom = close
        }
        guard let cut = bytes[searchFrom...].firstIndex(of: colon), cut > 0, !bytes[..<cut].contains(slash) else {
            return nil
        }
        return (unbracketed(Array(bytes[..<cut])), Array(bytes[(cut + 1)...]))
    }

    private static func unbracketed(_ host: [UInt8]) -> ByteString {
        guard let open = host.firstIndex(of: UInt8(ascii: "[")), host.last == UInt8(ascii: "]") else {
            return ByteString(host)
        }
        return ByteString(Array(host[..<open]) + Array(host[(open + 1)..<(host.count - 1)]))
    }
}
