import Glibc
import MirrorCore
import Synchronization

/// A source in memory, with a target here and one behind an sshd of our own, kept by the stream.
final class StreamStage: Sendable {
    let source: DirectoryTree
    /// Where a writer may do what it wants.
    let work: DirectoryTree
    let targets: [DirectoryTree]
    private let place: TemporaryTree
    private let server: SshServer
    private let binary: ByteString
    private let searchPath: String
    private let running = Mutex<LockstepProcess?>(nil)
    /// What earlier runs of the program said.
    private let earlier = Mutex("")

    init(binary: ByteString?) async throws {
        place = try TemporaryTree(.memory)
        source = try place.directory("source")
        work = try place.directory("source/work")
        targets = [try place.directory("here"), try place.directory("there")]
        self.binary = binary ?? LockstepProcess.binary
        let keys = try await SshKeys.make(in: place.tree)
        server = try SshServer(in: place.tree, keys: keys, port: try FreePort.find())
        try await server.start()
        searchPath = try server.makeClient(in: place.tree)
        let syncs = [targets[0].root, "root@127.0.0.1:" + targets[1].root].map { target in
            """
            sync{
                default.stream, source = "\(source.root)", target = "\(target)", deleteLimit = false,
                agentPath = "\(LockstepProcess.buildDirectory)/lockstep-agent",
            }
            """
        }
        let settings = "settings{ nodaemon = true, insist = true, stateDir = \"\(place.path)/state\" }\n"
        try place.tree.write("conf", ByteString(settings + syncs.joined(separator: "\n")))
    }

    var words: String {
        earlier.withLock { $0 } + (running.withLock { $0 }.map { $0.output + $0.errors } ?? "")
    }

    func start() async throws {
        let process = try LockstepProcess(
            ["lsyncd", place.tree.path("conf")], environment: ["PATH": searchPath], binary: binary)
        try await process.waitUntilWatching()
        running.withLock { $0 = process }
    }

    /// Waits until there is a victim, then for a random time, and kills it. What was to be killed may have gone by
    /// then, with a connection that another kill broke; then the next one is taken.
    func kill(_ victim: KillTrial.Victim, _ random: inout SeededGenerator) async throws {
        let longest = [2, 40, 400].randomElement(using: &random) ?? 40
        let pause = Duration.microseconds(Int.random(in: 0...(longest * 1000), using: &random))
        let chance = Int.random(in: 0..<1000, using: &random)
        try await Condition.wait(
            until: "there is something to kill: \(victim.rawValue)", deadline: .seconds(120),
            interval: .milliseconds(1), state: { String(self.words.suffix(3000)) },
            holds: { !processes(victim).isEmpty })
        try await ContinuousClock().sleep(for: pause)
        let found = processes(victim)
        guard !found.isEmpty else { return try await kill(victim, &random) }
        Glibc.kill(found[chance % found.count], SIGKILL)
        guard victim == .daemon, let process = running.withLock({ $0 }) else { return }
        _ = try await process.waitForExit()
        earlier.withLock { $0 = String(($0 + process.output + process.errors).suffix(20_000)) }
        try await start()
    }

    private func processes(_ victim: KillTrial.Victim) -> [pid_t] {
        guard let daemon = running.withLock({ $0 })?.identifier else { return [] }
        let below = { (process: pid_t, name: ByteString) in
            ProcessTree.descendants(of: process).filter { ProcessTree.name(of: $0) == name }
        }
        return switch victim {
        case .daemon: [daemon]
        case .ssh: below(daemon, "ssh")
        case .agent: below(daemon, "lockstep-agent") + below(server.identifier, "lockstep-agent")
        }
    }

    /// All trees are equal to the nanosecond, and with that no temporary file is left.
    func waitUntilEqual() async throws {
        var last: [String] = []
        try await Condition.wait(
            until: "the trees are equal, and nothing else is there", deadline: .seconds(180),
            interval: .milliseconds(20), state: { last.joined(separator: "\n") + "\n" + self.words.suffix(4000) },
            holds: {
                last = try targets.flatMap {
                    try TreeComparison.differences(source, $0, checking: [.everything, .nanoseconds])
                }
                return last.isEmpty
            })
    }

    func stop(_ report: inout KillTrial.Report) async {
        let exit = try? await running.withLock { $0 }?.stop(within: .seconds(60))
        if report.failures.isEmpty, exit != .code(143) {
            report.failures.append("the daemon ended with \(exit.map { "\($0)" } ?? "nothing") at SIGTERM")
        }
        // What rsync did instead would say nothing about the stream.
        if words.contains("lockstep-agent can't run") { report.failures.append("rsync did the transfers") }
        server.stop()
    }
}

/// That something is over.
final class EndMark: Sendable {
    private let mark = Atomic(false)
    var isSet: Bool { mark.load(ordering: .relaxed) }
    func set() { mark.store(true, ordering: .relaxed) }
}
