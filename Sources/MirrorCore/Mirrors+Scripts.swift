/// Syncs with functions or commands of their own: what they are told, and when their functions are called.
extension Mirrors {
    /// A call that has not come back after so long is told as a problem.
    static let hookPatience = Duration.seconds(60)
    /// A window of events for functions that take one after the other.
    static let hookWindow = 64

    static func scripts(of mirrors: [Mirror]) -> [ScriptedSync] {
        mirrors.compactMap { mirror in
            mirror.sync.script.map {
                ScriptedSync(target: mirror.id, source: mirror.source, sync: mirror.sync, script: $0)
            }
        }
    }

    mutating func startScripts(at now: Moment) {
        for index in scripts.indices { scripts[index].startAnew(at: now) }
    }

    var runningProcesses: Int { scripts.reduce(0) { $0 + $1.processes.count } }

    /// Transfers that run, and processes that functions may be about to start.
    var occupiedTransfers: Int { scripts.reduce(runningTransfers) { $0 + ($1.call?.room ?? 0) } }

    /// Something of a script is under way that an orderly end waits for. A function that does not come back is not
    /// waited for once the time for an end is over.
    var hasScriptWork: Bool {
        let isBusy = scripts.contains { $0.isBusy }
        if case .now = stopping { return runningProcesses > 0 }
        return stopping != nil && stopDeadline == nil ? runningProcesses > 0 : isBusy
    }

    // MARK: What they are told

    mutating func tellScripts(_ id: SourceID, _ notice: Notice, at now: Moment, into actions: inout [Action]) {
        for index in scripts.indices where scripts[index].source == id && !scripts[index].isBeside {
            if let event = ScriptEvent(notice) {
                add(event, to: index, at: now, into: &actions)
            } else if notice.isWorthStart {
                scripts[index].startAnew(at: now)
            }
        }
    }

    private mutating func add(_ event: ScriptEvent, to index: Int, at now: Moment, into actions: inout [Action]) {
        for path in scripts[index].add(event, at: now) { list(path, for: index, into: &actions) }
        for note in scripts[index].takeNotes() { actions.append(.report(.eventNoted(scripts[index].target, note))) }
        if scripts[index].attempts == 0 { scripts[index].restUntil = nil }
    }

    mutating func list(_ path: RelativePath, for index: Int, into actions: inout [Action]) {
        scripts[index].openList(path)
        actions.append(.script(.listSubtree(scripts[index].target, path)))
    }

    mutating func heard(_ news: ScriptNews, at now: Moment, into actions: inout [Action]) {
        switch news {
        case .hookReturned(let id, let decision): returned(id, decision, at: now, into: &actions)
        case .processEnded(let id, let end): processEnded(id, end, at: now, into: &actions)
        case .subtreeListed(let target, let path, let names):
            guard let index = scriptIndex(of: target) else { return }
            for name in scripts[index].closeList(path, names) {
                let event = ScriptEvent(.create, name.path, isDirectory: name.isDirectory)
                scripts[index].noteFound(event)
                add(event, to: index, at: now, into: &actions)
            }
            listed(index)
        case .descriptorReady(let number, let isReadable, let isWritable):
            callWithWindows(
                .descriptor(number, isReadable: isReadable, isWritable: isWritable), at: now, into: &actions)
        case .scheduled(let target):
            if let index = scriptIndex(of: target) { scripts[index].addScheduled(at: now) }
        case .tunnelAnswered(let target, let answer):
            if let index = scriptIndex(of: target) { tunnelAnswered(index, answer, at: now, into: &actions) }
        }
    }

    func scriptIndex(of target: TargetID) -> Int? { scripts.firstIndex { $0.target == target && !$0.isBeside } }

    // MARK: When they are called

    mutating func settleScripts(at now: Moment, into actions: inout [Action]) {
        guard !scripts.isEmpty || !alarms.isEmpty else { return }
        if stopping == nil {
            while let alarm = alarms.first, alarm.at <= now {
                alarms.removeFirst()
                callWithWindows(.alarm(alarm.number), at: now, into: &actions)
            }
        }
        let first = nextScript
        for offset in scripts.indices {
            let index = (first + offset) % scripts.count
            if advance(index, at: now, into: &actions) { nextScript = (index + 1) % scripts.count }
        }
    }

