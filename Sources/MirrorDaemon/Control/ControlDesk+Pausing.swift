import MirrorCore
import MirrorLinux
import MirrorStatus

/// Pauses: by request, kept across restarts, and by the hours of a configuration.
extension ControlDesk {
    /// The pauses that were asked for before this start.
    mutating func restoredPauses(at now: Moment) -> [Event] {
        settings.syncs.indices.compactMap { restoredPause(of: TargetID($0), at: now) }
    }

    mutating func restoredPause(of target: TargetID, at now: Moment) -> Event? {
        let wall = WallClock.now().seconds
        guard let pause = pauses.pause(of: settings.syncs[target.index], wall: wall) else { return nil }
        log.write(LogLine(.normal, words.subject(of: target) + ": still paused by request"))
        return book.requested(target, until: pause.until.map { now + .seconds($0 - wall) }, at: now)
    }

    /// Another target has the place of one that has left.
    mutating func forgetPauses(of target: TargetID) { book.forget(target) }

    mutating func pause(
        _ targets: [TargetID], for length: Duration?, _ request: LocalRequest, at now: Moment
    ) -> [Event] {
        let wall = length.map { WallClock.now().seconds + ($0.wholeNanoseconds + 999_999_999) / 1_000_000_000 }
        let pause = Pause(until: wall, user: request.peer.user)
        let span = length.map { "for " + Shown.duration($0) } ?? "until lockstep resume"
        let remarks = targets.map { target in pauses.keep(pause, of: settings.syncs[target.index]) }
        finish("paused \(span)", targets, remarks, request)
        return targets.map { book.requested($0, until: length.map { now + $0 }, at: now) }
    }

    mutating func resume(_ targets: [TargetID], _ request: LocalRequest, at now: Moment) -> [Event] {
        var remarks = targets.map { pauses.forget(settings.syncs[$0.index]) }
        let resting = Set(targets.filter { book.isResting($0, at: now) })
        if !resting.isEmpty {
            remarks.append("pauseTimes pauses it again at the next of its hours, or after a restart")
        }
        finish("goes on", targets, remarks, request)
        return targets.map { book.resumed($0, isResting: resting.contains($0)) }
    }

    /// Hours of `pauseTimes` have begun, or are over.
    mutating func turned(_ turns: [PauseSchedule.Turn], wall: Int64, at now: Moment) -> [Event] {
        turns.compactMap { turn in
            let event =
                turn.isOver
                ? book.ended(turn.target, at: now)
                : book.began(turn.target, until: turn.until.map { now + .seconds(max($0 - wall, 0)) }, at: now)
            guard let event else { return nil }
            log.write(LogLine(.normal, words.subject(of: turn.target) + ByteString(": \(text(of: turn, event))")))
            return event
        }
    }

    private func text(of turn: PauseSchedule.Turn, _ event: Event) -> String {
        if turn.isOver {
            return event == .resumeRequested(turn.target)
                ? "its schedule lets it go on" : "the hours of its schedule are over, it stays paused by request"
        }
        guard let until = turn.until else { return "paused by its schedule, for good: its hours leave out none" }
        return "paused by its schedule until \(WallClock(seconds: until).dayAndTime)"
    }
}
