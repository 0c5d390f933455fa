import ArgumentParser
import MirrorCore
import MirrorDaemon
import MirrorLinux

/// `lockstep flush`.
struct FlushCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "flush",
        abstract: "Returns when everything written before is at the targets.",
        discussion: "Exit code 0: it is. 1: not in time; the targets that are late are named, with the reason.")

    @Option(help: ArgumentHelp("A sync, a target or a host; may be repeated. All, unless given.", valueName: "name"))
    var target: [String] = []

    @Option(help: ArgumentHelp("The longest wait.", valueName: "secs"))
    var timeout: Double = 300

    @Flag(help: "Do not wait: print a token for `lockstep wait`.")
    var token = false

    @OptionGroup var program: RunningProgram

    func validate() throws { try Seconds.check(timeout, "--timeout") }

    func begin(_ words: ProgramWords) throws -> Beginning {
        ControlClient(command: "flush", program: program, words: words).run(
            .flush(targets: target.map(words.bytes), timeout: .seconds(timeout), token: token))
    }
}

/// `lockstep wait TOKEN`.
struct WaitCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Returns when everything written before a flush --token is at the targets.",
        discussion: "After a restart or a reload of the program it waits for all that was written up to now.")

    @Argument(help: "What `lockstep flush --token` printed.")
    var token: String

    @Option(help: ArgumentHelp("The longest wait.", valueName: "secs"))
    var timeout: Double = 300

    @OptionGroup var program: RunningProgram

    func validate() throws { try Seconds.check(timeout, "--timeout") }

    func begin(_ words: ProgramWords) throws -> Beginning {
        ControlClient(command: "wait", program: program, words: words).run(
            .wait(token: words.bytes(of: token), timeout: .seconds(timeout)))
    }
}

/// `lockstep pause [TARGET…]`.
struct PauseCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Sends nothing to targets for a while; what changes meanwhile is kept.",
        discussion: "A pause outlasts a restart. A transfer that runs comes to its end.")

    @Argument(help: "Syncs, targets or hosts. All, unless given.")
    var targets: [String] = []

    @Option(name: .customLong("for"), help: ArgumentHelp("For so long; else until resume.", valueName: "secs"))
    var length: Double?

    @OptionGroup var program: RunningProgram

    func validate() throws { if let length { try Seconds.check(length, "--for") } }

    func begin(_ words: ProgramWords) throws -> Beginning {
        ControlClient(command: "pause", program: program, words: words).run(
            .pause(targets: targets.map(words.bytes), length: length.map { .seconds($0) }))
    }
}

/// `lockstep resume [TARGET…]`.
struct ResumeCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Ends a pause.")

    @Argument(help: "Syncs, targets or hosts. All, unless given.")
    var targets: [String] = []

    @OptionGroup var program: RunningProgram

    func begin(_ words: ProgramWords) throws -> Beginning {
        ControlClient(command: "resume", program: program, words: words).run(
            .resume(targets: targets.map(words.bytes)))
    }
}

/// `lockstep resync [PATH]`.
struct ResyncCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "resync",
        abstract: "Compares source and targets again, and repairs what differs.")

    @Argument(help: "A path in a source; everything, unless given.")
    var path: String?

    @Option(help: ArgumentHelp("A sync, a target or a host; may be repeated. All, unless given.", valueName: "name"))
    var target: [String] = []

    @OptionGroup var program: RunningProgram

    func begin(_ words: ProgramWords) throws -> Beginning {
        ControlClient(command: "resync", program: program, words: words).run(
            .resync(targets: target.map(words.bytes), path: path.map { SourcePath.real(words.bytes(of: $0)) }))
    }
}

/// `lockstep explain PATH`.
struct ExplainCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tells how a path stands at each target: owed, tried, left out by which rule, expected when.")

    @Argument(help: "A path in a source; it need not exist any more.")
    var path: String

    @OptionGroup var program: RunningProgram

    func begin(_ words: ProgramWords) throws -> Beginning {
        let real = SourcePath.real(words.bytes(of: path))
        return ControlClient(command: "explain", program: program, words: words).run(
            .explain(path: real, isDirectory: SourceDirectory.real(real) != nil))
    }
}

/// `lockstep reload`.
struct ReloadCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Has the configuration read again, as HUP does.")

    @OptionGroup var program: RunningProgram

    func begin(_ words: ProgramWords) throws -> Beginning {
        ControlClient(command: "reload", program: program, words: words).run(.reload)
    }
}

/// Seconds of a command line.
enum Seconds {
    static func check(_ value: Double, _ option: String) throws {
        guard value >= 0, value < 1e9 else {
            throw ValidationError("\(option) needs a number of seconds, 0 or more.")
        }
    }
}

/// A path as sources have it: the links of its directory resolved, its own name as it is.
enum SourcePath {
    static func real(_ written: ByteString) -> ByteString {
        let path = Path.absolute(written)
        if let real = SourceDirectory.real(path) { return real }
        guard let cut = path.bytes.lastIndex(of: UInt8(ascii: "/")), cut > 0,
            let above = try? RealPath.resolve(ByteString(path.bytes[..<cut]))
        else { return path }
        return above + ByteString(path.bytes[cut...])
    }
}
