package import Glibc
package import MirrorCore

/// A daemon that has left its parent; known by its process id file, and killed when the test is over, however it ends.
package final class BackgroundProcess: Sendable {
    package let identifier: pid_t

    /// Waits for the file.
    package init(pidFile: ByteString, in tree: DirectoryTree) async throws {
        var found: pid_t?
        try await Condition.wait(until: "the process id file is written") {
            found = try? pid_t(tree.read(pidFile).description.split(separator: "\n").first ?? "")
            return found != nil
        }
        identifier = found ?? 0
        // A daemon leads a session, and so a process group, of its own.
        Guardian.shared.watch(group: identifier)
    }

    /// A zombie counts as gone: in a container nobody may be there to reap it.
    package var isRunning: Bool {
        guard let text = try? facts.read("stat").description, let end = text.lastIndex(of: ")") else { return false }
        return text[end...].dropFirst(2).first != "Z"
    }

    package var commandLine: [ByteString] {
        (try? facts.read("cmdline").split(separator: 0).filter { !$0.isEmpty }) ?? []
    }
    package var name: String {
        (try? facts.read("comm").description.split(separator: "\n").first.map(String.init)) ?? ""
    }
    package var workingDirectory: ByteString { (try? facts.destination("cwd")) ?? "" }

    package func signal(_ number: Int32) { kill(identifier, number) }

    package func stop() async throws {
        signal(SIGTERM)
        try await Condition.wait(until: "the daemon ends") { !isRunning }
    }

    private var facts: DirectoryTree { DirectoryTree(ByteString("/proc/\(identifier)")) }

    deinit {
        guard identifier > 0 else { return }
        if isRunning { kill(identifier, SIGKILL) }
        Guardian.shared.forget(group: identifier)
    }
}
