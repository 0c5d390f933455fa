import Foundation
import MirrorCore
import MirrorLua
import Testing

@Suite("Syncs") struct SyncTests {
    private func sync(_ inside: String) -> String {
        "sync{ default.rsync, source = 'SRC', target = 'h:/t', \(inside) }"
    }

    @Test("a plain sync has lsyncd's values")
    func plain() throws {
        let fixture = ConfigurationFixture()
        let loaded = try fixture.load("sync{ default.rsync, source = 'SRC', target = 'h:/t' }")
        let source = ByteString(fixture.path("src"))
        var expected = SyncSettings(name: "Sync1", source: source, target: "h:/t/")
        expected.place = Place(file: "lsyncd.conf", line: 1)
        #expect(loaded.settings.syncs == [expected])
        #expect(loaded.settings.dialect == .current)
        #expect(loaded.warnings.isEmpty)
    }

    @Test(
        "a slash at the end of the target is added where lsyncd adds it",
        arguments: [
            ("h:/t", "h:/t/"), ("h:/t/", "h:/t/"), ("h:", "h:"), ("h::module", "h::module/"), ("h:./x", "h:./x/"),
            ("/local/t", "/local/t/"), ("rsync://h/m", "rsync://h/m/"), ("u@h:~/x", "u@h:~/x/"), ("/", "/"),
        ])
    func targets(written: String, target: String) throws {
        let text = "sync{ default.rsync, source = 'SRC', target = '\(written)' }"
        #expect(try ConfigurationFixture().sync(text).target == ByteString(target))
    }

