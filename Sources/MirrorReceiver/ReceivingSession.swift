internal import CLinux
import Glibc
package import MirrorCore
import MirrorLinux
import MirrorWire
import Synchronization

/// A receiver at the two ends of a connection, until the sender closes it.
package enum ReceivingSession {
    private static let readBytes = 256 << 10
    /// Answers that are gathered before they are sent; all are sent before it waits.
    private static let gatheredBytes = 32 << 10

    package enum End: Sendable, Equatable {
        /// The sender has closed the connection.
        case closed
        /// It sent what is no order.
        case refused(ByteString)
        /// The connection broke.
        case broken(errno: Int32)
    }

    /// `pulses` where the program is this session and nothing else. It also stops then as soon as its sender has gone,
    /// whatever has come before: nobody would hear its answers, and a successor may be at work by now.
    package static func run(root: BeneathTree, input: Int32, output: Int32, pulses: Bool = false) -> End {
        let answers = GatheredAnswers(output)
        if pulses { answers.startPulse() }
        let receiver = Receiver(root: root) { answers.add($0, sendingAbove: gatheredBytes) }
        var frames = FrameReader()
        var buffer = [UInt8](repeating: 0, count: readBytes)
        while true {
            receiver.pause()
            answers.finish()
            if let error = answers.error { return .broken(errno: error) }
            let count = read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? .closed : .broken(errno: errno) }
            answers.begin()
            frames.append(buffer[..<count])
            do {
                while let message = try frames.next() {
                    if pulses, hasLeft(input) { return .closed }
                    try receiver.take(try Order(message))
                    if let error = answers.error { return .broken(errno: error) }
                }
            } catch {
                let text = (error as? Receiver.Refusal)?.text ?? "the sender's message can't be read"
                answers.add(.refused(text), sendingAbove: 0)
                return .refused(text)
            }
        }
    }
}

extension ReceivingSession {
    /// Nobody holds the other end (poll(2), POLLHUP), though there may be bytes left to read.
    private static func hasLeft(_ input: Int32) -> Bool {
        var state = pollfd(fd: input, events: 0, revents: 0)
        return poll(&state, 1, 0) > 0 && Int32(state.revents) & POLLHUP != 0
    }
}

/// Answers on their way to the sender. A second thread says every two seconds that something goes on while that is so:
/// an order can take long in a single call, and what comes over a slow line takes long too.
private final class GatheredAnswers: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var error: Int32?
        /// An order is at work.
        var isBusy = false
        /// Bytes have come since something was last said: an order is on its way.
        var hasHeard = false
    }

    private static let pause: UInt32 = 2

    private let output: Int32
    private let state = Mutex(State())

    init(_ output: Int32) { self.output = output }

    var error: Int32? { state.withLock { $0.error } }

    /// It lasts as long as the program does, and keeps this value with it.
    func startPulse() {
        SystemThread(named: "pulse") {
            while self.error == nil {
                sleep(Self.pause)
                self.pulse()
            }
        }
    }

    private func pulse() {
        state.withLock { state in
            guard state.isBusy || state.hasHeard else { return }
            Answer.alive.append(to: &state.bytes)
            send(&state)
        }
    }

    func begin() { state.withLock { ($0.isBusy, $0.hasHeard) = (true, true) } }

    func add(_ answer: Answer, sendingAbove limit: Int) {
        state.withLock { state in
            answer.append(to: &state.bytes)
            // Somebody waits for a sign of life.
            if state.bytes.count > limit || answer == .alive { send(&state) }
        }
    }

    /// Everything, before more orders are waited for.
    func finish() {
        state.withLock { state in
            send(&state)
            state.isBusy = false
        }
    }

    private func send(_ state: inout State) {
        guard !state.bytes.isEmpty else { return }
        state.hasHeard = false
        var done = 0
        while done < state.bytes.count, state.error == nil {
            let count = state.bytes.withUnsafeBytes { write(output, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { state.error = count < 0 ? errno : EPIPE }
            done += max(count, 0)
        }
        state.bytes.removeAll(keepingCapacity: true)
    }
}
