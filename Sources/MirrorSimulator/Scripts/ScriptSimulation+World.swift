import MirrorCore

/// A process that a function has started: it looks at the source and changes the target at one moment of its life.
struct ScriptRun {
    var id: JobID
    var target: TargetID
    var events: [ScriptEvent]
    var worksAt: Moment
    var endsAt: Moment
    var end: ScriptProcessEnd
    /// It fails before it has done anything.
    var failsEarly: Bool
    private(set) var hasWorked = false

    init(id: JobID, target: TargetID, events: [ScriptEvent], lasts: (Moment, Moment), end: ScriptProcessEnd) {
        self.id = id
        self.target = target
        self.events = events
        (worksAt, endsAt) = lasts
        self.end = end
        failsEarly = false
    }

    mutating func step(at now: Moment, source: ScriptTree, target: inout ScriptTree) {
        guard !hasWorked, now >= worksAt else { return }
        hasWorked = true
        guard !failsEarly else { return }
        for event in events where !apply(event, source, &target) { end = .exited(1) }
    }

    /// As a person's script would: false where a file is gone that was to be copied.
    private func apply(_ event: ScriptEvent, _ source: ScriptTree, _ target: inout ScriptTree) -> Bool {
        switch event.kind {
        case .initial:
            target = source
        case .create, .modify, .attrib:
            guard let node = source[event.path], (node == .directory) == event.isDirectory else { return false }
            if target[event.path] != node { target.put(node, at: event.path) }
        case .delete: target.remove(event.path)
        case .move:
            guard let destination = event.destination, target[event.path] != nil else { return true }
            target.move(event.path, to: destination)
        case .blanket, .full: break
        }
        return true
    }
}

// What the world does for the core, and what must hold after every step.
extension ScriptSimulation {
    mutating func perform(_ actions: [Action]) throws(Violation) {
        for action in actions {
            record(2, "  action \(action)")
            switch action {
            case .watch(let source): post(.noticed(source, .live(directories: 1)))
            case .checkSource(let source):
                let suspicion: SourceSuspicion? = isUnmounted ? .missing : nil
                post(.sourceChecked(source, SourceReport(suspicion: suspicion, isEmpty: false)))
            case .lookAtFiles(let source, let paths):
                post(.filesLooked(source, paths.map { LookedFile($0, .ready) }))
            case .script(let order): try perform(order)
            case .remember, .report: break
            case .openTarget, .closeTarget, .rememberTarget, .identifyTarget, .findNames, .startTransfer,
                .stopTransfer, .probePort, .walk, .readQueue, .answerFlush, .exit:
                throw violation("only what scripts need", "\(action)")
            }
        }
    }

    private mutating func perform(_ order: ScriptOrder) throws(Violation) {
        switch order {
        case .callHook(let call):
            for entry in call.forgotten { shown[entry.target]?[entry.key] = nil }
            try checkCall(call)
            let decision = decide(call)
            record(3, "    decision \(decision)")
            post(.script(.hookReturned(call.id, decision)))
        case .startProcess(let process): try start(process)
        case .listSubtree(let target, let path):
            let names = writer.tree.below(path).map {
                FoundName($0, isDirectory: writer.tree[$0] == .directory)
            }
            post(.script(.subtreeListed(target, path, names)))
        case .observe, .forget, .openTunnel: throw violation("nobody observes anything", "\(order)")
        }
    }

    // MARK: Functions

    private mutating func decide(_ call: HookCall) -> HookDecision {
        var decision = HookDecision()
        if swarm.functionFailures, !isCalm, Int.random(in: 0..<8, using: &chance) == 0 {
            decision.failure = ScriptFailure(.error, name: "f")
            return decision
        }
        switch call.hook {
        case .action(let target, let events, let room): act(target, events, room, &decision)
        case .initial(let target, let event), .full(let target, let event):
            decision.steps = [.spawn(target, Agent(keys: [event.key], isList: false), command([event]))]
        case .collect(_, _, let exitCode):
            decision.meaning = exitCode == 0 ? .ok : .failed(ScriptFailure(.exitCode(exitCode), name: ""))
        case .alarm, .descriptor: break
        }
        return decision
    }

    private mutating func act(
        _ target: TargetID, _ events: [ShownEvent], _ room: Int, _ decision: inout HookDecision
    ) {
        if Bool.random(using: &chance), mirrors.scripts[target.index].script.hasOwnAction {
            return actOnList(target, events, &decision)
        }
        for event in events.filter({ $0.isDue && $0.blocker == nil }).prefix(room) {
            if swarm.functionFailures, !isCalm, Int.random(in: 0..<8, using: &chance) == 0 {
                let failure = ScriptFailure(.error, name: "f")
                decision.eventFailures.append(HookDecision.EventFailure(key: event.key, failure: failure))
                continue
            }
            decision.steps.append(.spawn(target, Agent(keys: [event.key], isList: false), command([event])))
        }
    }

