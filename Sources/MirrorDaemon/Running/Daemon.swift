import Glibc
package import MirrorCore
import MirrorLinux
package import MirrorStatus

/// The program at work: the loop that owns the core, hands it what happened, and does what it says.
///
/// The kernel thread and the child tasks post events; nothing else touches the core.
package enum Daemon {
    /// Returns when the core says exit, after every transfer has ended. `Signals.block` must have been called before
    /// any thread existed.
    package static func run(settings: Settings, options: DaemonOptions) async -> DaemonEnd {
        let inbox = Inbox()
        let kernel: KernelThread
        do throws(SystemCallError) {
            kernel = try KernelThread(
                callbacks: KernelCallbacks(
                    deadlineReached: { inbox.post(.deadlineReached) },
                    signalled: { inbox.post(.stopRequested(manner(of: $0))) }))
        } catch {
            let text = "the kernel gives no event queue (\(error.description)); nothing is mirrored"
            options.log.write(LogLine(.error, text))
            return DaemonEnd(
                reason: .fatal(TargetID(0), Failure(.exited, detail: error.description)), settings: settings)
        }
        kernel.start()
        let shell = Shell(settings: settings, options: options, kernel: kernel, inbox: inbox)
        let web = WebService(settings, options, inbox: inbox)
        let control = ControlServers(kernel: kernel, inbox: inbox)
        for remark in control.open(settings) { options.log.write(LogLine(.warn, ByteString(remark))) }
        var loop = Loop(settings: settings, options: options, control: control, web: web)
        await loop.run(shell: shell, inbox: inbox, kernel: kernel)
        control.close()
        await web?.close()
        await shell.close()
        kernel.stop()
        return DaemonEnd(reason: reason(loop.reason, late: inbox.rest().events), settings: loop.reloading.settings)
    }

    /// What status says of a configuration with these mistakes.
    package static func fault(_ mistakes: [LogLine]) -> ByteString { Reloading.fault(mistakes) }

    /// A TERM that came when the loop was over already, on its way to read the configuration again, still ends the
    /// program. What comes from now on waits in the kernel for the next loop.
    package static func reason(_ reason: ExitReason, late: [Event]) -> ExitReason {
        guard case .reload = reason else { return reason }
        for case .stopRequested(let manner) in late {
            switch manner {
            case .fade(let signal), .now(let signal): return .signal(signal)
            case .reload: continue
            }
        }
        return reason
    }

    private static func manner(of signal: Int32) -> StopManner {
        signal == SIGHUP ? .reload : .fade(signal: signal)
    }
}

/// How it ended, and the last good configuration.
package struct DaemonEnd: Sendable {
    package var reason: ExitReason
    package var settings: Settings
}

private struct Loop: ~Copyable {
    private var mirrors: Mirrors
    private var narrator: Narrator
    private var status: StatusWriter
    private var schedule: ComparisonSchedule
    private var rests: PauseSchedule
    private var desk: ControlDesk
    private var service: ServiceNotices
    private var publisher: Publisher?
    private var discoverer: Discoverer
    private(set) var reloading: Reloading
    private var tellers: Tellers
    private let configurationFault: ByteString?
    /// Valid once `run` has returned.
    private(set) var reason = ExitReason.signal(0)

    init(settings: Settings, options: DaemonOptions, control: ControlServers, web: WebService?) {
        let now = Clock.now()
        reloading = Reloading(settings, options)
        tellers = Tellers(options.log)
        configurationFault = options.configurationFault
        var settings = settings
        settings.tellsEvents = options.categories.includes(.delay)
        // Chance for jitter only: which moment it is will do.
        mirrors = Mirrors(settings: settings, seed: UInt64(bitPattern: now.nanoseconds))
        narrator = Narrator(settings: settings, options: options)
        status = StatusWriter(settings: settings, log: options.log, words: narrator.words)
        schedule = ComparisonSchedule(settings, at: now, wall: WallClock.now().seconds)
        rests = PauseSchedule(settings)
        service = ServiceNotices(options.notifySocket, words: narrator.words)
        discoverer = Discoverer(
            settings, TargetMemory(directory: options.memory.directory), limit: mirrors.limits.discoveredTargets,
            at: now)
        desk = ControlDesk(settings: settings, options: options, words: narrator.words, at: now) {
            if web?.answer($0, $1) != true { control.answer($0, $1.bytes) }
        }
        publisher = web.map { Publisher(board: $0.board, words: narrator.words) }
    }

