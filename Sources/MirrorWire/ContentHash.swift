/// 128 bits that stand for some bytes: two hashes of 64 bits by the algorithm XXH64, with two seeds. It is quick, and
/// no proof against somebody who makes bytes to deceive it.
package struct ContentHash: Sendable, Hashable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) {
        high = Self.hash(bytes, seed: seed)
        low = Self.hash(bytes, seed: ~seed)
    }

    /// In 32 digits.
    package var text: String {
        [high, low].map { half in
            let digits = String(half, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
        0x27D4_EB2F_1656_67C5
    )

    package static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
        let (p1, p2, p3, p4, p5) = primes
        var (index, count) = (0, bytes.count)
        var hash = seed &+ p5
        if count >= 32 {
            // Four variables: lanes of a vector would be taken out and put back for each multiplication.
            var (a, b, c, d) = (seed &+ p1 &+ p2, seed &+ p2, seed, seed &- p1)
            while count - index >= 32 {
                a = round(a, word(bytes, index))
                b = round(b, word(bytes, index + 8))
                c = round(c, word(bytes, index + 16))
                d = round(d, word(bytes, index + 24))
                index += 32
            }
            hash = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
            hash = (hash ^ round(0, a)) &* p1 &+ p4
            hash = (hash ^ round(0, b)) &* p1 &+ p4
            hash = (hash ^ round(0, c)) &* p1 &+ p4
            hash = (hash ^ round(0, d)) &* p1 &+ p4
        }
        hash = hash &+ UInt64(count)
        count -= index
        while count >= 8 {
            hash = rotated(hash ^ round(0, word(bytes, index)), 27) &* p1 &+ p4
            (index, count) = (index + 8, count - 8)
        }
        if count >= 4 {
            let half = UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self)))
            hash = rotated(hash ^ half &* p1, 23) &* p2 &+ p3
            (index, count) = (index + 4, count - 4)
        }
        for byte in bytes[index..<(index + count)] { hash = rotated(hash ^ UInt64(byte) &* p5, 11) &* p1 }
        hash = (hash ^ hash >> 33) &* p2
        hash = (hash ^ hash >> 29) &* p3
        return hash ^ hash >> 32
    }

    private static func round(_ sum: UInt64, _ word: UInt64) -> UInt64 {
        rotated(sum &+ word &* primes.1, 31) &* primes.0
    }

    private static func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }
}
