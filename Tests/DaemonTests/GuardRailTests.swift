import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("a source that is not what it was", .enabled(if: geteuid() == 0, "mounting needs root"))
struct GuardRailTests {
    let trial: Trial

    init() throws {
        trial = try Trial()
        try trial.write(
            trial.configuration(settings: "logfile = 'log', statusFile = 'status', statusInterval = 1"))
    }

    func logged(_ text: String) async throws {
        try await Condition.wait(until: "the log says \"\(text)\"") {
            try trial.tree.tree.status("log") != nil && trial.tree.tree.read("log").description.contains(text)
        }
    }

    /// Runs with a file system of its own mounted on the source, which goes when the program ends.
    func runMounted() async throws {
        let script: ByteString =
            "mount -t tmpfs none \"$1\" && echo x >\"$1/file\" && shift && exec \"$@\""
        let prefix: [ByteString] = ["unshare", "-m", "sh", "-c", script, "sh", trial.source.root]
        let process = try ChildProcess(
            prefix + [LockstepProcess.binary, "run", "conf"],
            environment: ChildProcess.inherited.merging(trial.environment) { $1 }, directory: trial.tree.path)
        try await Condition.wait(until: "the file is at the target") {
            try trial.target.status("file") != nil
        }
        try await logged("Startup of")
        process.signal(SIGTERM)
        #expect(try await process.waitForExit() == .code(143))
    }

    @Test("started again with its file system not mounted, nothing is deleted until an operator accepts it")
    func unmounted() async throws {
        try await runMounted()
        try trial.tree.tree.remove("log")
        let process = try trial.start("run", "conf")
        try await logged("that was mounted at \(trial.source.root) is not there")
        #expect(try trial.target.status("file") != nil)
        try await Condition.wait(until: "the status names the problem") {
            try trial.tree.tree.read("status").description.contains("is not there; its syncs pause")
        }
        let accept = try await trial.run(
            "accept", trial.source.root, "--state-dir", trial.tree.path + "/state")
        #expect(accept.exit == .code(0))
        try await Condition.wait(until: "the deletion is mirrored") { try trial.target.status("file") == nil }
        try await process.stop()
    }

    @Test("at a first start an empty source that would delete something waits for an operator")
    func emptyAtFirstStart() async throws {
        try trial.target.write("precious", "x")
        let process = try trial.start("run", "conf")
        try await logged("it is empty at its first start")
        #expect(try trial.target.status("precious") != nil)
        let accept = try await trial.run(
            "accept", trial.source.root, "--state-dir", trial.tree.path + "/state")
        #expect(accept.exit == .code(0))
        try await Condition.wait(until: "the deletion is mirrored") { try trial.target.status("precious") == nil }
        try await process.stop()
    }

    @Test("what the stream would delete beyond deleteLimit waits for an operator; copies go on meanwhile")
    func deleteLimit() async throws {
        try trial.write(
            """
            settings{ stateDir = "\(trial.tree.path)/state", logfile = "log" }
            sync{ default.stream, source = "\(trial.source.root)", target = "\(trial.target.root)", deleteLimit = 5 }
            """)
        try trial.source.makeDirectory("d")
        for number in 0..<8 { try trial.source.write(ByteString("d/f\(number)"), "x") }
        let process = try trial.start("run", "conf")
        try await Condition.wait(until: "all is at the target") {
            try (trial.target.status("d") != nil) && trial.target.names("d").count == 8
        }
        // In one step, so that the loss is seen as a whole.
        try trial.source.move("d", to: "elsewhere", of: trial.tree.tree)
        try await logged("names of a target would be deleted, more than deleteLimit")
        try trial.source.write("new", "x")
        try await Condition.wait(until: "the new file is at the target") { try trial.target.status("new") != nil }
        #expect(try trial.target.names("d").count == 8)
        let accept = try await trial.run(
            "accept", trial.source.root, "--state-dir", trial.tree.path + "/state")
        #expect(accept.exit == .code(0))
        try await Condition.wait(until: "the deletion is mirrored") { try trial.target.status("d") == nil }
        #expect(try trial.target.status("new") != nil)
        try await process.stop()
    }
}
