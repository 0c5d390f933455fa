package import MirrorCore
package import MirrorLinux
import Synchronization

/// Cuts the output of a program into lines while it comes, hands them on, and counts what rsync deletes.
///
/// The kernel thread fills it and the transfer reads the count when the program has ended, hence the mutex.
package final class OutputLines: Sendable {
    private struct State {
        var rest: [OutputStream.RawName: [UInt8]] = [:]
        var deletions = 0
    }

    /// A line without an end is handed on in pieces of this size.
    private static let longestLine = 64 * 1024
    private static let deletion: ByteString = "*deleting "

    private let output: @Sendable (ByteString) -> Void
    private let state = Mutex(State())

    package init(_ output: @escaping @Sendable (ByteString) -> Void) { self.output = output }

    package var deletions: Int { state.withLock { $0.deletions } }

    package func take(_ stream: OutputStream, _ bytes: [UInt8]) {
        let lines = state.withLock { state -> [ByteString] in
            var pieces = (state.rest[stream.rawName, default: []] + bytes).split(
                separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let rest = pieces.removeLast()
            if rest.count > Self.longestLine {
                pieces.append(rest)
                state.rest[stream.rawName] = []
            } else {
                state.rest[stream.rawName] = Array(rest)
            }
            let lines = pieces.map { ByteString(Array($0)) }
            state.deletions += lines.count { $0.hasPrefix(Self.deletion) }
            return lines
        }
        for line in lines { output(line) }
    }

    /// The program has ended: what has no newline at its end is a line too.
    package func finish() {
        let rests = state.withLock { state in
            defer { state.rest = [:] }
            return [OutputStream.standard, .error].compactMap { state.rest[$0.rawName] }
        }
        for rest in rests where !rest.isEmpty { output(ByteString(rest)) }
    }
}

extension OutputStream {
    enum RawName: Hashable { case standard, error }
    var rawName: RawName { self == .standard ? .standard : .error }
}
