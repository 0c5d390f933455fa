import MirrorCore
import MirrorTesting
import Testing

/// The article's cluster with the article's configuration, byte for byte, on its master.
struct Article {
    let cluster: Cluster
    let configuration: ByteString

    init(_ layout: ClusterLayout = .article) async throws {
        cluster = try await Cluster(layout)
        let text = try Examples.lsyncd()
        try cluster.master.shared.write("lsyncd.conf", text)
        configuration = cluster.master.shared.path("lsyncd.conf")
    }

    func workday(seed: UInt64, seenAt nodes: [ClusterNode]? = nil) throws -> Workday {
        let places = (nodes ?? cluster.others).map { ($0.name, $0.tree) }
        var workday = Workday(in: cluster.master.tree, seenAt: places, seed: seed)
        try workday.editor.prepare()
        return workday
    }

    func start() throws -> LockstepProcess {
        try cluster.master.startLockstep(["lsyncd", "-nodaemon", configuration])
    }

    var log: String { (try? cluster.master.namespace.tree("/var/log").read("lsyncd.log").description) ?? "" }
    var status: String { (try? cluster.master.namespace.tree("/tmp").read("lsyncd.status").description) ?? "" }

    /// Returns when the trees of these nodes equal the master's in everything.
    func waitUntilEqual(_ nodes: [ClusterNode]? = nil, within deadline: Duration = .seconds(60)) async throws {
        for node in nodes ?? cluster.others {
            var last: [String] = []
            try await Condition.wait(
                until: "\(node.name) equals the master", deadline: deadline, interval: .milliseconds(50),
                state: { last.joined(separator: "\n") + "\nlog:\n" + log.suffix(3000) },
                holds: {
                    last = try TreeComparison.differences(cluster.master.tree, node.tree)
                    return last.isEmpty
                })
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// For root with CAP_SYS_ADMIN a cluster that can't be made fails the test; others are told why it is skipped.
    static var needsCluster: Self {
        .enabled(if: Cluster.isPrivileged, "a cluster in namespaces needs root with CAP_SYS_ADMIN")
    }
}
