import MirrorCore

/// One call of a function of the configuration, as seen from Lua: what it may ask, and what it has said so far.
///
/// Lua asks and tells in flat values, one step at a time; a command's words and events are gathered until `spawn`
/// comes.
final class ScriptSession {
    var call: HookCall?
    var decision = HookDecision()
    /// The event whose function runs.
    private(set) var current: Int64?
    /// The function that runs, and where it begins.
    private(set) var function: (name: String, file: ByteString, line: Int)?
    private var agent: [Int64] = []
    private var words: [ByteString] = []

    let numbers: ScriptNumbers
    private let insists: Bool
    private let outside: ScriptRuntime.Outside
    private let log: @Sendable (ByteString, ByteString) -> Void
    private let failure: (ScriptSession.Raised) -> ScriptFailure

    /// An error that was caught where it was raised.
    struct Raised {
        var message: ByteString
        var file: ByteString?
        var line: Int
    }

    init(
        numbers: ScriptNumbers, insists: Bool, outside: ScriptRuntime.Outside,
        failure: @escaping (Raised) -> ScriptFailure
    ) {
        self.numbers = numbers
        self.insists = insists
        self.outside = outside
        log = outside.log
        self.failure = failure
    }

    func begin(_ call: HookCall?) {
        self.call = call
        decision = HookDecision()
        current = nil
        function = nil
        agent = []
        words = []
    }

    func answer(_ request: String, _ given: [Argument], _ answer: Answer) {
        switch request {
        case "hook", "event", "agentKey", "forgotten", "computed", "insists", "way", "processes", "windows":
            ask(request, given, answer)
        case "begin": current = given.integer(0)
        case "enter":
            function = ("\(given.text(0) ?? "")", given.text(1) ?? "", Int(given.integer(2) ?? 0))
        case "failed": failed(given)
        case "collected": collected(given.text(0))
        case "log": log(given.text(0) ?? "Normal", given.text(1) ?? "")
        case "list": decision.wantedList = true
        case "agent": if let key = given.integer(0) { agent.append(key) }
        case "word": if let word = given.text(0) { words.append(word) }
        case "spawn": spawn(given)
        case "alarm", "observe", "unobserve", "terminate": order(request, given)
        default: changeQueue(request, given)
        }
    }

    // MARK: Told

    private func failed(_ given: [Argument]) {
        let raised = Raised(message: given.text(0) ?? "", file: given.text(1), line: Int(given.integer(2) ?? 0))
        failed(failure(raised))
    }

    /// The first failure of a function is the one that counts: what follows comes of it.
    func failed(_ failure: ScriptFailure) {
        if let current {
            guard decision.eventFailures.last?.key != current else { return }
            decision.eventFailures.append(HookDecision.EventFailure(key: current, failure: failure))
        } else if decision.failure == nil {
            decision.failure = failure
        }
    }

    private func collected(_ word: ByteString?) {
        switch word {
        case "again": decision.meaning = .again
        case "die": decision.meaning = .die
        case "failed": decision.meaning = .failed(ScriptFailure(.exitCode(exitCode), name: ""))
        default: decision.meaning = .ok
        }
    }

    private var exitCode: Int32 {
        if case .collect(_, _, let code) = call?.hook { code } else { 0 }
    }

    private func spawn(_ given: [Argument]) {
        defer {
            agent = []
            words = []
        }
        guard let target = given.integer(0).flatMap({ numbers.target(of: $0) }) else { return }
        let command = ScriptCommand(words: words, input: given.text(2))
        decision.steps.append(.spawn(target, Agent(keys: agent, isList: given.boolean(1)), command))
    }

    private func order(_ request: String, _ given: [Argument]) {
        let number = given.integer(0) ?? 0
        let descriptor = Int32(truncatingIfNeeded: number)
        switch request {
        case "alarm":
            let seconds = min(max(given.number(1) ?? 0, 0), 4e9)
            let moment = Moment(nanoseconds: Int64(seconds * 1e9))
            decision.steps.append(.setAlarm(ScriptAlarm(number: number, at: moment)))
        case "observe":
            decision.steps.append(.observe(descriptor, reads: given.boolean(1), writes: given.boolean(2)))
        case "unobserve": decision.steps.append(.forget(descriptor))
        default: decision.steps.append(.terminate(descriptor))
        }
    }

    private func changeQueue(_ request: String, _ given: [Argument]) {
        guard let target = given.integer(0).flatMap({ numbers.target(of: $0) }) else { return }
        let key = given.integer(1) ?? 0
        let text = given.text(1) ?? ""
        switch request {
        case "discard": decision.steps.append(.discard(target, key))
        case "blanket": decision.steps.append(.createBlanket(target, label: key))
        case "full":
            let path = RelativePath((given.text(2) ?? "").bytes) ?? .root
            decision.steps.append(.createFull(target, path, label: key))
        case "exclude": decision.steps.append(.addExclude(target, text))
        case "include": decision.steps.append(.removeExclude(target, text))
        case "filter":
            if let rule = PatternLine.filter(text) { decision.steps.append(.addFilter(target, rule)) }
        default: return
        }
    }
}

