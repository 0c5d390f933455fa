import MirrorCore
import MirrorLinux

extension RsyncTransfer {
    private static let agent: ByteString = "lockstep-agent"

    /// What starts the agent at the target; nil where there is none to start, or where no command can be run.
    /// With a copy, that one goes first where the host has it.
    /// `makes`: a directory that is missing is made, if the one above it is there.
    func agentCommand(at agentPath: ByteString?, orCopy copy: AgentCopy? = nil, makes: Bool = true) -> Command? {
        var environment = connections.environment
        environment["LC_ALL"] = "C"
        switch address {
        case .local(let path):
            guard let program = agentPath ?? Self.localAgent(connections.environment["PATH"]) else { return nil }
            return Command(
                executable: program, arguments: [Self.agent, "--root", path] + (makes ? ["--make"] : []),
                environment: environment.words)
        case .shell(let host, let path):
            // A connection of its own: it stays open as long as the shared one would.
            let words = choosesShell ? SshTransport.plain.words : customWords(ThereWork(timeLimit: .zero))
            guard let first = words.first, let program = Programs.find(first, path: connections.environment["PATH"])
            else { return nil }
            let root = Self.root(path)
            let there =
                copy.map { AgentScripts.start($0.name, ["--root", root] + (makes ? ["--make"] : [])) }
                ?? ShellWords.quoted(agentPath ?? Self.agent) + " --root " + ShellWords.quoted(root)
                + (makes ? " --make" : "")
            return Command(
                executable: program, arguments: words + SshTransport.hostWords(host) + [there],
                environment: environment.words)
        case .daemon: return nil
        }
    }

    /// A login starts in the home directory, so the way from there means the same.
    private static func root(_ path: ByteString) -> ByteString {
        var path = path
        if path.hasPrefix("~/") { path = ByteString(path.bytes.dropFirst(2)) }
        return path.isEmpty || path == "~" ? "." : path
    }

    /// Beside this program, then in PATH.
    static func localAgent(_ path: ByteString?) -> ByteString? {
        if let own = try? RealPath.resolve("/proc/self/exe"), let slash = own.bytes.lastIndex(of: UInt8(ascii: "/")) {
            let beside = ByteString(own.bytes[...slash]) + agent
            if let found = Programs.find(beside) { return found }
        }
        return Programs.find(agent, path: path)
    }
}
