package import MirrorCore
import MirrorLinux
package import MirrorStatus

/// Hangs up how things stand at the loop's turns: what costs little at each of them, what costs more where somebody
/// has asked for it, and neither so often that the mirror would feel it.
package struct Publisher {
    /// Between two reports of health, while much happens.
    private static let betweenReports = Duration.milliseconds(50)
    /// At rest, so that its age says that the loop lives.
    private static let signOfLife = Duration.seconds(1)
    /// The part of its time that the loop spends on statuses at most, one in so many; unless who asks would have to
    /// wait for longer than that.
    private static let share = 20
    private static let longestWait = Duration.seconds(2)

    private let board: StatusBoard
    private var lastReport: Moment?
    private var owesReport = false
    private var nextStatus = Moment.zero

    private var recent: [RecentTransfer] = []
    private var words: ProblemText

    package init(board: StatusBoard, words: ProblemText) {
        self.board = board
        self.words = words
    }

    package mutating func adopt(_ settings: Settings, _ words: ProblemText) {
        self.words = words
        board.adopt(settings, words)
    }

    /// Remembers the last transfers for who looks.
    package mutating func heard(_ report: Report, at now: Moment) {
        guard case .transferEnded(let job, let outcome, _, _) = report else { return }
        if recent.count == RecentTransfer.kept { recent.removeFirst() }
        recent.append(RecentTransfer(job, outcome, at: now, words: words))
    }

    /// When `tell` has to be called at the latest.
    var deadline: Moment? {
        let report = lastReport.map { $0 + (owesReport ? Self.betweenReports : Self.signOfLife) }
        return [report, board.isAwaited ? nextStatus : nil].compactMap { $0 }.min()
    }

    package mutating func tell(_ mirrors: borrowing Mirrors, at now: Moment) {
        owesReport = lastReport.map { now - $0 < Self.betweenReports } ?? false
        if !owesReport {
            board.hang(mirrors.health(at: now))
            lastReport = now
        }
        guard board.isAwaited, now >= nextStatus else { return }
        let status = mirrors.snapshot(at: now, shown: 0)
        board.hang(StatusBoard.Telling(status: status, metrics: mirrors.metrics, recent: recent))
        let ended = Clock.now()
        nextStatus = ended + min((ended - now) * Self.share, Self.longestWait)
    }
}
