import MirrorCore
import MirrorLua
import Testing

/// The shapes in which generators and people write configurations, in words of our own.
@Suite("Configurations as they are found") struct FieldTests {
    private func fixture() -> ConfigurationFixture {
        let fixture = ConfigurationFixture()
        fixture.makeDirectory("conf.d")
        return fixture
    }

    @Test("modules that a pipe lists and require loads")
    func requiredModules() throws {
        let fixture = fixture()
        for name in ["web", "mail"] {
            fixture.write(
                "conf.d/\(name).lua",
                "sync{ default.rsync, source = '\(fixture.path("src"))', target = '\(name):/t', rsyncOpts = { '-a' } }")
        }
        let text = """
            settings = {
              logfile = "ROOT/log", statusFile = "ROOT/status", statusInterval = 1,
            }
            package.path = "ROOT/conf.d/?.lua;" .. package.path
            local f = io.popen("ls ROOT/conf.d/*.lua | xargs -n1 basename | sed 's/.lua$//'")
            for mod in f:lines() do require(mod) end
            """
        let settings = try fixture.load(text).settings
        #expect(settings.syncs.map(\.target) == ["mail:/t/", "web:/t/"])
        #expect(settings.dialect == .era20)
        #expect(settings.statusInterval == .seconds(1))
    }

    @Test("every value as a text, with blank entries and trailing commas")
    func everyValueText() throws {
        let text = """
            settings {
                insist = "true",
                logfile = "ROOT/log",
                maxProcesses = "2",
                nodaemon = "true",
                pidfile = "",
                statusInterval = "10",
            }
            function dodir(dir)
              for name in io.popen("ls -a " .. dir .. "/*.conf.lua"):lines() do dofile(name) end
            end
            dodir("ROOT/conf.d")
            """
        let fixture = fixture()
        fixture.write(
            "conf.d/a.conf.lua",
            """
            sync {
              default.rsync,
              source = "\(fixture.path("src"))",
              target = "h:/t",
              delay = "1",
              exclude = { "a", "b", },
              rsync = { archive = "true", compress = "false", bwlimit = "100", },
            }
            """)
        let settings = try fixture.load(text).settings
        let sync = try #require(settings.syncs.first)
        #expect(settings.insists && settings.staysInForeground && settings.maxProcesses == 2)
        #expect(sync.maxProcesses == 2 && sync.delay == .seconds(1) && sync.excludes == ["a", "b"])
        var rsync = RsyncSettings()
        rsync.words = ["-ltspogD", "--bwlimit=100"]
        #expect(sync.transfer == .rsync(rsync))
    }

    @Test("a whole generated file: every key in use, odd blanks, semicolons, numbered items, other alphabets")
    func generated() throws {
        let text = """

            -- 同步到备份
            settings{
            \tlogfile\t=\t"ROOT/log";
            \tinotifyMode = "CloseWrite or Modify", insist = 1;
            \tlogfacility = "LOCAL0", logident = "зеркало",
            }
            local excludes = {
              [  1] = ".git/",
              [  2] = "*.tmp";
              [3] = "кэш",
            }
            sync {
              default.rsync; delete = false, init = false, delay = 0, maxDelays = 1,
              source = "SRC/"; target = "backup@10.0.0.2::www",
              exclude = excludes,
              rsync = {
                binary = "/usr/bin/rsync", archive = true, compress = true, verbose = true, whole_file = false,
                password_file = "/etc/rsync.pass", _extra = { "--bwlimit=2000", "--port=10873" },
              },
            }
            """
        let loaded = try fixture().load(text)
        let sync = try #require(loaded.settings.syncs.first)
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.settings.logFacility == 128 && loaded.settings.logIdent == "зеркало")
        #expect(sync.excludes == [".git/", "*.tmp", "кэш"])
        #expect(sync.target == "backup@10.0.0.2::www/" && sync.delete == .never && !sync.comparesAtStart)
        #expect(sync.delay == .zero && sync.maxDelays == 1)
        var rsync = RsyncSettings()
        rsync.binary = "/usr/bin/rsync"
        rsync.words = ["-ltspogzvD", "--bwlimit=2000", "--port=10873", "--password-file=/etc/rsync.pass"]
        #expect(sync.transfer == .rsync(rsync))
    }

    @Test("a base in a variable, a function that makes syncs, targets from a file")
    func composed() throws {
        let fixture = fixture()
        fixture.write("hosts", "a\nb\n")
        let text = """
            local common = { default.rsync, delay = 2, rsync = { archive = true, rsh = "ssh -i /k" } }
            local function mirror(host, more)
              return sync{ common, more or {}, source = "SRC", target = host .. ":/srv" }
            end
            for host in io.lines("ROOT/hosts") do mirror(host, { maxDelays = 5 }) end
            local s = sync
            s{ common, source = "SRC", target = "c:/srv", delay = 3 }
            """
        let syncs = try fixture.load(text).settings.syncs
        #expect(syncs.map(\.target) == ["a:/srv/", "b:/srv/", "c:/srv/"])
        #expect(syncs.map(\.maxDelays) == [5, 5, 1000])
        #expect(syncs.map(\.delay) == [.seconds(2), .seconds(2), .seconds(3)])
        #expect(syncs.allSatisfy { $0.transfer.rsync.remoteShell == "ssh -i /k" })
    }

    @Test("no sync because a condition said no is told in those words")
    func noSync() {
        let found = fixture().diagnostics("if io.open('ROOT/mounted') then sync{ default.rsync } end")
        #expect(found == ["lsyncd.conf: error: no sync{} in lsyncd.conf: nothing to watch."])
    }

    @Test("the same pair of source and target twice, and a source below another, are allowed")
    func overlapping() throws {
        let fixture = fixture()
        fixture.makeDirectory("src/in")
        let text = """
            sync{ default.rsync, source = "SRC", target = "h:/a", delete = true }
            sync{ default.rsync, source = "SRC", target = "h:/a", delete = false }
            sync{ default.rsync, source = "SRC/in", target = "h:/b" }
            """
        #expect(try fixture.load(text).settings.syncs.count == 3)
    }
}
