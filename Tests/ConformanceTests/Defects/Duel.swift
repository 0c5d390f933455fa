import Glibc
import MirrorCore
import MirrorTesting

/// A place in which one program, lsyncd or lockstep, runs a configuration: the same for both to the byte.
final class Duel: Sendable {
    let isLsyncd: Bool
    let tree: TemporaryTree
    let source: DirectoryTree
    let target: DirectoryTree

    init(isLsyncd: Bool) throws {
        self.isLsyncd = isLsyncd
        tree = try TemporaryTree()
        source = try tree.directory("source")
        target = try tree.directory("target")
        // The script that stands behind `note`: one line for each call.
        try tree.tree.write("note", "#!/bin/sh\necho \"$*\" >>\"${0%/*}/calls\"\n", mode: 0o755)
    }

    /// `SRC`, `TGT` and `ROOT` in the text stand for the directories.
    func start(_ text: String, _ words: ByteString...) throws -> LockstepProcess {
        try tree.tree.write("conf", ByteString(filled(text)))
        let environment = ["XDG_STATE_HOME": tree.path.description, "HOME": tree.path.description]
        return try LockstepProcess(
            (isLsyncd ? [] : ["lsyncd"]) + words + ["conf"], environment: environment, directory: tree.path,
            binary: isLsyncd ? "/usr/bin/lsyncd" : LockstepProcess.binary)
    }

    /// In the foreground, and with its start behind it: watches stand, and nothing is sent any more.
    func run(_ text: String, _ words: ByteString..., until line: String = "finished") async throws -> LockstepProcess {
        let process = try start("settings{ nodaemon = true, statusFile = 'ROOT/status', statusInterval = 1 }\n" + text)
        try await wait("\(line) stands in the log", process) { process.output.contains(line) }
        return process
    }

    /// A sync with functions; its start notes that it was made.
    func runScript(_ text: String) async throws -> LockstepProcess {
        let process = try start(
            "settings{ nodaemon = true, statusFile = 'ROOT/status', statusInterval = 1 }\n"
                + "sync{ source = 'SRC', onStartup = '/bin/sh ROOT/note started', \(text) }")
        try await wait("it has started", process) { try self.calls().contains("started") }
        try await wait("its start is collected", process) { process.output.contains("Startup of") }
        return process
    }

    func filled(_ text: String) -> String {
        text.replacing("SRC", with: "\(source.root)").replacing("TGT", with: "\(target.root)")
            .replacing("ROOT", with: "\(tree.path)")
    }

    func calls() throws -> [String] { try lines("calls") }

    func lines(_ name: ByteString) throws -> [String] {
        guard try tree.tree.status(name) != nil else { return [] }
        return try tree.tree.read(name).description.split(separator: "\n").map(String.init)
    }

    /// A name that the kernel tells as one event.
    func put(_ name: ByteString, _ content: ByteString = "x") throws {
        try tree.tree.write("new", content)
        try tree.tree.rename("new", to: "source/" + name)
    }

    /// Everything that was done before has been handled, as far as it ever will be.
    func sendMark(_ process: LockstepProcess, _ name: ByteString = "mark") async throws {
        try put(name)
        try await wait("\(name) has arrived", process) { try self.target.status(name) != nil }
    }

    func wait(
        _ what: String, _ process: LockstepProcess? = nil, holds: @escaping () async throws -> Bool
    ) async throws {
        try await Condition.wait(
            until: "\(isLsyncd ? "lsyncd" : "lockstep"): \(what)", deadline: .seconds(60),
            state: {
                "calls: \((try? self.calls()) ?? [])\n" + (process.map { $0.output + $0.errors } ?? "")
            }, holds: holds)
    }
}
