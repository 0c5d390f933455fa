import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("default.direct and default.rsyncssh under random operations", .serialized)
struct WaysConvergenceTests {
    private let place: TemporaryTree
    private let source: DirectoryTree
    private let target: DirectoryTree

    init() throws {
        place = try TemporaryTree(.memory)
        source = try place.directory("source")
        target = try place.directory("target")
    }

    private func start(_ sync: String, environment: [String: String] = [:]) async throws -> LockstepProcess {
        let text = """
            settings{ nodaemon = true, insist = true, stateDir = "\(place.path)/state" }
            sync{ \(sync) }
            """
        try place.tree.write("conf", ByteString(text))
        let process = try LockstepProcess(["lsyncd", place.tree.path("conf")], environment: environment)
        try source.write("first", "")
        try await Condition.wait(
            until: "the first file has arrived", deadline: .seconds(60), state: { process.output + process.errors },
            holds: { try target.status("first") != nil })
        return process
    }

    private func waitUntilEqual(
        _ process: LockstepProcess, within deadline: Duration, _ attributes: TreeComparison.Attributes
    ) async throws {
        var last: [String] = []
        try await Condition.wait(
            until: "the trees are equal", deadline: deadline, interval: .milliseconds(100),
            state: { last.joined(separator: "\n") + "\n" + (process.output + process.errors).suffix(4000) },
            holds: {
                last = try TreeComparison.differences(source, target, checking: attributes)
                return last.isEmpty
            })
    }

    @Test("direct: 10,000 operations at full speed, then the trees are equal to the nanosecond", arguments: 1...6)
    func direct(seed: Int) async throws {
        let process = try await start(
            """
            default.direct, source = "\(source.root)", target = "\(target.root)", delay = 1,
            rsync = { archive = true }
            """)
        var writer = RandomWriter(
            source, habits: seed.isMultiple(of: 2) ? .renaming : .plain, seed: UInt64(seed))
        while writer.performed < 10_000 {
            writer.run(250)
            await Task.yield()
        }
        try await waitUntilEqual(process, within: .seconds(120), .everything.union(.nanoseconds))
        #expect(try await process.stop() == .code(143))
    }

    @Test(
        "rsyncssh over a real sshd: 500 operations a second, a third of them renames, and in step shortly after the end",
        .enabled(if: geteuid() == 0, "sshd needs root here"))
    func rsyncssh() async throws {
        let keys = try await SshKeys.make(in: place.tree)
        let server = try SshServer(in: place.tree, keys: keys, port: try FreePort.find())
        try await server.start()
        try place.tree.write("known_hosts", keys.knownHosts("127.0.0.1", port: server.port))
        let process = try await start(
            """
            default.rsyncssh, source = "\(source.root)", host = "root@127.0.0.1", targetdir = "\(target.root)",
            delay = 1, rsync = { archive = true },
            ssh = {
                identityFile = "\(keys.identity)", port = \(server.port),
                options = {
                    UserKnownHostsFile = "\(place.path)/known_hosts", IdentitiesOnly = "yes",
                    GlobalKnownHostsFile = "/dev/null",
                },
            }
            """)
        var writer = RandomWriter(source, habits: .renaming, seed: 11)
        let (count, time) = Self.amount
        try await writer.run(count, over: time)
        let ended = ContinuousClock.now
        try await waitUntilEqual(process, within: .seconds(60), .everything)
        print("rsyncssh: \(count) operations over \(time), in step \(ContinuousClock.now - ended) after the last one")
        #expect(process.output.contains("Rsyncing list"))
        #expect(try await process.stop() == .code(143))
    }

    /// The whole minute on request; a tenth of it at each run of the tests.
    private static var amount: (Int, Duration) {
        getenv("LOCKSTEP_LONG") == nil ? (3_000, .seconds(6)) : (30_000, .seconds(60))
    }
}
