import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("Least privilege")
struct PrivilegeTests {
    private static let watching: UInt64 = 1 << 21 | 1 << 2
    private let trial: Trial

    init() throws {
        trial = try Trial()
    }

    /// What the program itself has, rsync, a command, and what the configuration starts: each line is of
    /// /proc/PID/status.
    @Test("the capabilities for fanotify stay in the daemon: neither rsync nor a command nor io.popen gets them")
    func children() async throws {
        try needsRoot()
        let daemon = try start(capabilities: "+sys_admin,+dac_read_search,+chown")
        try await written(["rsync", "popen", "command"], daemon)
        let own = try DirectoryTree(ByteString("/proc/\(daemon.child.identifier)")).read("status")
        #expect(set("CapEff", in: own) & Self.watching == Self.watching)
        for name: ByteString in ["rsync", "popen", "command"] {
            let text = try trial.tree.tree.read("seen/" + name)
            for field in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
                #expect(set(field, in: text) & Self.watching == 0, "\(name): \(text)")
            }
            // What else the service manager gave is nobody's business.
            #expect(set("CapAmb", in: text) & 1 == 1, "\(name): \(text)")
        }
        try await status(daemon, contains: "source/: watched by fanotify")
        daemon.child.signal(SIGTERM)
        try await daemon.waitForExit()
    }

    @Test("in a sandbox as of a unit, where the source and the system are read-only, fanotify tells as outside")
    func sandbox() async throws {
        try needsRoot()
        let script = """
            mount -o remount,bind,ro / && mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"
            """
        let daemon = try start(
            capabilities: "+sys_admin,+dac_read_search",
            in: [
                "unshare", "--mount", "--propagation", "slave", "sh", "-c", ByteString(script), "sh",
                trial.source.root, "setpriv", "--no-new-privs",
            ])
        try await written(["rsync"], daemon)
        try await status(daemon, contains: "source/: watched by fanotify")
        try await Condition.wait(until: "the comparison is done", deadline: .seconds(60)) {
            daemon.output.contains("/target/ finished.")
        }
        try trial.source.makeDirectory("new")
        try trial.source.write("new/file", "x")
        try await Condition.wait(until: "what is written outside arrives", deadline: .seconds(60)) {
            try trial.target.status("new/file") != nil
        }
        daemon.child.signal(SIGTERM)
        try await daemon.waitForExit()
    }

    @Test("an ordinary user watches with inotify, and the status says why")
    func ordinaryUser() async throws {
        try needsRoot()
        let daemon = try start(capabilities: "-all")
        try await written(["rsync"], daemon)
        try await status(
            daemon,
            contains: "watched by inotify: fanotify is not possible, since this process lacks CAP_SYS_ADMIN")
        daemon.child.signal(SIGTERM)
        try await daemon.waitForExit()
    }

    private func needsRoot() throws {
        if geteuid() != 0 { try Test.cancel("only root can start a program as somebody else") }
        let file = try DirectoryTree("/proc/self").read("status")
        if set("CapEff", in: file) & Self.watching != Self.watching { try Test.cancel("capabilities are missing here") }
    }

    private func start(capabilities: ByteString, in sandbox: [ByteString] = []) throws -> LockstepProcess {
        let tree = trial.tree.tree
        for name: ByteString in ["seen", "state", "other", "target", "source"] {
            try tree.makeDirectories(name)
            try tree.changeOwner(name, user: 1234, group: 1234)
        }
        try tree.changeMode("", 0o777)
        let seen = trial.tree.path + "/seen"
        let script = "#!/bin/sh\ngrep Cap /proc/$$/status >\(seen)/rsync\nexec rsync \"$@\"\n"
        try tree.write("rsync", ByteString(script), mode: 0o755)
        let text = """
            settings{ eventSource = "fanotify" }
            settings{ statusFile = "\(seen)/status", statusInterval = 1, stateDir = "\(trial.tree.path)/state" }
            local file = io.open("\(seen)/popen", "w")
            file:write(io.popen("grep Cap /proc/self/status"):read("a"))
            file:close()
            sync{ default.rsync, source = "\(trial.source.root)", target = "\(trial.target.root)", delay = 1,
                  rsync = { binary = "\(trial.tree.path)/rsync" } }
            sync{ source = "\(trial.tree.path)/other", delay = 1,
                  onCreate = "grep Cap /proc/self/status >\(seen)/command; true ^pathname" }
            """
        try trial.write(text)
        let words: [ByteString] =
            sandbox + [
                "setpriv", "--reuid=1234", "--regid=1234", "--clear-groups", "--inh-caps=" + capabilities,
                "--ambient-caps=" + capabilities, "--",
            ]
        return try LockstepProcess(
            ["lsyncd", "-nodaemon", "conf"], environment: trial.environment, directory: trial.tree.path, prefix: words)
    }

    private func written(_ names: [ByteString], _ daemon: LockstepProcess) async throws {
        var number = 0
        try await Condition.wait(
            until: "\(names) have written what they may", deadline: .seconds(60),
            state: { daemon.output + daemon.errors },
            holds: {
                number += 1
                try trial.tree.tree.write(ByteString("other/f\(number)"), "x")
                return try names.allSatisfy { try trial.tree.tree.status("seen/" + $0)?.size ?? 0 > 0 }
            })
    }

    private func status(_ daemon: LockstepProcess, contains text: String) async throws {
        try await Condition.wait(
            until: "the status says \(text)", deadline: .seconds(60),
            state: { ((try? trial.tree.tree.read("seen/status"))?.description ?? "") + daemon.output + daemon.errors },
            holds: {
                guard try trial.tree.tree.status("seen/status") != nil else { return false }
                return try trial.tree.tree.read("seen/status").description.contains(text)
            })
    }

    /// A set of capabilities from a status file of /proc.
    private func set(_ field: String, in text: ByteString) -> UInt64 {
        let lines = text.description.split(separator: "\n")
        let line = lines.first { $0.hasPrefix(field + ":") } ?? ""
        return UInt64(line.split(separator: "\t").last ?? "", radix: 16) ?? .max
    }
}