// MARK: Asked

extension ScriptSession {
    /// How the tunnel with this number stands, in lsyncd's word.
    func tunnelState(_ given: [Argument]) -> ByteString? {
        given.integer(0).flatMap { outside.tunnel(Int($0)) }.map { ByteString($0.state.rawValue) }
    }
}

extension ScriptSession {
    private func ask(_ request: String, _ given: [Argument], _ answer: Answer) {
        switch request {
        case "hook": if let hook = call?.hook { tell(hook, answer) }
        case "event":
            let index = Int(given.integer(0) ?? 0) - 1
            let window = given.integer(1).flatMap { numbers.target(of: $0) }
            if let events = events(of: window), events.indices.contains(index) { tell(events[index], answer) }
        case "windows":
            for window in call?.windows ?? [] {
                answer.give(numbers.number(of: window.target) ?? 0)
                answer.give(Int64(window.events.count))
                answer.give(window.isPlain)
            }
        case "agentKey":
            guard case .collect(_, let agent, _) = call?.hook else { return }
            let index = Int(given.integer(0) ?? 0) - 1
            if agent.keys.indices.contains(index) { answer.give(agent.keys[index]) }
        case "forgotten":
            for entry in call?.forgotten ?? [] {
                guard let number = numbers.number(of: entry.target) else { continue }
                answer.give(number)
                answer.give(entry.key)
            }
        case "processes":
            let own = given.integer(0).flatMap { numbers.target(of: $0) }.flatMap { call?.processes[$0] }
            answer.give(Int64(own ?? 0))
            answer.give(Int64(call?.allProcesses ?? 0))
            if let most = numbers.maxProcesses { answer.give(Int64(most)) }
        case "way":
            guard let port = call?.port, let host = call?.target.flatMap({ numbers.localHost(of: $0) }) else { return }
            answer.give(host)
            if port != 0 { answer.give(Int64(port)) }
        case "computed":
            guard let number = given.integer(0), let words = numbers.computedWords(of: number) else { return }
            for word in words { answer.give(word) }
        default: answer.give(insists)
        }
    }

    private func events(of window: TargetID?) -> [ShownEvent]? {
        guard let window else { return call?.hook.events }
        return call?.windows.first { $0.target == window }?.events
    }

    private func tell(_ hook: HookCall.Hook, _ answer: Answer) {
        func begin(_ name: ByteString, _ target: TargetID, _ count: Int) {
            answer.give(name)
            answer.give(numbers.number(of: target) ?? 0)
            answer.give(Int64(count))
        }
        switch hook {
        case .action(let target, let events, let room):
            begin("action", target, events.count)
            answer.give(Int64(room))
        case .initial(let target, _): begin("init", target, 1)
        case .full(let target, _): begin("full", target, 1)
        case .collect(let target, let agent, let exitCode):
            begin("collect", target, agent.keys.count)
            answer.give(Int64(exitCode))
            answer.give(agent.isList)
        case .alarm(let number):
            answer.give("alarm" as ByteString)
            answer.give(number)
        case .descriptor(let number, let isReadable, let isWritable):
            answer.give("descriptor" as ByteString)
            answer.give(Int64(number))
            answer.give(isReadable)
            answer.give(isWritable)
        }
    }

    private func tell(_ shown: ShownEvent, _ answer: Answer) {
        let event = shown.event
        answer.give(shown.key)
        answer.give(ByteString(event.kind.rawValue))
        answer.give(event.scriptPath)
        answer.give(event.isDirectory)
        answer.give(shown.isDue)
        if let destination = event.destination {
            answer.give(event.written(destination))
        } else {
            answer.give(false)
        }
        if let blocker = shown.blocker { answer.give(blocker) } else { answer.give(false) }
    }
}

extension HookCall.Hook {
    var events: [ShownEvent] {
        switch self {
        case .action(_, let events, _): events
        case .initial(_, let event), .full(_, let event): [event]
        case .collect, .alarm, .descriptor: []
        }
    }
}

extension ScriptEvent {
    /// lsyncd's form: a slash before it, and one behind it for a directory. The start and a blanket stand for no path.
    var scriptPath: ByteString { kind.isBarrier ? "" : written(path) }

    func written(_ path: RelativePath) -> ByteString {
        if path.isRoot { return "/" }
        return "/" + path.byteString + (isDirectory ? "/" : "")
    }
}

extension [Argument] {
    func text(_ index: Int) -> ByteString? {
        guard indices.contains(index), case .value(.text(let text)) = self[index] else { return nil }
        return text
    }

    func integer(_ index: Int) -> Int64? {
        guard indices.contains(index) else { return nil }
        switch self[index] {
        case .value(.integer(let number)): return number
        case .value(.number(let number)): return Int64(exactly: number.rounded())
        default: return nil
        }
    }

    func number(_ index: Int) -> Double? {
        guard indices.contains(index) else { return nil }
        switch self[index] {
        case .value(.integer(let number)): return Double(number)
        case .value(.number(let number)): return number
        default: return nil
        }
    }

    func boolean(_ index: Int) -> Bool {
        indices.contains(index) && self[index] == .value(.boolean(true))
    }
}
