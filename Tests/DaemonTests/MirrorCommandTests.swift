import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("without a configuration")
struct MirrorCommandTests {
    let trial: Trial

    init() throws {
        trial = try Trial()
        try trial.source.write("file", "x", mode: 0o640)
    }

    func wait(until what: String, _ holds: () throws -> Bool) async throws {
        try await Condition.wait(until: what) { try holds() }
    }

    private func agents(of process: LockstepProcess) -> Int {
        ProcessTree.children(of: process.identifier).count { child in
            let words = (try? DirectoryTree("/proc").read(ByteString("\(child)/cmdline"))) ?? ""
            return words.hasPrefix("lockstep-agent")
        }
    }

    @Test("lockstep mirror keeps every target equal to the source, with modes and deletions")
    func mirror() async throws {
        let second = try trial.tree.directory("second")
        try second.write("stale", "x")
        let process = try trial.start(
            "mirror", "--state-dir", "state", "source", "target", "second/", "--exclude", "*.bak")
        for target in [trial.target, second] {
            try await wait(until: "the file has arrived") { try target.status("file")?.mode == 0o640 }
        }
        try await wait(until: "what the source does not have is deleted") { try second.status("stale") == nil }
        try trial.source.write("left.bak", "x")
        try trial.source.write("new name\n[1]*", "y")
        try trial.source.remove("file")
        for target in [trial.target, second] {
            try await wait(until: "the changes have arrived") {
                try target.status("file") == nil && target.status("new name\n[1]*") != nil
            }
            #expect(try target.status("left.bak") == nil)
        }
        #expect(agents(of: process) == 2, "\(process.errors)")
        #expect(try await process.stop() == .code(143))
        #expect(try !trial.tree.tree.names("state").isEmpty)
    }

    @Test("with --rsync it is rsync that mirrors")
    func byRsync() async throws {
        let process = try trial.start("mirror", "--rsync", "--state-dir", "state", "source", "target")
        try await wait(until: "the file has arrived") { try trial.target.status("file")?.mode == 0o640 }
        #expect(agents(of: process) == 0)
        try await process.stop()
    }

    @Test("lockstep mirror --keep deletes nothing")
    func keep() async throws {
        try trial.target.write("old", "x")
        let process = try trial.start("mirror", "--keep", "--state-dir", "state", "source", "target")
        try await wait(until: "the file has arrived") { try trial.target.status("file") != nil }
        try trial.source.remove("file")
        try trial.source.write("later", "y")
        try await wait(until: "the later file has arrived") { try trial.target.status("later") != nil }
        #expect(try trial.target.status("old") != nil && trial.target.status("file") != nil)
        try await process.stop()
    }

    @Test("lsyncd -rsync mirrors, with the options of its command line")
    func lsyncdLine() async throws {
        try trial.tree.tree.write("state.lua", "settings{ stateDir = 'state' }")
        let process = try trial.start(
            "-nodaemon", "-script", "state.lua", "-delay", "1", "-logfile", "log", "-rsync", "source", "target",
            asLsyncd: true)
        try await wait(until: "the file has arrived") { try trial.target.status("file") != nil }
        try trial.source.write("later", "y")
        try await wait(until: "the later file has arrived") { try trial.target.status("later") != nil }
        #expect(try await process.stop() == .code(143))
        #expect(try trial.tree.tree.read("log").description.contains("--- Startup ---"))
    }
}
