/// What functions of a configuration have decided, and how their processes end.
extension Mirrors {
    mutating func returned(
        _ id: HookCallID, _ decision: HookDecision, at now: Moment, into actions: inout [Action]
    ) {
        let index = scripts.firstIndex { $0.call?.id == id }
        let call = index.flatMap { scripts[$0].call }
        if let index { scripts[index].call = nil }
        for step in decision.steps { take(step, at: now, into: &actions) }
        releaseWindows(of: id)
        guard let index, let call else {
            if let failure = decision.failure { actions.append(.report(.scriptFailed(failure))) }
            return
        }
        if scripts[index].isStuckTold {
            scripts[index].isStuckTold = false
            clear(.target(scripts[index].target), into: &actions)
        }
        switch call.hook {
        case .collect:
            let meaning = decision.failure.map { CollectMeaning.failed($0) } ?? decision.meaning ?? .ok
            if let process = call.process { settle(process, of: index, as: meaning, at: now, into: &actions) }
        default: settle(call, of: index, decision, at: now, into: &actions)
        }
        clearIfWell(index, into: &actions)
    }

    private mutating func settle(
        _ call: ScriptedSync.Call, of index: Int, _ decision: HookDecision, at now: Moment,
        into actions: inout [Action]
    ) {
        for entry in decision.eventFailures {
            guard let id = scripts[index].id(of: entry.key) else { continue }
            retry([id], of: index, entry.failure, at: now, into: &actions)
        }
        scripts[index].noteList(wanted: decision.wantedList, hasFailed: decision.failure != nil)
        let left = call.held.filter { scripts[index].queue[$0]?.status == .held }
        for id in left { scripts[index].queue.release(id) }
        if let failure = decision.failure {
            scripts[index].attempts += 1
            let wait = Backoff.exponential(
                scripts[index].attempts, longest: Backoff.longestForPath, jitter: &jitter)
            scripts[index].restUntil = now + wait
            raise(.target(scripts[index].target), .script(failure), nextTry: now + wait, at: now, into: &actions)
        } else {
            scripts[index].attempts = 0
            // A function that leaves everything as it was would be called again at once, for ever.
            let isIdle = left.count == call.held.count && decision.steps.isEmpty
            scripts[index].restUntil = isIdle ? now + max(scripts[index].sync.delay, .seconds(1)) : nil
        }
    }

    private mutating func take(_ step: HookStep, at now: Moment, into actions: inout [Action]) {
        switch step {
        case .spawn(let target, let agent, let command): spawn(target, agent, command, into: &actions)
        case .discard(let target, let key):
            guard let index = queueIndex(of: target), let id = scripts[index].id(of: key),
                scripts[index].queue[id]?.status != .active
            else { return }
            scripts[index].remove(id)
        case .createBlanket(let target, let label): addOwn(.blanket, label, to: target, at: now)
        case .createFull(let target, let path, _) where scriptIndex(of: target) == nil: resync(target, path, at: now)
        case .createFull(let target, let path, let label):
            addOwn(ScriptEvent(.full, path, isDirectory: true), label, to: target, at: now)
        case .addExclude(let target, _), .removeExclude(let target, _), .addFilter(let target, _):
            change(step, of: target)
        case .setAlarm(let alarm):
            let place = alarms.firstIndex { (alarm.at, alarm.number) < ($0.at, $0.number) } ?? alarms.count
            alarms.insert(alarm, at: place)
        case .observe(let number, let reads, let writes):
            actions.append(.script(.observe(number, reads: reads, writes: writes)))
        case .forget(let number): actions.append(.script(.forget(number)))
        case .terminate(let code): exit(.script(code: code, isCritical: false), into: &actions)
        }
    }

    private mutating func addOwn(_ event: ScriptEvent, _ label: Int64, to target: TargetID, at now: Moment) {
        guard let index = queueIndex(of: target, isWanted: true) else { return }
        scripts[index].addOwn(event, label: label, at: now)
        scripts[index].restUntil = nil
    }

