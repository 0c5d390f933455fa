import MirrorCore
import MirrorStatus
import Testing

@Suite("log lines")
struct LogTests {
    let line = LogLine(.error, "it broke\n  mend it")

    @Test("in a file they begin with day and time, once for a message of several lines")
    func file() {
        #expect(
            LogFormat.file(line, at: Samples.evening) == "Sun Nov 22 18:48:56 2026 Error: it broke\n  mend it\n")
    }

    @Test("on a console they begin with the time of day, before the start with nothing")
    func console() {
        #expect(LogFormat.console(line, at: Samples.evening) == "18:48:56 Error: it broke\n  mend it\n")
        #expect(LogFormat.startup(line) == "Error: it broke\n  mend it\n")
    }

    @Test("in syslog the category is followed by a comma, and has lsyncd's priority")
    func syslog() {
        let error = LogFormat.syslog(line)
        #expect(error.priority == 3)
        #expect(error.text == "Error, it broke\n  mend it")
        #expect(LogFormat.syslog(LogLine(.normal, "x")).priority == 5)
        #expect(LogFormat.syslog(LogLine(.warn, "x")).priority == 4)
        #expect(LogFormat.syslog(LogLine(.exec, "x")).priority == 7)
    }

    @Test("Normal, Warn and Error are written unless -log says otherwise")
    func defaults() {
        let categories = LogCategories()
        #expect(categories.includes(.normal) && categories.includes(.warn) && categories.includes(.error))
        #expect(!categories.includes(.info) && !categories.includes(.exec))
        #expect(!categories.showsEverything)
    }

    func enabled(_ arguments: ByteString...) -> LogCategories? {
        var categories = LogCategories()
        return arguments.allSatisfy { categories.enable($0) } ? categories : nil
    }

    @Test("-log all, scarce and a name do what they do in lsyncd")
    func categories() throws {
        let all = try #require(enabled("all"))
        #expect(all.includes(.debug) && all.showsEverything)
        let scarce = try #require(enabled("scarce"))
        #expect(!scarce.includes(.normal) && scarce.includes(.warn))
        let named = try #require(enabled("Exec", "Delay"))
        #expect(named.includes(.exec) && named.includes(LogCategory("Delay")) && !named.includes(.info))
    }

    @Test("a configuration adds categories, and takes away those with a minus, unless the command line wants them")
    func ofConfiguration() throws {
        let quiet = LogCategories().adding(["Info", "-Normal", "-Warn"])
        #expect(quiet.includes(.info) && quiet.includes(.error))
        #expect(!quiet.includes(.normal) && !quiet.includes(.warn))
        #expect(try #require(enabled("Normal")).adding(["-Normal"]).includes(.normal))
        #expect(!LogCategories().adding(["all", "-Exec"]).includes(.exec))
    }

    @Test("in the journal a message has its text without the time, and its fields; what rsync prints is as it is")
    func journal() {
        let fields = LogFormat.journal(line, by: "web")
        #expect(fields.map(\.name) == ["MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "LOCKSTEP_CATEGORY"])
        #expect(fields.map(\.value) == ["Error: it broke\n  mend it", "3", "web", "Error"])
        #expect(LogFormat.journal(LogLine(.output, "rsync: x"), by: "web").map(\.value)[0] == "rsync: x")
    }

    @Test("a category must begin with a capital letter", arguments: ["bogus", "", "1st", "Éxec"] as [ByteString])
    func wrongCategory(name: ByteString) {
        #expect(enabled(name) == nil)
    }

    @Test("durations have one number and the unit that fits")
    func durations() {
        let shown: [(Duration, String)] = [
            (.zero, "0.0 s"), (.milliseconds(-5), "0.0 s"), (.milliseconds(3290), "3.2 s"), (.seconds(12), "12 s"),
            (.seconds(720), "12 min"), (.seconds(3 * 3600), "3 h"), (.seconds(3 * 86_400), "3 days"),
        ]
        for (duration, text) in shown { #expect(Shown.duration(duration) == text) }
    }
}
