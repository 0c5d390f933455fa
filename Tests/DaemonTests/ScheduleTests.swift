import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorTesting
import Testing

@Suite("Comparisons by crontab")
struct ScheduleTests {
    private static func time(_ moment: Int64) -> CronRule.LocalTime {
        CronRule.LocalTime(
            month: 1, day: 1, weekday: 4,
            time: (Int(moment / 3600 % 24), Int(moment / 60 % 60), Int(moment % 60)), isSummerTime: false)
    }

    private func schedule(_ rules: [[ByteString]], wall: Int64) throws -> ComparisonSchedule {
        var settings = Settings()
        for rule in rules {
            var sync = SyncSettings(name: "S", source: "/s", target: "/t/")
            sync.crontab = try rule.map { try CronRule($0) }
            settings.syncs.append(sync)
        }
        return ComparisonSchedule(settings, at: .zero, wall: wall, local: Self.time)
    }

    private func at(_ seconds: Int64) -> Moment { .zero + .seconds(seconds) }

    @Test("each target is asked for once at each of its times, however late the question")
    func due() throws {
        var schedule = try schedule([["*/10 * * * *"], [], ["* * * * *", "30 * * * * *"]], wall: 0)
        #expect(schedule.deadline == .zero + .milliseconds(30_100))
        #expect(schedule.due(at: at(29), wall: 29) == [])
        #expect(schedule.due(at: at(30), wall: 30) == [TargetID(2)])
        #expect(schedule.due(at: at(31), wall: 31) == [])
        #expect(schedule.due(at: at(700), wall: 700) == [TargetID(0), TargetID(2)])
        #expect(schedule.due(at: at(701), wall: 701) == [])
    }

    @Test("a clock that is set back starts no storm, and one that is set on misses nothing but what it jumps over")
    func clockSet() throws {
        var schedule = try schedule([["0 * * * *"]], wall: 3000)
        #expect(schedule.due(at: at(1), wall: 100) == [])
        #expect(schedule.due(at: at(2), wall: 3599) == [])
        #expect(schedule.due(at: at(3), wall: 3600) == [TargetID(0)])
        #expect(schedule.due(at: at(4), wall: 40_000) == [TargetID(0)])
        #expect(schedule.due(at: at(5), wall: 40_001) == [])
    }

    @Test("nothing scheduled, no deadline; else never longer than a minute, since the clock may be set")
    func deadline() throws {
        #expect(try schedule([[]], wall: 0).deadline == nil)
        #expect(try schedule([["0 0 1 1 *"]], wall: 5000).deadline == .zero + .seconds(60))
    }

    @Test("the daemon compares everything when the time has come, and deletes what does not belong there")
    func daemon() async throws {
        let trial = try Trial()
        try trial.write(trial.configuration(settings: "nodaemon = true,", sync: "crontab = { '* * * * * *' }"))
        let process = try trial.start("conf", asLsyncd: true)
        try await Condition.wait(until: "it has started") { process.output.contains("finished.") }
        try trial.target.write("stray", "x")
        try await Condition.wait(until: "the stray file is found") { try trial.target.status("stray") == nil }
        #expect(try await process.stop() == .code(143))
    }
}
