import MirrorCore
import MirrorLinux

/// Hangs up how things stand at the loop's turns: what costs little at each of them, what costs more where somebody
/// has asked for it, and neither so often that the mirror would feel it.
struct Publisher {
    /// Between two reports of health, while much happens.
    private static let betweenReports = Duration.milliseconds(50)
    /// At rest, so that its age says that the loop lives.
    private static let signOfLife = Duration.seconds(1)
    /// The part of its time that the loop spends on statuses at most: one in so many.
    private static let share = 20

    private let board: StatusBoard
    private var lastReport: Moment?
    private var owesReport = false
    private var nextStatus = Moment.zero

    init(board: StatusBoard) { self.board = board }

    /// When `tell` has to be called at the latest.
    var deadline: Moment? {
        let report = lastReport.map { $0 + (owesReport ? Self.betweenReports : Self.signOfLife) }
        return [report, board.isAwaited ? nextStatus : nil].compactMap { $0 }.min()
    }

    mutating func tell(_ mirrors: borrowing Mirrors, at now: Moment) {
        owesReport = lastReport.map { now - $0 < Self.betweenReports } ?? false
        if !owesReport {
            board.hang(mirrors.health(at: now))
            lastReport = now
        }
        guard board.isAwaited, now >= nextStatus else { return }
        board.hang(StatusBoard.Telling(status: mirrors.snapshot(at: now, shown: 0), metrics: mirrors.metrics))
        let ended = Clock.now()
        nextStatus = ended + (ended - now) * Self.share
    }
}
