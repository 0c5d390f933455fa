import ArgumentParser
import Glibc
import MirrorCore
import MirrorDaemon
import MirrorLinux

/// `lockstep status`.
struct StatusCommand: ParsableCommand, Beginner {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows every target of a running program: in step or how far behind, and why.")

    @Flag(help: "For programs: see docs/control.md.")
    var json = false

    @Flag(help: "A live screen with bars, rates and problems, until q; where it is no terminal, again every second.")
    var watch = false

    @OptionGroup var program: RunningProgram

    func begin(_ words: ProgramWords) throws -> Beginning {
        let client = ControlClient(command: "status", program: program, words: words, isALook: true)
        guard watch else { return client.run(.status(asJSON: json)) }
        switch client.socket() {
        case .failure(let refusal): return refusal.ending
        case .success(let socket): return .ended(show(client, socket))
        }
    }

    /// Until it is interrupted, or the program is gone.
    private func show(_ client: ControlClient, _ socket: ByteString) -> Int32 {
        if isatty(STDOUT_FILENO) == 1, !json { return LiveStatus(client: client, socket: socket).show() }
        while true {
            let code = client.ask(socket, .status(asJSON: json))
            guard code == 0 else { return code }
            usleep(1_000_000)
        }
    }
}
