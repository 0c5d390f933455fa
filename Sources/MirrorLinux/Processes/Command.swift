package import MirrorCore

/// One of the two streams that a process writes.
package enum OutputStream: Sendable, Equatable { case standard, error }

/// A program to run. It gets a process group of its own, default signal handlers, no descriptors but the three
/// standard ones, and SIGTERM when this program ends, however that comes.
package struct Command: Sendable {
    /// An absolute path; see `Programs.find`.
    package var executable: ByteString
    /// All of argv, the program's own name first.
    package var arguments: [ByteString]
    /// `NAME=value` words; nil is the environment of this program.
    package var environment: [ByteString]?
    /// nil is that of this program.
    package var workingDirectory: ByteString?
    /// What it reads as standard input, as a file in memory (so it can be read twice, by `/proc/self/fd/0` too);
    /// nil is /dev/null.
    package var input: [UInt8]?
    /// A descriptor that it gets as standard input and output in place of `input` and what `onOutput` sees; it stays
    /// the caller's, who may close his own once the program has started or did not.
    package var channel: Int32?
    /// Stopped when for so long nothing moves: no output, and no process of the group reads, writes or computes.
    package var progressTimeout: Duration?
    package var timeLimit: Duration?
    /// Bytes kept of each stream: the first half and the last half, with a line between that says how much is
    /// missing.
    package var outputLimit: Int
    /// Sees all output as it comes, on the kernel thread.
    package var onOutput: (@Sendable (OutputStream, [UInt8]) -> Void)?
    /// Gets the number of the process once it runs, on the kernel thread.
    package var onStart: (@Sendable (Int32) -> Void)?
    /// What `KernelThread.stop(token:)` calls it by. A token once stopped stays stopped: a command that comes under
    /// it later is not started. So one token is one piece of work, however many commands it takes.
    package var token: UInt64?

    package init(
        executable: ByteString, arguments: [ByteString], environment: [ByteString]? = nil,
        workingDirectory: ByteString? = nil, input: [UInt8]? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.input = input
        outputLimit = 64 * 1024
    }
}

/// How a command ended.
package struct ProcessEnd: Sendable, Equatable {
    package enum Ending: Sendable, Equatable {
        case exited(Int32)
        /// By a signal that did not come from here.
        case killed(signal: Int32)
        /// By us, after `progressTimeout`.
        case stalled
        /// By us, after `timeLimit`.
        case timedOut
        /// By `stop(token:)`, or because the program ends.
        case stopped
        /// It never ran: the directory, the program or the kernel refused.
        case notStarted(SystemCallError)
    }

    package var ending: Ending
    package var output: [UInt8]
    package var errors: [UInt8]
    package var duration: Duration
    /// What the program itself has written to files, pipes and sockets; nil where the kernel does not tell.
    package var written: Int?

    package init(ending: Ending, output: [UInt8] = [], errors: [UInt8] = [], duration: Duration = .zero) {
        self.ending = ending
        self.output = output
        self.errors = errors
        self.duration = duration
    }
}
