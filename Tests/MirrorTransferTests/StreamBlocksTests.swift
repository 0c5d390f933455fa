import MirrorCore
import MirrorTesting
import MirrorTransfer
import Testing

@Suite("Large files that the target has in part")
struct StreamBlocksTests {
    /// Made in words and changed in place, since a debug build takes its time for each byte, and other tests wait.
    private func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        return [UInt8](unsafeUninitializedCapacity: count / 8 * 8) { buffer, filled in
            let words = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: UInt64.self)
            for index in 0..<(count / 8) { words.initializeElement(at: index, to: random.next()) }
            filled = count / 8 * 8
        }
    }

    @Test("only what has changed in place goes over the channel, and the rest is kept", arguments: [false, true])
    func inPlace(comparing: Bool) async throws {
        let bench = try TransferBench()
        let stream = try bench.stream(comparesBlocks: true)
        var content = bytes(4 << 20, seed: 1)
        try bench.source.write("f", ByteString(content))
        #expect(await stream.compare(bench).result == .done)
        let before = stream.traffic
        content.replaceSubrange(2_000_000..<2_100_000, with: bytes(100_000, seed: 9))
        try bench.source.write("f", ByteString(content))
        let outcome = comparing ? await stream.compare(bench) : await stream.run(bench.job(["f"]))
        #expect(outcome.result == .done)
        #expect(try bench.exact() == "")
        #expect(stream.traffic - before < 300_000, "\(stream.traffic - before) bytes")
        // Longer and shorter.
        content += bytes(300_000, seed: 2)
        try bench.source.write("f", ByteString(content))
        #expect(await stream.run(bench.job(["f"])).result == .done)
        #expect(try bench.exact() == "")
        content.removeLast(1_000_000)
        try bench.source.write("f", ByteString(content))
        #expect(await stream.run(bench.job(["f"])).result == .done)
        #expect(try bench.exact() == "")
        #expect(stream.traffic - before < 1_000_000, "\(stream.traffic - before) bytes")
        #expect(try bench.temporaries() == [])
        await stream.close()
    }

    @Test("whatever has happened to both files, they are equal afterwards", arguments: 1...4)
    func random(seed: UInt64) async throws {
        let bench = try TransferBench()
        let stream = try bench.stream(words: seed.isMultiple(of: 2) ? ["-lptgoDS"] : ["-lptgoD"], comparesBlocks: true)
        var random = SeededGenerator(seed: seed)
        var content = bytes(1_500_000, seed: seed)
        for round in 0..<8 {
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let start = Int.random(in: 0..<content.count, using: &random)
                let end = min(content.count, start + Int.random(in: 1...200_000, using: &random))
                switch Int.random(in: 0...3, using: &random) {
                case 0: content.replaceSubrange(start..<end, with: [UInt8](repeating: 0, count: end - start))
                case 1: content.replaceSubrange(start..<end, with: content[start..<end].reversed())
                case 2 where content.count > 1 << 20: content.removeSubrange(start..<end)
                default: content.insert(contentsOf: bytes(end - start, seed: UInt64(start)), at: start)
                }
                if content.count > 2 << 20 { content.removeLast(content.count - 2 << 20) }
            }
            try bench.source.write("f", ByteString(content))
            if Bool.random(using: &random) {
                // Somebody else has been at it; of the same size it could have the same time.
                try bench.target.write("f", ByteString(bytes(content.count - 8 * (round + 1), seed: UInt64(round))))
            }
            let job = Bool.random(using: &random) ? bench.job(exactly: true) : bench.job(["f"], exactly: true)
            #expect(await stream.run(job).result == .done)
            #expect(try bench.exact() == "", "seed \(seed), round \(round)")
        }
        #expect(try bench.temporaries() == [])
        await stream.close()
    }
}
