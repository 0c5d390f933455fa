import Foundation
import MirrorCore
import MirrorLua
import Testing

@Suite("A configuration is a program") struct ProgramTests {
    private let sync = "\nsync{ default.rsync, source = 'SRC', target = 'h:/t' }\n"

    private func run(_ text: String) throws {
        _ = try ConfigurationFixture().load(text + sync)
    }

    @Test("loops, functions, io.popen, os.getenv and the whole library work")
    func library() throws {
        let text = """
            local hosts = io.popen("printf 'a b c'"):read("*a")
            for host in hosts:gmatch("%S+") do
              for _, dir in ipairs({ "x", "y" }) do
                sync{ default.rsync, source = "SRC", target = host .. ":/" .. dir, delay = os.getenv("NO_SUCH") or 4 }
              end
            end
            assert(os.getenv("PATH") and debug.getinfo(1) and os.tmpname and io.open and coroutine.create)
            """
        let syncs = try ConfigurationFixture().load(text).settings.syncs
        #expect(syncs.map(\.target) == ["a:/x/", "a:/y/", "b:/x/", "b:/y/", "c:/x/", "c:/y/"])
        #expect(syncs.allSatisfy { $0.delay == .seconds(4) })
    }

    @Test("further files come by dofile, loadfile and require, and globals of one are seen by the next")
    func furtherFiles() throws {
        let fixture = ConfigurationFixture()
        fixture.makeDirectory("conf.d")
        fixture.write(
            "conf.d/one.lua",
            "shared_target = 'h:/one'\nsync{ default.rsync, source = '\(fixture.path("src"))', target = shared_target }"
        )
        fixture.write(
            "conf.d/two.lua",
            "return { default.rsync, source = '\(fixture.path("src"))', target = shared_target .. '2' }")
        fixture.write("conf.d/bad.lua", "\n\nsettings{ insisit = true }")
        let text = """
            package.path = package.path .. ";ROOT/conf.d/?.lua"
            for name in io.popen("ls ROOT/conf.d/o*.lua"):lines() do dofile(name) end
            sync(require("two"))
            loadfile("ROOT/conf.d/one.lua")()
            """
        #expect(try fixture.load(text).settings.syncs.map(\.target) == ["h:/one/", "h:/one2/", "h:/one/"])
        let found = fixture.diagnostics(text + "\nrequire('bad')")
        #expect(found.count == 1 && found[0].hasPrefix("ROOT/conf.d/bad.lua:3: error: unknown setting"), "\(found)")
    }

    @Test("a mistake in a further file carries its name, however long the path")
    func longNames() {
        let fixture = ConfigurationFixture()
        let folder = String(repeating: "long-name-", count: 12)
        fixture.makeDirectory(folder)
        fixture.write("\(folder)/x.lua", "\nlocal t = { a = 1 b = 2 }")
        let found = fixture.diagnostics("dofile('ROOT/\(folder)/x.lua')")
        #expect(found.count == 1 && found[0].hasPrefix("ROOT/\(folder)/x.lua:2: error: '}' expected"), "\(found)")
        #expect(found[0].contains("comma missing before b?"))
    }

    @Test("a byte order mark, CRLF line ends and a first line with # are taken as they are")
    func oddTexts() throws {
        let lines = [
            "#!/usr/bin/lsyncd", "settings{", " nodaemon = true", "}", "sync{ default.rsync, source = 'SRC',",
            " target = 'h:/t' }",
        ]
        for text in [lines.joined(separator: "\r\n"), "\u{feff}" + lines.joined(separator: "\n")] {
            let settings = try ConfigurationFixture().load(text).settings
            #expect(settings.staysInForeground)
            #expect(settings.syncs.map(\.place.line) == [5])
        }
        let found = ConfigurationFixture().diagnostics("\u{feff}# x\r\n\r\nsettings{\r\n insisit = 1 }\r\n" + sync)
        #expect(found.count == 1 && found[0].hasPrefix("lsyncd.conf:4: error"), "\(found)")
    }

    @Test("the file's own folder can be found by debug.getinfo")
    func ownFolder() throws {
        let fixture = ConfigurationFixture()
        let text = """
            local path = string.gsub(debug.getinfo(1).source, "^@(.+/)[^/]+$", "%1")
            assert(path == "ROOT/", path)
            """
        _ = try fixture.load(text + sync)
    }

