import Glibc
package import MirrorCore
import Synchronization

/// Files of the source that are only ever replaced as a whole, by a rename. So whoever reads one of them, at any target
/// and at any moment, reads a version that was left there, and where orders keep their order never an older one than
/// before.
package final class WholeFiles: Sendable {
    package static let top: ByteString = "whole"
    private static let count = 8
    private static let block = 64 << 10

    private let tree: DirectoryTree
    /// The newest version of each that may be seen.
    private let newest = Mutex([UInt64](repeating: 0, count: WholeFiles.count))

    package init(in tree: DirectoryTree) throws {
        self.tree = tree
        try tree.makeDirectories(Self.top)
        for number in 0..<Self.count { try replace(number) }
    }

    /// Another version of one of them.
    package func replaceOne(using random: inout SeededGenerator) throws {
        try replace(Int.random(in: 0..<Self.count, using: &random))
    }

    private func replace(_ number: Int) throws {
        let version = newest.withLock { newest in
            newest[number] += 1
            return newest[number]
        }
        let aside = Self.top + ByteString("/new \(number)")
        try tree.write(aside, ByteString(Self.content(number, version)))
        try tree.rename(aside, to: Self.name(number))
    }

    private static func name(_ number: Int) -> ByteString { top + ByteString("/\(number)") }

    // MARK: Contents

    /// The first has three megabytes, the second one, the others go in a single order.
    private static func size(_ number: Int, _ version: UInt64) -> Int {
        let base = [3 << 20, 1 << 20, 200_000, 70_000, 60_000, 5000, 300, 16][number]
        return base + Int(version % 3) * 8
    }

    /// It begins with its version. A new one changes a quarter of the blocks, so that the others may be kept.
    private static func content(_ number: Int, _ version: UInt64) -> [UInt8] {
        let size = size(number, version)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            for (place, start) in stride(from: 0, to: size, by: block).enumerated() {
                let age = (version &+ 4 &- UInt64(place % 4)) % 4
                var word = SeededGenerator(seed: (version &- age) << 16 | UInt64(place) << 4 | UInt64(number)).mixed
                let end = min(start + block, size)
                memset(buffer.baseAddress! + start, Int32(word & 0xff | 1), end - start)
                memcpy(buffer.baseAddress! + start, &word, min(8, end - start))
            }
            var version = version
            memcpy(buffer.baseAddress!, &version, 8)
            filled = size
        }
    }

    // MARK: Reading

    /// What somebody has read at one target.
    package struct Reading: Sendable {
        package private(set) var readings = 0
        package private(set) var faults: [String] = []
        private var last = [UInt64](repeating: 0, count: WholeFiles.count)

        package init() {}

        /// Reads each of them once. `keepsOrder`: an older version than before is a fault.
        package mutating func look(at target: DirectoryTree, of files: WholeFiles, keepsOrder: Bool) {
            for number in 0..<WholeFiles.count {
                guard let bytes = try? target.read(WholeFiles.name(number)).bytes else { continue }
                readings += 1
                guard let version = version(of: bytes), version <= files.newest.withLock({ $0[number] }),
                    bytes == WholeFiles.content(number, version)
                else {
                    note("\(WholeFiles.name(number)) is no version of it: \(bytes.count) bytes")
                    continue
                }
                if keepsOrder, version < last[number] {
                    note("\(WholeFiles.name(number)) went back from version \(last[number]) to \(version)")
                }
                last[number] = version
            }
        }

        private mutating func note(_ fault: String) { if faults.count < 20 { faults.append(fault) } }

        private func version(of bytes: [UInt8]) -> UInt64? {
            guard bytes.count >= 8 else { return nil }
            return bytes[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}

extension SeededGenerator {
    /// Its first number.
    fileprivate var mixed: UInt64 {
        var copy = self
        return copy.next()
    }
}
