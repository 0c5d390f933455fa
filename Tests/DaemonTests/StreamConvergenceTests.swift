import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("default.stream under random operations", .serialized)
struct StreamConvergenceTests {
    private let place: TemporaryTree
    private let source: DirectoryTree
    private let target: DirectoryTree

    init() throws {
        place = try TemporaryTree(.memory)
        source = try place.directory("source")
        target = try place.directory("target")
    }

    /// The writer does lose half of its tree now and then, and nobody is there to say that it may.
    private func begin(_ sync: String, environment: [String: String] = [:]) throws -> LockstepProcess {
        let text = """
            settings{ nodaemon = true, insist = true, stateDir = "\(place.path)/state" }
            sync{ default.stream, source = "\(source.root)", deleteLimit = false, \(sync) }
            """
        try place.tree.write("conf", ByteString(text))
        return try LockstepProcess(["lsyncd", place.tree.path("conf")], environment: environment)
    }

    private func waitUntilEqual(
        _ process: LockstepProcess, _ more: TreeComparison.Attributes = [], within deadline: Duration = .seconds(120)
    ) async throws {
        var last: [String] = []
        try await Condition.wait(
            until: "the trees are equal", deadline: deadline, interval: .milliseconds(100),
            state: { last.joined(separator: "\n") + "\n" + (process.output + process.errors).suffix(4000) },
            holds: {
                last = try TreeComparison.differences(
                    source, target, checking: [.everything, .nanoseconds, more])
                return last.isEmpty
            })
    }

    private var temporaries: [ByteString] {
        get throws { try names(below: "").filter { $0.description.contains(".lockstep-") } }
    }

    private func names(below directory: ByteString) throws -> [ByteString] {
        try target.names(directory).flatMap { name -> [ByteString] in
            let path = directory.isEmpty ? name : directory + "/" + name
            return [path] + (try target.status(path)?.kind == .directory ? try names(below: path) : [])
        }
    }

    @Test("10,000 operations at full speed, then the trees are equal to the nanosecond", arguments: 1...6)
    func plain(seed: Int) async throws {
        let process = try begin("target = \"\(target.root)\"")
        try await process.waitUntilWatching()
        var writer = RandomWriter(source, habits: seed.isMultiple(of: 2) ? .renaming : .plain, seed: UInt64(seed))
        while writer.performed < 10_000 {
            writer.run(250)
            await Task.yield()
        }
        try await waitUntilEqual(process)
        #expect(try temporaries == [])
        #expect(!process.output.contains("can't run"))
        #expect(try await process.stop() == .code(143))
    }

    @Test(
        "over a real sshd: operations, a third of them renames, and equal after the end",
        .enabled(if: geteuid() == 0, "sshd needs root here"))
    func ssh() async throws {
        let keys = try await SshKeys.make(in: place.tree)
        let server = try SshServer(in: place.tree, keys: keys, port: try FreePort.find())
        try await server.start()
        let path = try server.makeClient(in: place.tree)
        let process = try begin(
            """
            target = "root@127.0.0.1:\(target.root)", agentPath = "\(LockstepProcess.buildDirectory)/lockstep-agent"
            """, environment: ["PATH": path])
        try await process.waitUntilWatching()
        var writer = RandomWriter(source, habits: .renaming, seed: 11)
        try await writer.run(3_000, over: .seconds(6))
        let ended = ContinuousClock.now
        try await waitUntilEqual(process)
        print("stream over ssh: 3,000 operations in 6 s, equal \(ContinuousClock.now - ended) after the last one")
        #expect(!process.output.contains("can't run"))
        #expect(try temporaries == [])
        #expect(try await process.stop() == .code(143))
    }

    @Test(
        "agent and program are killed again and again; in the end the trees are equal, and nothing is left over",
        arguments: 1...3)
    func killed(seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var writer = RandomWriter(source, seed: UInt64(seed))
        var process = try begin("target = \"\(target.root)\"")
        try await process.waitUntilWatching()
        var kills = 0
        for round in 0..<30 {
            // By a rename, so that the source never has half of it either.
            try source.write("large.new", ByteString([UInt8](repeating: UInt8(round), count: 2 << 20)))
            try source.rename("large.new", to: "large")
            writer.run(Int.random(in: 1...120, using: &random))
            let moment = ContinuousClock.now + .microseconds(Int.random(in: 0...30_000, using: &random))
            while ContinuousClock.now < moment { await Task.yield() }
            if Int.random(in: 0..<4, using: &random) == 0 {
                process.signal(SIGKILL)
                _ = try await process.child.waitForExit()
                process = try begin("target = \"\(target.root)\"")
                try await process.waitUntilWatching()
            } else {
                for agent in ProcessTree.children(of: process.identifier) { kill(agent, SIGKILL) }
            }
            kills += 1
            if let status = try target.status("large") { #expect(status.size == 2 << 20, "half a file is there") }
        }
        #expect(kills == 30)
        try await waitUntilEqual(process)
        try await Condition.wait(until: "nothing is left over", deadline: .seconds(60)) { try temporaries == [] }
        #expect(try await process.stop() == .code(143))
    }
}