    @Test("relative paths mean the directory of the start, and links in the source are resolved")
    func relativePaths() throws {
        let fixture = ConfigurationFixture()
        fixture.makeDirectory("deep/er")
        try FileManager.default.createSymbolicLink(atPath: fixture.path("link"), withDestinationPath: "deep/er")
        fixture.write("patterns", "a\n")
        let text = """
            for _, source in ipairs{ ".", "./", "src", "deep/../src/.", "link", "/" } do
              sync{ default.rsync, source = source, target = "../t", excludeFrom = "patterns" }
            end
            """
        let syncs = try fixture.load(text).settings.syncs
        let real = { ByteString(fixture.path($0)) }
        #expect(
            syncs.map(\.source) == [
                ByteString(fixture.root), ByteString(fixture.root), real("src"), real("src"), real("deep/er"), "",
            ])
        #expect(syncs.map(\.sourceAsWritten) == [".", "./", "src", "deep/../src/.", "link", "/"])
        #expect(syncs.allSatisfy { $0.target == real("../t/") && $0.excludes == ["a"] })
    }

    @Test("times and limits come as people write them")
    func times() throws {
        let fixture = ConfigurationFixture()
        #expect(try fixture.sync(sync("delay = 0.2")).delay == .milliseconds(200))
        #expect(try fixture.sync(sync("delay = '5'")).delay == .seconds(5))
        #expect(try fixture.sync(sync("delay = 0, maxDelays = 0")).maxDelays == 0)
        #expect(try fixture.sync(sync("delay = 5, settle = 0.5")).settle == .milliseconds(500))
        #expect(try fixture.sync(sync("delay = nil")).delay == .seconds(15))
        #expect(try fixture.sync(sync("maxDelays = 30, maxProcesses = 2")).maxDelays == 30)
        #expect(try fixture.sync(sync("delay = 1e300")).delay > .seconds(1_000_000_000))
    }

    @Test(
        "delete means what it means in lsyncd",
        arguments: [
            ("delete = true", DeletePolicy.always), ("delete = false", .never), ("delete = 'startup'", .startup),
            ("delete = 'running'", .running), ("delete = 'true'", .never), ("delete = nil", .always),
            ("delete = 1", .never),
        ])
    func delete(text: String, policy: DeletePolicy) throws {
        #expect(try ConfigurationFixture().sync(sync(text)).delete == policy)
    }

    @Test("init = false leaves out the comparison at the start")
    func initFalse() throws {
        #expect(try !ConfigurationFixture().sync(sync("init = false")).comparesAtStart)
        #expect(try ConfigurationFixture().sync(sync("init = true")).comparesAtStart)
    }

    @Test("names count all calls, and a name of one's own stays")
    func names() throws {
        let text = sync("name = 'web'") + "\n" + sync("delay = 1") + sync("")
        #expect(try ConfigurationFixture().load(text).settings.syncs.map(\.name) == ["web", "Sync2", "Sync3"])
    }

    @Test("excludes come from strings, lists and files; empty patterns and repeats fall away")
    func excludes() throws {
        let fixture = ConfigurationFixture()
        fixture.write("from", "# comment\n\n  - a b \n-x\n+ no\n/c\r\n\t d\ne\n")
        #expect(try fixture.sync(sync("exclude = '*.o'")).excludes == ["*.o"])
        #expect(try fixture.sync(sync("exclude = { 'a', '', 'b', 'a', 7 }")).excludes == ["a", "b", "7"])
        #expect(try fixture.sync(sync("exclude = { { 'a', 'b' }, 'c' }")).excludes.sorted() == ["a", "b", "c"])
        #expect(
            try fixture.sync(sync("exclude = 'e', excludeFrom = 'from'")).excludes == ["e", "a b ", "x", "/c", "d"])
        #expect(try fixture.sync(sync("exclude = { \"it's\", '\\\\*', '- z' }")).excludes == ["it's", "\\*", "- z"])
    }

    @Test("an exclude with a line end is two, as it is for rsync; what rsync would refuse or cut is an error")
    func oddLines() throws {
        let fixture = ConfigurationFixture()
        #expect(try fixture.sync(sync("exclude = { 'a\\nb\\r\\n', 'c' }")).excludes == ["a", "b", "c"])
        let wrong = [
            "exclude = '- '", "exclude = '+ '", "exclude = 'a\\0*'", "filter = '- a\\n. /etc/passwd'",
            "filter = '+ a\\0b'",
        ]
        for line in wrong {
            #expect(throws: ConfigurationError.self, "\(line)") { try fixture.load(sync(line)) }
        }
    }

    @Test("filters keep their order, those of the file last")
    func filters() throws {
        let fixture = ConfigurationFixture()
        fixture.write("from", "# c\n\n+ y\n-  z\n")
        let found = try fixture.sync(sync("filter = { '+ *.lua', '-*' }, filterFrom = 'from'")).filters
        let expected = [(true, "*.lua"), (false, "*"), (true, "y"), (false, "z")]
        #expect(found == expected.map { FilterRule(includes: $0.0, pattern: ByteString($0.1)) })
    }

    @Test("addExclude, rmExclude and appendFilter work on what sync returned")
    func inlet() throws {
        let text = """
            local inlet = \(sync("exclude = { 'a', 'b' }, filter = '+ f'"))
            inlet.addExclude('c') inlet.rmExclude('a') inlet.addExclude('b')
            inlet.appendFilter('- g') inlet.appendFilter('+', 'h')
            assert(table.concat(inlet.getExcludes(), ' ') == 'b c')
            assert(table.concat(inlet.getFilters(), ' ') == '+ f - g + h - b - c')
            assert(inlet.hasFilters() and inlet.getConfig().target == 'h:/t')
            assert(inlet.getConfig().source:sub(-1) == '/')
            local ok, problem = pcall(function() return inlet.getEvnt end)
            assert(not ok and problem:find('inlet does not have function "getEvnt"', 1, true), problem)
            """
        let found = try ConfigurationFixture().sync(text)
        #expect(found.excludes == ["b", "c"])
        #expect(found.filters.map(\.pattern) == ["f", "g", "h"])
    }

    @Test("an exit code table of one's own keeps its numbers, and the rest of lsyncd's")
    func exitCodes() throws {
        let fixture = ConfigurationFixture()
        let text = sync("exitcodes = { [0] = 'ok', [1] = 'again', [2] = 'die', [7] = 'ok' }")
        let codes = try fixture.sync(text).exitCodes
        #expect(codes.isCustom)
        #expect(codes.table[1] == .again && codes.table[2] == .die && codes.table[7] == .ok)
        #expect(codes.table[3] == .again && codes.table[4] == .die && codes.table[24] == .ok)
        #expect(try fixture.sync("default.rsync.exitcodes[5] = 'die'\n" + sync("")).exitCodes.table[5] == .die)
        #expect(try fixture.sync(sync("rsyncExitCodes = { [24] = 'again' }")).exitCodes.table[24] == .again)
        #expect(try !fixture.sync(sync("")).exitCodes.isCustom)
    }
}

@Suite("Inheritance") struct InheritanceTests {
    private func config(_ text: String, _ checks: String) throws {
        let fixture = ConfigurationFixture()
        _ = try fixture.load(text + "\nlocal c = inlet.getConfig()\n" + checks)
    }

