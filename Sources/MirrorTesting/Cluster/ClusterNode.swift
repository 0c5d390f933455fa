package import MirrorCore

/// One machine of the cluster: its own address, host name, processes, /var, /tmp, /run, /root and sshd.
package final class ClusterNode: Sendable {
    package let name: String
    package let address: String
    package let namespace: Namespace
    package let sshd: SshServer
    /// /var/www/mariusv as seen from outside.
    package let tree: DirectoryTree
    /// A directory that the machine and the outside both see.
    package let shared: DirectoryTree
    /// The built lockstep, where the machine finds it.
    package var program: ByteString { shared.path("program/lockstep") }
    private let port: ByteString
    private let fabric: Namespace

    init(
        machine: ClusterLayout.Machine, number: Int, stage: DirectoryTree, keys: SshKeys, fabric: Namespace
    ) async throws {
        name = machine.name
        address = machine.address
        self.fabric = fabric
        port = ByteString("port\(number)")
        try stage.makeDirectory(ByteString(machine.name))
        shared = DirectoryTree(stage.path(ByteString(machine.name)))
        try shared.makeDirectory("home")
        try shared.makeDirectory("program")
        let size = machine.treeSize.map { "\($0)k" } ?? "100%"
        namespace = try await Namespace(
            script: NodeScript.text,
            words: [shared.root, LockstepProcess.buildDirectory, ByteString(machine.name), ByteString(size)])
        tree = namespace.tree("/var/www/mariusv")
        sshd = try SshServer(
            in: shared, keys: keys, address: machine.address, port: 22, authorizedKeys: ".ssh/authorized_keys",
            prefix: namespace.prefix)
        try await connect()
        try namespace.tree("/root/.ssh").write("authorized_keys", keys.publicIdentity, mode: 0o600)
        try await sshd.start()
    }

    /// A cable from the machine to the switch: only its own network, no way out.
    private func connect() async throws {
        let process = ByteString("\(namespace.identifier)")
        try await fabric.configure([
            "ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", process,
        ])
        try await fabric.configure(["ip", "link", "set", port, "master", "switch", "up"])
        try await namespace.configure(["ip", "address", "add", ByteString("\(address)/24"), "dev", "eth0"])
        try await namespace.configure(["ip", "link", "set", "eth0", "up"])
    }

    /// Pulls the cable: packets vanish without an answer.
    package func cutLink() async throws { try await fabric.configure(["ip", "link", "set", port, "down"]) }

    /// Puts it back.
    package func restoreLink() async throws { try await fabric.configure(["ip", "link", "set", port, "up"]) }

    /// The machine may now log in wherever `keys` are accepted, and knows the hosts.
    func becomeMaster(keys: SshKeys, addresses: [String]) throws {
        let home = namespace.tree("/root/.ssh")
        let identity = try DirectoryTree("/").read(keys.identity)
        try home.write("id_ed25519", identity, mode: 0o600)
        let known = addresses.map { keys.knownHosts($0) }.joined(separator: "")
        try home.write("known_hosts", known, mode: 0o600)
    }

    /// Another size for the file system that holds the tree, in KiB.
    package func resizeTree(to size: Int) async throws {
        try await namespace.run(["mount", "-o", ByteString("remount,size=\(size)k"), "/var/www"])
    }

    /// lockstep inside the machine, started as the person who has logged in would start it.
    package func startLockstep(_ arguments: [ByteString]) throws -> LockstepProcess {
        try LockstepProcess(
            arguments, environment: Namespace.environment, binary: program, prefix: namespace.prefix)
    }

    package func stop() {
        sshd.stop()
        namespace.stop()
    }
}
