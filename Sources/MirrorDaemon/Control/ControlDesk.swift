import MirrorCore
import MirrorLinux
import MirrorStatus

/// Answers what people and scripts ask a running program for. It belongs to the loop; what is asked becomes events for
/// the core, and what waits for something is answered when the core says so, or when its time is over.
struct ControlDesk {
    private enum Waiting {
        case connection(LocalConnectionID)
        /// Nobody yet; whoever has the token may ask.
        case token(UInt64)
    }

    private struct Wait {
        var who: Waiting
        var end: Moment?
        var targets: [TargetID]
        var began: Moment
    }

    /// The end of a flush that somebody may ask for later.
    private struct Kept {
        var flush: FlushID
        var answer: ControlAnswer?
    }

    /// Older tokens are forgotten; whoever comes with one gets a new flush, which says more than was asked for.
    private static let tokenLimit = 1000

    private(set) var settings: Settings
    private(set) var words: ProblemText
    /// The syncs of the configuration.
    var configured: [SyncSettings]
    let log: LogOutput
    let targets: TargetMemory
    let pauses: PauseMemory
    let notices: RecentNotices
    let program: @Sendable (Moment) -> ProgramFacts
    let answer: @Sendable (LocalConnectionID, ControlAnswer) -> Void
    /// Tells the tokens of this program from those of one before it.
    private let epoch: UInt64
    private var waits: [FlushID: Wait] = [:]
    private var tokens: [UInt64: Kept] = [:]
    private var lastFlush: UInt64 = 0

    init(
        settings: Settings, options: DaemonOptions, words: ProblemText, at now: Moment,
        answer: @escaping @Sendable (LocalConnectionID, ControlAnswer) -> Void
    ) {
        self.settings = settings
        self.words = words
        configured = settings.syncs
        targets = TargetMemory(directory: options.memory.directory)
        self.answer = answer
        log = options.log
        notices = options.notices
        pauses = PauseMemory(directory: options.memory.directory)
        epoch = UInt64(bitPattern: now.nanoseconds)
        program = { [file = options.configurationFile] in .now($0, since: now, file) }
    }

    /// Syncs have come or gone.
    mutating func adopt(_ settings: Settings, _ words: ProblemText) {
        self.settings = settings
        self.words = words
    }

    /// When a wait ends at the latest.
    var deadline: Moment? { waits.values.compactMap(\.end).min() }

    /// Answers the events that the request becomes.
    mutating func heard(_ news: LocalNews, _ mirrors: borrowing Mirrors, at now: Moment) -> [Event] {
        switch news {
        case .hungUp(let id): return leave(id)
        case .asked(let request):
            guard let wanted = ControlRequest(request.words) else {
                answer(
                    request.id, ControlAnswer("this program does not know such a request\n", code: ControlAnswer.usage))
                return []
            }
            guard !request.peer.mayOnlyLook || wanted.isALook else {
                answer(request.id, Self.forReadersOnly)
                return []
            }
            return perform(wanted, for: request, mirrors, at: now)
        }
    }

    private static let forReadersOnly = ControlAnswer(
        "a member of controlReaders may look (status, explain), and not steer\n"
            + "  run it as the user that runs the mirror, or as a member of its controlGroup\n",
        code: ControlAnswer.notPermitted)

