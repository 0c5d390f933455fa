import MirrorCore
import MirrorLinux
import MirrorStatus

/// Pauses: by request, kept across restarts, and by the hours of a configuration.
extension ControlDesk {
    /// The pauses that were asked for before this start.
    func restoredPauses(at now: Moment) -> [Event] {
        settings.syncs.indices.compactMap { restoredPause(of: TargetID($0), at: now) }
    }

    func restoredPause(of target: TargetID, at now: Moment) -> Event? {
        let wall = WallClock.now().seconds
        guard let pause = pauses.pause(of: settings.syncs[target.index], wall: wall) else { return nil }
        log.write(LogLine(.normal, words.subject(of: target) + ": still paused by request"))
        return .pauseRequested(target, until: pause.until.map { now + .seconds($0 - wall) })
    }

    mutating func pause(
        _ targets: [TargetID], for length: Duration?, _ request: LocalRequest, at now: Moment
    ) -> [Event] {
        let wall = length.map { WallClock.now().seconds + ($0.wholeNanoseconds + 999_999_999) / 1_000_000_000 }
        let pause = Pause(until: wall, user: request.peer.user)
        let span = length.map { "for " + Shown.duration($0) } ?? "until lockstep resume"
        let remarks = targets.map { target in pauses.keep(pause, of: settings.syncs[target.index]) }
        finish("paused \(span)", targets, remarks, request)
        return targets.map { .pauseRequested($0, until: length.map { now + $0 }) }
    }

    /// `resting`: those that are in hours of theirs.
    mutating func resume(_ targets: [TargetID], resting: Set<TargetID>, _ request: LocalRequest) -> [Event] {
        var remarks = targets.map { pauses.forget(settings.syncs[$0.index]) }
        if !resting.isDisjoint(with: targets) {
            remarks.append("pauseTimes pauses it again at the next of its hours, or after a restart")
        }
        finish("goes on", targets, remarks, request)
        return targets.map { .resumeRequested($0) }
    }

    /// Hours of `pauseTimes` have begun, or are over.
    func turned(
        _ turns: [PauseSchedule.Turn], _ mirrors: borrowing Mirrors, wall: Int64, at now: Moment
    ) -> [Event] {
        turns.map { turn in
            let known = mirrors.mirrors[turn.target.index].pauses
            // Whoever has let it go on in its hours needs no word of their end.
            if !known.isWaved {
                let text = Self.text(of: turn, staysPaused: known.isRequested(at: now))
                log.write(LogLine(.normal, words.subject(of: turn.target) + ByteString(": \(text)")))
            }
            guard !turn.isOver else { return .hoursEnded(turn.target) }
            return .hoursBegan(turn.target, until: turn.until.map { now + .seconds(max($0 - wall, 0)) })
        }
    }

    private static func text(of turn: PauseSchedule.Turn, staysPaused: Bool) -> String {
        if turn.isOver {
            return staysPaused
                ? "the hours of its schedule are over, it stays paused by request" : "its schedule lets it go on"
        }
        guard let until = turn.until else { return "paused by its schedule, for good: its hours leave out none" }
        return "paused by its schedule until \(WallClock(seconds: until).dayAndTime)"
    }
}
