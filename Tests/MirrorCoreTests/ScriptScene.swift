import MirrorCore

extension Scene {
    /// Syncs with functions of their own, of one source.
    static func scripted(
        count: Int = 1, sync changeSync: (inout SyncSettings) -> Void = { _ in },
        settings change: (inout Settings) -> Void = { _ in }
    ) -> Scene {
        var number = 0
        return Scene(targets: count, settings: change) { sync in
            number += 1
            sync.script = ScriptSettings(number: number)
            sync.delay = .seconds(1)
            sync.comparesAtStart = false
            changeSync(&sync)
        }
    }

    mutating func goScripted() {
        notice(.live(directories: 1))
        happen(.sourceChecked(SourceID(0), SourceReport()))
        if mirrors.sources[0].isBeingChecked { happen(.sourceChecked(SourceID(0), SourceReport())) }
    }

    @discardableResult
    mutating func answer(_ call: HookCall, _ fill: (inout HookDecision) -> Void = { _ in }) -> [Action] {
        var decision = HookDecision()
        fill(&decision)
        return happen(.script(.hookReturned(call.id, decision)))
    }

    /// Every event of the call gets a process of its own; answers them.
    mutating func spawnEach(_ call: HookCall) -> [ScriptProcess] {
        answer(call) { decision in
            for event in call.events {
                let agent = Agent(keys: [event.key], isList: false)
                decision.steps.append(.spawn(call.target ?? TargetID(0), agent, ScriptCommand(words: ["p"])))
            }
        }.processes
    }

    /// Goes to the deadline; every event of the call that comes gets a process.
    mutating func spawnNext() -> [ScriptProcess] {
        let actions = passToDeadline()
        return spawn(after: actions)
    }

    mutating func spawn(after actions: [Action]) -> [ScriptProcess] {
        actions.calls.first.map { spawnEach($0) } ?? []
    }

    /// Touches a file: events of a kind.
    @discardableResult
    mutating func write(_ path: RelativePath, _ happening: Happening = .created) -> [Action] {
        notice(.happened(happening, path, isDirectory: false))
    }

    /// The process ends, its exit code is asked about, and this is the answer.
    @discardableResult
    mutating func end(
        _ process: ScriptProcess, _ code: Int32 = 0, as meaning: CollectMeaning = .ok
    ) -> [Action] {
        let ended = happen(.script(.processEnded(process.id, .exited(code))))
        guard let call = ended.calls.first(where: \.isCollect) else { return ended }
        let answered = answer(call) { $0.meaning = meaning }
        return ended.filter { $0 != .script(.callHook(call)) } + answered
    }

    var queue: EventQueue { mirrors.scripts[0].queue }
}

extension HookCall {
    var events: [ShownEvent] {
        switch hook {
        case .action(_, let events, _): events
        case .initial(_, let event), .full(_, let event): [event]
        default: []
        }
    }

    var room: Int? { if case .action(_, _, let room) = hook { room } else { nil } }
    var isCollect: Bool { if case .collect = hook { true } else { false } }
    var isInitial: Bool { if case .initial = hook { true } else { false } }
}

extension [Action] {
    var orders: [ScriptOrder] { compactMap { if case .script(let order) = $0 { order } else { nil } } }
    var calls: [HookCall] { orders.compactMap { if case .callHook(let call) = $0 { call } else { nil } } }
    var processes: [ScriptProcess] {
        orders.compactMap { if case .startProcess(let process) = $0 { process } else { nil } }
    }
}

struct Unexpected: Error {
    let text: String
    init(_ text: String) { self.text = text }
}
