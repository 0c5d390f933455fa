import MirrorCore
import Testing

@Suite("Hours in which nothing is sent")
struct PauseTimeTests {
    private func time(_ weekday: Int, _ hour: Int, _ minute: Int, _ second: Int = 0) -> CronRule.LocalTime {
        CronRule.LocalTime(
            month: 1, day: 1, weekday: weekday, time: (hour, minute, second), isSummerTime: false)
    }

    private func contains(_ text: ByteString, _ weekday: Int, _ hour: Int, _ minute: Int) throws -> Bool {
        try PauseTime(text).contains(time(weekday, hour, minute))
    }

    @Test("hours within a day: the first minute is in, the last one out")
    func within() throws {
        for weekday in 0..<7 {
            #expect(try !contains("08:00-18:30", weekday, 7, 59))
            #expect(try contains("08:00-18:30", weekday, 8, 0))
            #expect(try contains("08:00-18:30", weekday, 18, 29))
            #expect(try !contains("08:00-18:30", weekday, 18, 30))
        }
        #expect(try contains("0:00-24:00", 3, 23, 59))
    }

    @Test("hours beyond midnight belong to the day on which they begin")
    func midnight() throws {
        #expect(try contains("22:00-06:00", 1, 23, 0))
        #expect(try contains("22:00-06:00", 1, 5, 59))
        #expect(try !contains("22:00-06:00", 1, 6, 0))
        // Friday evening, and so Saturday morning; not Friday morning.
        #expect(try contains("fri 22:00-06:00", 5, 22, 0))
        #expect(try contains("fri 22:00-06:00", 6, 5, 0))
        #expect(try !contains("fri 22:00-06:00", 5, 5, 0))
        // Saturday evening, and so Sunday morning: the week begins anew.
        #expect(try contains("sat 22:00-06:00", 0, 1, 0))
    }

    @Test("days alone are whole days; ranges may go over the end of the week, and letters may be large")
    func days() throws {
        #expect(try contains("sat,sun", 0, 0, 0) && contains("Sat,SUN", 6, 23, 59))
        #expect(try !contains("sat,sun", 1, 0, 0))
        let long = try (0..<7).map { try contains("fri-mon 08:00-09:00", $0, 8, 30) }
        #expect(long == [true, true, false, false, false, true, true])
        #expect(try contains("mon,wed-thu 8:00-9:00", 4, 8, 0))
    }

    @Test(
        "what is none is a mistake that says so",
        arguments: [
            ("", "it is hours, days"), ("a b c", "it is hours, days"), ("tomorrow", "\"tomorrow\" is no day"),
            ("mon-", "\"mon-\" is no day"), ("08:00", "no span of hours"), ("08:00-25:00", "no span"),
            ("24:00-06:00", "no span"), ("8-10", "is no day"), ("08:00-08:00", "ends when it begins"),
            ("mon 08:60-09:00", "no span"), ("+8:00-09:00", "no span"), ("08:00-09:00 mon", "is no day"),
        ] as [(ByteString, String)])
    func mistakes(text: ByteString, part: String) {
        do {
            _ = try PauseTime(text)
            Issue.record("\(text) is taken")
        } catch {
            #expect(error.text.contains(part), "\(text): \(error.text)")
        }
    }

    /// Seconds of a week that begins on Thursday, as 1970 did.
    private static func local(_ moment: Int64) -> CronRule.LocalTime {
        CronRule.LocalTime(
            month: 1, day: 1, weekday: Int((4 + moment / 86_400) % 7),
            time: (Int(moment / 3600 % 24), Int(moment / 60 % 60), Int(moment % 60)), isSummerTime: false)
    }

    @Test("the end is where none of several begins at once; what leaves out nothing has none")
    func end() throws {
        func end(_ texts: [ByteString], _ now: Int64) throws -> Int64? {
            PauseTime.end(of: try texts.map { try PauseTime($0) }, from: now, local: Self.local)
        }
        let hour: Int64 = 3600
        #expect(try end(["08:00-18:00"], 9 * hour + 17) == 18 * hour)
        #expect(try end(["08:00-18:00", "18:00-19:00"], 9 * hour) == 19 * hour)
        #expect(try end(["22:00-06:00"], 23 * hour) == 30 * hour)
        #expect(try end(["08:00-18:00"], 20 * hour) == 20 * hour)
        #expect(try end(["00:00-12:00", "12:00-24:00"], 5) == nil)
        #expect(try end(["thu-tue"], 0) == 6 * 24 * hour)
    }
}
