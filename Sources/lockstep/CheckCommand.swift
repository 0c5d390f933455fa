import ArgumentParser
import MirrorCore
import MirrorDaemon
import MirrorLinux

/// `lockstep check CONFIG`.
struct CheckCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Prints what is wrong with a configuration, or what would run. Starts nothing.",
        discussion: """
            With --connect or --dry-run the exit code is 0 where all is well, 1 where something is to be looked at \
            (names that would be deleted, a target that takes no dry run), and 2 where a target can't be used or the \
            configuration has mistakes.
            """)

    @Argument(help: "A configuration file, as lsyncd takes it.")
    var config: String

    @Flag(help: "Target by target: the command lines that will run, and what would be better.")
    var report = false

    @Flag(help: "Try to reach every target: keys, host keys, sudo, rsync there. Nothing is touched.")
    var connect = false

    @Flag(help: "Count what a comparison would send and delete, with examples. Nothing is touched.")
    var dryRun = false

    func begin(_ words: ProgramWords) throws -> Beginning {
        let rehearses = connect || dryRun
        var start = Start(codes: .own)
        start.configurationFile = words.bytes(of: config)
        guard let loaded = start.load() else {
            return .ended(rehearses ? RehearsalText.Verdict.unusable.rawValue : ExitCodes.own.configuration)
        }
        let settings = loaded.settings
        Terminal.errors(ExitCodes.own.render(loaded.warnings))
        if report || !rehearses {
            let text = report ? ConfigurationReport.render(settings) : CheckText.render(settings)
            Terminal.output(settings.redaction.apply(text))
        }
        guard rehearses else { return .ended(0) }
        Signals.block()
        let withDryRun = dryRun
        return .works { await Rehearsal.run(settings, withDryRun: withDryRun) }
    }
}
