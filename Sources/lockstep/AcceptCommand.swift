import ArgumentParser
import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorStatus

/// `lockstep accept SOURCE`.
struct AcceptCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract: "Releases a source that is paused because it is empty or lost its mount.",
        discussion: "It says that what is there now is right: what is missing is then deleted at the targets.")

    @Argument(help: "The directory, as the problem names it.")
    var source: String

    @Option(help: ArgumentHelp("Where the program keeps its state, if its configuration says so.", valueName: "dir"))
    var stateDir: String?

    func begin(_ words: ProgramWords) throws -> Beginning {
        let written = words.bytes(of: source)
        guard let place = SourceDirectory.real(written) else {
            return refused("\"" + Shown.name(written) + "\" is not there, or no directory; put it there first")
        }
        var settings = Settings()
        settings.stateDirectory = stateDir.map { Path.absolute(words.bytes(of: $0)) }
        let memory = SourceMemory(directory: StateDirectory.of(settings))
        let known = place == "/" ? ByteString() : place
        do throws(SystemCallError) {
            try memory.accept(known)
        } catch {
            return refused(
                ByteString("\(error.description); nothing is accepted\n")
                    + "  run it as the user that runs the mirror, or name its state directory with --state-dir")
        }
        Terminal.output(
            "accepted: " + Shown.source(known) + "; the program that mirrors it goes on within seconds (state in "
                + Shown.name(memory.directory) + ")\n")
        return .ended(0)
    }

    private func refused(_ text: ByteString) -> Beginning {
        Terminal.errors("lockstep accept: " + text + "\n")
        return .ended(ExitCodes.own.cannotStart)
    }
}
