import Foundation
import MirrorCore
import MirrorTesting
import Testing

/// Every decoder of bytes from outside, in a program of its own: an input that breaks a promise ends that program by a
/// signal, one that takes longer than ten seconds too. `make fuzz` is the long form.
@Suite("Any bytes are taken, whatever they are")
struct FuzzTests {
    private static let program = LockstepProcess.buildDirectory + "/lockstep-fuzz"
    private static let oldInputs = DirectoryTree(
        ByteString(URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus").path()))

    private static let targets = [
        "configuration", "pattern-file", "matcher", "rsync-messages", "rsync-output", "addresses", "ssh-configuration",
        "identity", "module-file", "mounts", "inotify", "fanotify", "source-record", "notice-record", "capsule",
        "command-line", "shown", "control", "stream", "http", "discovery",
    ]

    @Test("generated inputs, the same in every run", arguments: targets)
    func generated(target: String) async throws {
        let place = try TemporaryTree()
        let kept = place.tree.path("input")
        let (exit, text) = try await run(["run", ByteString(target)], keeping: kept)
        guard exit != .code(0) else { return }
        let (_, input) = try await run(["kept", kept], keeping: place.tree.path("other"))
        Issue.record("\(target): \(exit)\n\(text.suffix(2000))\nthe input was: \(String(reflecting: input))")
    }

    @Test("inputs that once broke something", arguments: targets)
    func oldInputs(target: String) async throws {
        let directory = ByteString(target)
        guard try Self.oldInputs.status(directory) != nil else { return }
        let files = try Self.oldInputs.names(directory).map { Self.oldInputs.path(directory + "/" + $0) }
        let place = try TemporaryTree()
        let (exit, text) = try await run(["try", ByteString(target)] + files, keeping: place.tree.path("input"))
        #expect(exit == .code(0), "\(text.suffix(2000))")
    }

    @Test("every target of the program is tried, and a broken promise ends it")
    func everyTarget() async throws {
        let place = try TemporaryTree()
        let (_, text) = try await run(["list"], keeping: place.tree.path("input"))
        #expect(text.split(separator: "\n").map(String.init) == Self.targets)
        let directories = try Self.oldInputs.names().map(\.description)
        #expect(Set(directories).isSubset(of: Self.targets))
        let (exit, _) = try await run(["run", "broken"], keeping: place.tree.path("input"))
        #expect(exit != .code(0))
        let (_, input) = try await run(["kept", place.tree.path("input")], keeping: place.tree.path("other"))
        #expect(input.contains("x"))
    }

    private func run(_ words: [ByteString], keeping kept: ByteString) async throws -> (ChildProcess.Exit, String) {
        var environment = ChildProcess.inherited
        environment["FUZZ_INPUT"] = kept.description
        environment["SWIFT_BACKTRACE"] = "enable=no"
        let child = try ChildProcess([Self.program] + words, environment: environment)
        let exit = try await child.waitForExit(within: .seconds(600))
        return (exit, child.outputText + child.errorText)
    }
}
