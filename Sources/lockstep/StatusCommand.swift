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

    @Flag(help: "Show it again every second, until interrupted.")
    var watch = false

    @OptionGroup var program: RunningProgram

    func begin(_ words: ProgramWords) throws -> Beginning {
        let client = ControlClient(command: "status", program: program, words: words)
        guard watch else { return client.run(.status(asJSON: json)) }
        switch client.socket() {
        case .failure(let refusal): return refusal.ending
        case .success(let socket): return .ended(show(client, socket))
        }
    }

    /// Until it is interrupted, or the program is gone.
    private func show(_ client: ControlClient, _ socket: ByteString) -> Int32 {
        let isTerminal = isatty(STDOUT_FILENO) == 1 && !json
        while true {
            if isTerminal { Terminal.output("\u{1b}[H\u{1b}[2J") }
            let code = client.ask(socket, .status(asJSON: json))
            guard code == 0 else { return code }
            usleep(1_000_000)
        }
    }
}
