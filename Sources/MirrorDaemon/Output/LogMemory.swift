package import MirrorCore
import MirrorStatus
import Synchronization

/// The last messages of every category, those too that nobody wanted to see: what a capsule tells of the decisions
/// before an incident.
package final class LogMemory: Sendable {
    private struct State {
        var lines: [ByteString] = []
        var place = 0
    }

    private static let limit = 3000
    /// A list of names may be long; its beginning says what it is.
    private static let longestLine = 2000
    // A lock of its own: any thread may log, and it is read when a person asks.
    private let state = Mutex(State())

    package init() {}

    func add(_ line: ByteString) {
        let isLong = line.count > Self.longestLine
        let kept = isLong ? ByteString(Array(line.bytes.prefix(Self.longestLine))) + "…\n" : line
        state.withLock { state in
            if state.lines.count < Self.limit {
                state.lines.append(kept)
            } else {
                state.lines[state.place] = kept
                state.place = (state.place + 1) % Self.limit
            }
        }
    }

    /// The oldest first.
    package var text: ByteString {
        let (lines, place) = state.withLock { ($0.lines, $0.place) }
        return (Array(lines[place...]) + Array(lines[..<place])).joined(separator: ByteString())
    }
}
