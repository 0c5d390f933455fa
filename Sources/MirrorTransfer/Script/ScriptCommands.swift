package import MirrorCore
package import MirrorLinux

/// Runs the programs that functions of a configuration start: with words, and through a shell only where a shell is the
/// program.
package struct ScriptCommands: Sendable {
    private let kernel: KernelThread
    private let environment: ProgramEnvironment
    private let output: @Sendable (ByteString, TargetID) -> Void

    /// `output` gets each line that they print, on the kernel thread.
    package init(kernel: KernelThread, output: @escaping @Sendable (ByteString, TargetID) -> Void) {
        self.kernel = kernel
        self.output = output
        environment = .inherited
    }

    package func run(_ process: ScriptProcess) async -> ScriptProcessEnd {
        let words = process.command.words
        guard let name = words.first, let program = Programs.find(name, path: environment["PATH"]) else {
            return .notStarted("there is no such program")
        }
        let target = process.target
        let lines = OutputLines { [output] in output($0, target) }
        var command = Command(
            executable: program, arguments: words, environment: environment.words,
            input: process.command.input?.bytes)
        command.outputLimit = 4096
        command.token = process.id.number
        command.onOutput = { lines.take($0, $1) }
        let end = await kernel.run(command)
        lines.finish()
        switch end.ending {
        case .exited(let code): return .exited(code)
        case .killed(let signal): return .killed(signal: signal)
        case .stalled, .timedOut, .stopped: return .stopped
        case .notStarted(let error): return .notStarted(error.cause)
        }
    }
}
