import ArgumentParser
import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorStatus

/// What `watch` and `record` have in common.
struct WatchedDirectory: ParsableArguments {
    @Argument(help: "The directory to watch.")
    var directory: String

    @Option(
        name: .customLong("source"),
        help: ArgumentHelp("auto, fanotify, inotify or scan: what watches it.", valueName: "kind"))
    var kind = "auto"

    @Option(help: ArgumentHelp("Walk it as well every so often; with scan, how often.", valueName: "secs"))
    var rescan: Double?

    func validate() throws {
        guard kind == "auto" || EventSourceKind(rawValue: kind) != nil else {
            throw ValidationError("--source is auto, fanotify, inotify or scan.")
        }
        guard rescan.map({ $0 >= 0.1 && $0 < 1e9 }) ?? true else {
            throw ValidationError("--rescan needs a number of seconds, 0.1 or more.")
        }
    }

    /// nil where it is none; that is told.
    func place(_ words: ProgramWords) -> ByteString? {
        let written = words.bytes(of: directory)
        if let place = SourceDirectory.real(written) { return place == "/" ? "" : place }
        Terminal.errors("lockstep: \"" + Shown.name(written) + "\" is not a directory that can be read.\n")
        return nil
    }

    func observe(_ place: ByteString, take: @escaping @Sendable ([Notice]) -> Bool) async -> Int32 {
        let isDone = await Observation.run(
            of: place, wish: EventSourceKind(rawValue: kind), rescan: rescan.map { .seconds($0) }, take: take)
        if !isDone { Terminal.errors("lockstep: the kernel gives no event queue; nothing is watched\n") }
        return isDone ? 0 : ExitCodes.own.cannotStart
    }
}

/// `lockstep watch DIR`.
struct WatchCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Prints what happens in a directory tree, until it is interrupted.",
        discussion: "The first line says what watches the tree, and why. Nothing is transferred.")

    @OptionGroup var watched: WatchedDirectory

    func begin(_ words: ProgramWords) throws -> Beginning {
        guard let place = watched.place(words) else { return .ended(ExitCodes.own.cannotStart) }
        Signals.block()
        let watched = watched
        return .works {
            await watched.observe(place) { notices in
                let time = ByteString(TimeOfDay.now())
                var lines = ByteString()
                for notice in notices { lines += time + " " + Shown.notice(notice) + "\n" }
                Terminal.output(lines)
                return true
            }
        }
    }
}

/// `lockstep record DIR FILE`.
struct RecordCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Writes what happens in a directory tree to a file, until it is interrupted.",
        discussion: """
            The file holds names and times, no content. docs/recording.md has its form, and what can be done with it.
            """)

    @OptionGroup var watched: WatchedDirectory

    @Argument(help: "The file; it must not be there.")
    var file: String

    func begin(_ words: ProgramWords) throws -> Beginning {
        guard let place = watched.place(words) else { return .ended(ExitCodes.own.cannotStart) }
        let recorder: NoticeRecorder
        do throws(SystemCallError) {
            recorder = try NoticeRecorder(Path.absolute(words.bytes(of: file)))
        } catch {
            Terminal.errors(ByteString("lockstep record: \(error.description); nothing is recorded\n"))
            return .ended(ExitCodes.own.cannotStart)
        }
        Signals.block()
        let watched = watched
        return .works {
            await watched.observe(place) { notices in
                do throws(SystemCallError) {
                    try recorder.add(notices)
                    return true
                } catch {
                    Terminal.errors(ByteString("lockstep record: \(error.description); the record ends here\n"))
                    return false
                }
            }
        }
    }
}
