import ArgumentParser
import MirrorCore
import MirrorDaemon
import MirrorLinux

/// `lockstep verify`.
struct VerifyCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compares source and targets and changes nothing.",
        discussion: """
            Counts at every target what is different, and what options such as -u withhold. What is still owed counts \
            too, so `lockstep flush` comes first. Exit code 0: nothing differs. 1: something does, or could not be \
            compared. 2: a target can't be used, or the configuration has mistakes. Targets of the stream are compared by \
            its agent, modes, owners and times to the nanosecond among what counts; where it can't run, and for all \
            others, rsync says what it would do.
            """)

    @Argument(help: "A configuration file; that of the running program, unless given.")
    var file: String?

    @Option(help: ArgumentHelp("One sync alone, by its name or its target.", valueName: "target"))
    var only: String?

    @Flag(
        name: [.customLong("checksum"), .customLong("content")],
        help: "Read every file at both ends, whatever its size and time say.")
    var checksum = false

    @OptionGroup var program: RunningProgram

    func begin(_ words: ProgramWords) throws -> Beginning {
        var start = Start(codes: .own)
        if let file {
            start.configurationFile = words.bytes(of: file)
        } else {
            switch ControlClient(command: "verify", program: program, words: words).configuration() {
            case .success(let path): start.configurationFile = path
            case .failure(let refusal): return refusal.ending
            }
        }
        guard let loaded = start.load() else { return .ended(RehearsalText.Verdict.unusable.rawValue) }
        Signals.block()
        let (settings, checksum, only) = (loaded.settings, checksum, only.map { words.bytes(of: $0) })
        return .works { await Rehearsal.verify(settings, withChecksums: checksum, only: only) }
    }
}
