/// Settings in the forms of all years, and configurations as programs.
enum SettingsCases {
    static let sync = "sync{ default.rsync, source = \"SRC\", target = \"h:/t\", delay = 0 }\n"
    static let call = "--delete --ignore-errors -lts -r SRC/ h:/t/"

    private static func settings(
        _ name: String, _ before: String, _ change: (inout Case) -> Void = { _ in }
    ) -> Case {
        Case(name, before + "\n" + sync) {
            $0.start = [call]
            change(&$0)
        }
    }

    static let keys: [Case] = [
        settings("logfile", "settings{ logfile = 'ROOT/log' }") { $0.log = ["Normal: --- Startup ---"] },
        settings("statusFile and statusInterval", "settings{ statusFile = 'ROOT/status', statusInterval = 1 }") {
            $0.status = ["Lsyncd status report at ", "There are 0 delays", "Filtering:\n  nothing.\n"]
        },
        settings("pidfile", "settings{ pidfile = 'ROOT/pid' }"),
        settings("logident and logfacility", "settings{ logident = 'mirror', logfacility = 'daemon' }"),
        settings("a facility as a number", "settings{ logfacility = 24 }") { $0.lsyncd = .differs("2.2.3 refuses it") },
        settings("insist", "settings{ insist = true }"),
        settings("insist = 1", "settings{ insist = 1 }"),
        settings("nodaemon as a word", "settings{ 'nodaemon' }"),
        settings("nodaemon in quotes", "settings{ nodaemon = 'true' }"),
        settings("maxProcesses", "settings{ maxProcesses = 2 }"),
        settings("maxDelays", "settings{ maxDelays = 3 }"),
        settings("inotifyMode CloseWrite", "settings{ inotifyMode = 'CloseWrite' }"),
        settings("inotifyMode Modify", "settings{ inotifyMode = 'Modify' }") {
            $0.deeds = [.write("new")]
            $0.later = ["-lts \(RsyncCases.batch) < /new|/"]
        },
        settings("inotifyMode CloseWrite or Modify", "settings{ inotifyMode = 'CloseWrite or Modify' }"),
        settings("numbers in quotes", "settings{ statusFile = 'ROOT/status', statusInterval = '1' }") {
            $0.status = ["Sync1 source=SRC/"]
        },
        settings("parentheses, and several calls", "settings({ insist = true })\nsettings{ logfile = 'ROOT/log' }") {
            $0.log = ["Normal: --- Startup ---"]
        },
        settings("a value read back", "settings{ logident = 'x' }\nassert(settings('logident') == 'x')"),
        settings("what lsyncd does not have", "settings{ sshMultiplex = false, progressTimeout = 60 }") {
            $0.lsyncd = .differs("not in lsyncd")
        },
        settings("a misspelt setting", "settings{ insisit = true }") {
            $0.start = []
            $0.log = ["conf:1: unknown setting \"insisit\"; did you mean \"insist\"?"]
            $0.exit = 255
            $0.lsyncd = .differs("refuses too")
        },
        Case("no sync", "settings{ insist = true }") {
            $0.log = ["nothing to watch"]
            $0.exit = 255
            $0.lsyncd = .differs("refuses too")
        },
    ]

    static let era20: [Case] = [
        settings("settings = {…}", "settings = { logfile = 'ROOT/log', insist = true }"),
        settings("settings = {…} after the sync", "") { $0.text += "settings = { statusFile = 'ROOT/status' }" },
        settings("settings.x = y", "settings.logfile = 'ROOT/log'"),
        settings("a list of words", "settings = { 'nodaemon', 'insist' }"),
        settings("delay and statusIntervall in settings", "settings = { delay = 0, statusIntervall = 5 }"),
        settings("unknown keys", "settings = { nodeamon = true, whatever = 5 }") {
            $0.log = ["did you mean \"nodaemon\"?"]
        },
        rsyncOpts("rsyncOpts as a text is one word", "rsyncOpts = '-ltus'", "-ltus"),
        rsyncOpts("rsyncOpts as a list", "rsyncOpts = { '-a', '-e', 'ssh -p 22' }", "-a -e ssh␣-p␣22"),
        rsyncOpts("rsyncOps", "rsyncOps = { '-av' }", "-av"),
        rsyncOpts("rsyncBinary", "rsyncBinary = 'ROOT/rsync/rsync'", "-lts"),
    ].map { test in
        var test = test
        test.lsyncd = .differs("refused since 2.2")
        test.start = test.start.map { $0.replacing("--ignore-errors ", with: "") }
        // lsyncd 2.0 had a fixed place for rsync, and no PATH.
        if !test.text.contains("rsyncBinary") {
            test.text = test.text.replacing("delay = 0 }", with: "delay = 0, rsyncBinary = 'ROOT/rsync/rsync' }")
                .replacing("delay = 0, rsyncOp", with: "delay = 0, rsyncBinary = 'ROOT/rsync/rsync', rsyncOp")
        }
        return test
    }

