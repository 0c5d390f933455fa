package import Glibc
package import MirrorCore

/// Namespaces of one machine: network, mounts, host name and processes. A shell is their first process; it waits on its
/// standard input, ends when this program ends, and the kernel ends all the others with it (pid_namespaces(7)).
package final class Namespace: Sendable {
    /// The first process, as the outside sees it.
    package let identifier: pid_t
    private let holder: ChildProcess

    /// Runs `script` inside, and returns when it is through. The words are its `$1`, `$2` and so on.
    package init(script: String, words: [ByteString] = []) async throws {
        // bash, as it reaps children that are not its own, which a machine's first process must. Without --norc it
        // would take a socket as its input for a login over the network and read start-up files (bash(1)).
        let whole =
            "set -e; trap 'echo failed: $BASH_COMMAND >&2' ERR\n" + script + "\necho ready; while read -r _; do :; done"
        let holder = try ChildProcess(
            ["unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
                + ["/bin/bash", "--norc", "-c", ByteString(whole), "machine"] + words, input: .open)
        try await Condition.wait(
            until: "the namespaces are set up", deadline: .seconds(20), interval: .milliseconds(2),
            state: { holder.outputText + holder.errorText },
            holds: {
                guard holder.exit == nil else { throw FixtureError("namespaces: \(holder.errorText)") }
                return holder.outputText.hasSuffix("ready\n")
            })
        guard let first = ProcessTree.children(of: holder.identifier).first else {
            throw FixtureError("namespaces: the first process is gone")
        }
        identifier = first
        self.holder = holder
    }

    deinit { stop() }

    /// Ends every process inside.
    package func stop() { holder.kill() }

    /// Put before a command line, it runs inside.
    package var prefix: [ByteString] {
        ["nsenter", "--target", ByteString("\(identifier)"), "--net", "--mount", "--uts", "--ipc", "--pid", "--"]
    }

    /// Runs a program of the outside in the machine's network alone, where it still knows processes by their outer
    /// numbers.
    @discardableResult
    func configure(_ words: [ByteString]) async throws -> String {
        try await ChildProcess.run(
            ["nsenter", "--target", ByteString("\(identifier)"), "--net", "--"] + words, environment: Self.environment)
    }

    /// The machine's own view of a path, from outside.
    package func tree(_ path: ByteString) -> DirectoryTree {
        DirectoryTree(ByteString("/proc/\(identifier)/root") + path)
    }

    /// Runs a program inside to its end; throws unless it ends with zero.
    @discardableResult
    package func run(_ words: [ByteString], input: ChildProcess.Input = .nothing) async throws -> String {
        try await ChildProcess.run(prefix + words, environment: Self.environment, input: input)
    }

    /// Starts a program inside. When the value goes, what descends from it is ended.
    package func start(_ words: [ByteString]) throws -> ChildProcess {
        try ChildProcess(prefix + words, environment: Self.environment)
    }

    package static let environment = [
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C",
        "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash",
    ]
}
