internal import CLinux
import Glibc
package import MirrorCore
import MirrorLinux
import MirrorWire

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

    package static func run(root: BeneathTree, input: Int32, output: Int32) -> End {
        let answers = GatheredAnswers(output)
        let receiver = Receiver(root: root) { answers.add($0, sendingAbove: gatheredBytes) }
        var frames = FrameReader()
        var buffer = [UInt8](repeating: 0, count: readBytes)
        while true {
            receiver.pause()
            answers.send()
            if let error = answers.error { return .broken(errno: error) }
            let count = read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? .closed : .broken(errno: errno) }
            frames.append(buffer[..<count])
            do {
                while let message = try frames.next() {
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

/// Answers on their way to the sender.
private final class GatheredAnswers {
    private let output: Int32
    private var bytes: [UInt8] = []
    private(set) var error: Int32?

    init(_ output: Int32) { self.output = output }

    func add(_ answer: Answer, sendingAbove limit: Int) {
        answer.append(to: &bytes)
        // Somebody waits for a sign of life.
        if bytes.count > limit || answer == .alive { send() }
    }

    func send() {
        var done = 0
        while done < bytes.count, error == nil {
            let count = bytes.withUnsafeBytes { write(output, $0.baseAddress! + done, bytes.count - done) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { error = count < 0 ? errno : EPIPE }
            done += max(count, 0)
        }
        bytes.removeAll(keepingCapacity: true)
    }
}
