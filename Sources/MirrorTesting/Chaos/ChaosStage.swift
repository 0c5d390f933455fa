import Glibc
import MirrorCore
import Synchronization

/// The machines of one round, with their file systems, and the daemon on the first of them.
final class ChaosStage: Sendable {
    struct Target: Sendable {
        var name: String
        var tree: DirectoryTree
        /// On the same file system, for the file that fills it.
        var beside: DirectoryTree
        /// nil for the local one.
        var node: ClusterNode?
        var plan: ChaosPlan.Target
        /// As the configuration names it.
        var place: String
    }

    let plan: ChaosPlan
    let cluster: Cluster
    let source: DirectoryTree
    let yard: DirectoryTree
    let targets: [Target]
    private let binary: ByteString?
    private let running = Mutex<LockstepProcess?>(nil)
    private let starts = Mutex(0)

    private static let sourcePath: ByteString = "/var/www/mariusv"

    init(_ plan: ChaosPlan, binary: ByteString? = nil) async throws {
        self.plan = plan
        self.binary = binary
        let machines = ["master"] + plan.remotes.indices.map { "www-0\($0 + 1)" }
        cluster = try await Cluster(
            ClusterLayout(
                machines: machines.enumerated().map { .init(name: $0.element, address: "10.0.1.\(10 + $0.offset)") }))
        let master = cluster.master
        try await plan.source.mount(at: "/var/www", on: master)
        source = master.tree
        yard = master.namespace.tree("/var/www/yard")
        try await master.namespace.run(["mkdir", "-p", "/var/www/mariusv", "/var/www/yard"])
        var targets: [Target] = []
        for (node, target) in zip(cluster.others, plan.remotes) {
            try await target.system.mount(at: "/var/www", on: node)
            try await node.namespace.run(["mkdir", "-p", "/var/www/mariusv"])
            let beside = node.namespace.tree("/var/www")
            let place = "\(node.address):\(Self.sourcePath)"
            targets.append(
                Target(name: node.name, tree: node.tree, beside: beside, node: node, plan: target, place: place))
        }
        if let local = plan.local {
            try await master.namespace.run(["mkdir", "-p", "/var/copy"])
            try await local.system.mount(at: "/var/copy", on: master)
            try await master.namespace.run(["mkdir", "-p", "/var/copy/mariusv"])
            let (tree, beside) = (master.namespace.tree("/var/copy/mariusv"), master.namespace.tree("/var/copy"))
            targets.append(
                Target(
                    name: "local", tree: tree, beside: beside, node: nil, plan: local, place: "/var/copy/mariusv"))
        }
        self.targets = targets
        try master.shared.write("lockstep.conf", configuration)
    }

    func stop() {
        running.withLock { process in
            process?.signal(SIGKILL)
            process = nil
        }
        cluster.stop()
    }

    private func agent(at target: Target) -> ByteString {
        (target.node ?? cluster.master).shared.path("program/lockstep-agent")
    }

    private var configuration: ByteString {
        let syncs = targets.map { target in
            let options = target.plan.options.map { "\($0) = true" }.joined(separator: ", ")
            // The writer may lose half of its tree, and nobody is there to say that this is right.
            let stream = "deleteLimit = false, agentPath = \"\(agent(at: target))\","
            return """
                sync{
                    default.\(target.plan.way.rawValue), source = "\(Self.sourcePath)", target = "\(target.place)",
                    delay = \(plan.delay), rsync = { \(options) }, \(target.plan.way == .stream ? stream : "")
                }
                """
        }
        return ByteString(
            """
            settings{
                nodaemon = true, insist = true, stateDir = "/var/lib/lockstep",
                eventSource = "\(plan.queueLength == nil ? "auto" : "inotify")",
                logfile = "/var/log/lockstep.log", statusFile = "/tmp/lockstep.status", statusInterval = 1,
                -- rsync hangs where a file that it is about to read has become a fifo.
                progressTimeout = 20,
            }
            \(syncs.joined(separator: "\n"))

            """)
    }
}

// The daemon.
extension ChaosStage {
    var daemon: LockstepProcess? { running.withLock { $0 } }
    var log: String { (try? cluster.master.namespace.tree("/var/log").read("lockstep.log").description) ?? "" }
    var status: String { (try? cluster.master.namespace.tree("/tmp").read("lockstep.status").description) ?? "" }

    func startDaemon() async throws {
        let started = try await start()
        // What is sent to a program that has hardly begun ends it, and says nothing about it.
        try await started.waitUntilWatching()
        running.withLock { $0 = started }
        starts.withLock { $0 += 1 }
    }

    private func start() async throws -> LockstepProcess {
        guard let length = plan.queueLength else { return try launch() }
        return try await QueueLength.set(length) { try launch() }
    }

    private func launch() throws -> LockstepProcess {
        let master = cluster.master
        var prefix = master.namespace.prefix
        if !plan.mayReadEverything {
            // For this program mode 000 means what it says, although it is root.
            let without: ByteString = "-dac_override,-dac_read_search"
            prefix += ["setpriv", "--bounding-set=" + without, "--inh-caps=" + without, "--"]
        }
        return try LockstepProcess(
            ["lsyncd", "-nodaemon", master.shared.path("lockstep.conf")], environment: Namespace.environment,
            binary: binary ?? master.program, prefix: prefix)
    }

    /// Every target is in step, as the program itself says.
    var saysInStep: Bool {
        let lines = status.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(of: "Targets:") else { return false }
        let states = lines[(start + 1)...].prefix { $0.hasPrefix("  ") }
        return states.count == targets.count && states.allSatisfy { $0.contains(": in step") }
    }

    /// What the trees differ in.
    func differences(stale: Set<ByteString> = [], limit: Int = 20) throws -> [String] {
        try targets.flatMap { target in
            try TreeComparison.differences(
                source, target.tree, checking: target.plan.attributes, stale: stale, limit: limit
            ).map { "\(target.name): \($0)" }
        }
    }
}