    private mutating func spawn(
        _ target: TargetID, _ agent: Agent, _ command: ScriptCommand, into actions: inout [Action]
    ) {
        guard stopping == nil, !hasExited, let index = queueIndex(of: target, isWanted: true) else { return }
        let ids = agent.keys.compactMap { scripts[index].id(of: $0) }
            .filter { scripts[index].queue[$0]?.status != .active }
        guard !ids.isEmpty || isBesideOnly(agent, of: index) else { return }
        for id in ids { scripts[index].queue.activate(id) }
        let id = JobID(nextJob)
        nextJob += 1
        scripts[index].processes[id] = ScriptedSync.Process(events: ids, agent: agent, command: command)
        actions.append(.script(.startProcess(ScriptProcess(id: id, target: target, command: command))))
    }

    // MARK: Processes

    mutating func processEnded(
        _ id: JobID, _ end: ScriptProcessEnd, at now: Moment, into actions: inout [Action]
    ) {
        guard let index = scripts.firstIndex(where: { $0.processes[id] != nil }),
            var process = scripts[index].processes.removeValue(forKey: id)
        else { preconditionFailure("process \(id.number) ended twice or never started") }
        let program = process.command.words.first?.description ?? ""
        switch end {
        case .exited where process.events.isEmpty: break
        case .exited(let code):
            process.exitCode = code
            scripts[index].ended.append(process)
        case .killed(let signal):
            let failure = ScriptFailure(.killed(signal: signal), name: program)
            retry(process, of: index, failure, at: now, into: &actions)
        case .notStarted(let reason):
            let failure = ScriptFailure(.notStarted, name: program, text: reason)
            retry(process.events, of: index, failure, at: now, into: &actions)
        case .stopped: for event in process.events { scripts[index].queue.release(event) }
        case .sourceSuspect(let suspicion):
            for event in process.events { scripts[index].queue.release(event) }
            foundSuspect(scripts[index].source, suspicion, at: now, into: &actions)
        }
    }

    private mutating func settle(
        _ process: ScriptedSync.Process, of index: Int, as meaning: CollectMeaning, at now: Moment,
        into actions: inout [Action]
    ) {
        switch meaning {
        case .ok: for id in process.events { scripts[index].remove(id) }
        case .again:
            let program = process.command.words.first?.description ?? ""
            let failure = ScriptFailure(.exitCode(process.exitCode), name: program)
            retry(process, of: index, failure, at: now, into: &actions)
        case .failed(var failure):
            if failure.name.isEmpty { failure.name = process.command.words.first?.description ?? "" }
            retry(process, of: index, failure, at: now, into: &actions)
        case .die: exit(.script(code: -1, isCritical: true), into: &actions)
        }
    }

    private mutating func retry(
        _ process: ScriptedSync.Process, of index: Int, _ failure: ScriptFailure, at now: Moment,
        into actions: inout [Action]
    ) {
        if process.agent.isList {
            for id in process.events {
                guard let path = scripts[index].queue.splitRepeated(id, at: now) else { continue }
                list(path, for: index, into: &actions)
            }
        }
        retry(process.events, of: index, failure, at: now, into: &actions)
    }

    /// They stay owed, each for itself; nothing else waits for them but what touches their names.
    private mutating func retry(
        _ ids: [EventID], of index: Int, _ failure: ScriptFailure, at now: Moment, into actions: inout [Action]
    ) {
        let attempts = (ids.compactMap { scripts[index].queue[$0]?.attempts }.max() ?? 0) + 1
        let backoff = Backoff.exponential(attempts, longest: Backoff.longestForPath, jitter: &jitter)
        // lsyncd's pause is the delay, but at least a second.
        let next = now + max(backoff, min(scripts[index].sync.delay, Backoff.longestForPath))
        if scripts[index].isBeside { return giveUp(ids, of: index, failure, into: &actions) }
        for id in ids { scripts[index].queue.retry(id, at: next) }
        guard ids.contains(where: { scripts[index].queue[$0] != nil }) else {
            return clearIfWell(index, into: &actions)
        }
        raise(.target(scripts[index].target), .script(failure), nextTry: next, at: now, into: &actions)
    }

    mutating func clearIfWell(_ index: Int, into actions: inout [Action]) {
        guard !scripts[index].isBeside, scripts[index].queue.failing == 0, scripts[index].attempts == 0 else { return }
        clear(.target(scripts[index].target), into: &actions)
    }
}
