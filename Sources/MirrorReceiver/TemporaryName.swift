package import MirrorCore
import Synchronization

/// Names under which files stand until they are whole.
package enum TemporaryName {
    private static let mark: ByteString = ".lockstep-"
    /// Names may have 255 bytes; what is added takes 18.
    private static let longest = 230

    /// Drawn once, since each drawing is a call of the kernel: what a name has to be is another one than those that
    /// other runs have left, and O_EXCL sees to the rest.
    private static let seed = UInt64.random(in: .min ... .max)
    private static let drawn = Atomic<UInt64>(0)

    private static func chance() -> UInt32 {
        var jitter = Jitter(seed: seed &+ drawn.add(1, ordering: .relaxed).newValue)
        return UInt32(truncatingIfNeeded: jitter.next())
    }

    static func random(for name: ByteString) -> ByteString {
        let chance = String(chance(), radix: 36)
        return "." + ByteString(name.bytes.prefix(longest)) + mark + ByteString(chance)
    }

    /// By its look, what a broken run has left.
    package static func isTemporary(_ name: ByteString) -> Bool {
        guard name.bytes.first == UInt8(ascii: "."), let dash = name.bytes.lastIndex(of: UInt8(ascii: "-")) else {
            return false
        }
        let chance = name.bytes[(dash + 1)...]
        let isChance =
            (1...7).contains(chance.count)
            && chance.allSatisfy { byte in
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
            }
        return isChance && ByteString(name.bytes[...dash]).hasSuffix(mark)
    }
}
