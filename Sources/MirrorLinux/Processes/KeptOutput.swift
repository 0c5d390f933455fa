/// Output within a bound: its first half and its last half.
struct KeptOutput {
    private let half: Int
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private var total = 0

    init(limit: Int) { half = max(limit / 2, 0) }

    mutating func append(_ bytes: ArraySlice<UInt8>) {
        total += bytes.count
        let first = bytes.prefix(half - head.count)
        head.append(contentsOf: first)
        tail.append(contentsOf: bytes.dropFirst(first.count))
        // Cutting only at twice the bound keeps the cost per byte constant.
        if tail.count > 2 * half + 4096 { tail.removeFirst(tail.count - half) }
    }

    var bytes: [UInt8] {
        guard total > 2 * half else { return head + tail }
        let missing = total - 2 * half
        return head + Array("\n[\(missing) bytes left out]\n".utf8) + tail.suffix(half)
    }
}
