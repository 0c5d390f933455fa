import MirrorCore
import MirrorStatus

/// When the status file is written, and what stands in it. It is written at its interval also when nothing happens,
/// so that its age says that the program lives.
struct StatusWriter {
    /// The shortest time between two writes, whatever the interval and however much happens.
    private static let shortest = Duration.milliseconds(500)

    private var file: StatusFile?
    private let interval: Duration
    var words: ProblemText
    private let redaction: Redaction
    private var last: Moment?
    private(set) var nextWrite: Moment?

    init(settings: Settings, log: LogOutput, words: ProblemText) {
        file = settings.statusFile.map { StatusFile($0, log: log) }
        interval = max(settings.statusInterval, Self.shortest)
        self.words = words
        redaction = settings.redaction
        if file != nil { nextWrite = .zero }
    }

    func isDue(at now: Moment) -> Bool { nextWrite.map { $0 <= now } ?? false }

    /// Something has happened that a reader should not have to wait for.
    mutating func hasten() {
        guard file != nil, let last else { return }
        nextWrite = min(nextWrite ?? .distantFuture, last + Self.shortest)
    }

    mutating func write(_ snapshot: StatusSnapshot, watches: WatchList, at now: Moment) {
        let text = StatusText.render(snapshot, watches: watches, at: WallTime.now(), words: words)
        file?.write(redaction.apply(text))
        last = now
        nextWrite = now + interval
    }
}
