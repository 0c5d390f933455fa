import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("the program as a process")
struct ProcessTests {
    let trial: Trial

    init() throws {
        trial = try Trial()
        try trial.source.write("file", "x")
    }

    func arrived(_ name: ByteString, at target: DirectoryTree? = nil) async throws {
        let target = target ?? trial.target
        try await Condition.wait(until: "\(name) is at the target") { try target.status(name) != nil }
    }

    @Test("in the foreground it mirrors, logs to the terminal, and ends with 128 and the signal", arguments: [15, 2])
    func foreground(signal: Int32) async throws {
        try trial.write(trial.configuration())
        let process = try trial.start("-nodaemon", "conf", asLsyncd: true)
        try await arrived("file")
        try trial.source.write("second", "y")
        try await arrived("second")
        process.signal(signal)
        #expect(try await process.waitForExit() == .code(128 + signal))
        let lines = process.output.split(separator: "\n")
        #expect(lines.first?.hasSuffix(" Normal: --- Startup ---") == true)
        #expect(lines.allSatisfy { !$0.contains("Error") })
        let route = "\(trial.source.root)/ -> \(trial.target.root)/"
        #expect(process.output.contains(" Normal: recursive full rsync: \(route)\n"))
        #expect(process.output.contains(" Normal: Startup of \(route) finished.\n"))
        #expect(
            process.output.contains(" Normal: Calling rsync with filter-list of new/modified files/dirs\n/second\n"))
        #expect(process.output.contains(" Normal: Finished a list after exitcode: 0\n"))
        let name = signal == SIGTERM ? "TERM" : "INT"
        #expect(process.output.contains(" Normal: --- \(name) signal, fading ---\n"))
    }

    @Test("in the background relative paths mean the directory of the start, and the parent ends with 0")
    func background() async throws {
        let settings = "logfile = 'log', statusFile = 'status', statusInterval = 1, pidfile = 'pid'"
        try trial.write(trial.configuration(settings: settings))
        let parent = try await trial.run("conf", asLsyncd: true)
        #expect(parent.exit == .code(0) && parent.output.isEmpty && parent.errors.isEmpty)
        let daemon = try await BackgroundProcess(pidFile: "pid", in: trial.tree.tree)
        try await arrived("file")
        try await Condition.wait(until: "the status file is there") { try trial.tree.tree.status("status") != nil }
        #expect(daemon.workingDirectory == "/")
        // Monitoring scripts look for this name and this order of words.
        #expect(daemon.name == "lsyncd")
        #expect(daemon.commandLine == [trial.lsyncd, "conf"])
        try await daemon.stop()
        #expect(try trial.tree.tree.status("pid") == nil)
        let log = try trial.tree.tree.read("log").description
        #expect(log.contains(" Normal: --- Startup, daemonizing ---\n"))
        #expect(log.contains(" Normal: --- TERM signal, fading ---\n"))
    }

    @Test("the process id file is written in the foreground too, whole, and removed")
    func pidFile() async throws {
        try trial.tree.tree.write("pid", "123456789\n987654321\n")
        try trial.write(trial.configuration(settings: "pidfile = 'pid'"))
        let process = try trial.start("-nodaemon", "conf", asLsyncd: true)
        try await arrived("file")
        #expect(try trial.tree.tree.read("pid") == ByteString("\(process.identifier)\n"))
        let second = try await trial.run("-nodaemon", "conf", asLsyncd: true)
        #expect(second.exit == .code(255) && second.errors.contains("Cannot lock pidfile;"))
        #expect(try trial.tree.tree.read("pid") == ByteString("\(process.identifier)\n"))
        try await process.stop()
        #expect(try trial.tree.tree.status("pid") == nil)
    }

    @Test("a process id file that was replaced by somebody else's is left alone")
    func foreignPidFile() async throws {
        try trial.write(trial.configuration(settings: "pidfile = 'pid'"))
        let process = try trial.start("run", "conf")
        try await arrived("file")
        try trial.tree.tree.rename("pid", to: "old")
        try trial.tree.tree.write("pid", "1\n")
        try await process.stop()
        #expect(try trial.tree.tree.read("pid") == "1\n")
    }

    @Test("the status file stays fresh while nothing happens")
    func freshStatus() async throws {
        try trial.write(trial.configuration(settings: "statusFile = 'status', statusInterval = 1"))
        let process = try trial.start("run", "conf")
        try await arrived("file")
        func line() -> Substring? { try? trial.tree.tree.read("status").description.split(separator: "\n").first }
        try await Condition.wait(until: "the status file is there") { line() != nil }
        let first = line()
        try await Condition.wait(until: "the status file is new") { line() != first }
        try await Condition.wait(until: "the target is shown as in step") {
            try trial.tree.tree.read("status").description.contains("There are 0 delays\n")
        }
        try await process.stop()
    }

    @Test("a status file that is a device, a link or another user's keeps its kind, owner and mode")
    func oddStatusFiles() async throws {
        try trial.tree.tree.write("real", "old")
        try trial.tree.tree.makeLink("link", to: "real")
        try trial.tree.tree.write("foreign", "old", mode: 0o666)
        try trial.tree.tree.changeMode("foreign", 0o666)
        try trial.tree.tree.changeOwner("foreign", user: 65534, group: 65534)
        let before = try trial.tree.tree.status("foreign")
        for file in ["/dev/null", "link", "foreign"] {
            try trial.write(trial.configuration(settings: "statusFile = '\(file)', statusInterval = 1"))
            let process = try trial.start("run", "conf")
            try await arrived("file")
            if file != "/dev/null" {
                try await Condition.wait(until: "\(file) is written") {
                    let name: ByteString = file == "link" ? "real" : "foreign"
                    return try trial.tree.tree.read(name).description.hasPrefix("Lsyncd status report")
                }
            }
            try await process.stop()
            #expect(!process.errors.contains("status file"))
        }
        #expect(try trial.tree.tree.status("link")?.kind == .link)
        let after = try trial.tree.tree.status("foreign")
        #expect(after?.user == before?.user && after?.mode == before?.mode && after?.inode == before?.inode)
        #expect(try DirectoryTree("/dev").status("null")?.kind == .characterDevice)
    }

    @Test("with onepass it ends with 0 when everything was compared")
    func onePass() async throws {
        try trial.write(trial.configuration())
        let ending = try await trial.run("-nodaemon", "-onepass", "conf", asLsyncd: true)
        #expect(ending.exit == .code(0))
        #expect(try trial.target.read("file") == "x")
    }

    @Test("a log that is rotated goes on without a signal")
    func rotation() async throws {
        try trial.write(trial.configuration(settings: "logfile = 'log'"))
        let process = try trial.start("run", "conf")
        try await arrived("file")
        try trial.tree.tree.rename("log", to: "log.1")
        try trial.source.write("second", "y")
        try await Condition.wait(until: "the new log has the transfer") {
            try trial.tree.tree.status("log") != nil
                && trial.tree.tree.read("log").description.contains("Finished a list after exitcode: 0")
        }
        try await process.stop()
    }

    @Test("a log that is standard output is not written twice")
    func logIsOutput() async throws {
        try trial.write(trial.configuration(settings: "logfile = '/dev/stdout'"))
        let process = try trial.start("-nodaemon", "conf", asLsyncd: true)
        try await arrived("file")
        try await process.stop()
        #expect(process.output.split(separator: "--- Startup ---").count == 2)
    }
}
