/// One pattern of rsync, read into tokens (rsync(1), PATTERN MATCHING RULES).
///
/// Where the pattern holds no `*`, `?` or `[`, every byte is itself, a backslash too. Else a backslash takes away the
/// meaning of the byte after it, and brackets hold a class. No class and no single star ever takes a slash.
struct RsyncPattern {
    enum Token: Equatable {
        case byte(UInt8)
        case oneOf(Set<UInt8>)
        /// One byte that is no slash; any number of those; any number of any bytes.
        case one
        case run
        case anything
    }

    /// From where in the path it is compared. Where it ends, the path or the parent in question has to end too.
    enum Start {
        case root
        case anyName
        /// Before the first slash: two stars at the front may take that as well.
        case beforeRoot
    }

    private(set) var tokens: [Token] = []
    let start: Start
    let isForDirectories: Bool
    /// Three stars at the end: they also take the slash that a directory is thought to have at its end.
    let takesSlashAtEnd: Bool

    /// Nil where nothing can match.
    init?(_ pattern: ByteString) {
        var bytes = pattern.bytes[...]
        isForDirectories = bytes.count > 1 && bytes.last == ByteClass.slash
        if isForDirectories { bytes = bytes.dropLast() }
        let isWild = bytes.contains { "*?[".utf8.contains($0) }
        let stars = isWild ? Self.firstTwoStars(bytes) : nil
        takesSlashAtEnd = stars != nil && bytes.count >= 3 && bytes.suffix(3).allSatisfy { $0 == ByteClass.star }
        let slashes = bytes.count { $0 == ByteClass.slash }
        if bytes.first == ByteClass.slash {
            start = .root
            bytes = bytes.dropFirst()
        } else {
            start = stars == bytes.startIndex ? .beforeRoot : .anyName
        }
        guard !bytes.isEmpty else { return nil }
        if isWild {
            guard readTokens(bytes) else { return nil }
        } else {
            tokens = bytes.map(Token.byte)
        }
        // rsync compares as many names from the end as the pattern has slashes, and a slash in a class takes none.
        if start == .anyName, stars == nil, slashes != tokens.count(where: { $0 == .byte(ByteClass.slash) }) {
            return nil
        }
    }

    private static func firstTwoStars(_ bytes: ArraySlice<UInt8>) -> Int? {
        bytes.indices.dropLast().first { bytes[$0] == ByteClass.star && bytes[$0 + 1] == ByteClass.star }
    }

    /// False where the pattern is broken, so that nothing can match it.
    private mutating func readTokens(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case ByteClass.star:
                let more = rest.prefix { $0 == ByteClass.star }.count
                rest = rest.dropFirst(more)
                tokens.append(more > 0 ? .anything : .run)
            case UInt8(ascii: "?"): tokens.append(.one)
            case ByteClass.backslash:
                guard let literal = rest.popFirst() else { return false }
                tokens.append(.byte(literal))
            case UInt8(ascii: "["):
                guard let members = ByteClass.read(&rest) else { return false }
                tokens.append(.oneOf(members))
            default: tokens.append(.byte(byte))
            }
        }
        return true
    }
}
