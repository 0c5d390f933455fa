/// When a whole comparison is wanted: a line as cron reads it, with five fields (minute, hour, day of the month, month,
/// day of the week) or six, of which the first is the second.
package struct CronRule: Sendable, Equatable {
    /// As written.
    package let text: ByteString
    private var seconds: UInt64 = 1
    private var minutes: UInt64
    private var hours: UInt64
    private var days: UInt64
    private var months: UInt64
    /// Sunday is 0.
    private var weekdays: UInt64
    /// As in cron: where both say something, either is enough.
    private var takesEitherDay: Bool

    /// Why a line is no rule, in words for a person.
    package struct Mistake: Error, Equatable {
        package var text: String
    }

    package init(_ text: ByteString) throws(Mistake) {
        self.text = text
        let written = text.description
        var fields = (Self.names[written] ?? written).split { $0 == " " || $0 == "\t" }.map(String.init)
        guard fields.count == 5 || fields.count == 6 else {
            throw Mistake(text: "it has \(fields.count) fields; five, or six with the second first, are a rule")
        }
        if fields.count == 6 { seconds = try Self.read(fields.removeFirst(), .second) }
        minutes = try Self.read(fields[0], .minute)
        hours = try Self.read(fields[1], .hour)
        days = try Self.read(fields[2], .day)
        months = try Self.read(fields[3], .month)
        weekdays = try Self.read(fields[4], .weekday)
        if weekdays & 1 << 7 != 0 { weekdays |= 1 }
        takesEitherDay = !fields[2].hasPrefix("*") && !fields[4].hasPrefix("*")
    }

    private static let names = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    // MARK: Reading

    private enum Field {
        case second, minute, hour, day, month, weekday

        var range: ClosedRange<Int> {
            switch self {
            case .second, .minute: 0...59
            case .hour: 0...23
            case .day: 1...31
            case .month: 1...12
            case .weekday: 0...7
            }
        }

        var words: [String] {
            switch self {
            case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
            case .weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
            default: []
            }
        }
    }

    private static func read(_ text: String, _ field: Field) throws(Mistake) -> UInt64 {
        var bits: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            bits |= try read(part: String(part), field)
        }
        return bits
    }

    /// `*`, `4`, `1-5`, and each with `/step`.
    private static func read(part: String, _ field: Field) throws(Mistake) -> UInt64 {
        let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let step = halves.count == 2 ? Int(halves[1]) ?? 0 : 1
        guard step > 0 else { throw Mistake(text: "\"\(part)\" has no step that is a number") }
        let range: ClosedRange<Int>
        if halves[0] == "*" {
            range = field == .weekday ? 0...6 : field.range
        } else {
            let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            let first = try number(String(ends[0]), field)
            let last =
                ends.count == 2
                ? try number(String(ends[1]), field) : halves.count == 2 ? field.range.upperBound : first
            guard first <= last else { throw Mistake(text: "\"\(part)\" ends before it begins") }
            range = first...last
        }
        return stride(from: range.lowerBound, through: range.upperBound, by: step).reduce(0) { $0 | 1 << UInt64($1) }
    }

    private static func number(_ text: String, _ field: Field) throws(Mistake) -> Int {
        let named = field.words.firstIndex(of: text.lowercased()).map { $0 + field.range.lowerBound }
        guard let number = named ?? Int(text), field.range.contains(number) else {
            throw Mistake(
                text: "\"\(text)\" is no number from \(field.range.lowerBound) to \(field.range.upperBound)")
        }
        return number
    }

    // MARK: When

    /// A moment on the clock at the wall.
    package struct LocalTime: Sendable, Equatable {
        package var month, day, hour, minute, second: Int
        /// Sunday is 0.
        package var weekday: Int
        package var isSummerTime: Bool

        package init(
            month: Int, day: Int, weekday: Int, time: (hour: Int, minute: Int, second: Int), isSummerTime: Bool
        ) {
            self.month = month
            self.day = day
            self.weekday = weekday
            (hour, minute, second) = time
            self.isSummerTime = isSummerTime
        }

        fileprivate var secondOfHour: Int { minute * 60 + second }
        fileprivate var secondOfDay: Int { hour * 3600 + secondOfHour }
    }

    private static let farthest: Int64 = 9 * 366 * 86_400
    private static let hour: Int64 = 3600

    /// The first second after `now` (since 1970) that the rule means; nil where there is none in nine years. What would
    /// come twice, since the clock is set back, comes once.
    package func next(after now: Int64, local: (Int64) -> LocalTime) -> Int64? {
        var moment = now + 1
        while moment < now + Self.farthest {
            let time = local(moment)
            if !has(months, time.month) || !isDay(time) {
                // A day may have 23 hours, so its last one is walked.
                let isLastHour = time.hour >= 23
                moment += Int64(isLastHour ? 3600 - time.secondOfHour : 82_800 - time.secondOfDay)
            } else if !has(hours, time.hour) || isRepetition(moment, time, local) {
                moment += Int64(3600 - time.secondOfHour)
            } else if !has(minutes, time.minute) {
                moment += Int64(60 - time.second)
            } else if !has(seconds, time.second) {
                moment += 1
            } else {
                return moment
            }
        }
        return nil
    }

    private func has(_ set: UInt64, _ number: Int) -> Bool { set & 1 << UInt64(number) != 0 }

    private func isDay(_ time: LocalTime) -> Bool {
        let (day, weekday) = (has(days, time.day), has(weekdays, time.weekday))
        return takesEitherDay ? day || weekday : day && weekday
    }

    /// The hour that the clock goes through a second time; a rule that means every hour means this one too.
    private func isRepetition(_ moment: Int64, _ time: LocalTime, _ local: (Int64) -> LocalTime) -> Bool {
        guard !time.isSummerTime, hours != 1 << 24 - 1 else { return false }
        let before = local(moment - Self.hour)
        return before.isSummerTime && before.hour == time.hour
    }
}