    @Test("names and habits of Lua 5.1 work")
    func oldLua() throws {
        try run(
            """
            assert(unpack({ 1, 2 }) == 1 and select('#', unpack({ 1, 2 })) == 2)
            assert(loadstring('return 7')() == 7)
            assert(table.getn({ 1, 2 }) == 2 and table.maxn({ [9] = 1 }) == 9)
            assert(math.pow(2, 3) == 8 and math.mod(7, 3) == 1 and math.log10(100) == 2)
            local seen = 0
            table.foreach({ a = 1 }, function() seen = seen + 1 end)
            table.foreachi({ 1, 1 }, function() seen = seen + 1 end)
            assert(seen == 3)
            for word in string.gfind('a b', '%a') do seen = seen + 1 end
            assert(seen == 5)
            assert(string.format('%d %5.1f %s %d%%', 3.7, 2, nil, -3.7) == '3   2.0 nil -3%')
            assert(string.gsub('a.b', '%.', '%%x') == 'a%xb' and string.gsub('ab', 'b', '%z') == 'az')
            assert(string.gsub('ab', '(b)', '<%1>') == 'a<b>')
            assert(os.execute('exit 0') == 0 and os.execute('exit 3') ~= 0 and not os.execute('false'))
            local function f() return mark end
            setfenv(f, { mark = 5 })
            assert(f() == 5 and getfenv(f).mark == 5 and mark == nil)
            assert(package.loaders and string.starts('abc', 'ab') and string.ends('abc', 'bc'))
            assert(table.contains({ 'a' }, 'a') and not table.contains({ 'a' }, 'b'))
            """)
    }

    @Test("lsyncd's own names are there")
    func offered() throws {
        let fixture = ConfigurationFixture()
        fixture.makeDirectory("dir/sub")
        fixture.write("dir/file", "1234")
        let text = """
            assert(lsyncd_version == '2.3.1')
            local entries = readdir('ROOT/dir')
            assert(entries.sub == true and entries.file == false)
            assert(lsyncd.realdir('ROOT/dir/../dir') == 'ROOT/dir/')
            assert(lsyncd.get_file_size('ROOT/dir/file') == 4)
            local words = lsyncd.splitQuotedString("-o 'a b' \\"c d\\" e")
            assert(table.concat(words, '|') == '-o|a b|c d|e')
            local start = now()
            assert((start + 5) - start == 5 and start < start + 1 and type(start.seconds) == 'number')
            for _, name in ipairs{ 'spawn', 'spawnShell', 'alarm', 'observefd', 'nonobservefd', 'terminate', 'log', 'tunnel' } do
              assert(type(_G[name]) == 'function', name)
            end
            assert(default.rsyncssh.checkgauge.host and default.direct.delay == 1)
            assert(default.rsync.delay == 15 and default.rsync.rsync.protect_args and default.rsync.exitcodes[24] == 'ok')
            assert(not pcall(spawn, {}, '/bin/true'))
            """
        _ = try fixture.load(text + sync)
    }
}

@Suite("Finding places in the text") struct PlaceTests {
    @Test("keys are found in nested tables, bases and functions")
    func keys() {
        let found = ConfigurationFixture().diagnostics(
            """
            base = {
              default.rsync,
              exludeFrom = "x",
              prepare = function(config)
                local t = { exludeFrom = 1, q = function() if x then return { a = 1 } end end }
              end,
            }
            -- sync{ bogus = 1 }
            local text = [[ sync{ bogus = 1 } ]]
            for i = 1, 2 do sync{ base,
              source = "SRC", target = "h:/t", ["bogus"] = true,
              rsync = {
                archiv = true,
              },
              checkgauge = { mine = true }, prepare = default.rsync.prepare,
            } end
            """)
        let places = found.map { $0.split(separator: " ")[0] }
        #expect(places == ["lsyncd.conf:10:", "lsyncd.conf:11:", "lsyncd.conf:13:"], "\(found)")
    }

    @Test("two syncs on one line are told apart")
    func oneLine() throws {
        let text =
            "sync{ default.rsync, source = 'SRC', target = 'a:/' } sync{ default.rsync, source = 'SRC', target = 'b:/' }"
        #expect(try ConfigurationFixture().load(text).settings.syncs.map(\.target) == ["a:/", "b:/"])
    }

    @Test("a diagnostic of the command line has no file")
    func rendering() {
        #expect(DiagnosticText.render(Diagnostic(.warning, at: Place(), "x.")) == "warning: x.")
        #expect(DiagnosticText.render(Diagnostic(.error, at: Place(file: "f"), "x.")) == "f: error: x.")
        #expect(DiagnosticText.render(Diagnostic(.error, at: Place(file: "f", line: 3), "x.")) == "f:3: error: x.")
    }
}
