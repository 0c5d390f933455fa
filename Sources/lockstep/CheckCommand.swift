import ArgumentParser
import MirrorCore
import MirrorDaemon
import MirrorLinux

/// `lockstep check CONFIG`.
struct CheckCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Prints what is wrong with a configuration, or what would run. Starts nothing.")

    @Argument(help: "A configuration file, as lsyncd takes it.")
    var config: String

    func begin(_ words: ProgramWords) throws -> Beginning {
        var start = Start(codes: .own)
        start.configurationFile = words.bytes(of: config)
        guard let loaded = start.load() else { return .ended(ExitCodes.own.configuration) }
        Terminal.errors(ExitCodes.own.render(loaded.warnings))
        Terminal.output(CheckText.render(loaded.settings))
        return .ended(0)
    }
}