    @Test("own keys beat a base, an earlier base beats a later one, and lists are joined")
    func order() throws {
        try config(
            """
            base = { default.rsync, delay = 3, rsync = { _extra = { '--base' }, archive = true }, exclude = { 'b1' } }
            later = { delay = 9, target = 'late:/', maxDelays = 5 }
            inlet = sync{ base, later, source = 'SRC', target = 'own:/', rsync = { _extra = { '--own' }, archive = false },
              exclude = { 'o1', 'o2' } }
            """,
            """
            assert(c.delay == 3 and c.target == 'own:/' and c.maxDelays == 5)
            assert(table.concat(c.rsync._extra, ' ') == '--own --base')
            assert(c.rsync.archive == false and c.rsync.links == true)
            assert(table.concat(c.exclude, ' ') == 'o1 o2 b1')
            """)
    }

    @Test("what a sync changes does not reach the next one")
    func sharing() throws {
        let text = """
            base = { default.rsync, source = 'SRC', rsync = { archive = true }, exclude = { 'a' } }
            local first = sync{ base, target = 'a:/', rsync = { update = true } }
            first.addExclude('z')
            first.getConfig().rsync.chmod = 'x'
            sync{ base, target = 'b:/' }
            """
        let syncs = try ConfigurationFixture().load(text).settings.syncs
        #expect(syncs[0].excludes == ["a", "z"] && syncs[1].excludes == ["a"])
        #expect(syncs[1].transfer == .rsync(archive))
    }

    private var archive: RsyncSettings {
        var rsync = RsyncSettings()
        rsync.words = ["-ltspogD"]
        return rsync
    }

    @Test("tables in the list part of a nested table become its keys")
    func flattening() throws {
        try config(
            """
            inlet = sync{ default.rsync, source = 'SRC', target = 'h:/', checkgauge = { sub = true },
              sub = { { a = 1 }, { a = 2, b = 3 }, 'str' } }
            """,
            "assert(c.sub.a == 1 and c.sub.b == 3 and c.sub[1] == 'str' and #c.sub == 1)")
    }

    @Test("false blocks inheritance; _merge and _verbatim steer it and are not copied")
    func steering() throws {
        try config(
            """
            base = { default.rsync, checkgauge = false, one = { a = 1 }, two = { _merge = false, b = 2 },
              three = { _verbatim = true, 'x', 'y' }, four = { _merge = { k = true }, k = 1, l = 2 } }
            inlet = sync{ base, source = 'SRC', target = 'h:/', init = false, one = false, two = { a = 1 } }
            """,
            """
            assert(c.init == false and c.one == false and c.two.b == nil and c.two.a == 1)
            assert(c.three[1] == 'x' and c.three[2] == 'y' and c.three._verbatim == nil)
            assert(c.four.k == 1 and c.four.l == nil and c.four._merge == nil)
            """)
    }

    @Test("prepare of one's own may compute what the sync needs")
    func prepare() throws {
        let text = """
            base = { default.rsync, prepare = function(config, level)
              default.rsync.prepare(config, level, true)
              config.target = 'h:' .. config.source
              config.delay = 2
              config.mine = true
            end }
            sync{ base, source = 'SRC' }
            """
        let fixture = ConfigurationFixture()
        let loaded = try fixture.load(text)
        #expect(loaded.settings.syncs[0].target == ByteString("h:\(fixture.path("src"))/"))
        #expect(loaded.settings.syncs[0].delay == .seconds(2))
        #expect(loaded.warnings.isEmpty)
    }

    @Test("a gauge can be extended or turned off, then own keys are fine")
    func gauge() throws {
        let fixture = ConfigurationFixture()
        let inside = "default.rsync, source = 'SRC', target = 'h:/', mine = 1"
        #expect(try fixture.load("sync{ \(inside), checkgauge = { mine = true } }").warnings.isEmpty)
        #expect(
            try fixture.load("sync{ \(inside), checkgauge = { default.rsync.checkgauge, mine = true } }").warnings
                .isEmpty)
        #expect(try fixture.load("sync{ \(inside), checkgauge = false }").warnings.isEmpty)
        #expect(throws: ConfigurationError.self) { try fixture.load("sync{ \(inside) }") }
    }

    @Test("a table that holds itself is an error with the line of the sync")
    func cycle() {
        let found = ConfigurationFixture().diagnostics(
            "t = {} t.t = t\nsync{ default.rsync, source = 'SRC', target = 'h:/', rsync = t }")
        #expect(
            found.count == 1 && found[0].hasPrefix("lsyncd.conf:2: error: a table in sync{} holds itself"), "\(found)")
    }
}
