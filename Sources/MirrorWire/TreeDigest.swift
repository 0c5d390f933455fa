package import MirrorCore

/// A fingerprint of a directory with all that lies below, of 128 bits: equal where names, kinds and all attributes that
/// are kept are equal, down to the last file. It knows no content: a file is what its size and time say.
package struct TreeDigest: Sendable, Hashable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}

/// Makes a digest of the entries of one directory, in the order of their names.
///
/// Two sums that share nothing but what goes in: each word is mixed by a multiplication of 64 by 64 bits, whose halves
/// are folded together, as wyhash does it.
package struct TreeDigestMaker {
    private var high: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var low: UInt64 = 0xD1B5_4A32_D192_ED03
    private let preserving: Hello.Preserving

    package init(_ preserving: Hello.Preserving) { self.preserving = preserving }

    /// `inside`: of a directory.
    package mutating func add(
        _ name: ByteString, _ metadata: Metadata, destination: ByteString? = nil, inside: TreeDigest? = nil
    ) {
        take(name.bytes)
        take(UInt64(metadata.kind.rawValue))
        take(metadata.size)
        if preserving.contains(.modes), metadata.kind != .symbolicLink { take(UInt64(metadata.mode)) }
        if preserving.contains(.owners) { take(UInt64(metadata.user)) }
        if preserving.contains(.groups) { take(UInt64(metadata.group)) }
        if preserving.contains(metadata.kind == .directory ? .directoryTimes : .times) {
            take(UInt64(bitPattern: metadata.seconds))
            take(UInt64(metadata.nanoseconds))
        }
        take(UInt64(metadata.major) << 32 | UInt64(metadata.minor))
        for attribute in metadata.attributes ?? [] {
            take(attribute.name.bytes)
            take(attribute.value)
        }
        if let destination { take(destination.bytes) }
        if let inside {
            take(inside.high)
            take(inside.low)
        }
    }

    package func finished() -> TreeDigest {
        TreeDigest(high: Self.mix(high, 0xA076_1D64_78BD_642F), low: Self.mix(low, 0xE703_7ED1_A0B4_28DB))
    }

    private mutating func take(_ bytes: [UInt8]) {
        take(UInt64(bytes.count))
        var word: UInt64 = 0
        var filled: UInt64 = 0
        for byte in bytes {
            word |= UInt64(byte) << filled
            filled += 8
            if filled == 64 {
                take(word)
                (word, filled) = (0, 0)
            }
        }
        if filled > 0 { take(word) }
    }

    private mutating func take(_ word: UInt64) {
        high = Self.mix(high ^ word, 0x8EBC_6AF0_9C88_C6E3)
        low = Self.mix(low ^ 0x5899_65CC_7537_4CC3, word ^ 0x1D8E_4E27_C47D_124F) &+ word
    }

    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high ^ low
    }
}
