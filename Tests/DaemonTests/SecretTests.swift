import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("secrets are shown nowhere")
struct SecretTests {
    private static let secrets = [
        "planted-password-1", "planted-password-2", "planted-token-3", "planted-value-4", "planted-word-5",
    ]

    @Test("not in the log, the status, the report or a message, whatever fails and however much is logged")
    func planted() async throws {
        let trial = try Trial()
        try trial.source.write("file", "x")
        // It says what it got, as rsync and ssh do when they fail.
        try trial.tree.tree.write(
            "rsync", "#!/bin/sh\necho \"words: $*\"\necho \"error: $RSYNC_PASSWORD in $*\" >&2\nexit 12\n", mode: 0o755)
        let text = """
            settings{ stateDir = "\(trial.tree.path)/state", logfile = "\(trial.tree.path)/log", insist = true,
                statusFile = "\(trial.tree.path)/status", statusInterval = 1, nodaemon = true }
            sync{ default.rsync, source = "\(trial.source.root)", target = os.getenv("PLANTED_HOST") .. ":/x", delay = 0,
                rsync = { binary = "\(trial.tree.path)/rsync", rsh = "sshpass -p planted-password-1 ssh -p 22",
                    rsync_path = "TOKEN=" .. os.getenv("PLANTED_TOKEN") .. " rsync",
                    _extra = { "--comment=" .. os.getenv("PLANTED_VALUE"), "--password=planted-word-5" } } }
            """
        try trial.write(text)
        let environment = trial.environment.merging([
            "PLANTED_HOST": "web.example", "PLANTED_TOKEN": "planted-token-3", "PLANTED_VALUE": "planted-value-4",
            "RSYNC_PASSWORD": "planted-password-2",
        ]) { $1 }
        let process = try LockstepProcess(
            ["lsyncd", "-log", "all", "conf"], environment: environment, directory: trial.tree.path)
        try await Condition.wait(
            until: "the log tells of the failure", state: { process.output + process.errors },
            holds: {
                try trial.tree.tree.status("log") != nil
                    && trial.tree.tree.read("log").description.contains("error: $RSYNC_PASSWORD")
            })
        try await Condition.wait(until: "the status tells of the failure") {
            try trial.tree.tree.status("status") != nil
                && trial.tree.tree.read("status").description.contains("Problems:")
        }
        _ = try await process.stop()
        var shown = process.output + process.errors
        for name in ["log", "status"] as [ByteString] { shown += try trial.tree.tree.read(name).description }
        for words in [["check", "conf"], ["check", "--report", "conf"]] as [[ByteString]] {
            let check = try LockstepProcess(words, environment: environment, directory: trial.tree.path)
            #expect(try await check.waitForExit() == .code(0))
            shown += check.output + check.errors
        }
        // A mistake in the same file quotes what is wrong.
        try trial.write(text.replacing("delay = 0", with: "delay = os.getenv('PLANTED_VALUE')"))
        let mistaken = try LockstepProcess(["check", "conf"], environment: environment, directory: trial.tree.path)
        #expect(try await mistaken.waitForExit() == .code(78))
        shown += mistaken.errors
        for secret in Self.secrets { #expect(!shown.contains(secret), "\(secret)") }
        #expect(shown.contains("web.example:/x/"))
        #expect(shown.contains("sshpass -p ***"))
    }
}
