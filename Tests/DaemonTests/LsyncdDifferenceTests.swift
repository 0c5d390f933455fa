import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// The same churn through Debian's lsyncd and through lockstep, with the same configuration to the byte.
///
/// What the target must be says rsync: a comparison with the sync's words and excludes, which transfers nothing, must
/// find nothing to do. lockstep has no excuse. What lsyncd misses is reported as a known issue, and fails nothing: it
/// loses names with brackets and second writes in one second for instance.
@Suite("The same churn through lsyncd and through lockstep", .serialized)
struct LsyncdDifferenceTests {
    private static let lsyncd: ByteString = "/usr/bin/lsyncd"
    private static let isInstalled = access("/usr/bin/lsyncd", X_OK) == 0

    struct Case: Sendable, CustomTestStringConvertible {
        var seed: UInt64
        var delay: Int
        var delete: String
        var excludes: [ByteString] = []
        var filters: [ByteString] = []

        var testDescription: String { "seed \(seed), delay \(delay), delete \(delete), \(excludes.count) excludes" }
        var deletes: Bool { delete != "false" }
    }

    /// Patterns that mean the same to lsyncd, once it runs, and to rsync.
    private static let excludes: [ByteString] = ["*7", "f?3", "/f1*", "f*2/f*4"]

    @Test(
        "the targets are what rsync would make of the source", .enabled(if: isInstalled, "lsyncd is not installed"),
        arguments: [
            Case(seed: 1, delay: 0, delete: "true"), Case(seed: 2, delay: 1, delete: "true", excludes: excludes),
            Case(seed: 3, delay: 1, delete: "false"), Case(seed: 4, delay: 0, delete: "'running'", excludes: excludes),
            Case(seed: 5, delay: 0, delete: "false", excludes: excludes), Case(seed: 6, delay: 1, delete: "'running'"),
        ])
    func sameChurn(of one: Case) async throws {
        let trial = try Trial()
        let list = one.excludes.map { "'\($0)'" }.joined(separator: ", ")
        let text = """
            settings{ nodaemon = true, inotifyMode = "CloseWrite or Modify" }
            sync{
                default.rsync, source = "\(trial.source.root)", target = "\(trial.target.root)", delay = \(one.delay),
                delete = \(one.delete), exclude = { \(list) },
            }

            """
        try trial.write(text)
        let ours = try await run(LockstepProcess.binary, ["lsyncd"], one, trial)
        #expect(ours == [])
        try trial.tree.tree.rename("target", to: "target of lockstep")
        try trial.tree.tree.removeAll("source")
        for name in ["source", "target"] as [ByteString] { try trial.tree.tree.makeDirectory(name) }
        let theirs = try await run(Self.lsyncd, [], one, trial)
        guard theirs.allSatisfy(Self.isNeverSent) else {
            return withKnownIssue("lsyncd loses changes", isIntermittent: true) { Issue.record("lsyncd: \(theirs)") }
        }
        let first = DirectoryTree(trial.tree.tree.path("target of lockstep"))
        let differences = try TreeComparison.differences(first, trial.target, checking: .contentsOnly, limit: 1000)
        // What delete = false leaves behind depends on the moments at which each looked.
        if one.deletes { #expect(differences.filter { !Self.isNeverSent($0) } == []) }
    }

    /// What only rsync understands, lsyncd once it runs does not: no one to compare with but rsync.
    @Test(
        "under rules in rsync's own language the target is what rsync would make of the source",
        arguments: [
            Case(seed: 11, delay: 0, delete: "true", excludes: ["f[0-4]?", "[[:punct:]]*", "f*2/", "\\**"]),
            Case(
                seed: 12, delay: 1, delete: "true", excludes: ["*[!0-9]?"],
                filters: ["+ *[05]/", "- f*5", "+ /f1**", "- **/f*1/f?*"]),
            Case(
                seed: 13, delay: 0, delete: "'running'",
                filters: ["+ f*[02468]/", "- f*[02468]", "+ *[13579]", "- *7/*", "- *[[:space:]]*"]),
        ])
    func rulesOfRsync(_ one: Case) async throws {
        let trial = try Trial()
        let quoted = { (list: [ByteString]) in list.map { "[=[\($0)]=]" }.joined(separator: ", ") }
        try trial.write(
            """
            settings{ nodaemon = true }
            sync{
                default.rsync, source = "\(trial.source.root)", target = "\(trial.target.root)", delay = \(one.delay),
                delete = \(one.delete), exclude = { \(quoted(one.excludes)) }, filter = { \(quoted(one.filters)) },
            }

            """)
        #expect(try await run(LockstepProcess.binary, ["lsyncd"], one, trial) == [])
    }

    /// lsyncd escapes these so that rsync does not find them.
    private static func isNeverSent(_ line: String) -> Bool {
        // rsync writes control bytes as \#ooo.
        let plain = line.split(separator: "\\#").joined()
        return plain.contains("]") || plain.contains("\\")
    }

    /// Empty where the target has become what it should be, else what rsync would still do.
    private func run(
        _ program: ByteString, _ words: [ByteString], _ one: Case, _ trial: Trial
    ) async throws -> [String] {
        let conf = trial.tree.tree.path("conf")
        let daemon = try LockstepProcess(
            words + [conf], environment: trial.environment, directory: trial.tree.path, binary: program)
        var writer = RandomWriter(trial.source, seed: one.seed)
        for round in 0..<6 {
            // The mark behind each round, which no rule here means, tells that the daemon keeps up.
            let mark = ByteString("mark\(10 + round)")
            try trial.source.write(mark, "")
            try await Condition.wait(
                until: "mark \(round) has arrived", deadline: .seconds(120),
                state: { String((daemon.output + daemon.errors).suffix(2000)) },
                holds: { try trial.target.status(mark) != nil })
            writer.run(60)
        }
        var left = try await owed(one, trial)
        let deadline = ContinuousClock.now + .seconds(program == Self.lsyncd ? 10 : 120)
        let isOurs = program != Self.lsyncd
        while !left.allSatisfy({ !isOurs && Self.isNeverSent($0) }), ContinuousClock.now < deadline {
            left = try await owed(one, trial)
        }
        _ = try await daemon.stop(within: .seconds(60))
        return left
    }

    /// What a comparison would transfer or delete, by content.
    private func owed(_ one: Case, _ trial: Trial) async throws -> [String] {
        let deletes: [ByteString] = one.deletes ? ["--delete"] : []
        let told = try await ChildProcess.run(
            ["rsync", "-rlcn", "--force", "--out-format=%o %n"] + deletes + one.filters.map { "--filter=" + $0 }
                + one.excludes.map { "--exclude=" + $0 } + [
                    trial.source.root + "/", trial.target.root + "/",
                ])
        return told.split(separator: "\n").map(String.init)
    }
}
