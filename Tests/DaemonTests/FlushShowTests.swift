import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// As a deployment sees it: a thousand files are written, then `flush`; when it returns, all is there, or the one
/// that is late is named. `FLUSH_ROUNDS` says how often (`make soak`: 200 times), `FLUSH_FIRST` from which seed.
@Suite("Deployments in a row, with one target in chaos", .serialized)
struct FlushShowTests {
    private static func number(_ name: String, _ usual: Int) -> Int {
        getenv(name).flatMap { Int(String(cString: $0)) } ?? usual
    }

    private static let rounds = number("FLUSH_ROUNDS", 10)
    private static let files = 1_000

    private let control: ControlTrial
    private let third: DirectoryTree

    init() throws {
        control = try ControlTrial()
        third = try control.trial.tree.directory("third")
    }

    /// `two` does what the file `chaos` says: nothing wrong, a failure, some of it and a failure, or nothing for long.
    private func write() throws {
        let tree = control.trial.tree
        let chaos = """
            #!/bin/sh
            [ "$1" = --version ] && exec rsync "$@"
            case $(cat '\(tree.path)/chaos') in
              fail) exit 12 ;;
              half) rsync "$@"; exit 23 ;;
              kill) rsync "$@" & sleep 0.05; kill -9 $!; exit 20 ;;
              hang) sleep 2; exit 30 ;;
            esac
            exec rsync "$@"

            """
        try tree.tree.write("rsync", ByteString(chaos), mode: 0o755)
        try tree.tree.write("chaos", "good")
        let sync = { (name: String, target: DirectoryTree, more: String) in
            """
            sync{ default.rsync, name = "\(name)", source = "\(control.trial.source.root)", delay = 0.2,
                  target = "\(target.root)", \(more) }

            """
        }
        try control.trial.write(
            """
            settings{ stateDir = "\(tree.path)/state", nodaemon = true, insist = true }

            """ + sync("one", control.trial.target, "")
                + sync("two", control.second, "rsync = { binary = \"\(tree.path)/rsync\" }") + sync("three", third, ""))
    }

    private func differences(_ target: DirectoryTree) throws -> [String] {
        try TreeComparison.differences(control.trial.source, target).map { "\($0)" }
    }

    @Test("whenever flush returns well, a reader on each target has all of it; else the late one is named, in time")
    func deployments() async throws {
        try write()
        var chance = SeededGenerator(seed: UInt64(Self.number("FLUSH_FIRST", 1)))
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        var late = 0
        for round in 0..<Self.rounds {
            // Half of the deployments meet a target that is well.
            let mood = ["good", "good", "good", "good", "fail", "half", "kill", "hang"].randomElement(using: &chance)!
            try control.trial.tree.tree.write("chaos.new", ByteString(mood))
            try control.trial.tree.tree.rename("chaos.new", to: "chaos")
            let directory = ByteString("release\(round)")
            try control.trial.source.makeDirectory(directory)
            for file in 0..<Self.files {
                let text = "\(round) \(file) \(chance.next())\n"
                try control.trial.source.write(directory + ByteString("/\(file)"), ByteString(text))
            }
            if round > 1 { try control.trial.source.removeAll(ByteString("release\(round - 2)")) }
            let ending = try await control.ask("flush", "--timeout", mood == "good" ? "120" : "1")
            if ending.exit == .code(0) {
                for target in [control.trial.target, control.second, third] { #expect(try differences(target) == []) }
                continue
            }
            // Chaos of the round before may keep a target that is well now from being tried, but not for so long.
            #expect(mood != "good", "round \(round): \(ending.errors)")
            #expect(ending.exit == .code(1), "round \(round): \(ending)")
            #expect(ending.errors.contains("two -> "), "round \(round), \(mood): \(ending.errors)")
            late += 1
            let others = try await control.ask("flush", "--target", "one", "--target", "three")
            #expect(others.exit == .code(0), "round \(round): \(others.errors)")
            for target in [control.trial.target, third] { #expect(try differences(target) == []) }
        }
        try control.trial.tree.tree.write("chaos", "good")
        #expect(try await control.ask("flush").exit == .code(0))
        for target in [control.trial.target, control.second, third] { #expect(try differences(target) == []) }
        try await program.stop()
        print("\(Self.rounds) deployments of \(Self.files) files: \(late) times the target in chaos was late and named")
    }
}
