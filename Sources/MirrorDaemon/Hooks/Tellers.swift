package import MirrorCore
import MirrorLinux
import MirrorStatus
import MirrorTransfer

/// The end of a command that was told something.
package struct HookNews: Sendable {
    package var target: TargetID
    /// nil: it ended well.
    package var fault: String?
}

/// Tells commands of a person's own what happens at targets. It belongs to the loop; commands run beside it.
struct Tellers {
    static let timeLimit = Duration.seconds(60)
    /// Tokens of jobs count from one, and never get so far.
    static func token(_ target: TargetID) -> UInt64 { 1 << 61 | UInt64(target.index) }

    private struct Line {
        var queue = HookQueue()
        var isInStep = false
        var isFailing = false
    }

    struct Run {
        var target: TargetID
        var call: TellingCall
        var attempt: Int
    }

    private let log: LogOutput
    private var lines: [TargetID: Line] = [:]

    init(_ log: LogOutput) { self.log = log }

    var deadline: Moment? { lines.values.compactMap(\.queue.deadline).min() }

    mutating func took(_ report: Report, _ settings: Settings, _ words: ProblemText, at now: Moment) {
        switch report {
        case .transferEnded(let job, let outcome, _, _):
            switch outcome.result {
            case .done, .partial:
                var changes: Int?
                if case .changes(let list) = job.scope { changes = list.count }
                add(TellingCall(.batch, changes: changes), job.target, settings)
            case .failed, .stopped, .sourceSuspect: break
            }
        case .problemRaised(let problem):
            guard let target = problem.subject.target else { return }
            add(
                TellingCall(.problem, text: settings.redaction.apply(words.text(for: problem, at: now))), target,
                settings)
        case .problemEnded(let problem):
            guard let target = problem.subject.target else { return }
            add(
                TellingCall(.problemEnded, text: settings.redaction.apply(words.end(of: problem, at: now))), target,
                settings)
        default: break
        }
    }

    /// Who has come in step since the last look. Costs the number of targets that have such a command.
    mutating func look(_ mirrors: borrowing Mirrors) {
        for (index, sync) in mirrors.settings.syncs.enumerated() where !sync.hooks.onInStep.isEmpty {
            let (mirror, target) = (mirrors.mirrors[index], TargetID(index))
            let isInStep = !mirror.hasLeft && mirror.isInStep(mirrors.sources[mirror.source.index].log)
            if isInStep, lines[target]?.isInStep != true { add(TellingCall(.inStep), target, mirrors.settings) }
            if lines[target] != nil || isInStep { lines[target, default: Line()].isInStep = isInStep }
        }
    }

    /// The target's place belongs to another one from now on.
    mutating func opened(_ target: TargetID) {
        guard let line = lines[target], !line.queue.isRunning else { return }
        lines[target] = nil
    }

    private mutating func add(_ call: TellingCall, _ target: TargetID, _ settings: Settings) {
        guard !settings.syncs[target.index].hooks.words(for: call.kind).isEmpty else { return }
        lines[target, default: Line()].queue.add(call)
    }

    mutating func due(at now: Moment) -> [Run] {
        lines.keys.sorted().compactMap { target in
            guard let call = lines[target]?.queue.next(at: now) else { return nil }
            return Run(target: target, call: call, attempt: lines[target]?.queue.attempts ?? 1)
        }
    }

    mutating func heard(_ news: HookNews, _ words: ProblemText, at now: Moment) {
        guard var line = lines[news.target] else { return }
        line.queue.ended(succeeded: news.fault == nil, at: now)
        // A command that fails every time is told once, until it works again.
        if let fault = news.fault, !line.isFailing {
            let text = ": a command that is told what happens fails (\(fault)); it is tried again, the mirror goes on"
            log.write(LogLine(.warn, words.subject(of: news.target) + ByteString(text)))
        }
        line.isFailing = news.fault != nil
        lines[news.target] = line
    }

    // MARK: Beside the loop

    static func run(_ run: Run, _ sync: SyncSettings, kernel: KernelThread, log: LogOutput) async -> HookNews {
        func news(_ fault: String?) -> HookNews { HookNews(target: run.target, fault: fault) }
        let words = sync.hooks.words(for: run.call.kind)
        var environment = ProgramEnvironment.inherited
        guard let name = words.first, let program = Programs.find(name, path: environment["PATH"]) else {
            return news("there is no such program")
        }
        environment["LOCKSTEP_EVENT"] = ByteString(run.call.kind.rawValue)
        environment["LOCKSTEP_SYNC"] = sync.name
        environment["LOCKSTEP_SOURCE"] = sync.source
        environment["LOCKSTEP_TARGET"] = sync.target
        environment["LOCKSTEP_TEXT"] = run.call.text
        environment["LOCKSTEP_CHANGES"] = ByteString(run.call.changes.map { "\($0)" } ?? "all")
        environment["LOCKSTEP_TIMES"] = ByteString("\(run.call.times)")
        environment["LOCKSTEP_TRY"] = ByteString("\(run.attempt)")
        let lines = OutputLines { log.childOutput($0, of: run.target) }
        var command = Command(executable: program, arguments: words, environment: environment.words)
        command.timeLimit = timeLimit
        command.outputLimit = 4096
        command.token = token(run.target)
        command.onOutput = { lines.take($0, $1) }
        let end = await kernel.run(command)
        lines.finish()
        switch end.ending {
        case .exited(0): return news(nil)
        case .exited(let code): return news("exit code \(code)")
        case .killed(let signal): return news("killed by signal \(signal)")
        case .timedOut, .stalled: return news("stopped after 60 seconds")
        case .stopped: return news("stopped")
        case .notStarted(let error): return news(error.cause)
        }
    }
}

extension Problem.Subject {
    fileprivate var target: TargetID? {
        switch self {
        case .target(let target), .paths(let target): target
        default: nil
        }
    }
}
