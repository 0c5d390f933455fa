/// What a person asks for, where a sync has functions or commands of its own.
extension Mirrors {
    mutating func noteEvents(of source: SourceID, for index: Int) {
        for script in scripts where script.source == source {
            flushes[index].events[script.target] = script.queue.last
        }
    }

    /// The names in a directory that is being listed belong to what was told before.
    mutating func listed(_ index: Int) {
        let target = scripts[index].target
        for flush in flushes.indices where flushes[flush].events[target] != nil {
            flushes[flush].events[target] = scripts[index].queue.last
        }
    }

    func owesEvents(_ target: TargetID, for flush: Flush) -> Bool {
        guard let index = scriptIndex(of: target), let last = flush.events[target] else { return false }
        if !scripts[index].openLists.isEmpty { return true }
        return scripts[index].queue.first.map { $0 <= last } ?? false
    }
}
