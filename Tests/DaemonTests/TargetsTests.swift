import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("Targets at run time")
struct TargetsTests {
    /// A directory of its own for each name, as a target.
    private func place(_ control: ControlTrial, _ name: ByteString) throws -> DirectoryTree {
        try control.trial.tree.directory(name)
    }

    @Test("an added target is compared and kept in step, over a restart too; taken away, it gets nothing")
    func addAndRemove() async throws {
        let control = try ControlTrial()
        let third = try place(control, "third")
        try control.write()
        var program = try await control.start()
        #expect(try await control.ask("targets", "add", third.root).exit == .code(0))
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try TreeComparison.differences(control.trial.source, third) == [])
        #expect(try await control.ask("targets", "add", third.root).errors.contains("is there"))
        try await program.stop()
        try control.trial.source.write("while", "1")
        program = try await control.start()
        #expect(try await control.ask("flush", "--target", third.root).exit == .code(0))
        #expect(try third.read("while") == "1")
        #expect(try await control.ask("targets", "remove", third.root, control.second.root).exit == .code(0))
        try control.trial.source.write("after", "1")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try !third.names().contains("after") && !control.second.names().contains("after"))
        try await program.stop()
        program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try !third.names().contains("after") && !control.second.names().contains("after"))
        #expect(try await !control.ask("status").output.contains("second"))
        #expect(try await control.ask("targets", "add", control.second.root, "--like", "one").exit == .code(0))
        #expect(try await control.ask("flush", "--target", control.second.root).exit == .code(0))
        #expect(try control.second.read("after") == "1")
        try await program.stop()
    }

    @Test("a target that holds something else is not touched before somebody accepts it, over a restart too")
    func consent() async throws {
        let control = try ControlTrial()
        let third = try place(control, "third")
        try third.write("precious", "1")
        try control.write()
        var program = try await control.start()
        #expect(try await control.ask("targets", "add", third.root).exit == .code(0))
        for _ in 0..<2 {
            try await Condition.wait(until: "the problem is told", deadline: .seconds(60)) {
                try await control.ask("status").output.contains("1 file there would be deleted")
            }
            #expect(try third.names() == ["precious"])
            #expect(try await control.ask("flush", "--timeout", "1").exit == .code(1))
            #expect(try await control.ask("flush", "--target", control.trial.target.root).exit == .code(0))
            try await program.stop()
            program = try await control.start()
        }
        #expect(try third.names() == ["precious"])
        #expect(try await control.ask("targets", "accept", third.root).exit == .code(0))
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try TreeComparison.differences(control.trial.source, third) == [])
        #expect(try await control.ask("targets", "accept", third.root).exit == .code(64))
        try await program.stop()
        // From now on it is known: what is deleted at the source while nobody looks is deleted there as well.
        try control.trial.source.remove("first")
        try control.trial.source.write("other", "1")
        program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try third.names() == ["other"])
        try await program.stop()
    }

    @Test("one that drains has everything that was written before")
    func drain() async throws {
        let control = try ControlTrial()
        try control.write()
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        for number in 0..<50 { try control.trial.source.write(ByteString("f\(number)"), "1") }
        #expect(try await control.ask("flush", "--target", "one").exit == .code(0))
        #expect(try await control.ask("targets", "drain", "two").exit == .code(0))
        try await Condition.wait(until: "it has left", deadline: .seconds(60)) {
            try await !control.ask("status").output.contains("two")
        }
        #expect(try control.second.names().count == 51)
        try await program.stop()
    }

    @Test("what is no target is refused with the reason, and nothing happens")
    func mistakes() async throws {
        let control = try ControlTrial()
        try control.write()
        let program = try await control.start()
        let mistakes: [(ByteString, String)] = [
            ("/", "root directory"), ("-e x:y", "can't begin so"), ("bad\nhost:/x", "control character"),
            ("", "empty"), (" h:/x", "blank"),
        ]
        for (target, words) in mistakes where !target.hasPrefix("-") && !target.isEmpty {
            let ending = try await control.ask("targets", "add", target)
            #expect(ending.exit == .code(64) && ending.errors.contains(words), "\(target): \(ending.errors)")
        }
        #expect(try await control.ask("targets", "remove", "nobody").exit == .code(64))
        #expect(try await control.ask("targets", "add", "h:/x", "--like", "nobody").exit == .code(64))
        #expect(try await control.ask("targets", "remove").exit == .code(64))
        #expect(try await control.ask("status", "--json").output.contains(#""name":"two""#))
        try await program.stop()
    }

    @Test("100 times one comes and goes while files change: the others have no transfer more, and in step is true")
    func hundredTimes() async throws {
        let control = try ControlTrial()
        let guest = try place(control, "guest")
        let calls = try control.trial.tree.directory("calls")
        let counter =
            "#!/bin/sh\nfor last; do :; done\n[ \"$1\" = --version ] || echo \"$last\" >>\(calls.path("list"))\n"
        try calls.write("rsync", ByteString(counter + "exec rsync \"$@\"\n"), mode: 0o755)
        let counted = "rsync = { binary = \"\(calls.path("rsync"))\" },"
        try control.write(sync: counted)
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        for round in 0..<100 {
            let name = ByteString("r\(round)")
            try control.trial.source.write(name, "x")
            #expect(try await control.ask("targets", "add", guest.root).exit == .code(0))
            let flushed = try await control.ask("flush", "--target", guest.root)
            #expect(flushed.exit == .code(0), "\(flushed.errors)")
            #expect(try TreeComparison.differences(control.trial.source, guest) == [])
            #expect(try await control.ask("targets", "drain", guest.root).exit == .code(0))
            try await Condition.wait(until: "it has left", deadline: .seconds(60)) {
                try await !control.ask("status").output.contains("guest")
            }
        }
        #expect(try await control.ask("flush").exit == .code(0))
        // Each of the others: one comparison, at the start. A file that is made and closed is two batches at most.
        let list = try calls.read("list").split(separator: UInt8(ascii: "\n"))
        let count = list.count { $0.hasPrefix(control.trial.target.root) }
        #expect((2...201).contains(count), "\(count) transfers")
        for (target, name) in [(control.trial.target, "one"), (control.second, "two")] {
            #expect(try TreeComparison.differences(control.trial.source, target) == [])
            let text = (program.output + program.errors)
            let whole = text.split(separator: "\n").count {
                $0.contains("recursive full rsync") && $0.contains(target.root.description)
            }
            #expect(whole == 1, "\(name) was compared \(whole) times")
        }
        // The rehearsals at the guest print each name; that is nothing for the log.
        #expect(!(program.output + program.errors).contains(">f+++"))
        try await program.stop()
    }
}
