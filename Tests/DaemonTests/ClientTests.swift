import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// What monitoring scripts and panels in the field look at, asked of the real program with their own tools: processes
/// by name and command line, the status file, the log.
@Suite("programs that watch lsyncd, beside the real program") struct ClientTests {
    private let trial: Trial

    init() throws {
        trial = try Trial()
        try trial.source.write("there", "x")
    }

    /// Under the name lsyncd, as a person calls it: `lsyncd CONF`.
    private func start(sync: String = "") async throws -> LockstepProcess {
        let settings =
            "nodaemon = true, logfile = \"\(trial.tree.path)/log\", statusFile = \"\(trial.tree.path)/status\", statusInterval = 1,"
        try trial.write(trial.configuration(settings: settings, sync: sync))
        let process = try LockstepProcess(
            ["-c", "exec -a lsyncd " + trial.lsyncd + " " + trial.tree.path + "/conf"], environment: trial.environment,
            directory: trial.tree.path, binary: "/bin/bash")
        try await Condition.wait(
            until: "it has started, and a status is there", state: { process.output + process.errors },
            holds: { try text("log").contains("finished.") && text("status").contains("There are 0 delays\n") })
        return process
    }

    private func text(_ name: ByteString) throws -> String {
        guard try trial.tree.tree.status(name) != nil else { return "" }
        return try trial.tree.tree.read(name).description
    }

    /// What a shell prints; the places of the files are in the environment.
    private func shell(_ script: String) async throws -> String {
        let environment = ChildProcess.inherited.merging(
            ["STATUS": "\(trial.tree.path)/status", "LOG": "\(trial.tree.path)/log", "CONF": "\(trial.tree.path)/conf"]
        ) { $1 }
        return try await ChildProcess.run(["/bin/bash", "-c", ByteString(script)], environment: environment)
    }

    @Test("check_lsyncd and its copy for check_mk: the process by its name, the delays summed by awk")
    func nagios() async throws {
        let process = try await start(sync: "maxDelays = 1000,")
        let sum = "awk '/^There are [0-9] delays/ { sum += $3 } END { print sum }' \"$STATUS\""
        #expect(try await shell("pgrep -x lsyncd").split(separator: "\n").contains("\(process.identifier)"))
        #expect(try await shell(sum) == "0\n")
        #expect(try await process.stop() == .code(143))
        #expect(try await !shell("pgrep -x lsyncd || true").split(separator: "\n").contains("\(process.identifier)"))
    }

    @Test("a backlog is counted by all of them")
    func backlog() async throws {
        let process = try await start(sync: "settle = 900, delay = 1000")
        for name in ["a", "b", "c"] as [ByteString] { try trial.source.write(name, name) }
        try await Condition.wait(
            until: "the status shows it", state: { (try? text("status")) ?? "" },
            holds: { try text("status").contains("There are 3 delays\n") })
        #expect(try await shell("awk '/^There are [0-9] delays/ { sum += $3 } END { print sum }' \"$STATUS\"") == "3\n")
        let first = try text("status").firstMatch(of: /There are (\d+) delays/)?.1
        #expect(first == "3")
        #expect(try text("status").matches(of: /There are (\d+) delays\n/).compactMap { Int($0.1) }.reduce(0, +) == 3)
        #expect(try await process.stop() == .code(143))
    }

    @Test("the consul check: a fresh file, and the first number in it")
    func consul() async throws {
        let process = try await start()
        let before = try #require(try trial.tree.tree.status("status"))
        try await Condition.wait(until: "it is written again, with nothing to do") {
            let now = try #require(try trial.tree.tree.status("status"))
            return (now.modifiedSeconds, now.modifiedNanoseconds) > (before.modifiedSeconds, before.modifiedNanoseconds)
        }
        #expect(try text("status").firstMatch(of: /There are (\d+) delays/)?.1 == "0")
        #expect(try await process.stop() == .code(143))
    }

