import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("lockstep watch and lockstep record")
struct WatchCommandTests {
    let trial: Trial

    init() throws { trial = try Trial() }

    private func wait(
        for text: String, in process: LockstepProcess, while act: () throws -> Void = {}
    ) async throws {
        try await Condition.wait(
            until: "\"\(text)\" is printed", deadline: .seconds(60), state: { process.output + process.errors },
            holds: {
                try act()
                return process.output.contains(text)
            })
    }

    @Test("watch prints what watches the tree and why, then what happens; ^C ends it", arguments: ["inotify", "scan"])
    func watch(kind: String) async throws {
        try trial.source.makeDirectory("d")
        let process = try trial.start("watch", trial.source.root, "--source", ByteString(kind), "--rescan", "0.1")
        try await wait(for: "live: 2 directories", in: process)
        let first = process.output.split(separator: "\n").first ?? ""
        #expect(first.contains(kind == "scan" ? "walked again and again: " : "watched by inotify: "))
        try trial.source.write("d/a\nb", "x")
        try await wait(for: "/d/a\\#012b", in: process)
        try trial.source.remove("d/a\nb")
        try await wait(for: "gone /d/a\\#012b", in: process)
        process.signal(SIGINT)
        #expect(try await process.waitForExit() == .code(0))
    }

    @Test("by itself it takes what fits")
    func auto() async throws {
        let process = try trial.start("watch", trial.source.root)
        try await wait(for: "live: ", in: process)
        #expect((process.output.split(separator: "\n").first ?? "").contains("watched by "))
        try trial.source.write("f", "x")
        try await wait(for: " /f", in: process)
        process.signal(SIGTERM)
        #expect(try await process.waitForExit() == .code(0))
    }

    @Test("what is no directory, and a kind that is none, are refused")
    func refused() async throws {
        let missing = try await trial.run("watch", "nowhere")
        #expect(missing.exit == .code(69))
        #expect(missing.errors.contains("is not a directory"))
        #expect(try await trial.run("watch", trial.source.root, "--source", "kqueue").exit == .code(64))
    }

    @Test("a recording is replayed to the core: what was written would have been sent")
    func record() async throws {
        let file = trial.tree.path + "/incident"
        let process = try trial.start("record", trial.source.root, file, "--source", "inotify")
        // What is there when it begins is no news; so one name after the other is made until one is.
        var number = 0
        try await Condition.wait(
            until: "it watches", deadline: .seconds(60), state: { process.errors },
            holds: {
                number += 1
                try trial.source.write(ByteString("probe\(number)"), "x")
                guard try trial.tree.tree.status("incident") != nil else { return false }
                return try trial.tree.tree.read("incident").description.contains("probe")
            })
        try trial.source.write("one", "x")
        try trial.source.makeDirectory("dir")
        try trial.source.write("dir/two", "x")
        var size: Int64 = 0
        // Until nothing more is written: each write above is in it then.
        try await Condition.wait(until: "all is recorded", deadline: .seconds(60), interval: .milliseconds(500)) {
            let now = Int64(try trial.tree.tree.status("incident")?.size ?? 0)
            defer { size = now }
            let isThere = try trial.tree.tree.read("incident").description.contains("dir/two")
            return now == size && isThere
        }
        process.signal(SIGINT)
        #expect(try await process.waitForExit() == .code(0))
        let replay = try LockstepProcess(
            ["replay-record", file], binary: LockstepProcess.buildDirectory + "/lockstep-sim")
        #expect(try await replay.waitForExit(within: .seconds(60)) == .code(0))
        #expect(replay.output.contains("transfer 1: everything"))
        #expect(replay.output.contains("/dir/two"))
        #expect(try await trial.run("record", trial.source.root, file).exit == .code(69))
    }
}