    private static func rsyncOpts(_ name: String, _ inside: String, _ words: String) -> Case {
        .rsync(name, inside) { $0.start = ["--delete \(words) -r SRC/ h:/t/"] }
    }

    static let programs: [Case] = [
        Case(
            "a loop over hosts",
            "for _, h in ipairs{ 'a', 'b', 'c' } do sync{ default.rsync, source = 'SRC', target = h .. ':/t', delay = 0 } end"
        ) {
            $0.start = ["a", "b", "c"].map { "--delete --ignore-errors -lts -r SRC/ \($0):/t/" }
        },
        Case(
            "a base of one's own beside default.rsync",
            "local base = { delay = 0, rsync = { archive = true, _extra = { '--base' } }, exclude = { 'b' } }\n"
                + "sync{ base, default.rsync, source = 'SRC', target = 'h:/t', exclude = { 'o' }, rsync = { _extra = { '--own' } } }"
        ) {
            $0.start = ["--exclude-from=- --delete --ignore-errors -ltspogD --own --base -r SRC/ h:/t/ < o¶b"]
            $0.lsyncd = .differs("in any order")
        },
        Case(
            "tables that several syncs share",
            "local rsync = { compress = true }\n"
                + "for i = 1, 2 do sync{ default.rsync, source = 'SRC', target = 'h:/' .. i, delay = 0, rsync = rsync } end"
        ) {
            $0.start = ["--delete --ignore-errors -ltsz -r SRC/ h:/1/", "--delete --ignore-errors -ltsz -r SRC/ h:/2/"]
        },
        Case(
            "false blocks what a base has",
            "local base = { default.rsync, exclude = { 'b' } }\nsync{ base, source = 'SRC', target = 'h:/t', delay = 0, exclude = false }"
        ) {
            $0.start = [call]
        },
        Case(
            "a key of one's own in checkgauge",
            sync.replacing("delay", with: "checkgauge = { mine = true }, mine = 5, delay")
        ) {
            $0.start = [call]
        },
        Case("checkgauge turned off", sync.replacing("delay", with: "checkgauge = false, whatever = 5, delay")) {
            $0.start = [call]
        },
        Case(
            "prepare computes the target",
            "sync{ default.rsync, source = 'SRC', delay = 0, prepare = function(config) config.target = "
                + "'h:' .. config.source:gsub('.*/(.)', '/%1') default.rsync.prepare(config, 4) end }"
        ) {
            $0.start = ["--delete --ignore-errors -lts -r SRC/ h:/source/"]
            $0.lsyncd = .differs("the source has its slash later here")
        },
        Case(
            "os.getenv",
            "sync{ default.rsync, source = os.getenv('CASE_DIR'), target = os.getenv('CASE_HOST') .. ':/t', delay = 0 }"
        ) {
            $0.start = [call]
        },
        Case("dofile", "dofile('ROOT/more.lua')") {
            $0.files = [("more.lua", sync)]
            $0.start = [call]
        },
        Case("require with package.path", "package.path = 'ROOT/?.lua;' .. package.path\nrequire('more')") {
            $0.files = [("more.lua", sync)]
            $0.start = [call]
        },
        Case(
            "io.popen finds the folder of more files",
            "for file in io.popen('ls ROOT/conf.d/*.lua'):lines() do dofile(file) end"
        ) {
            $0.files = [("conf.d/a.lua", sync)]
            $0.lsyncd = .differs("may end when it reaps the child of io.popen")
            $0.start = [call]
        },
        Case(
            "a byte order mark, carriage returns, tabs and semicolons",
            "\u{feff}settings{ insist\t=\ttrue; }\r\n" + sync.replacing("\n", with: "\r\n")
        ) {
            $0.start = [call]
        },
        Case("a first line that begins with #", "#!/usr/bin/env lsyncd\n" + sync) { $0.start = [call] },
        Case(
            "names of Lua 5.1",
            "local t = { n = table.getn({ 1, 2 }) }\nassert(unpack({ t.n }) == 2 and loadstring('return 1')() == 1)\n"
                + sync
        ) {
            $0.start = [call]
            $0.lsyncd = .differs("its Lua is a newer one")
        },
        Case(
            "names in other scripts than Latin",
            "-- 同步\nsync{ default.rsync, source = 'SRC', target = 'h:/цель', delay = 0 }"
        ) {
            $0.start = ["--delete --ignore-errors -lts -r SRC/ h:/цель/"]
        },
        Case("two syncs on one line", sync.replacing("\n", with: "") + sync.replacing("/t", with: "/u")) {
            $0.start = [call, call.replacing("/t/", with: "/u/")]
        },
        Case("the same key twice", sync.replacing("delay", with: "target = 'h:/u', delay")) {
            $0.start = ["--delete --ignore-errors -lts -r SRC/ h:/u/"]
            $0.log = ["stands twice"]
        },
        Case("a name without quotes", sync.replacing("delay", with: "delete = running, delay")) {
            $0.start = [call]
            $0.log = ["no variable of that name exists"]
        },
        Case(
            "log, print, now, readdir and the like",
            "log('Normal', 'loaded ', now() ~= nil)\nprint('x')\nassert(readdir('SRC').there == false)\n"
                + "assert(string.ends('abc', 'bc') and string.starts('abc', 'ab'))\n"
                + sync
        ) {
            $0.start = [call]
            $0.log = ["Normal: loaded"]
        },
        Case("-delay beats every delay", sync.replacing("delay = 0", with: "delay = 50")) {
            $0.arguments = ["-delay", "0"]
            $0.start = [call]
            $0.deeds = [.write("new")]
            $0.later = ["-lts \(RsyncCases.batch) < /new|/"]
            $0.lsyncd = .differs("a delay of nothing is one of a second there")
        },
        Case("-logfile, -pidfile, -log and -insist", sync) {
            $0.arguments = ["-logfile", "ROOT/log", "-pidfile", "ROOT/pid", "-log", "all", "-insist"]
            $0.start = [call]
            $0.log = ["Normal: --- Startup ---"]
        },
        Case(
            "-script runs before the configuration", "sync{ default.rsync, source = 'SRC', target = target, delay = 0 }"
        ) {
            $0.files = [("first.lua", "target = 'h:/t'")]
            $0.arguments = ["-script", "ROOT/first.lua"]
            $0.start = [call]
            $0.lsyncd = .differs("not in 2.2")
        },
    ]

