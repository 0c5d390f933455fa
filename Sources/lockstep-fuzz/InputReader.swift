import MirrorCore

/// Cuts one input into the parts that a decoder takes.
struct InputReader {
    private(set) var rest: ArraySlice<UInt8>

    init(_ input: [UInt8]) { rest = input[...] }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// Up to the next zero byte.
    mutating func text() -> ByteString {
        let text = rest.prefix { $0 != 0 }
        rest = rest.dropFirst(text.count + 1)
        return ByteString(text)
    }

    /// Pieces between the zero bytes that are left.
    var texts: [ByteString] { rest.split(separator: 0, omittingEmptySubsequences: false).map { ByteString($0) } }
}