    /// Some of the events, never one without what it waits for; now and then with a blanket behind it.
    private mutating func actOnList(_ target: TargetID, _ events: [ShownEvent], _ decision: inout HookDecision) {
        decision.wantedList = true
        var skipped: [ScriptEvent] = []
        var taken: [ShownEvent] = []
        for event in events {
            let isFree = event.blocker == nil || !skipped.contains { $0.touches(event.event) }
            if isFree, Int.random(in: 0..<4, using: &chance) > 0 {
                taken.append(event)
            } else {
                skipped.append(event.event)
            }
        }
        if !isCalm, Int.random(in: 0..<6, using: &chance) == 0 {
            lastLabel -= 1
            decision.steps.append(.createBlanket(target, label: lastLabel))
        }
        guard !taken.isEmpty else { return }
        decision.steps.append(.spawn(target, Agent(keys: taken.map(\.key), isList: true), command(taken)))
    }

    /// The words carry which events it is for.
    private mutating func command(_ events: [ShownEvent]) -> ScriptCommand {
        ScriptCommand(words: ["p"] + events.map { ByteString("\($0.key)") })
    }

    private mutating func start(_ process: ScriptProcess) throws(Violation) {
        if isUnmounted { return post(.script(.processEnded(process.id, .sourceSuspect(.missing)))) }
        guard let running = mirrors.scripts[process.target.index].processes[process.id] else {
            throw violation("a process is known", "\(process)")
        }
        let known = shown[process.target] ?? [:]
        let events = running.agent.keys.compactMap { known[$0] }
        let first = now + .milliseconds(Int64.random(in: 0...200, using: &chance))
        let last = first + .milliseconds(Int64.random(in: 0...400, using: &chance))
        var simulated = ScriptRun(
            id: process.id, target: process.target, events: events, lasts: (first, last), end: .exited(0))
        if swarm.processFailures, !isCalm, Int.random(in: 0..<4, using: &chance) == 0 {
            simulated.failsEarly = Bool.random(using: &chance)
            simulated.end = [.exited(3), .killed(signal: 9), .notStarted("gone")].randomElement(using: &chance)!
        }
        processes.append(simulated)
    }

    // MARK: Checks

    private mutating func checkCall(_ call: HookCall) throws(Violation) {
        guard let target = call.target else { return }
        let events: [ShownEvent] =
            switch call.hook {
            case .action(_, let events, _): events
            case .initial(_, let event), .full(_, let event): [event]
            default: []
            }
        for event in events { shown[target, default: [:]][event.key] = event.event }
        if case .collect = call.hook { return }
        if events.isEmpty { throw violation("a call has events", "\(call)") }
        if case .action(_, _, let room) = call.hook, room < 1 { throw violation("a call has room", "\(call)") }
    }

    mutating func checkStep() throws(Violation) {
        var running = 0
        for script in mirrors.scripts {
            running += script.processes.count
            // A list may be one process more than a function was given room for; single events never are.
            if script.processes.count > script.sync.maxProcesses {
                throw violation("processes of a sync", "\(script.processes.count)")
            }
            try checkNames(script)
        }
        if let most = swarm.maxProcesses, running > most { throw violation("processes of all", "\(running)") }
        let next = mirrors.nextDeadline()
        if let next, next < now - .seconds(1) { throw violation("no deadline is left behind", "\(next) at \(now)") }
    }

    /// No two processes for names that touch.
    private func checkNames(_ script: ScriptedSync) throws(Violation) {
        let groups = script.processes.sorted { $0.key < $1.key }.map { entry in
            entry.value.events.compactMap { script.queue[$0]?.event }.flatMap {
                [$0.path] + [$0.destination].compactMap { $0 }
            }
            .filter { !$0.isRoot }
        }
        for (index, one) in groups.enumerated() {
            for other in groups.dropFirst(index + 1) {
                let touching = one.first { path in other.contains { $0.contains(path) || path.contains($0) } }
                if let touching { throw violation("never two processes for one name", "\(touching)") }
            }
        }
    }
}

extension ScriptEvent {
    fileprivate func touches(_ other: ScriptEvent) -> Bool {
        if kind.isBarrier { return true }
        let ends = [path, destination].compactMap { $0 }
        let others = [other.path, other.destination].compactMap { $0 }
        return ends.contains { one in others.contains { $0.contains(one) || one.contains($0) } }
    }
}
