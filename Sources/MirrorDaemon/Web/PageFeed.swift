import MirrorCore
import MirrorLinux
import MirrorStatus
import Synchronization

/// Feeds the page: takes the lag once a second, and asks the loop for a whole status while somebody looks.
final class PageFeed: Sendable {
    private struct State {
        var feed: LiveFeed
        var latest: StatusBoard.Telling?
    }

    private let board: StatusBoard
    private let program: @Sendable (Moment) -> ProgramFacts
    private let state: Mutex<State>

    init(
        _ settings: Settings, board: StatusBoard, words: ProblemText,
        program: @escaping @Sendable (Moment) -> ProgramFacts
    ) {
        self.board = board
        self.program = program
        let feed = LiveFeed(targets: settings.syncs.count, words: words, redaction: settings.redaction)
        state = Mutex(State(feed: feed))
    }

    func tick() {
        guard let health = board.health else { return }
        state.withLock { $0.feed.sample(health, at: Clock.now()) }
    }

    /// What was told last; the next one is asked for meanwhile.
    func event(isFirst: Bool) -> ByteString {
        board.read { [weak self] telling in
            guard let self, let telling else { return }
            state.withLock { $0.latest = telling }
        }
        let words = board.names?.words
        return state.withLock { state in
            if let words { state.feed.words = words }
            let page = state.latest.map { telling in
                LivePage(
                    status: telling.status, metrics: telling.metrics, recent: telling.recent,
                    program: program(telling.status.moment))
            }
            return isFirst ? state.feed.greeting(page) : state.feed.news(page)
        }
    }
}
