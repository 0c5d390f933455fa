import MirrorCore
import MirrorLua
import Testing

@Suite("Settings") struct SettingsTests {
    private let sync = "\nsync{ default.rsync, source = 'SRC', target = 'h:/t' }\n"

    @Test(
        "the three forms of settings and their list entries mean the same",
        arguments: [
            "settings{ 'nodaemon', logident = 'me', maxProcesses = 3 }",
            "settings({ nodaemon = true, logident = 'me' }) settings{ maxProcesses = 3 }",
            "settings = { 'nodaemon', logident = 'me', maxProcesses = 3 }",
            "settings.nodaemon = true settings.logident = 'me' settings.maxProcesses = 3",
            "settings = {} settings.nodaemon = true settings.logident = 'me' settings.maxProcesses = 3",
            "settings = settings or {} settings.nodaemon = true settings{ logident = 'me', maxProcesses = 3 }",
            "settings{ logident = 'me' } settings = { nodaemon = true, maxProcesses = 3 }",
        ])
    func forms(text: String) throws {
        let settings = try ConfigurationFixture().load(text + sync).settings
        #expect(settings.staysInForeground)
        #expect(settings.logIdent == "me")
        #expect(settings.maxProcesses == 3)
        #expect(settings.dialect == (text.contains("settings =") || text.contains("settings.") ? .era20 : .current))
    }

    @Test("settings(\"key\") gives what was set so far")
    func reading() throws {
        let fixture = ConfigurationFixture()
        let text = "settings{ logident = 'a' } settings{ logident = settings('logident') .. 'b' }"
        #expect(try fixture.load(text + sync).settings.logIdent == "ab")
        #expect(try fixture.load("assert(settings('x') == nil)" + sync).settings.logIdent == "lsyncd")
    }

    @Test("every setting arrives, with the types that people write")
    func all() throws {
        let text = """
            settings{ logfile = "log", pidfile = "pid", statusFile = "status", statusInterval = "20", insist = 1,
              nodaemon = "true", onepass = true, logfacility = "Daemon", inotifyMode = "CloseWrite or Modify",
              stateDir = "state", sshMultiplex = false, rsyncCompat = "exact", progressTimeout = 60,
              eventSource = "inotify", fileQuiet = 0.5, openFileInterval = 30 }
            """
        let fixture = ConfigurationFixture()
        let loaded = try fixture.load(text + sync)
        let settings = loaded.settings
        #expect(loaded.warnings.isEmpty)
        #expect(settings.logFile == ByteString(fixture.path("log")))
        #expect(settings.pidFile == ByteString(fixture.path("pid")))
        #expect(settings.statusFile == ByteString(fixture.path("status")))
        #expect(settings.stateDirectory == ByteString(fixture.path("state")))
        #expect(settings.statusInterval == .seconds(20))
        #expect(settings.insists && settings.staysInForeground && settings.onePass)
        #expect(settings.logFacility == 24)
        #expect(settings.inotifyMode == .closeWriteOrModify)
        #expect(!settings.sharesSshConnection)
        #expect(settings.rsyncCompat == .exact)
        #expect(settings.eventSource == .inotify)
        #expect(settings.progressTimeout == .seconds(60))
        #expect(settings.fileQuiet == .milliseconds(500))
        #expect(settings.openFileInterval == .seconds(30))
    }

    @Test("empty texts of generated files are nothing")
    func empty() throws {
        let text = "settings{ logfile = '', statusFile = '', pidfile = '', statusInterval = '', }"
        let settings = try ConfigurationFixture().load(text + sync).settings
        #expect(settings.logFile == nil && settings.statusFile == nil && settings.pidFile == nil)
        #expect(settings.statusInterval == .seconds(10))
    }

    @Test("since 2.1 delay and limits in settings replace those of the syncs after them")
    func overriding() throws {
        let text = """
            sync{ default.rsync, source = "SRC", target = "a:/", delay = 9, maxDelays = 50 }
            settings{ maxProcesses = 3, maxDelays = 7, delay = 2 }
            sync{ default.rsync, source = "SRC", target = "b:/", delay = 9, maxProcesses = 1, maxDelays = 50 }
            """
        let syncs = try ConfigurationFixture().load(text).settings.syncs
        #expect(syncs.map(\.delay) == [.seconds(9), .seconds(2)])
        #expect(syncs.map(\.maxDelays) == [50, 7])
        #expect(syncs.map(\.maxProcesses) == [1, 3])
    }

