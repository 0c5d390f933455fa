import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("a restart after kill -9")
struct RestartTests {
    @Test(
        "files of equal size and second that changed places meanwhile are told apart", arguments: ["rsync", "stream"])
    func exchanged(base: String) async throws {
        let trial = try Trial(base: base)
        try trial.write(trial.configuration(sync: "rsync = { archive = true }"))
        for (name, nanoseconds) in [("one", 111), ("two", 222)] {
            try trial.source.write(ByteString(name), ByteString(name))
            try trial.source.setTime(ByteString(name), seconds: 1_500_000_000, nanoseconds: nanoseconds)
        }
        let first = try trial.start("run", "conf")
        try await waitUntilEqual(trial)
        // The source counts as mirrored from the first comparison on.
        try await Condition.wait(until: "the source is remembered") { try trial.tree.tree.status("state") != nil }
        try await first.crash()
        try trial.source.exchange("one", "two")
        let second = try trial.start("run", "conf")
        try await waitUntilEqual(trial)
        #expect(try trial.target.read("one") == "two")
        #expect(try await second.stop() == .code(143))
    }

    private func waitUntilEqual(_ trial: Trial) async throws {
        var last: [String] = []
        try await Condition.wait(
            until: "the trees are equal", deadline: .seconds(60), state: { last.joined(separator: "\n") },
            holds: {
                last = try TreeComparison.differences(trial.source, trial.target, checking: [.seconds, .nanoseconds])
                return last.isEmpty
            })
    }
}
