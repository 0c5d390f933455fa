import Foundation
import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer

/// A transfer bench whose `ssh` reaches a server of our own, and nothing else, under the name `web`.
final class SshBench: Sendable {
    let bench: TransferBench
    let server: SshServer
    private let place: TemporaryTree

    init(serverExtra: String = "", clientExtra: String = "", knowsHost: Bool = true) async throws {
        place = try TemporaryTree()
        let keys = try await SshKeys.make(in: place.tree)
        let port = try FreePort.find()
        server = try SshServer(in: place.tree, keys: keys, port: port, extra: serverExtra)
        try place.tree.write("known_hosts", knowsHost ? keys.knownHosts("127.0.0.1", port: port) : "")
        try place.tree.write(
            "ssh_config",
            ByteString(
                """
                Host web
                  HostName 127.0.0.1
                  Port \(port)
                  User root
                  IdentityFile \(keys.identity)
                  IdentitiesOnly yes
                  UserKnownHostsFile \(place.path)/known_hosts
                  GlobalKnownHostsFile /dev/null
                \(clientExtra)
                """))
        try place.tree.makeDirectory("bin")
        try place.tree.write(
            "bin/ssh", ByteString("#!/bin/sh\nexec /usr/bin/ssh -F '\(place.path)/ssh_config' \"$@\"\n"), mode: 0o755)
        var environment = ProgramEnvironment.inherited
        environment["PATH"] = place.tree.path("bin") + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
        environment["RSYNC_RSH"] = nil
        environment["XDG_RUNTIME_DIR"] = nil
        bench = try TransferBench(environment: environment)
    }

    var host: SshHost { bench.connections.host("web") }
    var target: ByteString { "web:" + bench.target.root + "/" }

    func writeKnownHosts(_ text: ByteString) throws { try place.tree.write("known_hosts", text) }
    func writeAuthorizedKeys(_ text: ByteString) throws { try place.tree.write("authorized_keys", text) }

    /// What `ssh` would have been called with, by the person.
    var shell: ByteString { place.tree.path("bin/ssh") }

    /// How often somebody has logged in.
    var logins: Int { server.log.components(separatedBy: "Accepted publickey").count - 1 }

    /// The master connections of this test.
    var masters: [pid_t] {
        let found = DirectoryTree("/proc")
        let names = (try? found.names("")) ?? []
        return names.compactMap { pid_t($0.description) }.filter { process in
            let line = (try? found.read(ByteString("\(process)/cmdline"))) ?? ""
            return line.hasPrefix("/usr/bin/ssh") && line.description.contains("\0-M\0")
                && line.description.contains(place.path.description)
        }
    }

    func waitForMaster() async throws {
        try await Condition.wait(until: "the master is ready", deadline: .seconds(120)) { host.isShared }
    }
}
