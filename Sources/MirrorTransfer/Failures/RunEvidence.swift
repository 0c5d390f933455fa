package import MirrorCore

/// What is left of a program that ran: how it ended and what it said.
package struct RunEvidence: Sendable, Equatable {
    package enum Ending: Sendable, Equatable {
        case exited(Int32)
        case killed(signal: Int32)
        /// No progress for too long; ended by us.
        case stalled
        /// Longer than allowed; ended by us.
        case timedOut
        /// Ended because we were asked to.
        case stopped
        /// errno of the call that did not start it.
        case notStarted(errno: Int32)
    }

    package var ending: Ending
    /// Lines of standard output and of standard error, without their ends.
    package var output: [ByteString]
    package var errors: [ByteString]

    /// Lines in the middle are missing.
    package var isCut = false

    package init(_ ending: Ending, output: [ByteString] = [], errors: [ByteString] = []) {
        self.ending = ending
        self.output = output
        self.errors = errors
    }

    package var exitCode: Int32? {
        if case .exited(let code) = ending { code } else { nil }
    }

    /// The lines of some output; a carriage return before the end (a far terminal sends it) is no part of a line.
    package static func lines(_ bytes: [UInt8]) -> [ByteString] {
        bytes.split(separator: UInt8(ascii: "\n")).map { line in
            ByteString(Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line))
        }
    }
}
