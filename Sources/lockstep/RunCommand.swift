import ArgumentParser
import MirrorCore

/// `lockstep run CONFIG`.
struct RunCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs a configuration in the foreground.")

    @Argument(help: "A configuration file, as lsyncd takes it.")
    var config: String

    @Option(name: .customLong("log"), help: "all, scarce, or a category such as Info; may be repeated.")
    var categories: [String] = []

    func begin(_ words: ProgramWords) throws -> Beginning {
        var start = Start(codes: .own)
        start.categories = try LogOption.categories(categories)
        start.staysInForeground = true
        start.configurationFile = words.bytes(of: config)
        return start.begin()
    }
}
