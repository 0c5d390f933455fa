import MirrorCore
import Testing

@testable import MirrorLua

@Suite("Hours of pauses, and secrets in a text")
struct PauseTimesTests {
    private func sync(_ inside: String) throws -> SyncSettings {
        try ConfigurationFixture().sync(MistakeTests.sync(inside))
    }

    @Test("one text or several; false takes away what a base has; functions of one's own rest too")
    func decoded() throws {
        #expect(try sync("").pauseTimes == [])
        #expect(try sync("pauseTimes = '22:00-06:00'").pauseTimes.map(\.text) == ["22:00-06:00"])
        #expect(try sync("pauseTimes = { 'sat,sun', 'mon 1:00-2:00' }").pauseTimes.count == 2)
        #expect(try sync("pauseTimes = false").pauseTimes == [])
        let scripted = try ConfigurationFixture().sync(
            "sync{ source = 'SRC', onCreate = function() end, pauseTimes = 'sun' }")
        #expect(scripted.pauseTimes.map(\.text) == ["sun"])
    }

    @Test("a limit of messages, or none")
    func limit() throws {
        func limit(_ setting: String) throws -> Int? {
            try ConfigurationFixture().load("settings{ \(setting) }\n" + MistakeTests.plain).settings.logLimit
        }
        #expect(try limit("nodaemon = true") == 50)
        #expect(try limit("logLimit = 7") == 7)
        #expect(try limit("logLimit = false") == nil)
    }

    @Test("what stands in the text as a password, and the first line of a password file, is shown nowhere")
    func secrets() throws {
        let fixture = ConfigurationFixture()
        fixture.write("pw", "from-the-file\nsecond line\n")
        let settings = try fixture.load(
            """
            local pass, secret, token = 0, 0, 0
            pass = "src"; secret = "h"; token = "Sync1"
            local function tell() return "mysql --password=in-a-function -e x" end
            settings{ httpToken = "the-token" }
            sync{ default.rsync, source = "SRC", target = "h::m", onBatch = { "curl", "-u", "me:in-a-hook", "x" },
                  rsync = { password_file = "ROOT/pw" } }
            """
        ).settings
        for secret in ["from-the-file", "in-a-function", "the-token", "in-a-hook"] {
            #expect(settings.redaction.apply("<\(secret)>") == "<***>", "\(secret)")
        }
        #expect(settings.redaction.apply("second line, /x/src/, h::m, curl") == "second line, /x/src/, h::m, curl")
        #expect(settings.redaction.apply("Sync1 source=/x/src/") == "Sync1 source=/x/src/")
    }
}
