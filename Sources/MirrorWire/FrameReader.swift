/// Cuts a stream of bytes into messages. A message is four bytes with its length, the lowest first, and so many bytes.
///
/// It holds at most one message of the greatest length, and what was added last.
package struct FrameReader: Sendable {
    private var buffer: [UInt8] = []
    private var start = 0

    package init() {}

    /// Bytes that are not read yet.
    package var pending: Int { buffer.count - start }

    package mutating func append(_ bytes: some Collection<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole message, nil where it has not come yet.
    package mutating func next() throws(WireError) -> ArraySlice<UInt8>? {
        guard pending >= 4 else { return nil }
        var length = 0
        for index in 0..<4 { length |= Int(buffer[start + index]) << (8 * index) }
        guard length > 0, length <= WireLimits.frame else { throw .outOfRange(.frame) }
        guard pending >= 4 + length else { return nil }
        let first = start + 4
        start = first + length
        return buffer[first..<start]
    }
}
