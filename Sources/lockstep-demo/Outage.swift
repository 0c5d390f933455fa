import MirrorCore
import MirrorTesting

/// A web server that gets nothing any more: the balancer leaves it out while it is behind, and takes it back.
struct Outage {
    private let node: ClusterNode
    private let cluster: Cluster
    private let servers: WebServers

    init(of node: ClusterNode, in cluster: Cluster, _ servers: WebServers) {
        self.node = node
        self.cluster = cluster
        self.servers = servers
    }

    func lines() async throws -> [String] {
        let clock = ContinuousClock()
        node.sshd.stop()
        try cluster.master.tree.write("news.html", ByteString("news that \(node.name) does not get"))
        var began = clock.now
        let without = try await answers(from: false)
        let out = Screen.seconds(clock.now - began)
        try await node.sshd.start()
        began = clock.now
        let with = try await answers(from: true)
        return [
            "", "sshd of \(node.name) was stopped, then a page written: \(out) later it was left out, and visitors got",
            "                \(without)",
            "sshd was started again: \(Screen.seconds(clock.now - began)) later it had caught up and visitors got",
            "                \(with)",
        ]
    }

    /// Who answers, once the node is among them or not any more.
    private func answers(from isThere: Bool) async throws -> String {
        var names: [String] = []
        try await Condition.wait(
            until: "\(node.name) is \(isThere ? "asked again" : "left out")", deadline: .seconds(90),
            holds: {
                names = try await servers.answers("/", from: cluster, count: 8)
                return names.contains(node.name) == isThere
            })
        return Set(names).sorted().joined(separator: ", ")
    }
}
