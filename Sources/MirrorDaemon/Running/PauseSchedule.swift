package import MirrorCore
import MirrorLinux

/// Which targets rest by the hours of their `pauseTimes`, in local time.
package struct PauseSchedule {
    package struct Turn: Equatable {
        package var target: TargetID
        /// Since 1970; nil is for good.
        package var until: Int64?
        package var isOver: Bool

        package init(target: TargetID, until: Int64? = nil, isOver: Bool = false) {
            self.target = target
            self.until = until
            self.isOver = isOver
        }
    }

    /// More than this between the two clocks means that one of them was set.
    private static let drift = Duration.seconds(2)

    private var rules: [(target: TargetID, times: [PauseTime])]
    private var resting: [TargetID: Int64?] = [:]
    /// What the clock at the wall says when the other one says zero.
    private var difference: Duration?
    private let local: (Int64) -> CronRule.LocalTime
    /// When `turn` has to be asked at the latest; nil where nothing is scheduled.
    package private(set) var deadline: Moment?

    package init(
        _ settings: Settings, local: @escaping (Int64) -> CronRule.LocalTime = LocalCalendar.time(at:)
    ) {
        rules = Self.rules(settings)
        self.local = local
    }

    private static func rules(_ settings: Settings) -> [(target: TargetID, times: [PauseTime])] {
        settings.syncs.enumerated().filter { !$0.element.pauseTimes.isEmpty && $0.element.standing != .left }
            .map { (TargetID($0.offset), $0.element.pauseTimes) }
    }

    /// Syncs have come or gone. `opened` is another one than the one that had its place before.
    package mutating func adopt(_ settings: Settings, opened: TargetID? = nil) {
        rules = Self.rules(settings)
        if let opened { resting[opened] = nil }
        let left = Set(rules.map(\.target))
        resting = resting.filter { left.contains($0.key) }
    }

    /// What has begun and ended since the last call.
    package mutating func turn(at now: Moment, wall: Int64) -> [Turn] {
        guard !rules.isEmpty else {
            deadline = nil
            return []
        }
        let difference = Duration.seconds(wall) - (now - .zero)
        let isSet =
            self.difference.map { abs(($0 - difference).wholeNanoseconds) > Self.drift.wholeNanoseconds } ?? false
        self.difference = difference
        let time = local(wall)
        var turns: [Turn] = []
        // Most have the same hours, and to look for their end is some work.
        var ends: [(times: [PauseTime], end: Int64?)] = []
        for rule in rules {
            guard rule.times.contains(where: { $0.contains(time) }) else {
                if resting.removeValue(forKey: rule.target) != nil {
                    turns.append(Turn(target: rule.target, isOver: true))
                }
                continue
            }
            if let known = resting[rule.target], !isSet, known.map({ $0 > wall }) ?? true { continue }
            if !ends.contains(where: { $0.times == rule.times }) {
                ends.append((rule.times, PauseTime.end(of: rule.times, from: wall, local: local)))
            }
            let end = ends.first { $0.times == rule.times }?.end
            resting[rule.target] = .some(end)
            turns.append(Turn(target: rule.target, until: end))
        }
        // All of them begin and end with a minute; a little into it, since the two clocks do not tick together.
        deadline = now + .seconds(60 - Int64(time.second)) + .milliseconds(100)
        return turns
    }
}
