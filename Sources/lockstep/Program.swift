import ArgumentParser
import Glibc
import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorStatus

/// What became of a command line: all that was asked for is done, or a service is ready to run.
enum Beginning {
    case ended(Int32)
    case serves(Service)
    /// Work that takes a while and then ends with a code.
    case works(@Sendable () async -> Int32)
}

/// Finds out by which name and for what the program was called.
enum Program {
    static func begin(_ words: ProgramWords) -> Beginning {
        // Before anything is started, and while there is one thread.
        WatchingRights.keepToSelf()
        if words.isLsyncd { return LsyncdProgram.begin(words.arguments) }
        guard words.arguments.first != "lsyncd" else { return LsyncdProgram.begin(Array(words.arguments.dropFirst())) }
        if words.arguments.first == "-t" { return ConfigurationTest.begin(Array(words.arguments.dropFirst())) }
        if let mistake = unknownCommand(words.arguments.first) {
            Terminal.errors(mistake)
            return .ended(ExitCodes.usage)
        }
        do {
            var command = try Lockstep.parseAsRoot(words.texts)
            if let command = command as? any Beginner { return try command.begin(words) }
            try command.run()
            return .ended(0)
        } catch {
            let code = Lockstep.exitCode(for: error).rawValue
            let text = ByteString(Lockstep.fullMessage(for: error))
            let line = text.isEmpty ? text : text + "\n"
            if code == 0 { Terminal.output(line) } else { Terminal.errors(line) }
            return .ended(code)
        }
    }

    /// A first word that is neither an option nor a command, with the command that was meant.
    private static func unknownCommand(_ word: ByteString?) -> ByteString? {
        guard let word, !word.hasPrefix("-") else { return nil }
        let names = Lockstep.commandNames
        guard !names.contains(word.description) else { return nil }
        let meant = Suggestion.closest(to: word.description, among: names).map { "; did you mean \"\($0)\"?" } ?? "."
        return "lockstep: there is no command \"" + Shown.name(word) + ByteString("\"\(meant)\n")
            + "  lockstep --help shows them.\n"
    }
}

/// A command that may leave a service to run.
protocol Beginner {
    func begin(_ words: ProgramWords) throws -> Beginning
}
