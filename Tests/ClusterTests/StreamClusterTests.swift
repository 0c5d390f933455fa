import MirrorCore
import MirrorTesting
import Testing

extension ClusterTests {
    @Suite("the stream between machines", .serialized)
    struct StreamClusterTests {
        private let source = "/var/www/mariusv"

        /// A master and two others, kept by the stream.
        private func start(_ cluster: Cluster) throws -> LockstepProcess {
            let master = cluster.master
            let syncs = cluster.others.map { node in
                """
                sync{ default.stream, name = "\(node.name)", source = "\(source)", target = "\(node.address):\(source)",
                    agentPath = "\(node.shared.path("program/lockstep-agent"))" }
                """
            }
            let settings = "settings{ nodaemon = true, logfile = '/var/log/lsyncd.log', peerTimeout = 10 }\n"
            try master.shared.write("stream.conf", ByteString(settings + syncs.joined(separator: "\n")))
            return try master.startLockstep(["run", master.shared.path("stream.conf")])
        }

        private func log(_ cluster: Cluster) -> String {
            (try? cluster.master.namespace.tree("/var/log").read("lsyncd.log").description) ?? ""
        }

        private func waitUntilEqual(_ cluster: Cluster, _ node: ClusterNode) async throws {
            var last: [String] = []
            try await Condition.wait(
                until: "\(node.name) equals the master", deadline: .seconds(120), interval: .milliseconds(50),
                state: { last.joined(separator: "\n") + "\nlog:\n" + log(cluster).suffix(3000) },
                holds: {
                    last = try TreeComparison.differences(cluster.master.tree, node.tree)
                    return last.isEmpty
                })
        }

        @Test(
            "a cable that is pulled is noticed and told, holds up no other target, and what is owed follows",
            .needsCluster)
        func cable() async throws {
            let cluster = try await Cluster(ClusterLayout(machines: Array(ClusterLayout.article.machines.prefix(3))))
            defer { cluster.stop() }
            let (away, other) = (cluster.others[0], cluster.others[1])
            try cluster.master.tree.write("first", "1")
            let lockstep = try start(cluster)
            for node in cluster.others { try await waitUntilEqual(cluster, node) }
            try await away.cutLink()
            try cluster.master.tree.write("second", "2")
            try await waitUntilEqual(cluster, other)
            try await Condition.wait(
                until: "the log tells that the target is away", deadline: .seconds(120), state: { log(cluster) },
                holds: {
                    log(cluster).split(separator: "\n").contains {
                        $0.contains(away.address) && !$0.contains("Normal:")
                    }
                })
            try cluster.master.tree.write("third", "3")
            try await waitUntilEqual(cluster, other)
            #expect(try away.tree.status("second") == nil)
            try await away.restoreLink()
            try await waitUntilEqual(cluster, away)
            #expect(!log(cluster).contains("can't run"), "\(log(cluster))")
            #expect(try await lockstep.stop() == .code(143))
        }
    }
}
