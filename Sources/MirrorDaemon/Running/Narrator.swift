package import MirrorCore
import MirrorLinux
package import MirrorStatus
import MirrorTransfer

/// Puts the core's reports into the log.
package struct Narrator {
    private(set) var words: ProblemText
    private var text: ReportText
    private let log: LogOutput
    private var remarks: [SourceID: String] = [:]

    init(settings: Settings, options: DaemonOptions) {
        words = Self.words(settings)
        text = ReportText(settings: settings, words: words, showsWholeLists: options.categories.showsEverything)
        log = options.log
    }

    package static func words(_ settings: Settings) -> ProblemText {
        ProblemText(
            settings: settings,
            cure: { failure, sync in FailureAdvice.cure(for: failure, target: sync.target) },
            errorText: { SystemCallError.text(of: $0) })
    }

    /// Syncs have come or gone; this target is a new one.
    mutating func adopt(_ settings: Settings, opened: TargetID?) {
        words.adopt(settings)
        text.adopt(settings, words, opened: opened)
        if let opened { log.setQuiet(opened, false) }
    }

    mutating func tell(_ report: Report, at now: Moment) {
        if case .sourceRemark(let source, let remark) = report { return tellOnce(remark, of: source, at: now) }
        write(report, at: now)
    }

    /// A remark that comes with every look at a source is told when it is new.
    mutating func tellOnce(_ remark: String?, of source: SourceID, at now: Moment) {
        guard let remark, remarks[source] != remark else { return }
        remarks[source] = remark
        write(.sourceRemark(source, remark), at: now)
    }

    func tellScheduled(_ targets: [TargetID]) {
        for target in targets {
            log.write(LogLine(.info, words.subject(of: target) + ": Crontab triggered full sync"))
        }
    }

    private func setQuiet(_ subject: Problem.Subject, _ isQuiet: Bool) {
        if case .target(let target) = subject { log.setQuiet(target, isQuiet) }
    }

    func tell(_ reason: ExitReason) {
        for line in text.lines(for: reason) { log.write(line) }
    }

    private mutating func write(_ report: Report, at now: Moment) {
        switch report {
        case .problemRaised(let problem): setQuiet(problem.subject, true)
        case .problemEnded(let problem): setQuiet(problem.subject, false)
        default: break
        }
        for line in text.lines(for: report, at: now) { log.write(line) }
    }
}
