import MirrorCore
import MirrorTesting
import Testing

@Suite("lockstep status --watch")
struct WatchStatusTests {
    /// In a terminal that script(1) makes; keys come through a pipe.
    @Test("is a screen of its own at a terminal, which q gives back", arguments: ["q", "\u{3}"])
    func terminal(key: String) async throws {
        let control = try ControlTrial()
        try control.write(second: "127.0.0.77:/nowhere")
        let program = try await control.start()
        let tree = control.trial.tree
        try tree.tree.write("key", ByteString(key))
        let command =
            "stty cols 110 rows 30; exec \(LockstepProcess.binary) status --watch --state-dir \(tree.path)/state"
        let script = """
            mkfifo keys
            exec 9<>keys
            script -qec "$1" /dev/null <keys >screen 2>&1 &
            mkfifo pause
            exec 8<>pause
            for try in $(seq 600); do
              grep -q 'does not answer' screen && grep -q 'CHANGES/S' screen && break
              read -t 0.1 -u 8
            done
            cat key >&9
            wait $!
            """
        let watcher = try ChildProcess(
            ["bash", "-c", ByteString(script), "watch", ByteString(command)], directory: tree.path)
        #expect(try await watcher.waitForExit(within: .seconds(120)) == .code(0), "\(watcher.errorText)")
        let screen = try tree.tree.read("screen").description
        for part in ["\u{1b}[?1049h", "1 of 2 targets not in step", "CHANGES/S", "127.0.0.77:/nowhere/", "q ends"] {
            #expect(screen.contains(part), "\(part) in \(screen.debugDescription.suffix(3000))")
        }
        let end = try #require(screen.lastRange(of: "\u{1b}[?1049l"))
        #expect(!screen[end.upperBound...].contains("q ends"))
        try await program.stop()
    }

    @Test("where it is no terminal, the table comes again and again, and ends with the program")
    func plain() async throws {
        let control = try ControlTrial()
        try control.write()
        let program = try await control.start()
        let watcher = try control.trial.start("status", "--watch", "--state-dir", control.trial.tree.path + "/state")
        try await Condition.wait(until: "it has come twice", deadline: .seconds(60)) {
            watcher.output.split(separator: "SYNC").count > 2
        }
        #expect(!watcher.output.contains("\u{1b}"))
        try await program.stop()
        #expect(try await watcher.waitForExit(within: .seconds(60)) == .code(69))
    }
}

extension String {
    fileprivate func lastRange(of text: String) -> Range<String.Index>? { ranges(of: text).last }
}
