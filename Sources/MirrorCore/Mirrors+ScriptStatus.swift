extension Mirrors {
    func status(of script: ScriptedSync, at now: Moment, shown: Int) -> TargetStatus {
        TargetStatus(
            id: script.target, name: script.sync.name, source: script.sync.source, target: script.sync.target,
            state: state(of: script, at: now), pendingCount: script.queue.count,
            pending: script.queue.list(limit: shown).map { TargetStatus.Pending($0) },
            lag: script.queue.oldest.map { now - $0 } ?? .zero, filters: script.patterns.filters,
            excludes: script.patterns.excludes,
            lastTransfer: nil)
    }

    private func state(of script: ScriptedSync, at now: Moment) -> TargetStatus.State {
        let source = sources[script.source.index]
        if !script.processes.isEmpty { return .transferring }
        if source.isSuspect { return .paused }
        let mirror = mirrors[script.target.index]
        if let pause = mirror.pause(at: now) { return .held(pause) }
        if let nextTry = ledger[.target(script.target)]?.nextTry { return .failing(nextTry: nextTry) }
        if script.queue.isEmpty { return .inStep }
        return script.hasStarted && source.isLive ? .waiting : .starting
    }
}