    static let mistakes: [Case] = [
        (
            "a parameter that does not exist", sync.replacing("delay", with: "dealy = 1, delay"),
            "did you mean \"delay\"?"
        ),
        (
            "an option of rsync beside rsync", sync.replacing("delay", with: "archive = true, delay"),
            "belongs into rsync = {"
        ),
        ("a missing comma", "sync{\n default.rsync\n source = 'SRC' }", "comma missing"),
        ("a source that is not there", sync.replacing("SRC", with: "SRC/nowhere"), "does not exist"),
        ("a target that is missing", "sync{ default.rsync, source = 'SRC' }", "needs \"target\""),
        (
            "onCreate beside default.rsync", sync.replacing("delay", with: "onCreate = 'x', delay"),
            "make two syncs of it"
        ),
        ("delete in settings", "settings{ delete = false }\n" + sync, "is a parameter of each sync{}"),
        ("an inotifyMode that is none", "settings{ inotifyMode = 'Close' }\n" + sync, "\"CloseWrite\", \"Modify\""),
        ("an empty targetdir", "sync{ default.rsyncssh, source = 'SRC', host = 'h', targetdir = '' }", "to be emptied"),
        (
            "a rule of crontab", sync.replacing("delay", with: "crontab = { '99 * * * *' }, delay"),
            "rule 1 is not valid"
        ),
        ("an unknown filter rule", sync.replacing("delay", with: "filter = 'P foo', delay"), "unknown filter rule"),
        (
            "an exclude file that is not there", sync.replacing("delay", with: "excludeFrom = 'ROOT/none', delay"),
            "cannot be read"
        ),
        ("a hash as a comment", "settings{ insist = true # yes\n}\n" + sync, "--"),
        ("a table as source", "sync{ default.rsync, source = { 'SRC' }, target = 'h:/t' }", "one sync{} for each"),
    ].map { name, text, said in
        Case(name, text) {
            $0.log = [said]
            $0.exit = 255
            $0.lsyncd = .differs("refuses too, in other words")
        }
    }
}