    private mutating func perform(
        _ wanted: ControlRequest, for request: LocalRequest, _ mirrors: borrowing Mirrors, at now: Moment
    ) -> [Event] {
        func reply(_ text: ByteString) { answer(request.id, ControlAnswer(settings.redaction.apply(text))) }
        switch wanted {
        case .hello:
            let facts = program(now)
            reply(ByteString("\(facts.process)\n") + (facts.configuration ?? "") + "\n")
        case .status(let asJSON):
            let snapshot = mirrors.snapshot(at: now)
            reply(
                asJSON
                    ? StatusJSON.render(snapshot, program(now), words: words)
                    : StatusTable.render(snapshot, program(now), words: words))
        case .live:
            let snapshot = mirrors.snapshot(at: now, shown: 0)
            reply(StatusLines(snapshot, mirrors.metrics, program(now), words: words).text)
        case .capsule: answer(request.id, ControlAnswer(capsule(mirrors, at: now).bytes))
        case .reload:
            tell(["the configuration"], "is read again", [], request)
            return [.stopRequested(.reload)]
        case .flush(let names, let timeout, let isToken):
            return choose(names, request) { desk, targets in
                desk.flush(targets, for: isToken ? nil : request.id, timeout: timeout, request, at: now)
            }
        case .wait(let token, let timeout): return wait(for: token, timeout, request, at: now)
        case .pause(let names, let length):
            return choose(names, request) { $0.pause($1, for: length, request, at: now) }
        case .resume(let names):
            let resting = Set(mirrors.mirrors.filter { $0.pauses.isResting(at: now) }.map(\.id))
            return choose(names, request) { $0.resume($1, resting: resting, request) }
        case .resync(let names, let path): return choose(names, request) { $0.resync($1, path, request) }
        case .explain(let path, let isDirectory):
            answer(request.id, explain(path, isDirectory: isDirectory, mirrors, at: now))
        case .addTarget(let target, let like): return add(target, like: like, request)
        case .leave(let names, let drains): return choose(names, request) { $0.leave($1, drains: drains, request) }
        case .acceptTargets(let names):
            switch TargetChoice(syncs: settings.syncs).targets(named: names) {
            case .success(let chosen): return accept(chosen, mirrors, request)
            case .failure(let mistake): return refuse(mistake.text, request)
            }
        }
        return []
    }

    private mutating func choose(
        _ names: [ByteString], _ request: LocalRequest, _ act: (inout ControlDesk, [TargetID]) -> [Event]
    ) -> [Event] {
        switch TargetChoice(syncs: settings.syncs).targets(named: names) {
        case .success(let targets): return act(&self, targets)
        case .failure(let mistake):
            answer(request.id, ControlAnswer(mistake.text, code: ControlAnswer.usage))
            return []
        }
    }
}

// MARK: Waiting until all has arrived

extension ControlDesk {
    private mutating func flush(
        _ targets: [TargetID], for connection: LocalConnectionID?, timeout: Duration, _ request: LocalRequest,
        at now: Moment
    ) -> [Event] {
        lastFlush += 1
        let id = FlushID(lastFlush)
        if let connection {
            waits[id] = Wait(who: .connection(connection), end: now + timeout, targets: targets, began: now)
        } else {
            waits[id] = Wait(who: .token(lastFlush), end: nil, targets: targets, began: now)
            tokens[lastFlush] = Kept(flush: id)
            if tokens.count > Self.tokenLimit, let oldest = tokens.keys.min() { tokens[oldest] = nil }
            answer(request.id, ControlAnswer(ByteString("\(epoch)-\(lastFlush)\n")))
        }
        return [.flushRequested(id, targets)]
    }

    /// A token of an earlier run, or a forgotten one: everything that it stood for was written before now.
    private mutating func wait(
        for token: ByteString, _ timeout: Duration, _ request: LocalRequest, at now: Moment
    ) -> [Event] {
        let parts = token.split(separator: UInt8(ascii: "-")).map { UInt64($0.description) }
        guard parts.count == 2, let (born, number) = parts[0].flatMap({ born in parts[1].map { (born, $0) } }) else {
            let text = "\"" + Shown.name(token) + "\" is no token of lockstep flush --token\n"
            answer(request.id, ControlAnswer(text, code: ControlAnswer.usage))
            return []
        }
        guard born == epoch, let kept = tokens[number] else {
            let all = TargetChoice(syncs: settings.syncs).all
            return flush(all, for: request.id, timeout: timeout, request, at: now)
        }
        if let ended = kept.answer {
            answer(request.id, ended)
            return []
        }
        // Whoever asks first waits for the flush itself, anybody after that for one of their own.
        guard let waiting = waits[kept.flush], case .token = waiting.who else {
            let targets = waits[kept.flush]?.targets ?? TargetChoice(syncs: settings.syncs).all
            return flush(targets, for: request.id, timeout: timeout, request, at: now)
        }
        waits[kept.flush]?.who = .connection(request.id)
        waits[kept.flush]?.end = now + timeout
        return []
    }

