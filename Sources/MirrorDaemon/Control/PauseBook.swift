import MirrorCore

/// What holds targets, by request and by schedule; the core gets to know what holds them longest.
struct PauseBook {
    /// `distantFuture` is until further notice.
    private var requests: [TargetID: Moment] = [:]
    private var rests: [TargetID: Moment] = [:]
    /// Somebody has ended the rest that is on; the next one counts again.
    private var waved: Set<TargetID> = []

    mutating func requested(_ target: TargetID, until: Moment?, at now: Moment) -> Event {
        requests[target] = until ?? .distantFuture
        return event(target, at: now)
    }

    mutating func resumed(_ target: TargetID, isResting: Bool) -> Event {
        (requests[target], rests[target]) = (nil, nil)
        if isResting { waved.insert(target) }
        return .resumeRequested(target)
    }

    func isResting(_ target: TargetID, at now: Moment) -> Bool { rests[target].map { $0 > now } ?? false }

    /// nil where it changes nothing.
    mutating func began(_ target: TargetID, until: Moment?, at now: Moment) -> Event? {
        guard !waved.contains(target) else { return nil }
        rests[target] = until ?? .distantFuture
        return event(target, at: now)
    }

    /// nil where it changes nothing.
    mutating func ended(_ target: TargetID, at now: Moment) -> Event? {
        guard waved.remove(target) == nil else { return nil }
        rests[target] = nil
        return event(target, at: now)
    }

    /// Another target has its place.
    mutating func forget(_ target: TargetID) {
        (requests[target], rests[target]) = (nil, nil)
        waved.remove(target)
    }

    private func event(_ target: TargetID, at now: Moment) -> Event {
        let (request, rest) = (requests[target], rests[target])
        guard let until = [request, rest].compactMap({ $0 }).filter({ $0 > now }).max() else {
            return .resumeRequested(target)
        }
        return .pauseRequested(
            target, until: until == .distantFuture ? nil : until, bySchedule: request != until)
    }
}
