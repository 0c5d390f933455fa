import Glibc
import MirrorCore
import MirrorDaemon
import MirrorTesting
import Testing

@Suite("HUP")
struct ReloadTests {
    let trial: Trial

    init() throws {
        trial = try Trial()
        try trial.source.write("file", "x")
    }

    func arrived(_ name: ByteString, at target: DirectoryTree) async throws {
        try await Condition.wait(until: "\(name) is at the target") { try target.status(name) != nil }
    }

    @Test("reads the configuration again, in the background too, with relative paths as before")
    func reload() async throws {
        let settings = "logfile = 'log', pidfile = 'pid'"
        try trial.write(trial.configuration(settings: settings))
        _ = try await trial.run("conf", asLsyncd: true)
        let daemon = try await BackgroundProcess(pidFile: "pid", in: trial.tree.tree)
        try await arrived("file", at: trial.target)
        let other = try trial.tree.directory("other")
        try trial.write(
            "settings{ logfile = 'log2', pidfile = 'pid', stateDir = 'state' }\n"
                + "sync{ default.rsync, source = 'source', target = 'other', delay = 1 }")
        daemon.signal(SIGHUP)
        try await arrived("file", at: other)
        try trial.source.write("later", "y")
        try await arrived("later", at: other)
        #expect(try trial.target.status("later") == nil)
        #expect(try trial.tree.tree.read("log").description.contains("--- HUP signal, resetting ---"))
        #expect(try trial.tree.tree.status("log2") != nil)
        try await daemon.stop()
        #expect(try trial.tree.tree.status("pid") == nil)
    }

    @Test("a TERM that comes when the loop is over, before the next one begins, ends the program")
    func lateTerm() {
        let term = Event.stopRequested(.fade(signal: SIGTERM))
        #expect(MirrorDaemon.Daemon.reason(.reload, late: [.deadlineReached, term]) == .signal(SIGTERM))
        #expect(MirrorDaemon.Daemon.reason(.reload, late: [.stopRequested(.reload)]) == .reload)
        #expect(MirrorDaemon.Daemon.reason(.onePassDone, late: [term]) == .onePassDone)
    }

    @Test("followed at once by TERM ends the program, time and again")
    func termAfterReload() async throws {
        try trial.write(trial.configuration())
        for _ in 0..<10 {
            let process = try trial.start("run", "conf")
            try await process.waitUntilWatching()
            process.signal(SIGHUP)
            try await Condition.wait(until: "the HUP is told", interval: .milliseconds(1)) {
                process.output.contains("HUP signal, resetting")
            }
            #expect(try await process.stop() == .code(143))
        }
    }

    @Test("with mistakes in the configuration the old settings stay, and the log names each")
    func broken() async throws {
        try trial.write(trial.configuration(settings: "logfile = 'log'"))
        let process = try trial.start("run", "conf")
        try await arrived("file", at: trial.target)
        try trial.write("settings{ insisit = true }\nsync{ default.rsync, sorce = 'x' }")
        process.signal(SIGHUP)
        try await Condition.wait(until: "the log names the mistakes") {
            let log = try trial.tree.tree.read("log").description
            return log.contains("insisit") && log.contains("sorce") && log.contains("the settings from before stay")
        }
        try trial.source.write("later", "y")
        try await arrived("later", at: trial.target)
        #expect(try await process.stop() == .code(143))
    }
}
