import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorTesting
import Testing

@Suite("Pauses by schedule")
struct PauseScheduleTests {
    private static func time(_ moment: Int64) -> CronRule.LocalTime {
        CronRule.LocalTime(
            month: 1, day: 1, weekday: Int((4 + moment / 86_400) % 7),
            time: (Int(moment / 3600 % 24), Int(moment / 60 % 60), Int(moment % 60)), isSummerTime: false)
    }

    private func settings(_ times: [[ByteString]]) throws -> Settings {
        var settings = Settings()
        for (index, texts) in times.enumerated() {
            var sync = SyncSettings(name: "S", source: "/s", target: ByteString("/t\(index)/"))
            sync.pauseTimes = try texts.map { try PauseTime($0) }
            settings.syncs.append(sync)
        }
        return settings
    }

    private func at(_ seconds: Int64) -> Moment { .zero + .seconds(seconds) }
    private typealias Turn = PauseSchedule.Turn

    @Test("each rest is told when it begins and when it ends, once")
    func turns() throws {
        var schedule = PauseSchedule(
            try settings([["00:10-00:20"], [], ["00:10-00:20", "00:15-00:30"]]), local: Self.time)
        #expect(schedule.turn(at: at(0), wall: 0) == [])
        #expect(schedule.deadline == at(60) + .milliseconds(100))
        #expect(
            schedule.turn(at: at(605), wall: 605) == [
                Turn(target: TargetID(0), until: 1200), Turn(target: TargetID(2), until: 1800),
            ])
        #expect(schedule.turn(at: at(660), wall: 660) == [])
        #expect(schedule.turn(at: at(1200), wall: 1200) == [Turn(target: TargetID(0), isOver: true)])
        #expect(schedule.turn(at: at(1800), wall: 1800) == [Turn(target: TargetID(2), isOver: true)])
        #expect(schedule.turn(at: at(1860), wall: 1860) == [])
    }

    @Test("a clock that is set is followed: into the hours, out of them, and within them")
    func clockSet() throws {
        var schedule = PauseSchedule(try settings([["00:10-00:20"]]), local: Self.time)
        #expect(schedule.turn(at: at(0), wall: 0) == [])
        #expect(schedule.turn(at: at(1), wall: 700) == [Turn(target: TargetID(0), until: 1200)])
        #expect(schedule.turn(at: at(2), wall: 601) == [Turn(target: TargetID(0), until: 1200)])
        #expect(schedule.turn(at: at(3), wall: 602) == [])
        #expect(schedule.turn(at: at(4), wall: 5000) == [Turn(target: TargetID(0), isOver: true)])
    }

    @Test("a target that leaves is forgotten, and one that takes its place is told anew")
    func places() throws {
        var all = try settings([["00:00-12:00"], ["00:00-12:00"]])
        var schedule = PauseSchedule(all, local: Self.time)
        let both = schedule.turn(at: at(0), wall: 0)
        #expect(both.count == 2)
        all.syncs[0].standing = .left
        schedule.adopt(all)
        #expect(schedule.turn(at: at(60), wall: 60) == [])
        all.syncs[0].standing = .member
        schedule.adopt(all, opened: TargetID(0))
        #expect(schedule.turn(at: at(61), wall: 61) == [Turn(target: TargetID(0), until: 43_200)])
        #expect(PauseSchedule(try settings([[]])).deadline == nil)
    }

    /// Hours around now, and hours that are far from now, on the clock of the machine.
    private func hours(around: Bool) -> String {
        let hour = LocalCalendar.time(at: WallClock.now().seconds).hour
        let (begin, end) = around ? (hour + 23, hour + 3) : (hour + 5, hour + 8)
        return "\(begin % 24):00-\(end % 24):00"
    }

    @Test("nothing goes to a target in its hours, after a restart neither; status and health say so; resume lets it go")
    func program() async throws {
        let control = try ControlTrial()
        let port = try #require(FreeLocalPort.find())
        try control.write(settings: "http = \(port),", sync: "pauseTimes = '\(hours(around: true))',")
        var program = try await control.start()
        for round in 0..<2 {
            if round == 1 {
                try await program.stop()
                program = try await control.start()
            }
            #expect(try await control.ask("flush", "--target", "two").exit == .code(0))
            let status = try await control.ask("status").output
            #expect(status.contains("paused by its schedule for "), "\(status)")
            #expect(!program.output.contains("still paused by request"))
            #expect(program.output.contains(": paused by its schedule until "), "\(program.output)")
        }
        #expect(try control.trial.target.names().isEmpty)
        let json = try await control.ask("status", "--json").output
        #expect(json.contains(#""pause":{"by":"schedule","endsInSeconds":"#), "\(json)")
        try control.trial.source.write("second", "2")
        let late = try await control.ask("flush", "--target", "one", "--timeout", "1")
        #expect(late.exit == .code(1))
        #expect(late.errors.contains("paused by its schedule"), "\(late.errors)")
        let explained = try await control.ask("explain", control.trial.source.root + "/second")
        #expect(explained.output.contains("paused by its schedule"), "\(explained.output)")
        let resumed = try await control.ask("resume", "one")
        #expect(resumed.output.contains("pauseTimes pauses it again"), "\(resumed.output)")
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try control.trial.target.read("second") == "2")
        // It stays so within these hours, whatever joins or is asked.
        #expect(try await control.ask("status").output.contains("all targets are in step"))
        try await program.stop()
    }

    @Test("outside of its hours a target is served, and a pause by request holds whatever the hours say")
    func outside() async throws {
        let control = try ControlTrial()
        try control.write(sync: "pauseTimes = { '\(hours(around: false))' },")
        let program = try await control.start()
        #expect(try await control.ask("flush").exit == .code(0))
        #expect(try await control.ask("pause", "one").exit == .code(0))
        try control.trial.source.write("second", "2")
        #expect(try await control.ask("flush", "--target", "two").exit == .code(0))
        #expect(try await control.ask("status").output.contains("paused by request"))
        #expect(try control.trial.target.names() == ["first"])
        #expect(try await control.ask("resume").output.contains("goes on"))
        #expect(try await control.ask("flush").exit == .code(0))
        try await program.stop()
    }
}
