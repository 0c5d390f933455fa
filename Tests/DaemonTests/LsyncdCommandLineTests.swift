import MirrorCore
import MirrorDaemon
import MirrorStatus
import Testing

@Suite("lsyncd's command line")
struct LsyncdCommandLineTests {
    func read(_ words: ByteString...) -> LsyncdCommandLine.Reading { LsyncdCommandLine.read(words) }

    func refusal(_ words: ByteString...) -> ByteString? {
        guard case .refused(let text) = LsyncdCommandLine.read(words) else { return nil }
        return text
    }

    func line(_ words: ByteString...) throws -> LsyncdCommandLine {
        guard case .run(let line) = LsyncdCommandLine.read(words) else { throw NotALine() }
        return line
    }
    struct NotALine: Error {}

    @Test("the file and options stand in any order, with one dash or two")
    func order() throws {
        for words in [["-nodaemon", "c.lua", "--insist"], ["--insist", "-nodaemon", "c.lua"]] as [[ByteString]] {
            guard case .run(let line) = LsyncdCommandLine.read(words) else { throw NotALine() }
            #expect(line.configurationFile == "c.lua")
            #expect(line.overrides.staysInForeground && line.overrides.insists && !line.overrides.onePass)
        }
    }

    @Test("options take their arguments blindly, also where these begin with a dash")
    func arguments() throws {
        let line = try line(
            "-delay", "0.5", "-logfile", "-nodaemon", "-pidfile", "p", "-script", "a", "-script", "b", "-onepass", "c")
        #expect(line.overrides.delay == "0.5")
        #expect(line.overrides.logFile == "-nodaemon")
        #expect(!line.overrides.staysInForeground)
        #expect(line.overrides.pidFile == "p")
        #expect(line.overrides.scripts == ["a", "b"])
        #expect(line.overrides.onePass)
    }

    @Test("syncs on the command line are kept in order and may be mixed")
    func syncs() throws {
        let line = try line(
            "-rsync", "s", "t", "-direct", "d", "e", "-rsyncssh", "a", "h", "/b", "-sshopts", "-p 22", "-rsync", "x",
            "y")
        #expect(
            line.overrides.syncs == [
                .rsync(source: "s", target: "t"), .direct(source: "d", target: "e"),
                .rsyncssh(source: "a", host: "h", targetDirectory: "/b"), .rsync(source: "x", target: "y"),
            ])
        #expect(line.overrides.sshOptions == "-p 22")
        #expect(line.configurationFile == nil)
    }

    @Test("-log is seen everywhere, even as another option's argument")
    func log() throws {
        let line = try line("-logfile", "-log", "Exec", "-log", "scarce")
        #expect(line.overrides.logFile == "-log")
        #expect(line.categories.includes(.exec) && !line.categories.includes(.normal))
        #expect(refusal("-delay", "-log", "bogus", "c") == "'bogus' is not a valid logging category")
        #expect(refusal("-help", "-log", "bogus") == "'bogus' is not a valid logging category")
    }

    @Test("mistakes are told in lsyncd's words")
    func mistakes() {
        #expect(refusal("-bogus") == "unknown option command line option -bogus")
        #expect(refusal("--delay=3", "c.lua") == "unknown option command line option --delay=3")
        #expect(refusal("-", "c.lua") == "unknown option command line option -")
        #expect(refusal("-runner", "x") == "unknown option command line option -runner")
        #expect(refusal("-delay") == "delay needs 1 arguments")
        #expect(refusal("-rsyncssh", "a", "b") == "rsyncssh needs 3 arguments")
        #expect(refusal("-log") == "log needs 1 arguments")
        #expect(
            refusal("c.lua", "-rsync", "a", "b") == "There cannot be command line syncs and a config file together.")
        #expect(refusal("a", "b") == "There can only be one config file in the command line.")
        #expect(refusal("a", "b", "-bogus") == "unknown option command line option -bogus")
        #expect(refusal("--runner") == "Lsyncd Lua-runner file missing after --runner ")
        #expect(refusal("--runner", "x")?.hasPrefix("--runner x: ") == true)
    }

    @Test("-help is found anywhere, before mistakes, and ends with 255; so does a line that asks for nothing")
    func help() {
        let usage = LsyncdCommandLine.Reading.print(LsyncdUsage.text, exitCode: 255)
        #expect(read("-bogus", "-help") == usage)
        #expect(read("-rsync", "--help") == usage)
        #expect(read() == usage)
        #expect(read("-delay", "3", "-nodaemon") == usage)
    }

    @Test("-version acts where it stands")
    func version() {
        #expect(read("-version", "-bogus") == .print(LsyncdUsage.version, exitCode: 0))
        #expect(refusal("-bogus", "-version") == "unknown option command line option -bogus")
        #expect(LsyncdUsage.version.hasPrefix("Version: 2.3.1"))
    }

    @Test("-monitor lists the monitors as the last word, else its name is of no effect")
    func monitor() throws {
        #expect(read("c.lua", "-monitor") == .print(LsyncdUsage.monitors, exitCode: 255))
        #expect(try line("-monitor", "inotify", "c.lua").configurationFile == "c.lua")
    }
}
