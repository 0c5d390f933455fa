import ArgumentParser
import MirrorCore
import MirrorDaemon

/// `lockstep targets add|drain|remove|accept`.
struct TargetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "targets",
        abstract: "Adds targets to a running program, and takes them away; all others go on untouched.",
        discussion: "What is added or taken away so outlasts a restart. `lockstep status` shows what is there.",
        subcommands: [Add.self, Drain.self, Remove.self, Accept.self])

    struct Add: ParsableCommand, Beginner {
        static let configuration = CommandConfiguration(
            abstract: "Adds a target. It is compared, and in step when `lockstep flush --target` says so.",
            discussion: "Where it holds files that would be deleted, nothing goes there before `targets accept`.")

        @Argument(help: "As in a configuration: a directory, host:directory or host::module.")
        var target: String

        @Option(help: ArgumentHelp("The sync whose settings it gets, by its name.", valueName: "sync"))
        var like: String?

        @OptionGroup var program: RunningProgram

        func begin(_ words: ProgramWords) throws -> Beginning {
            let written = words.bytes(of: target)
            let place = written.bytes.prefix { $0 != UInt8(ascii: "/") }
            let isRemote = place.contains(UInt8(ascii: ":"))
            return ControlClient(command: "targets add", program: program, words: words).run(
                .addTarget(isRemote ? written : Path.absolute(written), like: like.map(words.bytes)))
        }
    }

    struct Drain: ParsableCommand, Beginner {
        static let configuration = CommandConfiguration(
            abstract: "Has a target leave as soon as it has what it is owed now, after ten minutes at the latest.")

        @Argument(help: "Syncs, targets or hosts.")
        var targets: [String]

        @OptionGroup var program: RunningProgram

        func begin(_ words: ProgramWords) throws -> Beginning {
            ControlClient(command: "targets drain", program: program, words: words).run(
                .leave(targets: targets.map(words.bytes), drains: true))
        }
    }

    struct Remove: ParsableCommand, Beginner {
        static let configuration = CommandConfiguration(
            abstract: "Takes a target away at once. What it holds stays as it is.")

        @Argument(help: "Syncs, targets or hosts.")
        var targets: [String]

        @OptionGroup var program: RunningProgram

        func begin(_ words: ProgramWords) throws -> Beginning {
            ControlClient(command: "targets remove", program: program, words: words).run(
                .leave(targets: targets.map(words.bytes), drains: false))
        }
    }

    struct Accept: ParsableCommand, Beginner {
        static let configuration = CommandConfiguration(
            abstract: "Says that what a target holds which has joined may be replaced and deleted.")

        @Argument(help: "Syncs, targets or hosts.")
        var targets: [String]

        @OptionGroup var program: RunningProgram

        func begin(_ words: ProgramWords) throws -> Beginning {
            ControlClient(command: "targets accept", program: program, words: words).run(
                .acceptTargets(targets.map(words.bytes)))
        }
    }
}
