import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// The same configurations through Debian's lsyncd: the options that it gives rsync are those of the suite.
@Suite(
    "the same configurations through lsyncd 2.2.3", .enabled(if: access("/usr/bin/lsyncd", X_OK) == 0, "needs lsyncd"),
    .enabled(if: geteuid() == 0, "a mount of its own needs root"))
struct LsyncdComparisonTests {
    static let comparable = ConformanceTests.all.filter { test in
        if case .same = test.lsyncd, !test.start.isEmpty, test.exit == nil, test.arguments.isEmpty {
            true
        } else {
            false
        }
    }

    @Test("give rsync the same options", arguments: comparable)
    func sameOptions(test: Case) async throws {
        try await Gate.all.pass { try await compare(test) }
    }

    @Test("are most of the suite's configurations of rsync's options, deletions and targets")
    func count() {
        #expect(Self.comparable.count >= 80, "\(Self.comparable.count)")
    }

    /// Both run at once, with a real rsync, on one source and a target of their own.
    @Test(
        "lead to the same tree",
        arguments: [
            "default.rsync, rsync = { archive = true }", "default.rsync, exclude = { '*.o', 'tmp' }",
            "default.rsync, delete = false", "default.rsync, filter = { '+ *.c', '- *.o' }", "default.direct",
            "default.direct, delete = false",
        ])
    func sameTree(sync: String) async throws {
        try await Gate.all.pass { try await compareTrees(sync) }
    }

    private func compareTrees(_ sync: String) async throws {
        let place = try TemporaryTree()
        let source = try place.directory("source")
        try source.makeDirectories("d/e")
        for name in ["a.c", "b.o", "d/c.c", "d/e/deep"] as [ByteString] { try source.write(name, name) }
        var targets: [DirectoryTree] = []
        var programs: [ChildProcess] = []
        for (name, binary) in [("theirs", "/usr/bin/lsyncd"), ("ours", LockstepProcess.binary)]
            as [(ByteString, ByteString)]
        {
            let target = try place.directory(name)
            try target.write("stale", "x")
            let text = "sync{ \(sync), source = '\(source.root)', target = '\(target.root)', delay = 1 }"
            try place.tree.write(name + ".conf", ByteString(text))
            let words = name == "ours" ? [binary, "lsyncd"] : [binary]
            let environment = ChildProcess.inherited.merging(["XDG_STATE_HOME": place.path.description]) { $1 }
            programs.append(
                try ChildProcess(
                    words + ["-nodaemon", "-log", "all", place.tree.path(name + ".conf")], environment: environment))
            targets.append(target)
        }
        defer { for program in programs { program.kill() } }
        try await waitUntilEqual(targets, ["a.c", "d/e/deep"], programs)
        try source.write("new.c", "new")
        try source.makeDirectories("f/g")
        try source.write("f/g/x", "x")
        try source.write("a.c", "longer than before")
        try source.rename("d/c.c", to: "moved.c")
        try source.removeAll("d/e")
        try await waitUntilEqual(targets, ["new.c", "f/g/x", "moved.c"], programs)
    }

    private func waitUntilEqual(
        _ targets: [DirectoryTree], _ names: [ByteString], _ programs: [ChildProcess]
    ) async throws {
        var differences: [String] = []
        try await Condition.wait(
            until: "both targets are equal, and hold \(names)", deadline: .seconds(120), interval: .milliseconds(50),
            state: { differences.joined(separator: "\n") + programs.map { $0.outputText + $0.errorText }.joined() },
            holds: {
                for target in targets {
                    for name in names where try target.status(name) == nil { return false }
                }
                differences = try TreeComparison.differences(targets[0], targets[1], checking: .contentsOnly)
                return differences.isEmpty
            })
    }

    private func compare(_ test: Case) async throws {
        let stage = try Stage(test)
        let lsyncd = try stage.startLsyncd()
        defer { lsyncd.kill() }
        func options(_ calls: [String]) -> Set<[String]> { Set(calls.map { Self.options(of: $0) }) }
        let atStart = options(test.start)
        try await Condition.wait(
            until: "\(test.name): lsyncd starts rsync with \(atStart)", deadline: .seconds(120),
            state: { ((try? stage.calls()) ?? []).joined(separator: "\n") + lsyncd.outputText + lsyncd.errorText },
            holds: { atStart.isSubset(of: options(try stage.calls())) })
        guard !test.later.isEmpty else { return }
        let later = options(test.later)
        try await Condition.wait(until: "lsyncd has ended its start", deadline: .seconds(120)) {
            lsyncd.outputText.contains("finished")
        }
        for deed in test.deeds { try stage.perform(deed) }
        try await Condition.wait(
            until: "\(test.name): lsyncd starts rsync with \(later)", deadline: .seconds(120),
            state: { ((try? stage.calls()) ?? []).joined(separator: "\n") + lsyncd.outputText + lsyncd.errorText },
            holds: { later.isSubset(of: options(try stage.calls())) })
    }

    /// Options in an order of their own, the letters of a word too: lsyncd's order changes from run to run. Source and
    /// target stand last, as they do.
    static func options(of call: String) -> [String] {
        let words = (call.split(separator: " < ").first ?? "").split(separator: " ").map(String.init)
        let options = words.dropLast(2).map { word in
            word.hasPrefix("--") || !word.hasPrefix("-") ? word : "-" + String(word.dropFirst().sorted())
        }
        return options.sorted() + words.suffix(2)
    }
}

extension Stage {
    /// lsyncd 2.2 knows rsync and ssh by their places alone, so the stand-ins stand there, for it and nobody else.
    func startLsyncd() throws -> ChildProcess {
        let script = """
            mount --bind '\(tree.path)/rsync/rsync' /usr/bin/rsync && mount --bind '\(tree.path)/ssh/rsync' /usr/bin/ssh &&
            exec /usr/bin/lsyncd -nodaemon conf
            """
        return try ChildProcess(
            ["unshare", "--mount", "sh", "-c", ByteString(script)],
            environment: ChildProcess.inherited.merging(environment) { $1 }, directory: tree.path)
    }
}
