import Glibc
import MirrorCore
import MirrorTesting

/// A daemon that has left its parent; known by its process id file, and killed when the test is over.
final class BackgroundProcess: Sendable {
    let identifier: pid_t

    /// Waits for the file.
    init(pidFile: ByteString, in tree: DirectoryTree) async throws {
        var found: pid_t?
        try await Condition.wait(until: "the process id file is written") {
            found = try? pid_t(tree.read(pidFile).description.split(separator: "\n").first ?? "")
            return found != nil
        }
        identifier = found ?? 0
    }

    /// A zombie counts as gone: in a container nobody may be there to reap it.
    var isRunning: Bool {
        guard let text = try? facts.read("stat").description, let end = text.lastIndex(of: ")") else { return false }
        return text[end...].dropFirst(2).first != "Z"
    }

    var commandLine: [ByteString] {
        (try? facts.read("cmdline").split(separator: 0).filter { !$0.isEmpty }) ?? []
    }
    var name: String { (try? facts.read("comm").description.split(separator: "\n").first.map(String.init)) ?? "" }
    var workingDirectory: ByteString { (try? facts.destination("cwd")) ?? "" }

    func signal(_ number: Int32) { kill(identifier, number) }

    func stop() async throws {
        signal(SIGTERM)
        try await Condition.wait(until: "the daemon ends") { !isRunning }
    }

    private var facts: DirectoryTree { DirectoryTree(ByteString("/proc/\(identifier)")) }

    deinit {
        if identifier > 0, isRunning { kill(identifier, SIGKILL) }
    }
}