    /// True when a function was called that may start a process.
    private mutating func advance(_ index: Int, at now: Moment, into actions: inout [Action]) -> Bool {
        if let call = scripts[index].call {
            tellIfStuck(index, call, at: now, into: &actions)
            return false
        }
        clearIfWell(index, into: &actions)
        if !scripts[index].ended.isEmpty {
            let process = scripts[index].ended.removeFirst()
            let hook = HookCall.Hook.collect(scripts[index].target, process.agent, exitCode: process.exitCode)
            call(hook, of: index, holding: [], process: process, at: now, into: &actions)
            return false
        }
        guard !scripts[index].isBeside, mayCall(index, at: now) else { return false }
        let room = roomForProcesses(index)
        let maxDelays = scripts[index].sync.maxDelays
        guard room > 0, let front = scripts[index].queue.dueFront(at: now, maxDelays: maxDelays) else { return false }
        guard hasWay(index, into: &actions) else { return false }
        let target = scripts[index].target
        switch front.event.kind {
        case .initial where waitsForProcesses(index): return false
        case .initial, .full:
            scripts[index].queue.hold(front.id)
            let shown = show([front], of: index, at: now)[0]
            let hook = front.event.kind == .initial ? HookCall.Hook.initial(target, shown) : .full(target, shown)
            call(hook, of: index, holding: [front.id], at: now, into: &actions)
        default:
            let taken = window(of: index, at: now)
            let hook = HookCall.Hook.action(target, show(taken, of: index, at: now), room: room)
            call(hook, of: index, holding: taken.map(\.id), at: now, into: &actions)
        }
        return true
    }

    /// A start is not made beside a process from before it.
    private mutating func waitsForProcesses(_ index: Int) -> Bool {
        !scripts[index].processes.isEmpty && scripts[index].queue.front()?.event.kind == .initial
    }

    /// A tunnel is asked before each call, so that what a function starts finds it up, at a port whose turn it is.
    private mutating func hasWay(_ index: Int, into actions: inout [Action]) -> Bool {
        guard scripts[index].sync.tunnel != nil else { return true }
        switch scripts[index].way {
        case .open: return true
        case .asked: return false
        case .unasked:
            scripts[index].way = .asked
            actions.append(.script(.openTunnel(scripts[index].target)))
            return false
        }
    }

    private mutating func tunnelAnswered(
        _ index: Int, _ answer: TunnelAnswer, at now: Moment, into actions: inout [Action]
    ) {
        switch answer {
        case .up(let port): scripts[index].way = .open(port: port)
        case .down(let reason):
            scripts[index].way = .unasked
            scripts[index].attempts += 1
            let wait = Backoff.exponential(scripts[index].attempts, longest: Backoff.longest, jitter: &jitter)
            scripts[index].restUntil = now + wait
            let failure = Failure(.tunnelDown, detail: reason)
            raise(.target(scripts[index].target), .transfer(failure), nextTry: now + wait, at: now, into: &actions)
        }
    }

    private func mayCall(_ index: Int, at now: Moment) -> Bool {
        let source = sources[scripts[index].source.index]
        guard stopping == nil, source.isLive, source.trust == .fine else { return false }
        if mirrors[scripts[index].target.index].isPaused(at: now) { return false }
        return scripts[index].restUntil.map { $0 <= now } ?? true
    }

    private func roomForProcesses(_ index: Int) -> Int {
        let own = scripts[index].sync.maxProcesses - scripts[index].processes.count
        guard let most = settings.maxProcesses else { return own }
        return min(own, most - occupiedTransfers)
    }

    private mutating func window(of index: Int, at now: Moment) -> [QueuedEvent] {
        let wantsList = scripts[index].mayWantList
        let maxDelays = scripts[index].sync.maxDelays
        if wantsList { return scripts[index].queue.holdList(limit: limits.scriptList) }
        return scripts[index].queue.holdDue(at: now, maxDelays: maxDelays, limit: Self.hookWindow)
    }

    mutating func show(_ events: [QueuedEvent], of index: Int, at now: Moment) -> [ShownEvent] {
        let isFull = scripts[index].queue.count >= scripts[index].sync.maxDelays
        return events.map { queued in
            scripts[index].queue.markKnown(queued.id)
            var blocker: Int64?
            if case .blocked(let id) = queued.status { blocker = scripts[index].queue[id]?.key }
            return ShownEvent(
                key: queued.key, event: queued.event, isDue: queued.alarm <= now || isFull, blocker: blocker)
        }
    }

    private mutating func call(
        _ hook: HookCall.Hook, of index: Int, holding held: [EventID], process: ScriptedSync.Process? = nil,
        at now: Moment, into actions: inout [Action]
    ) {
        var port: UInt16?
        if process == nil, case .open(let found) = scripts[index].way {
            port = found
            scripts[index].way = .unasked
        }
        let id = call(hook, port: port, into: &actions)
        let room = process == nil ? roomForProcesses(index) : 0
        scripts[index].call = ScriptedSync.Call(
            id: id, hook: hook, held: held, started: now, room: max(room, 0), process: process)
    }

