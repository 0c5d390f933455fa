import Glibc
import MirrorCore

/// The article's cluster on one machine: every host a set of namespaces with its own address, joined by a bridge that
/// lives in a namespace of its own. No route leads out, and nothing of it is to be seen in the host's network.
package final class Cluster: Sendable {
    package let nodes: [ClusterNode]
    package let balancer: ClusterNode?
    package let keys: SshKeys
    private let fabric: Namespace
    private let stage: TemporaryTree

    package var master: ClusterNode { nodes[0] }
    /// All but the master.
    package var others: [ClusterNode] { Array(nodes.dropFirst()) }

    /// Builds it and starts the sshd of each machine.
    package init(_ layout: ClusterLayout = .article) async throws {
        stage = try TemporaryTree()
        keys = try await SshKeys.make(in: stage.directory("keys"))
        fabric = try await Namespace(
            script: """
                hostname switch
                ip link add switch type bridge
                ip link set switch up
                """)
        var made: [ClusterNode] = []
        for (number, machine) in (layout.machines + [layout.balancer].compactMap { $0 }).enumerated() {
            made.append(
                try await ClusterNode(machine: machine, number: number, stage: stage.tree, keys: keys, fabric: fabric))
        }
        balancer = layout.balancer == nil ? nil : made.removeLast()
        nodes = made
        try master.becomeMaster(keys: keys, addresses: made.map(\.address))
    }

    package func stop() {
        for node in nodes { node.stop() }
        balancer?.stop()
        fabric.stop()
    }

    deinit { stop() }

    /// nil where a cluster can be made; else the reason why not, as a sentence.
    package static func obstacle() async -> String? {
        guard isPrivileged else {
            return "a cluster in namespaces needs root with CAP_SYS_ADMIN, which this process has not"
        }
        do {
            let trial = try await Namespace(script: "ip link add switch type bridge; mount -t tmpfs none /mnt")
            trial.stop()
            return nil
        } catch {
            return "namespaces can't be made here: \(error)"
        }
    }

    /// Root with CAP_SYS_ADMIN: for such a process a cluster that can't be made is an error and no reason to skip.
    package static var isPrivileged: Bool {
        guard geteuid() == 0, let status = try? DirectoryTree("/proc/self").read("status").description else {
            return false
        }
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") } ?? ""
        let bits = UInt64(line.split(separator: "\t").last ?? "", radix: 16) ?? 0
        // CAP_SYS_ADMIN is bit 21 (capabilities(7)).
        return bits & (1 << 21) != 0
    }
}