    mutating func run(shell: Shell, inbox: Inbox, kernel: KernelThread) async {
        await withDiscardingTaskGroup { group in
            var actions: [Action] = []
            let now = Clock.now()
            mirrors.start(at: now, into: &actions)
            for event in desk.restoredTargets() + discoverer.restored(mirrors.settings) + desk.restoredPauses(at: now)
                + turns(at: now)
            {
                mirrors.handle(event, at: now, into: &actions)
            }
            if let fault = configurationFault {
                mirrors.handle(.faultMet(.configuration, fault), at: now, into: &actions)
            }
            mirrors.settle(at: now, into: &actions)
            while !perform(actions, shell, in: &group) {
                for index in discoverer.due(at: Clock.now()) {
                    shell.discover(index, mirrors.settings.discoveries[index], in: &group)
                }
                tellers.look(mirrors)
                for run in tellers.due(at: Clock.now()) { shell.tell(run, in: &group) }
                await writeStatusIfDue(shell)
                desk.log.tellHeld()
                service.tell(mirrors, at: Clock.now())
                publisher?.tell(mirrors, at: Clock.now())
                let moments = [
                    mirrors.nextDeadline(), status.nextWrite, schedule.deadline, rests.deadline, desk.deadline,
                    service.deadline, publisher?.deadline, desk.log.deadline, discoverer.deadline, tellers.deadline,
                ]
                kernel.setDeadline(moments.compactMap { $0 }.min())
                actions = handle(await inbox.drain(), shell)
            }
            kernel.setDeadline(nil)
            service.tell(reason)
            shell.stopWatching()
            status.hasten()
            await writeStatusIfDue(shell)
            desk.log.tellHeld(everything: true)
        }
    }

    /// The clock is read after the wait, once for the whole batch.
    private mutating func handle(_ mail: Inbox.Mail, _ shell: Shell) -> [Action] {
        let now = Clock.now()
        var actions: [Action] = []
        let scheduled = schedule.due(at: now, wall: WallClock.now().seconds)
        narrator.tellScheduled(scheduled)
        for event in turns(at: now) + reload(mail.events, shell) + scheduled.map({ mirrors.settings.scheduled($0) }) {
            mirrors.handle(event, at: now, into: &actions)
        }
        for news in mail.asked {
            for event in reload(desk.heard(news, mirrors, at: now), shell) {
                mirrors.handle(event, at: now, into: &actions)
            }
        }
        for news in mail.found {
            for event in discoverer.heard(news, mirrors.settings, at: now) {
                mirrors.handle(event, at: now, into: &actions)
            }
        }
        for news in mail.told { tellers.heard(news, narrator.words, at: now) }
        for news in mail.read {
            for event in reloading.heard(news, &desk, shell) { mirrors.handle(event, at: now, into: &actions) }
            adoptNames()
        }
        for event in reloading.joining(mirrors.settings) { mirrors.handle(event, at: now, into: &actions) }
        for event in desk.expire(mirrors, at: now) { mirrors.handle(event, at: now, into: &actions) }
        mirrors.settle(at: now, into: &actions)
        return actions
    }

    private mutating func turns(at now: Moment) -> [Event] {
        let wall = WallClock.now().seconds
        let turned = rests.turn(at: now, wall: wall)
        return desk.turned(turned, mirrors, wall: wall, at: now)
    }

