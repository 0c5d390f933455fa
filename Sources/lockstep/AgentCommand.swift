import ArgumentParser
import MirrorCore
import MirrorDaemon
import MirrorLinux

/// `lockstep agent remove HOST`.
struct AgentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "What was put on other hosts for the stream.", subcommands: [Remove.self])

    struct Remove: ParsableCommand, Beginner {
        static let configuration = CommandConfiguration(
            commandName: "remove",
            abstract: "Removes the copies of lockstep-agent that were put on a host.",
            discussion: "They lie in ~/.local/lib/lockstep of whom ssh logs in as; nothing else is touched.")

        @Argument(help: "As for ssh: host or user@host.")
        var host: String

        func begin(_ words: ProgramWords) throws -> Beginning {
            let host = words.bytes(of: host)
            guard !host.isEmpty, !host.hasPrefix("-") else { throw ValidationError("HOST is a host, as for ssh.") }
            Signals.block()
            return .works { await AgentCleaning.run(host) }
        }
    }
}
