import Glibc
import MirrorCore
import MirrorTesting
import Testing

/// What lsyncd's own test programs look at, in configurations of the same kind: churn, data, excludes, filters, a
/// schedule, crontab. Their look at small functions is OfferedNamesTests. `BEHAVIOUR_ROUNDS` says how often each is run
/// with fresh seeds, from `BEHAVIOUR_FIRST`; `make soak` runs many.
@Suite("what lsyncd's own tests look at", .serialized) struct BehaviourTests {
    private static func number(_ name: String, _ usual: Int) -> Int {
        getenv(name).flatMap { Int(String(cString: $0)) } ?? usual
    }

    static let rounds = number("BEHAVIOUR_ROUNDS", 2)
    static let seeds = (0..<rounds).map { number("BEHAVIOUR_FIRST", 1) + $0 }

    enum Way: String, CaseIterable, Sendable {
        case rsync, rsyncssh, direct, stream
        /// To another host.
        case streamThere

        /// They need an sshd of ours.
        var isThere: Bool { self == .rsyncssh || self == .streamThere }
    }

    /// Where no sshd can be had, the others are tried.
    static let ways = Way.allCases.filter { geteuid() == 0 || !$0.isThere }
    /// With filters, which default.direct leaves to rsync.
    static let filteringWays = ways.filter { $0 != .direct }

    private let place: TemporaryTree
    private let source: DirectoryTree
    private let target: DirectoryTree

    init() throws {
        place = try TemporaryTree(.memory)
        source = try place.directory("source")
        target = try place.directory("target")
    }

    // MARK: Starting

    /// What a sync of this way begins with, and what it needs.
    private struct Base {
        var text: String
        var server: SshServer?
        var searchPath: String?
    }

    private func base(_ way: Way) async throws -> Base {
        let plain = "source = \"\(source.root)\", target = \"\(target.root)\""
        // Half of a small tree is no matter of a person's.
        let stream = "deleteLimit = false, agentPath = \"\(LockstepProcess.buildDirectory)/lockstep-agent\""
        guard way.isThere else {
            return Base(text: "default.\(way.rawValue), \(plain)" + (way == .stream ? ", \(stream)" : ""))
        }
        let keys = try await SshKeys.make(in: place.tree)
        let server = try SshServer(in: place.tree, keys: keys, port: try FreePort.find())
        try await server.start()
        let searchPath = try server.makeClient(in: place.tree)
        guard way == .rsyncssh else {
            let target = "source = \"\(source.root)\", target = \"root@127.0.0.1:\(target.root)\""
            return Base(text: "default.stream, \(target), \(stream)", server: server, searchPath: searchPath)
        }
        let text = """
            default.rsyncssh, source = "\(source.root)", host = "root@127.0.0.1", targetdir = "\(target.root)",
            ssh = {
                identityFile = "\(keys.identity)", port = \(server.port),
                options = {
                    UserKnownHostsFile = "\(place.path)/known_hosts", IdentitiesOnly = "yes",
                    GlobalKnownHostsFile = "/dev/null",
                },
            }
            """
        return Base(text: text, server: server)
    }

    private func start(_ text: String, _ base: Base? = nil) throws -> LockstepProcess {
        let settings = "settings{ nodaemon = true, insist = true, stateDir = \"\(place.path)/state\" }\n"
        try place.tree.write("conf", ByteString(settings + text))
        let environment = base?.searchPath.map { ["PATH": $0] } ?? [:]
        return try LockstepProcess(["lsyncd", place.tree.path("conf")], environment: environment)
    }

    private func waitUntilEqual(_ process: LockstepProcess) async throws {
        var last: [String] = []
        try await Condition.wait(
            until: "the trees are equal", deadline: .seconds(120), interval: .milliseconds(50),
            state: { last.joined(separator: "\n") + "\n" + (process.output + process.errors).suffix(4000) },
            holds: {
                last = try TreeComparison.differences(source, target, checking: .contentsOnly)
                return last.isEmpty
            })
    }

    // MARK: Churn and data

    @Test("churn before the start and beside it: the trees are equal afterwards", arguments: ways, seeds)
    func churn(way: Way, seed: Int) async throws {
        let base = try await base(way)
        defer { withExtendedLifetime(base.server) {} }
        let habits: WriterHabits = seed.isMultiple(of: 2) ? .renaming : .plain
        var writer = RandomWriter(source, habits: habits, seed: UInt64(seed))
        writer.run(100)
        let process = try start("sync{ \(base.text), delay = 1 }", base)
        try await process.waitUntilWatching()
        while writer.performed < 600 {
            writer.run(20)
            await Task.yield()
        }
        try await waitUntilEqual(process)
        #expect(try await process.stop() == .code(143))
    }

