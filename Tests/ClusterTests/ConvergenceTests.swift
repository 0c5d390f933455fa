import Glibc
import MirrorCore
import MirrorTesting
import Testing

extension ClusterTests {
    @Suite("random operations at full speed", .serialized)
    struct ConvergenceTests {
        /// `CONVERGENCE_SEEDS` asks for fewer: a sanitized daemon takes its time.
        private static let seeds =
            UInt64(1)...(getenv("CONVERGENCE_SEEDS").flatMap { UInt64(String(cString: $0)) } ?? 20)

        /// Options that carry everything over that the comparison looks at.
        private func configuration(_ source: DirectoryTree, _ target: DirectoryTree, state: ByteString) -> ByteString {
            ByteString(
                """
                settings{ nodaemon = true, stateDir = "\(state)" }
                sync{
                    default.rsync, source = "\(source.root)", target = "\(target.root)", delay = 1,
                    rsync = { archive = true },
                }

                """)
        }

        @Test("10,000 operations, then the trees are equal", arguments: seeds)
        func converges(seed: UInt64) async throws {
            let temporary = try TemporaryTree(.memory)
            let source = try temporary.directory("source")
            let target = try temporary.directory("target")
            let text = configuration(source, target, state: temporary.tree.path("state"))
            try temporary.tree.write("lockstep.conf", text)
            let lockstep = try LockstepProcess(["lsyncd", temporary.tree.path("lockstep.conf")])
            try source.write("first", "")
            try await Condition.wait(
                until: "the first file has arrived", deadline: .seconds(30),
                state: { lockstep.output + lockstep.errors },
                holds: { try target.status("first") != nil })
            try await write(to: source, seed: seed)
            var last: [String] = []
            try await Condition.wait(
                until: "the trees of seed \(seed) are equal", deadline: .seconds(90), interval: .milliseconds(100),
                state: { last.joined(separator: "\n") + "\n" + (lockstep.output + lockstep.errors).suffix(4000) },
                holds: {
                    last = try TreeComparison.differences(source, target)
                    return last.isEmpty
                })
            #expect(try await lockstep.stop() == .code(143))
        }

        private func write(to source: DirectoryTree, seed: UInt64) async throws {
            var writer = RandomWriter(source, seed: seed)
            while writer.performed < 10_000 {
                writer.run(250)
                await Task.yield()
            }
        }
    }
}
