import MirrorCore
import MirrorTesting
import Testing

@Suite("Hard links")
struct HardLinkTests {
    @Test(
        "no name of a file goes stale when it is written through another", arguments: [false, true],
        ["rsync", "stream"])
    func names(keepsLinks: Bool, base: String) async throws {
        let trial = try Trial(base: base)
        try trial.write(
            trial.configuration(sync: "delay = 0.2, rsync = { archive = true, hard_links = \(keepsLinks) }"))
        try trial.source.makeDirectories("d/e")
        try trial.source.write("one", "content 0")
        try trial.source.makeHardLink("d/e/two", to: "one")
        try trial.source.makeHardLink("d/three", to: "one")
        let process = try trial.start("run", "conf")
        try await wait(for: "content 0", under: ["one", "d/e/two", "d/three"], in: trial)
        for (round, name) in (["one", "d/e/two", "d/three", "one"] as [ByteString]).enumerated() {
            let content = ByteString("content \(round + 1), a little longer" + String(repeating: "!", count: round))
            try trial.source.overwrite(name, at: 0, content)
            try await wait(for: content, under: ["one", "d/e/two", "d/three"], in: trial)
        }
        try trial.source.rename("d/e", to: "f")
        try trial.source.makeHardLink("four", to: "one")
        try trial.source.changeMode("f/two", 0o640)
        try await Condition.wait(
            until: "the mode has come under every name", deadline: .seconds(60),
            holds: {
                try ["one", "f/two", "d/three", "four"].allSatisfy { try trial.target.status($0)?.mode == 0o640 }
            })
        if keepsLinks {
            let inodes = try ["one", "f/two", "d/three"].map { try trial.target.status($0)?.inode }
            #expect(Set(inodes).count == 1)
        }
        #expect(try TreeComparison.differences(trial.source, trial.target, checking: [.seconds]) == [])
        #expect(try await process.stop() == .code(143))
    }

    private func wait(for content: ByteString, under names: [ByteString], in trial: Trial) async throws {
        try await Condition.wait(
            until: "all names hold \(content)", deadline: .seconds(60),
            state: { names.map { "\($0): \((try? trial.target.read($0)) ?? "nothing")" }.joined(separator: "\n") },
            holds: { names.allSatisfy { (try? trial.target.read($0)) == content } })
    }
}