    private mutating func leave(_ id: LocalConnectionID) -> [Event] {
        let left = waits.filter { if case .connection(id) = $0.value.who { true } else { false } }.map(\.key)
        for flush in left { waits[flush] = nil }
        return left.map { .flushCancelled($0) }
    }

    mutating func arrived(_ id: FlushID, refused: [TargetID]) {
        guard let wait = waits.removeValue(forKey: id) else { return }
        let count = Shown.count(wait.targets.count, "target has", "targets have")
        var result = ControlAnswer(ByteString("\(count) everything that was written before\n"))
        if !refused.isEmpty {
            var text = ByteString("these get nothing at all (lockstep status says why):\n")
            for target in refused { text += "  " + words.subject(of: target) + "\n" }
            result = ControlAnswer(text, code: ControlAnswer.notReached)
        }
        switch wait.who {
        case .connection(let connection): answer(connection, result)
        case .token: break
        }
        for token in tokens.keys where tokens[token]?.flush == id { tokens[token]?.answer = result }
    }

    /// Ends the waits whose time is over.
    mutating func expire(_ mirrors: borrowing Mirrors, at now: Moment) -> [Event] {
        let over = waits.filter { $0.value.end.map { $0 <= now } ?? false }.map(\.key).sorted()
        guard !over.isEmpty else { return [] }
        let snapshot = mirrors.snapshot(at: now)
        var events: [Event] = []
        for id in over {
            guard let wait = waits[id], case .connection(let connection) = wait.who else { continue }
            let awaited = mirrors.targetsAwaited(by: id)
            let text = LateText.render(awaited, of: wait.targets.count, after: now - wait.began, snapshot, words)
            answer(connection, ControlAnswer(settings.redaction.apply(text), code: ControlAnswer.notReached))
            guard let number = tokens.first(where: { $0.value.flush == id })?.key else {
                waits[id] = nil
                events.append(.flushCancelled(id))
                continue
            }
            // Its token may be asked for again.
            waits[id]?.who = .token(number)
            waits[id]?.end = nil
        }
        return events
    }
}

// MARK: Steering

extension ControlDesk {
    private func resync(_ targets: [TargetID], _ path: ByteString?, _ request: LocalRequest) -> [Event] {
        guard let path else {
            finish("is compared whole", targets, [], request)
            return targets.map { .resyncRequested($0, .root) }
        }
        let meant = targets.compactMap { target in
            PathBelow.of(settings.syncs[target.index].source, path).map { (target, $0) }
        }
        guard !meant.isEmpty else {
            answer(request.id, PathBelow.mistake(path, settings))
            return []
        }
        finish("\(Shown.name(path)) is compared", meant.map(\.0), [], request)
        return meant.map { .resyncRequested($0.0, $0.1) }
    }

    func finish(
        _ what: String, _ targets: [TargetID], _ remarks: [String?], _ request: LocalRequest
    ) {
        tell(targets.map { words.subject(of: $0) }, what, remarks, request)
    }

    /// Who steered is in the log.
    func tell(_ subjects: [ByteString], _ what: String, _ remarks: [String?], _ request: LocalRequest) {
        var text = ByteString()
        for subject in subjects {
            let line = subject + ByteString(": \(what)")
            text += line + "\n"
            log.write(
                LogLine(
                    .normal, line + ByteString(" (user \(request.peer.user), process \(request.peer.process) asked)")))
        }
        for remark in Set(remarks.compactMap { $0 }).sorted() { text += ByteString("but: \(remark)\n") }
        answer(request.id, ControlAnswer(settings.redaction.apply(text)))
    }

    private func explain(
        _ path: ByteString, isDirectory: Bool, _ mirrors: borrowing Mirrors, at now: Moment
    ) -> ControlAnswer {
        var answers: [Explanation] = []
        for (index, source) in mirrors.sources.enumerated() {
            guard let below = PathBelow.of(source.path, path) else { continue }
            answers += mirrors.explain(below, isDirectory: isDirectory, of: SourceID(index), at: now)
        }
        guard !answers.isEmpty else { return PathBelow.mistake(path, settings) }
        let text = ExplanationText.render(
            answers, path, isDirectory: isDirectory, mirrors.snapshot(at: now), settings, words)
        return ControlAnswer(settings.redaction.apply(text))
    }
}
