import MirrorCore
import MirrorDaemon
import MirrorTesting
import Testing

@Suite("verify, and the form of the log")
struct VerifyTests {
    @Test("what differs is counted and nothing is changed; what -u withholds is told; guests are looked at too")
    func verify() async throws {
        let control = try ControlTrial()
        let guest = try control.trial.tree.directory("guest")
        try control.write(sync: "rsync = { update = true, times = true },")
        let program = try await control.start()
        #expect(try await control.ask("targets", "add", guest.root, "--like", "two").exit == .code(0))
        #expect(try await control.ask("flush").exit == .code(0))
        let same = try await control.ask("verify")
        #expect(same.exit == .code(0), "\(same.output) \(same.errors)")
        #expect(same.output.contains("it is the same; options such as -u withhold 0 files"))
        #expect(same.output.contains("guest"))
        // Newer at the target, by more than the second that rsync compares: its -u leaves it as it is.
        let source = try #require(try control.trial.source.status("first"))
        try control.trial.target.write("first", "other")
        try control.trial.target.setTime("first", seconds: source.modifiedSeconds + 10, nanoseconds: 0)
        try guest.write("stranger", "1")
        let other = try await control.ask("verify")
        #expect(other.exit == .code(1))
        #expect(other.output.contains("it differs; options such as -u withhold 1 file"), "\(other.output)")
        #expect(other.output.contains("1 name would be deleted: stranger"), "\(other.output)")
        #expect(try control.trial.target.read("first") == "other")
        #expect(try guest.names().contains("stranger"))
        try await program.stop()
    }

    @Test("a byte that differs behind the same size and time is found where every file is read")
    func checksum() async throws {
        let control = try ControlTrial()
        try control.write()
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        try await program.stop()
        let status = try #require(try control.second.status("first"))
        try control.second.write("first", "2")
        try control.second.setTime(
            "first", seconds: status.modifiedSeconds, nanoseconds: status.modifiedNanoseconds)
        let file = control.trial.tree.path + "/conf"
        #expect(try await control.ask("verify", file).exit == .code(0))
        #expect(try await control.ask("verify", "--checksum", file).exit == .code(1))
    }

    @Test("a target of the stream is compared by its agent: strangers, attributes, contents; nothing is changed")
    func stream() async throws {
        let trial = try Trial(base: "stream")
        try trial.write(trial.configuration(sync: "name = 'web', rsync = { archive = true }"))
        try trial.source.makeDirectories("d/e")
        for name in ["plain", "mode", "d/text"] as [ByteString] { try trial.source.write(name, "content") }
        try trial.source.write("large", ByteString([UInt8](repeating: 7, count: 3 << 20)))
        try trial.source.makeLink("link", to: "plain")
        let program = try trial.start("run", "conf")
        try await Condition.wait(
            until: "the trees are equal", deadline: .seconds(60), state: { program.errors },
            holds: {
                try TreeComparison.differences(trial.source, trial.target, checking: [.everything, .nanoseconds]) == []
            })
        #expect(try await program.stop() == .code(143))
        let same = try await trial.run("verify", "conf", "--content", "--only", "web")
        #expect(same.exit == .code(0), "\(same.output) \(same.errors)")
        #expect(same.output.contains("it is the same"))
        // The same size and time, another byte in the middle.
        let status = try #require(try trial.target.status("large"))
        try trial.target.overwrite("large", at: 2_000_000, "x")
        try trial.target.setTime(
            "large", seconds: status.modifiedSeconds, nanoseconds: status.modifiedNanoseconds)
        #expect(try await trial.run("verify", "conf").exit == .code(0))
        let content = try await trial.run("verify", "conf", "--content")
        #expect(content.exit == .code(1))
        #expect(content.output.contains("1 file would be sent: large"), "\(content.output)")
        try trial.target.changeMode("mode", 0o600)
        try trial.target.remove("d/text")
        try trial.target.makeDirectory("stranger")
        try trial.target.write("stranger/in it", "1")
        let before = try names(trial.target)
        let other = try await trial.run("verify", "conf")
        #expect(other.exit == .code(1))
        for line in [
            "1 file would be sent: d/text", "2 names have other attributes: d, mode",
            "2 names would be deleted: stranger",
            "it differs",
        ] { #expect(other.output.contains(line), "\(line) in \(other.output)") }
        #expect(try names(trial.target) == before)
        #expect(try trial.target.status("mode")?.mode == 0o600)
        #expect(try await trial.run("verify", "conf", "--only", "nobody").exit == .code(2))
        try trial.tree.tree.removeAll("target")
        #expect(try await trial.run("verify", "conf").exit == .code(2))
        #expect(try trial.tree.tree.status("target") == nil, "a comparison has made the target")
    }

    private func names(_ tree: DirectoryTree, _ top: ByteString = "") throws -> [ByteString] {
        try tree.names(top).flatMap { name -> [ByteString] in
            let path = top.isEmpty ? name : top + "/" + name
            return [path] + (try tree.status(path)?.kind == .directory ? try names(tree, path) : [])
        }
    }

    @Test("options that withhold are known, in every form in which a configuration comes to them")
    func withholding() {
        #expect(Withholding.without(["-lts"]) == nil)
        #expect(Withholding.without(["-ltus", "--existing", "--max-size=5m", "--delete"]) == ["-lts", "--delete"])
        #expect(Withholding.without(["-u", "-e ssh -u"]) == ["-e ssh -u"])
    }

    @Test("each message is an object on a line of its own, what others print too")
    func json() async throws {
        let control = try ControlTrial()
        let file = control.trial.tree.path + "/log"
        try control.write(
            settings: "logfile = \"\(file)\", logFormat = \"json\", logCategories = \"Info\"",
            sync: "rsync = { verbose = true },")
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        try await program.stop()
        let lines = try control.trial.tree.tree.read("log").split(separator: UInt8(ascii: "\n")).filter { !$0.isEmpty }
        #expect(lines.count > 5)
        for line in lines { #expect(line.hasPrefix("{\"time\":") && line.hasSuffix("\"}"), "\(line)") }
        #expect(lines.contains { $0.description.contains("\"category\":\"Info\"") })
        #expect(lines.contains { $0.description.contains("\"category\":\"Output\"") })
    }
}
