import MirrorCore
import Testing

@Suite("Rules of crontab")
struct CronRuleTests {
    /// A calendar without time zones: days since 1970 in the proleptic Gregorian calendar.
    static func utc(_ moment: Int64) -> CronRule.LocalTime {
        let days = Int(moment / 86_400)
        let rest = Int(moment % 86_400)
        // Howard Hinnant's civil_from_days, https://howardhinnant.github.io/date_algorithms.html.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        _ = era
        return CronRule.LocalTime(
            month: shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9,
            day: dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, weekday: (days + 4) % 7,
            time: (rest / 3600, rest / 60 % 60, rest % 60), isSummerTime: false)
    }

    /// 2026-11-24 18:00:00, a Tuesday.
    static let start: Int64 = 1_795_543_200

    private func next(_ rule: ByteString, after now: Int64 = start) throws -> Int64? {
        try CronRule(rule).next(after: now, local: Self.utc).map { $0 - now }
    }

    @Test("the calendar of these tests is right about its start")
    func calendar() {
        let time = Self.utc(Self.start)
        #expect(time.month == 11 && time.day == 24 && time.hour == 18 && time.minute == 0 && time.weekday == 2)
    }

    @Test(
        "five fields begin with the minute, six with the second",
        arguments: [
            ("* * * * *", 60), ("* * * * * *", 1), ("*/15 * * * *", 900), ("30 0 * * * *", 30), ("0 19 * * *", 3600),
            ("0 0 * * *", 21_600), ("0 0 18 * * *", 86_400), ("5,10 * * * *", 300), ("10-12 * * * *", 600),
            ("10-20/5 * * * *", 600), ("50/5 * * * *", 3000), ("0 0 * * wed", 21_600), ("0 0 * * 0", 367_200),
            ("0 0 * * 7", 367_200), ("0 0 * * SUN", 367_200), ("0 0 1 * *", 540_000), ("0 0 1 jan *", 3_218_400),
            ("0 0 1 * wed", 21_600), ("@hourly", 3600), ("@daily", 21_600), (" 0  19\t* * * ", 3600),
            ("15 30 4 * * *", 37_815), ("0 0 29 2 *", 39_852_000 + 0),
        ])
    func soonest(rule: String, seconds: Int64) throws {
        if rule == "0 0 29 2 *" {
            // The next leap year is 2028.
            let found = try #require(try next(ByteString(rule)))
            let time = Self.utc(Self.start + found)
            #expect(time.month == 2 && time.day == 29 && time.hour == 0 && found > 365 * 86_400)
        } else {
            #expect(try next(ByteString(rule)) == seconds)
        }
    }

    @Test("a day that never comes has no next time")
    func never() throws {
        #expect(try next("0 0 31 2 *") == nil)
    }

    @Test(
        "what is no rule is refused",
        arguments: [
            "", "*", "* * * *", "* * * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
            "*/0 * * * *", "5-1 * * * *", "x * * * *", "1, * * * *", "*/x * * * *", "-1 * * * *",
        ])
    func refused(rule: String) {
        #expect(throws: CronRule.Mistake.self) { try CronRule(ByteString(rule)) }
    }

    /// An hour ahead in summer; the clock goes back when 3:00 has come, at `change`.
    private static func withSummer(until change: Int64) -> (Int64) -> CronRule.LocalTime {
        { moment in
            var time = Self.utc(moment < change ? moment + 3600 : moment)
            time.isSummerTime = moment < change
            return time
        }
    }

    @Test("an hour that comes twice counts once, unless every hour is meant")
    func clockSetBack() throws {
        // Wednesday at 2:00 by the later clock.
        let change = Self.start + 8 * 3600
        let local = Self.withSummer(until: change)
        let rule = try CronRule("30 2 * * *")
        let first = try #require(rule.next(after: Self.start, local: local))
        #expect(first == change - 1800)
        #expect(rule.next(after: first, local: local) == change + 1800 + 86_400)
        let hourly = try CronRule("30 * * * *")
        #expect(hourly.next(after: first, local: local) == change + 1800)
    }
}