    @Test("Rackspace's plugin, its agent and ohai: watches in the status, -version, the configuration by ps")
    func rackspace() async throws {
        let process = try await start()
        #expect(try await shell("sed -n 's/^Inotify watching \\([0-9]*\\) directories.*/\\1/p' \"$STATUS\"") == "1\n")
        let version = try await trial.run("-version", asLsyncd: true)
        #expect(version.exit == .code(0) && version.output.hasPrefix("Version: "))
        let line = try await shell("ps -o pid,cmd -p \(process.identifier)")
        let found = line.firstMatch(of: /\slsyncd\s*(\S+)/)?.1
        #expect(found.map(String.init) == "\(trial.tree.path)/conf", "\(line)")
        #expect(try await shell("ps -eo pid,cmd | grep -c \"[l]syncd $CONF\"") == "1\n")
        #expect(try await process.stop() == .code(143))
    }

    @Test("units and panels that find it by its whole command line")
    func commandLine() async throws {
        let process = try await start()
        #expect(try await shell("pgrep -f \"^lsyncd $CONF\\$\"") == "\(process.identifier)\n")
        #expect(try await shell("ps -ef | grep lsyncd | grep -v grep").contains("\(trial.tree.path)/conf"))
        #expect(try await process.stop() == .code(143))
    }

    @Test("jh-panel: all of its patterns, and its date")
    func panel() async throws {
        let process = try await start()
        let status = try text("status")
        let date = /Lsyncd status report at\s+(\w+\s+\w+\s+\d+\s+\d\d:\d\d:\d\d\s+\d{4})/
        let written = try #require(status.firstMatch(of: date)?.1)
        #expect(try await shell("date -d '\(written)' '+%a %b %e %H:%M:%S %Y'") == "\(written)\n")
        #expect(status.firstMatch(of: /Sync\d*\s+source=/) != nil)
        #expect(status.firstMatch(of: /There are\s+\d+\s+delays/) != nil)
        #expect(status.contains("Filtering:"))
        #expect(try await process.stop() == .code(143))
    }

    @Test("lsyncd-widget and lsyncdindicator: the lines of a transfer, rsync's own among them")
    func log() async throws {
        let process = try await start(sync: "rsync = { verbose = true },")
        try trial.source.write("file.txt", "x")
        try await Condition.wait(until: "it has arrived") { try trial.target.status("file.txt") != nil }
        try await Condition.wait(
            until: "and is finished", state: { (try? text("log")) ?? "" },
            holds: { try text("log").split(separator: "\n").last?.hasSuffix("exitcode: 0") ?? false })
        let log = try text("log")
        for part in ["Normal: Calling rsync", "sending incremental file list", "Normal: Finished"] {
            #expect(log.contains(part), "\(part) in \(log)")
        }
        #expect(log.split(separator: "\n").contains { $0.contains("sent") && $0.contains("bytes") })
        #expect(log.firstMatch(of: /Calling rsync with.*\n\/?file\.txt\n/) != nil, "\(log)")
        #expect(log.split(separator: "\n").contains { $0.hasSuffix("finished.") })
        #expect(!log.contains("rror"), "nothing here looks like an error")
        #expect(try await process.stop() == .code(143))
        #expect(try text("log").split(separator: "\n").last?.hasSuffix("TERM signal, fading ---") ?? false)
        let line = /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4} \w+: .*/
        #expect(try text("log").split(separator: "\n").first?.firstMatch(of: line) != nil)
    }

    @Test("an error is told with a word that lsyncdindicator takes for one")
    func failure() async throws {
        let process = try await start()
        try trial.write("#!/bin/sh\necho 'rsync error: nothing works' >&2\nexit 2\n", as: "broken")
        #expect(try await process.stop() == .code(143))
        let settings = "nodaemon = true, insist = true, logfile = \"\(trial.tree.path)/log\","
        try trial.tree.tree.changeMode("broken", 0o755)
        try trial.write(
            trial.configuration(settings: settings, sync: "rsync = { binary = \"\(trial.tree.path)/broken\" },"))
        let again = try trial.start("conf", asLsyncd: true)
        try await Condition.wait(
            until: "the error stands in the log", state: { (try? text("log")) ?? "" },
            holds: { try text("log").contains(/error|Error/) })
        #expect(try await again.stop() == .code(143))
    }
}
