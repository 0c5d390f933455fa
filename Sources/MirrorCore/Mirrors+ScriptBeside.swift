/// What functions that belong to no sync (those of alarms and descriptors) see and do: with the events of syncs that
/// have functions of their own, and beside syncs that have none.
extension Mirrors {
    /// Where the events that a script asks for are kept; for a sync without functions made when one is wanted.
    mutating func queueIndex(of target: TargetID, isWanted: Bool = false) -> Int? {
        if let known = scripts.firstIndex(where: { $0.target == target }) { return known }
        guard isWanted, mirrors.indices.contains(target.index), mirrors[target.index].isServed else { return nil }
        let mirror = mirrors[target.index]
        scripts.append(
            ScriptedSync(
                target: target, source: mirror.source, sync: mirror.sync,
                script: ScriptSettings(number: target.index + 1), isBeside: true))
        return scripts.count - 1
    }

    /// A blanket that a script has laid upon it: nothing is sent before that is done, or discarded.
    func isHeld(_ mirror: Mirror) -> Bool { !eventsBeside(mirror.id).isEmpty }

    func eventsBeside(_ target: TargetID) -> [QueuedEvent] {
        guard !scripts.isEmpty, let beside = scripts.first(where: { $0.target == target && $0.isBeside }) else {
            return []
        }
        return beside.queue.list(limit: limits.pendingShown)
    }

    /// A process for changes of a sync without functions runs beside what sends them.
    func isBesideOnly(_ agent: Agent, of index: Int) -> Bool {
        scripts[index].isBeside && !agent.keys.isEmpty && agent.keys.allSatisfy { $0 > 0 }
    }

    /// Nobody would take it up again, and its sync would wait for ever.
    mutating func giveUp(_ ids: [EventID], of index: Int, _ failure: ScriptFailure, into actions: inout [Action]) {
        for id in ids { scripts[index].remove(id) }
        actions.append(.report(.scriptFailed(failure)))
    }

    mutating func change(_ step: HookStep, of target: TargetID) {
        if let index = scriptIndex(of: target) {
            scripts[index].change(step)
        } else if mirrors.indices.contains(target.index) {
            mirrors[target.index].change(step)
        }
    }

    // MARK: What alarms see

    mutating func callWithWindows(_ hook: HookCall.Hook, at now: Moment, into actions: inout [Action]) {
        var shown: [HookCall.Window] = []
        var held: [TargetID: [EventID]] = [:]
        for mirror in mirrors where !mirror.hasLeft {
            if let index = scriptIndex(of: mirror.id) {
                let events = scripts[index].queue.holdList(limit: limits.scriptList)
                held[mirror.id] = events.map(\.id)
                shown.append(HookCall.Window(target: mirror.id, events: show(events, of: index, at: now)))
            } else {
                shown.append(HookCall.Window(target: mirror.id, events: changes(of: mirror), isPlain: true))
            }
        }
        let id = call(hook, windows: shown.filter { !$0.events.isEmpty }, into: &actions)
        windows[id] = held.filter { !$0.value.isEmpty }
    }

    /// What a sync without functions has not sent yet.
    private func changes(of mirror: Mirror) -> [ShownEvent] {
        guard mirror.isServed else { return [] }
        var events: [ShownEvent] = []
        log(of: mirror.id.index).visit(after: max(mirror.cursor, mirror.hands?.upTo ?? 0)) { change, number in
            guard !mirror.isFiltered(change), !change.path.isRoot else { return true }
            let isDirectory = change.mayBeDirectory && !change.mayBeFile
            let event = ScriptEvent(.modify, change.path, isDirectory: isDirectory)
            events.append(ShownEvent(key: Int64(number), event: event))
            return events.count < limits.scriptList
        }
        return events
    }

    mutating func releaseWindows(of id: HookCallID) {
        for (target, ids) in (windows.removeValue(forKey: id) ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let index = scriptIndex(of: target) else { continue }
            for id in ids where scripts[index].queue[id]?.status == .held { scripts[index].queue.release(id) }
        }
    }
}
