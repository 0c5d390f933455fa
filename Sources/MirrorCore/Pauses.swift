/// What holds a target back: a request, and the hours of its `pauseTimes`. What holds it longest counts.
package struct Pauses: Sendable, Equatable {
    /// `distantFuture` is until further notice; so with the hours.
    private var request: Moment?
    private var hours: Moment?
    /// Somebody has ended the hours that are on. The next ones count again.
    package private(set) var isWaved = false

    package init() {}

    /// When the last of it ends; nil where there was none.
    package var until: Moment? { [request, hours].compactMap { $0 }.max() }

    package func isResting(at now: Moment) -> Bool { hours.map { now < $0 } ?? false }

    /// Also where the hours hold it longer.
    package func isRequested(at now: Moment) -> Bool { request.map { now < $0 } ?? false }

    /// nil where nothing holds it.
    package func pause(at now: Moment) -> TargetPause? {
        guard let until, now < until else { return nil }
        return TargetPause(until: until == .distantFuture ? nil : until, bySchedule: request != until)
    }

    mutating func requested(until: Moment?) { request = until ?? .distantFuture }

    /// Whatever held it.
    mutating func resumed(at now: Moment) {
        if isResting(at: now) { isWaved = true }
        (request, hours) = (nil, nil)
    }

    mutating func hoursBegan(until: Moment?) {
        if !isWaved { hours = until ?? .distantFuture }
    }

    mutating func hoursEnded() { (hours, isWaved) = (nil, false) }
}
