import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("Targets that are found")
struct DiscoveryTests {
    private let control: ControlTrial
    /// Each target is a directory in it.
    private let places: DirectoryTree

    init() throws {
        control = try ControlTrial()
        places = try control.trial.tree.directory("places")
    }

    private func write(_ targets: String) throws {
        try control.trial.write(
            """
            settings{ stateDir = "\(control.trial.tree.path)/state", nodaemon = true, insist = true }
            sync{ default.rsync, name = "web", source = "\(control.trial.source.root)", delay = 0.2,
                  target = "\(places.path("${host}"))", targets = \(targets) }
            """)
    }

    private func status(_ holds: @escaping @Sendable (String) -> Bool, _ what: String) async throws {
        try await Condition.wait(until: what, deadline: .seconds(60)) {
            holds(try await control.ask("status").output)
        }
    }

    private func list(_ text: ByteString) throws {
        try control.trial.tree.tree.write("list.new", text)
        try control.trial.tree.tree.rename("list.new", to: "list")
    }

    @Test("a file: new lines join, missing ones drain, a bad line is told and holds nobody up")
    func file() async throws {
        for name in ["a", "b", "c"] { try places.makeDirectory(ByteString(name)) }
        try list("a\n")
        try write(#"discover.file("\#(control.trial.tree.path)/list", { every = 1 })"#)
        let program = try await control.start()
        try await status({ $0.contains("places/a/") }, "the first has joined")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try places.read("a/first") == "1")
        try list("a\nb\nc; rm -rf /\n")
        try await status(
            { $0.contains("places/b/") && $0.contains("line 3") }, "the second has joined, the bad line is told")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try places.read("b/first") == "1")
        try list("b\n")
        try await status({ !$0.contains("places/a/") && !$0.contains("line 3") }, "the first has left")
        try control.trial.source.write("later", "1")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try places.names("a") == ["first"])
        #expect(try places.read("b/later") == "1")
        // Nobody leaves because the file is gone or empty.
        try list("")
        try await status({ $0.contains("the answer is empty") }, "the empty answer is told")
        try control.trial.tree.tree.remove("list")
        try await status({ $0.contains("no such file") }, "the missing file is told")
        #expect(try await control.ask("status").output.contains("places/b/"))
        try await program.stop()
        // A restart without an answer mirrors to what was found last.
        try control.trial.source.write("after", "1")
        let second = try await control.start()
        try await status({ $0.contains("places/b/") }, "it is there again")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try places.read("b/after") == "1")
        try await second.stop()
    }

    @Test("a target that is found and holds something else is not deleted from before somebody accepts it")
    func consent() async throws {
        try places.makeDirectory("a")
        try places.write("a/precious", "1")
        try list("a\n")
        try write(#"discover.file("\#(control.trial.tree.path)/list", { every = 1 })"#)
        let program = try await control.start()
        try await status({ $0.contains("1 file there would be deleted") }, "the problem is told")
        #expect(try places.names("a") == ["precious"])
        #expect(try await control.ask("targets", "accept", places.path("a")).exit == .code(0))
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try places.names("a") == ["first"])
        try await program.stop()
    }

    @Test("a command: its words are run without a shell, its failure and its silence change nothing")
    func command() async throws {
        try places.makeDirectory("a")
        try list("a\n")
        let tree = control.trial.tree
        try tree.tree.write(
            "found", ByteString("#!/bin/sh\ncat '\(tree.path)/list' || { echo 'sesame, open' >&2; exit 3; }\n"),
            mode: 0o755)
        try write(#"discover.exec({ "\#(tree.path)/found" }, { every = 1 })"#)
        let program = try await control.start()
        try await status({ $0.contains("places/a/") }, "it has joined")
        #expect(try await control.ask("flush").exit == .code(0))
        try tree.tree.remove("list")
        try await status({ $0.contains("exit code 3") && $0.contains("sesame") }, "the failure is told")
        #expect(try await control.ask("status").output.contains("places/a/"))
        try tree.tree.write("found", "#!/bin/sh\nexec sleep 1000\n", mode: 0o755)
        // Also a command that hangs does not keep the program from its end.
        try await program.stop()
    }

    @Test("a name: its addresses are the hosts")
    func name() async throws {
        try places.makeDirectory("127.0.0.1")
        try write(#"discover.dns("localhost", { every = 1 })"#)
        let program = try await control.start()
        try await status({ $0.contains("places/127.0.0.1/") }, "it has joined")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try places.read("127.0.0.1/first") == "1")
        try await program.stop()
    }
}
