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

    @Option(name: .customLong("http"), help: "ADDRESS:PORT at which its state is served, in place of the setting http.")
    var http: String?

    func begin(_ words: ProgramWords) throws -> Beginning {
        var start = Start(codes: .own)
        start.categories = try LogOption.categories(categories)
        start.staysInForeground = true
        if let http {
            guard let place = HTTPSettings(ByteString(http)) else {
                throw ValidationError(
                    "--http takes a port, or an address in numbers and a port, such as 127.0.0.1:9180")
            }
            start.overrides.http = place
        }
        start.configurationFile = words.bytes(of: config)
        return start.begin()
    }
}
