import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("One source, several targets of the stream", .serialized)
struct StreamFanOutTests {
    private let place: TemporaryTree
    private let source: DirectoryTree
    private let targets: [DirectoryTree]

    init() throws {
        place = try TemporaryTree(.memory)
        source = try place.directory("source")
        let place = place
        targets = try (0..<8).map { try place.directory(ByteString("target\($0)")) }
    }

    private func begin(_ count: Int) throws -> LockstepProcess {
        let syncs = targets.prefix(count).map { target in
            """
            sync{ default.stream, source = "\(source.root)", target = "\(target.root)", delay = 0, deleteLimit = false }

            """
        }
        let text = "settings{ nodaemon = true, insist = true, stateDir = \"\(place.path)/state\" }\n" + syncs.joined()
        try place.tree.write("conf", ByteString(text))
        return try LockstepProcess(["lsyncd", place.tree.path("conf")])
    }

    private func waitUntilEqual(_ process: LockstepProcess, _ count: Int) async throws {
        var last: [String] = []
        try await Condition.wait(
            until: "all trees are equal", deadline: .seconds(240), interval: .milliseconds(100),
            state: { last.joined(separator: "\n") + "\n" + (process.output + process.errors).suffix(4000) },
            holds: {
                last = []
                for target in targets.prefix(count) where last.isEmpty {
                    last = try TreeComparison.differences(source, target, checking: [.everything, .nanoseconds])
                }
                return last.isEmpty
            })
    }

    /// Bytes that the program has read so far, from whatever it was.
    private func readBytes(_ process: LockstepProcess) throws -> Int {
        let text = try DirectoryTree(ByteString("/proc/\(process.identifier)")).read("io").description
        return text.split(separator: "\n").first.flatMap { Int($0.dropFirst("rchar: ".count)) } ?? 0
    }

    @Test("four targets under random operations are equal to the nanosecond", arguments: 1...3)
    func converges(seed: Int) async throws {
        let process = try begin(4)
        try await process.waitUntilWatching()
        var writer = RandomWriter(source, habits: seed.isMultiple(of: 2) ? .renaming : .plain, seed: UInt64(seed))
        while writer.performed < 5_000 {
            writer.run(250)
            await Task.yield()
        }
        try await waitUntilEqual(process, 4)
        #expect(try await process.stop() == .code(143))
    }

    @Test("files of all sizes that go to eight targets are read about once")
    func readOnce() async throws {
        let process = try begin(8)
        try source.write("first", "")
        try await waitUntilEqual(process, 8)
        let before = try readBytes(process)
        var random = SeededGenerator(seed: 1)
        var written = 0
        for number in 0..<60 {
            let size = [4 << 10, 60 << 10, 400 << 10][number % 3]
            // In words, since a debug build takes its time for each byte.
            let words = (0..<(size / 8)).map { _ in random.next() }
            try source.write(ByteString("f\(number)"), ByteString(words.withUnsafeBytes { Array($0) }))
            written += size
        }
        try await waitUntilEqual(process, 8)
        let read = try readBytes(process) - before
        // Eight times without it. Now and then a target comes so late that it reads for itself.
        #expect(read < 3 * written, "\(read) bytes for \(written)")
        _ = try await process.stop()
    }
}
