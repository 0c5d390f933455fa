import ArgumentParser
import MirrorCore
import MirrorDaemon

/// lockstep's own command line.
struct Lockstep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockstep",
        abstract: "Keeps any number of targets in step with a directory tree, live.",
        discussion: "Called by the name lsyncd, or as `lockstep lsyncd …`, it takes lsyncd's command line.",
        version: ProgramVersion.text,
        subcommands: [
            RunCommand.self, CheckCommand.self, MirrorCommand.self, StatusCommand.self, FlushCommand.self,
            WaitCommand.self, PauseCommand.self, ResumeCommand.self, ResyncCommand.self, VerifyCommand.self,
            ExplainCommand.self,
            TargetsCommand.self, ReloadCommand.self, AcceptCommand.self, CapsuleCommand.self, WatchCommand.self,
            RecordCommand.self,
            AgentCommand.self, ResolveCommand.self,
        ])

    /// `lsyncd` and `help` are commands too, though not of the parser's list.
    static var commandNames: [String] {
        configuration.subcommands.compactMap { $0.configuration.commandName } + ["lsyncd", "help"]
    }
}