    @Test("directories that are copied into the source arrive whole", arguments: ways)
    func data(way: Way) async throws {
        let base = try await base(way)
        defer { withExtendedLifetime(base.server) {} }
        try source.makeDirectories("d/e")
        try source.write("d/e/f1", "test")
        let process = try start("sync{ \(base.text), delay = 1 }", base)
        try await process.waitUntilWatching()
        for number in 1...5 {
            try await ChildProcess.run(["cp", "-r", source.path("d"), source.path(ByteString("d\(number)"))])
        }
        try await waitUntilEqual(process)
        #expect(try target.names().count == 6)
        #expect(try await process.stop() == .code(143))
    }

    // MARK: Excludes and filters

    struct Rules: Sendable, CustomTestStringConvertible {
        let text: String
        let kept: Set<ByteString>
        let left: Set<ByteString>
        var testDescription: String { text }
    }

    static let rules = [
        Rules(
            text: "exclude = { 'any', '/root', 'dir/', '/top/' }",
            kept: ["dir", "top", "d/root", "d/dir", "d/top", "d/other"], left: ["any", "root", "d/any"]),
        Rules(
            text: "filter = { '- /no**', '+ /n**', '- /**' }",
            kept: ["nice", "near/x"], left: ["none", "other", "node/x"]),
    ]

    @Test("are heeded at the start, while it runs, and when all goes and comes again", arguments: filteringWays, rules)
    func patterns(way: Way, rules: Rules) async throws {
        let base = try await base(way)
        defer { withExtendedLifetime(base.server) {} }
        try write(rules)
        let process = try start("sync{ \(base.text), delay = 1, \(rules.text) }", base)
        try await wait(for: rules, process)
        for name in try source.names() { try source.removeAll(name) }
        try await Condition.wait(
            until: "the target is empty", deadline: .seconds(60), state: { process.output + process.errors },
            holds: { try target.names().isEmpty })
        try write(rules)
        try await wait(for: rules, process)
        #expect(try await process.stop() == .code(143))
    }

    private func write(_ rules: Rules) throws {
        for name in rules.left.union(rules.kept).sorted() {
            if let slash = name.bytes.firstIndex(of: UInt8(ascii: "/")) {
                try source.makeDirectories(ByteString(Array(name.bytes[..<slash])))
            }
            try source.write(name, name)
        }
    }

    private func wait(for rules: Rules, _ process: LockstepProcess) async throws {
        try await Condition.wait(
            until: "\(rules.kept.sorted()) are there", deadline: .seconds(60),
            state: { process.output + process.errors },
            holds: { try rules.kept.allSatisfy { try target.status($0)?.size == $0.bytes.count } })
        for name in rules.left { #expect(try target.status(name) == nil, "\(name)") }
    }

    // MARK: Turns

    @Test("with one process for all, syncs that always want one get it in turn")
    func schedule() async throws {
        let circuit = { (name: String) in
            let turn = "\"echo x >>'\(place.path)/\(name)' && touch ^source/\(name)\""
            return "{ delay = 0, onStartup = \(turn), onCreate = \(turn), onModify = \(turn), onAttrib = \(turn) }"
        }
        let syncs = ["a", "b", "c"].map { "sync{ \(circuit($0)), source = \"\(source.root)\" }" }
        let process = try start("settings{ maxProcesses = 1 }\n" + syncs.joined(separator: "\n"))
        try await Condition.wait(
            until: "each has had ten turns", deadline: .seconds(60), state: { process.output + process.errors },
            holds: {
                try ["a", "b", "c"].allSatisfy { name in
                    try place.tree.status(ByteString(name)).map { $0.size >= 20 } ?? false
                }
            })
        #expect(try await process.stop() == .code(143))
    }

    @Test("crontab brings what the person's own action leaves, by the filter")
    func cron() async throws {
        let process = try start(
            """
            sync{ default.rsync, source = "\(source.root)", target = "\(target.root)", delay = 1, delete = true,
                crontab = { "* * * * * *" }, filter = { "- /xb**", "+ /x**", "- /**" },
                rsync = { verbose = true, inplace = true, perms = true, _extra = { "-vv" } },
                action = function(inlet)
                    local event = inlet.getEvent()
                    if event.etype ~= "Full" then return inlet.discardEvent(event) end
                    return default.rsync.action(inlet)
                end }
            """)
        try await process.waitUntilWatching()
        for directory in ["xbx", "xcx"] as [ByteString] { try source.makeDirectory(directory) }
        let kept: Set<ByteString> = ["xcc", "xcx/x", "xd"]
        for name in kept.union(["xbc", "ya", "xbx/a"]).sorted() { try source.write(name, name) }
        try source.changeMode("xd", 0o700)
        try await Condition.wait(
            until: "they are there", deadline: .seconds(60), state: { process.output + process.errors },
            holds: {
                try kept.allSatisfy { try target.status($0)?.size == $0.bytes.count }
                    && target.status("xd").map { $0.mode & 0o777 } == 0o700
            })
        for name in ["xbc", "ya", "xbx"] as [ByteString] { #expect(try target.status(name) == nil, "\(name)") }
        try source.remove("xcc")
        try await Condition.wait(until: "what is gone goes", deadline: .seconds(60)) { try target.status("xcc") == nil }
        #expect(try await process.stop() == .code(143))
    }
}