    @Test("in 2.0 delay replaces those of all syncs, and limits only fill in")
    func overridingThen() throws {
        let text = """
            sync{ default.rsync, source = "SRC", target = "a:/", delay = 9, maxProcesses = 1, maxDelays = 50 }
            sync{ default.rsync, source = "SRC", target = "b:/" }
            settings = { maxProcesses = 3, maxDelays = 7, delay = 2 }
            """
        let settings = try ConfigurationFixture().load(text).settings
        #expect(settings.dialect == .era20)
        #expect(settings.syncs.map(\.delay) == [.seconds(2), .seconds(2)])
        #expect(settings.syncs.map(\.maxDelays) == [50, 7])
        #expect(settings.syncs.map(\.maxProcesses) == [1, 3])
        #expect(settings.maxProcesses == 3)
    }

    @Test("the command line comes before settings, which come before sync")
    func commandLine() throws {
        let fixture = ConfigurationFixture()
        fixture.overrides.delay = "4"
        fixture.overrides.insists = true
        fixture.overrides.staysInForeground = true
        fixture.overrides.onePass = true
        fixture.overrides.logFile = "other.log"
        fixture.overrides.pidFile = "/run/x.pid"
        let text = "settings{ maxProcesses = 3, maxDelays = 7, logfile = 'x', insist = false }"
        let settings = try fixture.load(text + sync).settings
        #expect(settings.syncs[0].delay == .seconds(4))
        #expect(settings.syncs[0].maxDelays == 7)
        #expect(settings.insists && settings.staysInForeground && settings.onePass)
        #expect(settings.logFile == ByteString(fixture.path("other.log")))
        #expect(settings.pidFile == "/run/x.pid")
    }

    @Test("a delay of the command line that is no number is refused")
    func commandLineDelay() {
        let fixture = ConfigurationFixture()
        fixture.overrides.delay = "soon"
        #expect(
            fixture.diagnostics(sync) == [
                "error: the option -delay is \"soon\"; it must be a number of seconds, 0 or more."
            ])
    }

    @Test("syncs of the command line need no configuration; scripts run before them")
    func commandLineSyncs() throws {
        let fixture = ConfigurationFixture()
        fixture.write("first.lua", "default.rsync.delay = 3 settings{ 'nodaemon' }")
        fixture.overrides.scripts = ["first.lua"]
        fixture.overrides.syncs = [
            .rsync(source: "src", target: "h:/a \"b\""), .rsync(source: ByteString(fixture.path("src")), target: "t"),
        ]
        let settings = try fixture.loadFile(nil).settings
        #expect(settings.syncs.map(\.target) == ["h:/a \"b\"/", ByteString(fixture.path("t/"))])
        #expect(settings.syncs.map(\.source) == [ByteString(fixture.path("src")), ByteString(fixture.path("src"))])
        #expect(settings.syncs.map(\.delay) == [.seconds(3), .seconds(3)])
        #expect(settings.staysInForeground)
    }

    @Test("the other ways of transfer on the command line; -sshopts goes to rsyncssh alone")
    func commandLineOthers() throws {
        let fixture = ConfigurationFixture()
        fixture.overrides.syncs = [
            .direct(source: "src", target: "t"), .rsyncssh(source: "src", host: "h", targetDirectory: "d"),
            .rsync(source: "src", target: "h:d"),
        ]
        fixture.overrides.sshOptions = "-4 -o 'ProxyCommand nc %h %p'"
        let syncs = try fixture.loadFile(nil).settings.syncs
        var ssh = SshSettings(host: "h", targetDirectory: "d/")
        ssh.options = "-4 -o ProxyCommand nc %h %p"
        var rsync = RsyncSettings()
        #expect(syncs[0].transfer == .direct(rsync))
        #expect(syncs[0].delay == .seconds(1))
        #expect(syncs[2].transfer == .rsync(rsync))
        rsync.remoteShell = "ssh " + ssh.options
        rsync.words.append("--rsh=ssh " + ssh.options)
        #expect(syncs[1].transfer == .rsyncssh(rsync, ssh))
    }

    @Test("a missing configuration is named")
    func missing() {
        let fixture = ConfigurationFixture()
        do {
            _ = try fixture.loadFile("none.conf")
            Issue.record("it loaded")
        } catch {
            #expect(
                error.diagnostics.map(DiagnosticText.render).first?.hasPrefix("none.conf: error: there is no such file")
                    == true)
            #expect(error.diagnostics.count == 1)
        }
    }
}
