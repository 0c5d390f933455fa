import ArgumentParser
import MirrorCore
import MirrorDaemon
import MirrorLinux

/// `lockstep mirror SOURCE TARGET…`.
struct MirrorCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "mirror",
        abstract: "Keeps targets equal to a directory, without a configuration.",
        discussion: """
            A target is a directory, host:dir, host::module or rsync://host/module. What it holds and the source does \
            not is deleted, unless --keep is given. Changes go through lockstep-agent, which is put on a host that has \
            none (~/.local/lib/lockstep; `lockstep agent remove HOST` takes it away again); where it can't run, and to \
            modules, rsync does the transfers.
            """)

    @Argument(help: "The directory to mirror.")
    var source: String

    @Argument(help: "Where to.")
    var targets: [String]

    @Option(help: ArgumentHelp("The longest wait of a change; 0, or 1 where rsync does the work.", valueName: "secs"))
    var delay: Double?

    @Flag(help: "Let rsync do the transfers, and put nothing on any host.")
    var rsync = false

    @Option(help: ArgumentHelp("Leave out what matches; may be repeated.", valueName: "pattern"))
    var exclude: [String] = []

    @Flag(help: "Delete nothing at the targets.")
    var keep = false

    @Option(name: .customLong("log"), help: "all, scarce, or a category such as Info; may be repeated.")
    var categories: [String] = []

    @Option(help: ArgumentHelp("Where to remember the source across restarts.", valueName: "dir"))
    var stateDir: String?

    func validate() throws {
        guard !targets.isEmpty else { throw ValidationError("There is no target.") }
        guard delay.map({ $0 >= 0 && $0 < 1e9 }) ?? true else {
            throw ValidationError("--delay needs a number of seconds, 0 or more.")
        }
    }

    func begin(_ words: ProgramWords) throws -> Beginning {
        let written = words.bytes(of: source)
        guard let place = SourceDirectory.real(written) else {
            Terminal.errors("lockstep: source \"" + written + "\" is not a directory that can be read.\n")
            return .ended(ExitCodes.own.cannotStart)
        }
        var mirror = PlainMirror(source: place, targets: targets.map(words.bytes))
        mirror.delay = delay.map { .seconds($0) }
        mirror.usesRsync = rsync
        mirror.excludes = exclude.map(words.bytes)
        mirror.keepsDeleted = keep
        mirror.stateDirectory = stateDir.map { Path.absolute(words.bytes(of: $0)) }
        var start = Start(codes: .own)
        start.categories = try LogOption.categories(categories)
        start.staysInForeground = true
        start.mirror = mirror
        return start.begin()
    }
}
