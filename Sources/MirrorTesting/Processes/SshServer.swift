package import MirrorCore

/// A key pair and a host key for tests; made once per fixture with ssh-keygen.
package struct SshKeys: Sendable {
    /// The private key with which a client logs in; the public one lies beside it with `.pub`.
    package let identity: ByteString
    package let publicIdentity: ByteString
    package let hostKey: ByteString
    package let publicHostKey: ByteString

    /// Makes both in `directory`.
    package static func make(in directory: DirectoryTree) async throws -> SshKeys {
        for name in ["identity", "host_key"] as [ByteString] {
            try await ChildProcess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lockstep test", "-f", directory.path(name)])
        }
        return SshKeys(
            identity: directory.path("identity"), publicIdentity: try directory.read("identity.pub"),
            hostKey: directory.path("host_key"), publicHostKey: try directory.read("host_key.pub"))
    }

    /// The lines of a known_hosts file for one address.
    package func knownHosts(_ address: String, port: Int = 22) -> ByteString {
        let name = port == 22 ? address : "[\(address)]:\(port)"
        return ByteString("\(name) ") + publicHostKey
    }
}

/// A real sshd of our own: own keys, own configuration, in the foreground under the test.
package final class SshServer: Sendable {
    package let address: String
    package let port: Int
    package let keys: SshKeys
    private let configuration: ByteString
    private let prefix: [ByteString]
    private let running: Running

    /// `prefix` is put before the command line: how a program is started inside a namespace. `extra` lines go first
    /// into sshd_config, where the first value of a word wins (sshd_config(5)).
    package init(
        in directory: DirectoryTree, keys: SshKeys, address: String = "127.0.0.1", port: Int,
        authorizedKeys: ByteString? = nil, extra: String = "", prefix: [ByteString] = []
    ) throws {
        self.address = address
        self.port = port
        self.keys = keys
        self.prefix = prefix
        running = Running()
        let authorized = authorizedKeys ?? directory.path("authorized_keys")
        if authorizedKeys == nil { try directory.write("authorized_keys", keys.publicIdentity, mode: 0o600) }
        let text = """
            \(extra)
            Port \(port)
            ListenAddress \(address)
            HostKey \(keys.hostKey)
            AuthorizedKeysFile \(authorized)
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            StrictModes no
            UsePAM no
            PrintMotd no
            PidFile none
            MaxStartups 200
            MaxSessions 50
            LogLevel VERBOSE

            """
        try directory.write("sshd_config", ByteString(text))
        configuration = directory.path("sshd_config")
    }

    /// Starts it and returns when it accepts connections.
    package func start() async throws {
        // sshd wants its own absolute path, and a directory that Debian's service makes.
        if prefix.isEmpty { try DirectoryTree("/run").makeDirectories("sshd") }
        let server = try ChildProcess(prefix + ["/usr/sbin/sshd", "-D", "-e", "-f", configuration])
        running.set(server)
        try await Condition.wait(
            until: "sshd listens on \(address) port \(port)", deadline: .seconds(20), state: { server.errorText },
            holds: {
                guard server.exit == nil else { throw FixtureError("sshd ended: \(server.errorText)") }
                return server.errorText.contains("Server listening on")
            })
    }

    /// Ends it with all its sessions, at once, as a machine that loses power would.
    package func stop() {
        guard let server = running.take() else { return }
        ProcessTree.killAll(under: server.identifier)
        server.kill()
    }

    package var isRunning: Bool { running.current?.exit == nil && running.current != nil }
    /// Zero when it does not run.
    var identifier: Int32 { running.current?.identifier ?? 0 }
    package var log: String { running.current?.errorText ?? "" }

    /// The words of an ssh command that reaches it and nothing else, without the user's own configuration.
    package func clientWords(knownHosts: ByteString) -> [ByteString] {
        [
            "ssh", "-F", "/dev/null", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", keys.identity, "-o",
            "UserKnownHostsFile=" + knownHosts, "-o", "GlobalKnownHostsFile=/dev/null", "-p", ByteString("\(port)"),
        ]
    }

    /// Makes a program `ssh` in the directory that reaches this server and knows nothing else, and answers a PATH in
    /// which it comes first.
    package func makeClient(in directory: DirectoryTree) throws -> String {
        try directory.write("known_hosts", keys.knownHosts(address, port: port))
        try directory.makeDirectories("bin")
        let script = """
            #!/bin/sh
            exec /usr/bin/ssh -F /dev/null -i \(keys.identity) -p \(port) -o IdentitiesOnly=yes \
            -o UserKnownHostsFile=\(directory.root)/known_hosts -o GlobalKnownHostsFile=/dev/null "$@"

            """
        try directory.write("bin/ssh", ByteString(script), mode: 0o755)
        return "\(directory.root)/bin:" + (ChildProcess.inherited["PATH"] ?? "/usr/bin:/bin")
    }

    deinit { stop() }
}
