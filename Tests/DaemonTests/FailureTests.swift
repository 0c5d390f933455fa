import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("targets that fail, seen from outside")
struct FailureTests {
    let trial: Trial
    let rsync: RecordingRsync

    init() throws {
        trial = try Trial()
        rsync = try RecordingRsync(in: trial.tree.directory("rsync"))
        try trial.source.write("file", "x")
    }

    func configuration(settings: String = "", sync: String = "") -> String {
        let binary = "rsync = { binary = '\(rsync.binary)' }, \(sync)"
        return trial.configuration(settings: "logfile = 'log', \(settings)", sync: binary)
    }

    var targetWord: ByteString { trial.target.root + "/" }
    func log() throws -> String { try trial.tree.tree.read("log").description }

    @Test("a failed start without insist ends with 255, and names the remedy")
    func failedStart() async throws {
        try rsync.answer(targetWord, with: 12)
        try trial.write(configuration())
        let ending = try await trial.run("-nodaemon", "conf", asLsyncd: true)
        #expect(ending.exit == .code(255))
        #expect(ending.errors.contains("Temporary or permanent failure on startup of "))
        #expect(ending.errors.contains("Terminating since \"insist\" is not set."))
        #expect(ending.errors.contains("With -insist, or insist = true in settings"))
        let own = try await trial.run("run", "conf")
        #expect(own.exit == .code(69))
    }

    @Test("with insist it keeps trying, quietly, and catches up by itself")
    func quietRetries() async throws {
        try rsync.answer(targetWord, with: 12)
        try trial.write(configuration(settings: "insist = true"))
        let process = try trial.start("run", "conf")
        let names = (0..<100).map { ByteString("n\($0)") }
        for name in names { try trial.source.write(name, "y") }
        try await Condition.wait(until: "it has tried five times") { try rsync.calls().count >= 5 }
        let text = try log()
        let lines = text.split(separator: "\n")
        // The start, the first attempt, its failure, the problem with its cure: nothing for each attempt after that.
        #expect(lines.count <= 8, "\(text)")
        #expect(!lines.contains("/n1"))
        try rsync.answer(targetWord, with: 0)
        try await Condition.wait(until: "it works again") { try log().contains(": works again after ") }
        try await process.stop()
    }

    @Test("a second TERM stops a transfer that does not end")
    func secondTerm() async throws {
        let script = "#!/bin/sh\n[ \"$1\" = --version ] && exit 0\n: >'\(trial.tree.path)/started'\nexec sleep 1000\n"
        try trial.tree.tree.write("hangs", ByteString(script), mode: 0o755)
        try trial.write(trial.configuration(sync: "rsync = { binary = '\(trial.tree.path)/hangs' }"))
        let process = try trial.start("-nodaemon", "conf", asLsyncd: true)
        try await Condition.wait(until: "the transfer runs") { try trial.tree.tree.status("started") != nil }
        process.signal(SIGTERM)
        try await Condition.wait(until: "it waits") {
            process.output.contains("waiting for 1 more child processes.")
        }
        process.signal(SIGTERM)
        #expect(try await process.waitForExit() == .code(143))
    }

    @Test("one TERM ends it too while transfers are slow, and what they cut off goes at the next start")
    func boundedStop() async throws {
        let slow = """
            #!/bin/sh
            [ "$1" = --version ] && exit 0
            : >'\(trial.tree.path)/started'
            trap '' TERM
            sleep 1000

            """
        try trial.tree.tree.write("slow", ByteString(slow), mode: 0o755)
        try trial.source.write("pending", "1")
        try trial.write(trial.configuration(sync: "rsync = { binary = '\(trial.tree.path)/slow' }"))
        let process = try trial.start("-nodaemon", "conf", asLsyncd: true)
        try await Condition.wait(until: "the transfer runs") { try trial.tree.tree.status("started") != nil }
        try trial.source.write("more", "2")
        process.signal(SIGTERM)
        #expect(try await process.waitForExit(within: .seconds(120)) == .code(143))
        #expect(try trial.target.names().isEmpty)
        try trial.write(trial.configuration())
        let next = try trial.start("-nodaemon", "conf", asLsyncd: true)
        try await Condition.wait(until: "all has arrived", deadline: .seconds(60)) {
            try TreeComparison.differences(trial.source, trial.target) == []
        }
        try await next.stop()
    }

    @Test("a directory that cannot be read is a problem with its name, and the rest is mirrored")
    func unreadable() async throws {
        let user: ByteString = "65534"
        try #require(geteuid() == 0, "another user is needed")
        try trial.source.makeDirectory("closed", mode: 0o700)
        try trial.source.write("closed/secret", "x")
        try trial.tree.tree.changeOwner("target", user: 65534, group: 65534)
        try trial.tree.tree.makeDirectory("home")
        try trial.tree.tree.changeOwner("home", user: 65534, group: 65534)
        let settings =
            "settings{ stateDir = '\(trial.tree.path)/home/state', statusFile = 'home/status', statusInterval = 1 }"
        try trial.write(settings + "\nsync{ default.rsync, source = 'source', target = 'target', delay = 1 }")
        // The program may lie where that user may not go.
        try await ChildProcess.run(["cp", LockstepProcess.binary, trial.tree.path + "/program"])
        let words: [ByteString] = ["setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups"]
        let process = try ChildProcess(
            words + [trial.tree.path + "/program", "run", "conf"],
            environment: ChildProcess.inherited.merging(trial.environment) { $1 }, directory: trial.tree.path)
        try await Condition.wait(until: "the problem names the directory") {
            process.errorText.contains("1 path does not arrive while the rest goes on")
                && process.errorText.contains("  /closed/: ")
        }
        try await Condition.wait(until: "the rest has arrived") { try trial.target.status("file") != nil }
        try trial.source.write("later", "y")
        try await Condition.wait(until: "what is written later arrives too") {
            try trial.target.status("later") != nil
        }
        process.signal(SIGTERM)
        #expect(try await process.waitForExit() == .code(143))
    }
}
