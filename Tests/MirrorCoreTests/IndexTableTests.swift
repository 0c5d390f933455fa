import MirrorCore
import Testing

@Suite("Tables of numbers")
struct IndexTableTests {
    /// Hashes that meet often, so that entries lie far from where they belong.
    @Test("random deeds: what is in is found, what is out is not", arguments: 0..<8)
    func random(seed: UInt64) {
        var generator = Jitter(seed: seed)
        let hashes = (0..<300).map { _ in Int.random(in: -20...20, using: &generator) }
        var table = IndexTable()
        var known: Set<Int32> = []
        for _ in 0..<3000 {
            let entry = Int32.random(in: 0..<300, using: &generator)
            let hash = hashes[Int(entry)]
            if known.contains(entry) {
                table.remove(entry, hash) { hashes[Int($0)] }
                known.remove(entry)
            } else {
                table.insert(entry, hash) { hashes[Int($0)] }
                known.insert(entry)
            }
        }
        #expect(table.count == known.count && table.capacity * 3 >= known.count * 4)
        for entry in Int32(0)..<300 {
            #expect((table.find(hashes[Int(entry)]) { $0 == entry } != nil) == known.contains(entry))
        }
        guard let one = known.min(), let out = (Int32(0)..<300).first(where: { !known.contains($0) }) else { return }
        table.replace(one, by: out, hashes[Int(one)])
        #expect(table.find(hashes[Int(one)]) { $0 == out } == out)
        #expect(table.find(hashes[Int(one)]) { $0 == one } == nil && table.count == known.count)
    }
}