    @discardableResult
    mutating func call(
        _ hook: HookCall.Hook, port: UInt16? = nil, windows: [HookCall.Window] = [], into actions: inout [Action]
    ) -> HookCallID {
        nextHook += 1
        var call = HookCall(id: HookCallID(nextHook), hook: hook)
        call.port = port
        call.windows = windows
        call.allProcesses = runningTransfers
        for script in scripts where !script.processes.isEmpty { call.processes[script.target] = script.processes.count }
        for index in scripts.indices {
            let target = scripts[index].target
            call.forgotten += scripts[index].queue.takeForgotten().map { ForgottenEvent(target: target, key: $0) }
        }
        actions.append(.script(.callHook(call)))
        return call.id
    }

    private mutating func tellIfStuck(
        _ index: Int, _ call: ScriptedSync.Call, at now: Moment, into actions: inout [Action]
    ) {
        guard now >= call.started + Self.hookPatience, !scripts[index].isStuckTold else { return }
        scripts[index].isStuckTold = true
        let failure = ScriptFailure(.stuck, name: call.hook.name)
        raise(.target(scripts[index].target), .script(failure), at: now, into: &actions)
    }

    /// When something of scripts is due.
    mutating func scriptDeadline() -> Moment? {
        guard stopping == nil else { return nil }
        var soonest = alarms.first?.at
        for index in scripts.indices {
            guard let moment = deadline(of: index) else { continue }
            soonest = min(soonest ?? moment, moment)
        }
        return soonest
    }

    private mutating func deadline(of index: Int) -> Moment? {
        if let call = scripts[index].call {
            return scripts[index].isStuckTold ? nil : call.started + Self.hookPatience
        }
        let source = sources[scripts[index].source.index]
        guard !scripts[index].isBeside, source.isLive, source.trust == .fine, roomForProcesses(index) > 0 else {
            return nil
        }
        if waitsForProcesses(index) || scripts[index].way == .asked { return nil }
        let due = scripts[index].queue.nextDue(maxDelays: scripts[index].sync.maxDelays)
        guard let due else { return nil }
        let paused = mirrors[scripts[index].target.index].pausedUntil
        return max(due, scripts[index].restUntil ?? .zero, paused ?? .zero)
    }
}

extension ScriptEvent {
    /// As lsyncd would have it; nil where it has no event for it.
    init?(_ notice: Notice) {
        switch notice {
        case .happened(.created, let path, let isDirectory): self.init(.create, path, isDirectory: isDirectory)
        case .happened(.written, let path, let isDirectory): self.init(.modify, path, isDirectory: isDirectory)
        case .happened(.attributes, let path, let isDirectory): self.init(.attrib, path, isDirectory: isDirectory)
        case .touched(let path, let isDirectory): self.init(.create, path, isDirectory: isDirectory)
        case .unchanged(let path, _): self.init(.attrib, path, isDirectory: false)
        case .fileArrived(let path): self.init(.create, path, isDirectory: false)
        case .directoryAppeared(let path, _): self.init(.create, path, isDirectory: true)
        case .disappeared(let path, let isDirectory): self.init(.delete, path, isDirectory: isDirectory)
        case .renamed(let from, let to, let isDirectory): self.init(.move, from, to: to, isDirectory: isDirectory)
        case .directoryFound(let path): self.init(.create, path, isDirectory: true)
        case .happened(.itself, _, _), .writing, .lost, .missed, .rootGone, .live, .watchedBy, .uncovered: return nil
        }
    }
}

extension Notice {
    fileprivate var isWorthStart: Bool {
        switch self {
        case .lost(_, let reason), .missed(_, _, let reason): reason.isWorthStart
        default: false
        }
    }
}

extension LossReason {
    /// Directories that cannot be watched are told again and again; a start each time would be worse than the loss.
    fileprivate var isWorthStart: Bool {
        switch self {
        case .overflow, .rewatched: true
        case .watchLimit, .unwatchable: false
        }
    }
}

extension HookCall.Hook {
    /// The function of the configuration, for messages.
    package var name: String {
        switch self {
        case .action: "action"
        case .initial: "init"
        case .full: "full"
        case .collect: "collect"
        case .alarm: "the function of an alarm"
        case .descriptor: "the function of an observed descriptor"
        }
    }
}
