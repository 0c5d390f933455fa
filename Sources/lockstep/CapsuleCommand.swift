import ArgumentParser
import Glibc
import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorLua
import MirrorStatus

/// `lockstep capsule`.
struct CapsuleCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "capsule",
        abstract: "Writes one file that tells all of an incident: for a report of a fault, or to look at elsewhere.",
        discussion: """
            Configuration (without passwords), status, what is owed, the last messages and events, versions, limits. \
            What the event sources told last can be replayed by lockstep-sim replay-record. Where no program runs, \
            it holds what can be had without one; --config says of which configuration.
            """)

    @Argument(help: "The file to make; lockstep-capsule-TIME.txt here, unless given. - is standard output.")
    var file: String?

    @OptionGroup var program: RunningProgram

    func begin(_ words: ProgramWords) throws -> Beginning {
        let client = ControlClient(command: "capsule", program: program, words: words)
        var contents = CapsuleContents()
        switch client.capsule() {
        case .answered(let capsule, let process, let configuration):
            (contents.answer, contents.process) = (capsule, process)
            contents.configuration = configuration
        case .silent(let why, let process): (contents.silence, contents.process) = (why, process)
        case .refused(let ending): return ending
        }
        if let config = program.config { contents.configuration = Path.absolute(words.bytes(of: config)) }
        if let file = contents.configuration {
            var start = Start(codes: .own)
            start.configurationFile = file
            do throws(ConfigurationError) {
                contents.settings = try start.configuration().settings
            } catch {
                contents.mistakes = error.diagnostics.map { ByteString(DiagnosticText.render($0)) }
            }
        }
        if let silence = contents.silence {
            Terminal.errors("lockstep capsule: without the words of a running program: " + silence + "\n")
            if contents.configuration == nil {
                Terminal.errors("  name its configuration with --config, so that this is in the capsule\n")
            }
        }
        Signals.block()
        let place = place(words)
        return .works { [contents] in write(await contents.collect(), to: place) }
    }

    /// nil is standard output.
    private func place(_ words: ProgramWords) -> ByteString? {
        guard file != "-" else { return nil }
        return Path.absolute(
            file.map(words.bytes) ?? ByteString("lockstep-capsule-\(WallClock.now().seconds)-\(getpid()).txt"))
    }

    private func write(_ capsule: Capsule, to place: ByteString?) -> Int32 {
        let text = capsule.bytes
        guard let place else {
            Terminal.output(text)
            return 0
        }
        do throws(SystemCallError) {
            try NewFile.write(place, text.bytes)
        } catch {
            Terminal.errors(
                "lockstep capsule: " + Shown.name(place) + ByteString(": \(error.cause); nothing is written\n")
                    + "  name a file that is not there yet, in a directory that you may write\n")
            return ExitCodes.own.cannotStart
        }
        Terminal.output(
            Shown.name(place) + ByteString(" (\(text.count) bytes) is written, for you alone to read.\n")
                + "It holds names of files and hosts, and no passwords that are known as such: look through it "
                + "before you give it away.\n")
        return 0
    }
}

extension ControlClient {
    enum CapsuleAnswer {
        case answered(Capsule, process: Int32?, configuration: ByteString?)
        /// No program, and why.
        case silent(ByteString, process: Int32?)
        case refused(Beginning)
    }

    /// Nobody there is no obstacle; somebody who may not be asked, and several of whom none is named, are.
    func capsule() -> CapsuleAnswer {
        switch find() {
        case .failed(let code, let text):
            return code == ControlClient.unavailable ? .silent(text, process: nil) : .refused(failed(text, code))
        case .hangs(let process):
            return .silent(ControlClient.hanging(process), process: Int32(process.description))
        case .socket(let socket):
            switch answer(socket, .capsule) {
            case .failure(let refusal):
                return refusal.code == ControlClient.unavailable
                    ? .silent(refusal.text, process: program.pid) : .refused(failed(refusal.text, refusal.code))
            case .success(let answer):
                guard answer.code == 0, let capsule = Capsule(answer.text) else {
                    return .silent(answer.text, process: nil)
                }
                let listener = (try? listener(socket)).flatMap { $0 }
                return .answered(
                    capsule, process: listener.flatMap { Int32($0.process.description) },
                    configuration: listener.flatMap { $0.configuration.isEmpty ? nil : $0.configuration })
            }
        }
    }
}
