package import MirrorCore
import MirrorLinux

/// When targets are compared as a whole because their `crontab` says so, in local time.
package struct ComparisonSchedule {
    /// The clock at the wall may be set, so it is looked at from time to time.
    private static let longestWait = Duration.seconds(60)

    private let rules: [(target: TargetID, rules: [CronRule])]
    /// For each of them, the second since 1970.
    private var next: [Int64?]
    /// Up to here every rule has been asked.
    private var asked: Int64
    private let local: (Int64) -> CronRule.LocalTime
    /// When `due` has to be asked at the latest; nil where nothing is scheduled.
    package private(set) var deadline: Moment?

    package init(
        _ settings: Settings, at now: Moment, wall: Int64,
        local: @escaping (Int64) -> CronRule.LocalTime = LocalCalendar.time(at:)
    ) {
        rules = settings.syncs.enumerated()
            .filter { !$0.element.crontab.isEmpty && $0.element.standing != .left }
            .map { (TargetID($0.offset), $0.element.crontab) }
        next = rules.map { _ in nil }
        asked = wall
        self.local = local
        for index in rules.indices { next[index] = soonest(index, after: wall) }
        setDeadline(at: now, wall: wall)
    }

    /// The same with the syncs that are there now; nothing is left out in between.
    package func adopting(_ settings: Settings, at now: Moment) -> ComparisonSchedule {
        ComparisonSchedule(settings, at: now, wall: asked, local: local)
    }

    /// The targets whose time has come since the last call, each once.
    package mutating func due(at now: Moment, wall: Int64) -> [TargetID] {
        guard !rules.isEmpty else { return [] }
        // Set back: what was scheduled for the time that comes again would be late by that much.
        let isSetBack = wall < asked - 1
        var found: [TargetID] = []
        for index in rules.indices {
            if !isSetBack, let moment = next[index], moment <= wall { found.append(rules[index].target) }
            if isSetBack || next[index].map({ $0 <= wall }) ?? true { next[index] = soonest(index, after: wall) }
        }
        asked = wall
        setDeadline(at: now, wall: wall)
        return found
    }

    private func soonest(_ index: Int, after wall: Int64) -> Int64? {
        rules[index].rules.compactMap { $0.next(after: wall, local: local) }.min()
    }

    private mutating func setDeadline(at now: Moment, wall: Int64) {
        guard !rules.isEmpty else { return }
        let wait = next.compactMap { $0 }.min().map { Duration.seconds(max(0, $0 - wall)) }
        // A little into the second that is meant, since the two clocks do not tick together.
        deadline = now + min((wait ?? Self.longestWait) + .milliseconds(100), Self.longestWait)
    }
}
