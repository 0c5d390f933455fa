import MirrorCore
import MirrorTesting
import Testing

@Suite("Content that changes while size and time stay")
struct RestoredTimeTests {
    @Test(
        "a file whose writer sets its time back arrives, however often, and nothing is read for the others",
        arguments: ["rsync", "stream"])
    func restored(base: String) async throws {
        let trial = try Trial(base: base)
        try trial.write(trial.configuration(sync: "delay = 0.3"))
        for name in ["old", "other"] as [ByteString] {
            try trial.source.write(name, "content 0")
            try trial.source.setTime(name, seconds: 1_500_000_000, nanoseconds: 123_456_789)
        }
        let process = try trial.start("run", "conf")
        try await wait(for: "content 0", of: "old", in: trial)
        for round in 1...4 {
            let content = ByteString("content \(round)")
            try trial.source.overwrite("old", at: 0, content)
            try trial.source.setTime("old", seconds: 1_500_000_000, nanoseconds: 123_456_789)
            try await wait(for: content, of: "old", in: trial)
        }
        // By its mode alone a file is not read.
        try trial.source.changeMode("other", 0o600)
        try trial.source.write("last", "1")
        try await wait(for: "1", of: "last", in: trial)
        #expect(try TreeComparison.differences(trial.source, trial.target, checking: [.seconds, .nanoseconds]) == [])
        #expect(try await process.stop() == .code(143))
    }

    private func wait(for content: ByteString, of name: ByteString, in trial: Trial) async throws {
        try await Condition.wait(
            until: "\(name) holds \(content)", deadline: .seconds(60),
            state: { "\((try? trial.target.read(name)) ?? "nothing")" },
            holds: { (try? trial.target.read(name)) == content })
    }
}
