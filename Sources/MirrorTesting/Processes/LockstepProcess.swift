package import Glibc
package import MirrorCore

/// The program under test: the built `lockstep` that lies beside the running test bundle or demonstration.
package final class LockstepProcess: Sendable {
    package let child: ChildProcess
    private let isInside: Bool

    /// The directory of the built programs.
    package static let buildDirectory: ByteString = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = max(0, readlink("/proc/self/exe", &buffer, buffer.count - 1))
        let path = buffer.prefix(count).map { UInt8(bitPattern: $0) }
        return ByteString(path.prefix(upTo: path.lastIndex(of: UInt8(ascii: "/")) ?? 0))
    }()

    package static let binary: ByteString = buildDirectory + "/lockstep"

    /// `prefix` is how a program is started inside a namespace; then the program itself is the child of that prefix.
    package init(
        _ arguments: [ByteString], environment: [String: String] = [:], directory: ByteString? = nil,
        binary: ByteString = LockstepProcess.binary, prefix: [ByteString] = []
    ) throws {
        let whole = ChildProcess.inherited.merging(environment) { $1 }
        child = try ChildProcess(prefix + [binary] + arguments, environment: whole, directory: directory)
        isInside = !prefix.isEmpty
    }

    package var output: String { child.outputText }
    package var errors: String { child.errorText }
    package var exit: ChildProcess.Exit? { child.exit }

    /// The process that runs lockstep, which behind a prefix is not the one that was started. Zero when it is gone.
    package var identifier: pid_t {
        isInside ? ProcessTree.children(of: child.identifier).first ?? 0 : child.identifier
    }

    /// A signal to lockstep alone, not to its children.
    package func signal(_ number: Int32) {
        guard isInside else { return child.signal(number) }
        let inner = identifier
        if inner > 0 { Glibc.kill(inner, number) }
    }

    /// Returns when it has a queue of the kernel's, and with that takes signals as it means to; or when it has ended.
    package func waitUntilWatching() async throws {
        try await Condition.wait(
            until: "lockstep has begun to watch", deadline: .seconds(60), state: { self.errors },
            holds: { self.exit != nil || self.hasQueue })
    }

    private var hasQueue: Bool {
        let process = identifier
        guard process > 0 else { return false }
        let open = DirectoryTree(ByteString("/proc/\(process)/fd"))
        guard let names = try? open.names() else { return false }
        let queues: [ByteString] = ["anon_inode:inotify", "anon_inode:[fanotify]"]
        return names.contains { name in (try? open.destination(name)).map(queues.contains) ?? false }
    }

    /// SIGCONT. A prefix like nsenter(1) stops when its child is stopped, and must be woken too.
    package func wake() {
        signal(SIGCONT)
        if isInside { child.signal(SIGCONT) }
    }

    /// kill -9 of lockstep alone. Its children must see to their own end; that is part of what is tested.
    package func crash() async throws {
        signal(SIGKILL)
        try await child.waitForExit(within: .seconds(10))
    }

    @discardableResult
    package func waitForExit(within deadline: Duration = .seconds(30)) async throws -> ChildProcess.Exit {
        try await child.waitForExit(within: deadline)
    }

    /// SIGTERM, and the exit that follows.
    @discardableResult
    package func stop(within deadline: Duration = .seconds(20)) async throws -> ChildProcess.Exit {
        signal(SIGTERM)
        return try await child.waitForExit(within: deadline)
    }

    /// CPU seconds that it has used until now, without its children's.
    package var processorSeconds: Double {
        let stat = DirectoryTree(ByteString("/proc/\(identifier)"))
        guard let text = try? stat.read("stat").description, let end = text.lastIndex(of: ")") else { return 0 }
        let fields = text[end...].split(separator: " ")
        // utime and stime are the fields 14 and 15 of proc(5); the name in parentheses is the second.
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    deinit {
        // A prefix that is killed leaves the program inside running.
        if isInside { signal(SIGKILL) }
    }
}
