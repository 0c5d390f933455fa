import MirrorCore
import MirrorLinux
import MirrorStatus

/// Tells the service manager that the program is ready, lives, and how it stands. It is the loop that tells: a loop
/// that hangs is silent, and then the watchdog bites.
struct ServiceNotices {
    /// The status line is told when it has changed, but not more often.
    private static let betweenTexts = Duration.seconds(1)

    private let socket: NotifySocket?
    var words: ProblemText
    private var isReady = false
    private var nextSign: Moment?
    private var nextText = Moment.zero
    private var text = ByteString()
    private var owesText = false

    init(_ socket: NotifySocket?, words: ProblemText) {
        self.socket = socket
        self.words = words
    }

    /// When `tell` has to be called at the latest.
    var deadline: Moment? { [nextSign, owesText ? nextText : nil].compactMap { $0 }.min() }

    mutating func tell(_ mirrors: borrowing Mirrors, at now: Moment) {
        guard let socket else { return }
        var lines: [ByteString] = []
        if !isReady {
            isReady = true
            lines.append("READY=1")
        }
        if let watchdog = socket.watchdog, nextSign.map({ $0 <= now }) ?? true {
            lines.append("WATCHDOG=1")
            // Half of the time is what sd_watchdog_enabled(3) advises.
            nextSign = now + watchdog / 2
        }
        let current = ServiceText.line(mirrors.summary(at: now), words)
        owesText = current != text
        if owesText, now >= nextText {
            text = current
            lines.append("STATUS=" + current)
            nextText = now + Self.betweenTexts
            owesText = false
        }
        if !lines.isEmpty { socket.tell(lines) }
    }

    func tell(_ reason: ExitReason) {
        switch reason {
        case .reload:
            let moment = NotifySocket.monotonicMicroseconds()
            socket?.tell(["RELOADING=1", ByteString("MONOTONIC_USEC=\(moment)")])
        default: socket?.tell(["STOPPING=1"])
        }
    }
}

/// The status line of `systemctl status`.
enum ServiceText {
    static func line(_ summary: Summary, _ words: ProblemText) -> ByteString {
        guard summary.liveSources == summary.sources else {
            return ByteString("watching \(summary.liveSources) of \(Shown.count(summary.sources, "source", "sources"))")
        }
        guard let latest = summary.latest else {
            return ByteString("\(Shown.count(summary.targets, "target", "targets")) in step")
        }
        return ByteString("\(summary.inStep) of \(Shown.count(summary.targets, "target", "targets")) in step; ")
            + words.subject(of: latest) + ByteString(" is \(Shown.duration(summary.lag)) behind")
    }
}