    /// True when it is over.
    private mutating func perform(_ actions: [Action], _ shell: Shell, in group: inout DiscardingTaskGroup) -> Bool {
        var isOver = false
        for action in actions {
            switch action {
            case .report(let report):
                narrator.tell(report, at: Clock.now())
                publisher?.heard(report, at: Clock.now())
                tellers.took(report, mirrors.settings, narrator.words, at: Clock.now())
                if report.isAboutProblem { status.hasten() }
            case .remember(let source, let hasContent, let inStep):
                let remark = shell.remember(source, hasContent: hasContent, inStep: inStep)
                narrator.tellOnce(remark, of: source, at: Clock.now())
            case .openTarget(let target): open(target, shell)
            case .closeTarget(let target):
                close(target, shell, in: &group)
                // Another one may wait for its place.
                shell.wake()
            case .rememberTarget(let target):
                desk.log.setQuiet(target, false)
                if let remark = desk.targets.keepKnown(mirrors.settings.syncs[target.index]) {
                    narrator.tell(.sourceRemark(mirrors.mirrors[target.index].source, remark), at: Clock.now())
                }
            case .answerFlush(let id, let refused): desk.arrived(id, refused: refused)
            case .exit(let why):
                reason = why
                narrator.tell(why)
                isOver = true
            default: shell.perform(action, in: &group)
            }
        }
        return isOver
    }

    /// Without what asks for the configuration, where that is read beside the loop.
    private mutating func reload(_ events: [Event], _ shell: Shell) -> [Event] {
        guard reloading.isWanted, events.contains(.stopRequested(.reload)) else { return events }
        reloading.begin(shell)
        return events.filter { $0 != .stopRequested(.reload) }
    }

    private mutating func adoptNames() {
        narrator.adopt(mirrors.settings, opened: nil)
        desk.adopt(mirrors.settings, narrator.words)
        publisher?.adopt(mirrors.settings, narrator.words)
        (status.words, service.words) = (narrator.words, narrator.words)
    }

    /// Before anything else is said of it, all who speak of targets get to know it.
    private mutating func open(_ target: TargetID, _ shell: Shell) {
        let settings = mirrors.settings
        shell.open(target, settings)
        tellers.opened(target)
        narrator.adopt(settings, opened: target)
        // A rehearsal prints every name, which nobody wants in the log.
        if mirrors.mirrors[target.index].consent == .unasked { desk.log.setQuiet(target, true) }
        desk.adopt(settings, narrator.words)
        publisher?.adopt(settings, narrator.words)
        // Nothing goes to a new target before it is identified, so its pause is in time.
        var none: [Action] = []
        let now = Clock.now()
        rests.adopt(settings, opened: target)
        let pauses = (desk.restoredPause(of: target, at: now).map { [$0] } ?? []) + turns(at: now)
        for pause in pauses { mirrors.handle(pause, at: now, into: &none) }
        status.words = narrator.words
        service.words = narrator.words
        schedule = schedule.adopting(settings, at: now)
    }

    private mutating func close(_ target: TargetID, _ shell: Shell, in group: inout DiscardingTaskGroup) {
        let settings = mirrors.settings
        shell.close(target, in: &group)
        let remark = desk.targets.left(settings.syncs[target.index], wall: WallClock.now().seconds)
        if let remark { narrator.tell(.sourceRemark(mirrors.mirrors[target.index].source, remark), at: Clock.now()) }
        desk.adopt(settings, narrator.words)
        publisher?.adopt(settings, narrator.words)
        schedule = schedule.adopting(settings, at: Clock.now())
        rests.adopt(settings)
    }

    private mutating func writeStatusIfDue(_ shell: Shell) async {
        let now = Clock.now()
        guard status.isDue(at: now) else { return }
        status.write(mirrors.snapshot(at: now), watches: await shell.watches(), at: now)
    }
}

extension Settings {
    /// What a time of `crontab` means: a comparison, or an event for functions of the person's own.
    fileprivate func scheduled(_ target: TargetID) -> Event {
        syncs[target.index].script == nil ? .resyncRequested(target, .root) : .script(.scheduled(target))
    }
}

extension Report {
    /// What somebody who reads the status file should not have to wait for.
    fileprivate var isAboutProblem: Bool {
        switch self {
        case .problemRaised, .problemEnded, .targetIsSource, .sourceAccepted: true
        default: false
        }
    }
}
