package import MirrorCore
import MirrorHTTP
import MirrorLinux
import MirrorStatus
import Synchronization

/// The server of the state over HTTP, from the start of the loop to its end.
package final class WebService: Sendable {
    package let board: StatusBoard
    private let server: HTTPServer
    private let asks: LoopQuestions

    /// nil where the settings want none.
    package init?(_ settings: Settings, _ options: DaemonOptions, inbox: Inbox) {
        guard let http = settings.http else { return nil }
        board = StatusBoard { inbox.wake() }
        asks = LoopQuestions(inbox: inbox)
        let site = StatusSite(settings, options, board: board, asks: asks, began: Clock.now())
        let log = options.log
        server = HTTPServer(HTTPPlace(address: http.address, port: http.port), site: site) { listening in
            switch listening {
            case .listens:
                log.write(LogLine(.normal, ByteString("the state is served at http://\(http.shown)/")))
                inbox.post(.httpOpened(errno: nil))
            case .fails(let errno): inbox.post(.httpOpened(errno: errno))
            }
        }
        server.start()
    }

    /// True where it was asked for over HTTP.
    func answer(_ id: LocalConnectionID, _ answer: ControlAnswer) -> Bool { asks.answer(id, answer) }

    package func close() async {
        board.close()
        await server.close()
    }
}

/// What is asked of the loop as at the control socket, by those who read over HTTP.
final class LoopQuestions: Sendable {
    private struct State {
        var last: UInt64 = 0
        var waiting: [UInt64: @Sendable (ControlAnswer) -> Void] = [:]
    }

    /// The numbers of connections at the socket never get there.
    private static let first: UInt64 = 1 << 63
    private static let limit = 64

    private let inbox: Inbox
    private let state = Mutex(State())

    init(inbox: Inbox) { self.inbox = inbox }

    /// False where too many wait already. The answer comes on the loop's thread.
    func ask(_ request: ControlRequest, _ answered: @escaping @Sendable (ControlAnswer) -> Void) -> Bool {
        let number = state.withLock { state -> UInt64? in
            guard state.waiting.count < Self.limit else { return nil }
            state.last += 1
            state.waiting[state.last] = answered
            return Self.first + state.last
        }
        guard let number else { return false }
        let peer = LocalPeer(user: .max, process: 0)
        inbox.post(.asked(LocalRequest(id: LocalConnectionID(number: number), words: request.words, peer: peer)))
        return true
    }

    func answer(_ id: LocalConnectionID, _ answer: ControlAnswer) -> Bool {
        guard id.number >= Self.first else { return false }
        let waiting = state.withLock { $0.waiting.removeValue(forKey: id.number - Self.first) }
        waiting?(answer)
        return true
    }
}
