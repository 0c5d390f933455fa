import MirrorCore
import MirrorLua
import Testing

/// A configuration and what must be said about it: `line severity fragment`, in this order and nothing else.
struct Mistake: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let said: [String]

    init(_ name: String, _ text: String, _ said: [String]) {
        (self.name, self.text, self.said) = (name, text, said)
    }

    var testDescription: String { name }

    func check(sourceLocation: SourceLocation = #_sourceLocation) {
        let found = ConfigurationFixture().diagnostics(text)
        let isAsExpected =
            found.count == said.count
            && zip(found, said).allSatisfy { line, expected in
                let parts = expected.split(separator: " ", maxSplits: 2)
                let place = parts[0] == "-" ? "lsyncd.conf: " : "lsyncd.conf:\(parts[0]): "
                return line.hasPrefix("\(place)\(parts[1]): ") && line.contains(parts[2])
            }
        #expect(isAsExpected, "\(name):\n  \(found.joined(separator: "\n  "))", sourceLocation: sourceLocation)
    }
}

@Suite("Mistakes in a configuration") struct MistakeTests {
    @Test("what ran in some release runs with one warning", arguments: MistakeTests.running)
    func runs(mistake: Mistake) { mistake.check() }

    @Test("what cannot be meant is refused with the cause and the cure", arguments: MistakeTests.refusals)
    func refused(mistake: Mistake) { mistake.check() }

    @Test("what Lua refuses is told with a hint", arguments: MistakeTests.syntaxErrors)
    func syntax(mistake: Mistake) { mistake.check() }

    static let plain = "sync{ default.rsync, source = \"SRC\", target = \"/tmp/t\" }\n"

    static func ssh(_ inside: String) -> String {
        "sync{ default.rsyncssh, source = \"SRC\", host = \"h\",\n\(inside)\n}\n"
    }

    static func sync(_ inside: String) -> String {
        "sync{ default.rsync, source = \"SRC\", target = \"h:/t\",\n\(inside)\n}\n"
    }

    static let running: [Mistake] = [
        Mistake("settings = {…}", "settings = { nodaemon = true }\n" + plain, ["1 warning Write settings{ ... }"]),
        Mistake("settings.x = y", "settings.nodaemon = true\n" + plain, ["1 warning Write settings{ nodaemon"]),
        Mistake(
            "settings = after the sync", plain + "\nsettings = { nodaemon = true }\n", ["3 warning Write settings"]),
        Mistake("rsyncOpts", sync("rsyncOpts = '-a'"), ["2 warning rsync = { _extra"]),
        Mistake("rsyncOps", sync("rsyncOps = { '-a' }"), ["2 warning rsync = { _extra"]),
        Mistake("rsyncBinary", sync("rsyncBinary = '/bin/true'"), ["2 warning binary"]),
        Mistake("statusIntervall", "settings{\n statusIntervall = 5 }\n" + plain, ["2 warning Write statusInterval"]),
        Mistake("delay in settings", "settings{ delay = 5 }\n" + plain, ["1 warning Write it in sync{}"]),
        Mistake("name", sync("name = 'web'"), []),
        Mistake("subdirs", sync("subdirs = false"), ["2 warning no effect"]),
        Mistake("collapse", sync("collapse = true"), ["2 warning no effect"]),
        Mistake("xargs", sync("xargs = { '-r' }"), ["2 warning no effect"]),
        Mistake(
            "an unknown setting of a 2.0 file", "settings = { nodeamon = true }\n" + plain,
            ["1 warning Write settings", "1 warning did you mean \"nodaemon\"? It is ignored"]),
        Mistake(
            "an unknown parameter of a 2.0 file", "settings = {}\n" + sync("exlude = 'x'"),
            ["1 warning settings", "3 warning did you mean \"exclude\"? It is ignored"]),
        Mistake(
            "a stray word of a 2.0 file", "settings = {}\n" + sync("'word'"),
            ["1 warning settings", "2 warning \"word\" stands alone"]),
        Mistake("init = true", sync("init = true"), ["2 warning init = true"]),
        Mistake("log in settings", "settings{ log = 'all' }\n" + plain, ["1 warning no effect"]),
        Mistake("verbose in settings", "settings{ verbose = 1 }\n" + plain, ["1 warning no effect"]),
        Mistake(
            "rsyncExitCodes with default.rsync", sync("rsyncExitCodes = { [24] = 'again' }"), ["2 warning exitcodes"]),
        Mistake("delete = \"true\"", sync("delete = 'true'"), ["2 warning nothing is deleted"]),
        Mistake("delete misspelt", sync("delete = 'startupp'"), ["2 warning did you mean \"startup\"?"]),
        Mistake("delete = running", sync("delete = running"), ["2 warning write \"running\""]),
        Mistake("fale for false", sync("delete = fale"), ["2 warning did you mean false?"]),
        Mistake(
            "an undefined name as a setting", "settings{ inotifyMode = Modify }\n" + plain,
            ["1 warning inotifyMode = Modify"]),
        Mistake("a bare word in a list", sync("exclude = { tmp }"), ["2 warning tmp in a list"]),
        Mistake("a test for a global", "if DRY then error('x') end\nlocal t = { DRY == nil }\n" + plain, []),
        Mistake(
            "the same key twice", "sync{ default.rsync,\nsource = '/nowhere',\nsource = 'SRC', target = 'h:/t' }",
            ["3 warning in lines 2 and 3"]),
        Mistake(
            "a placeholder in source and target", "sync{ default.rsync, source = 'SRC',\ntarget = '${env.HOST}:/t' }",
            ["2 warning ${env.HOST}"]),
        Mistake(
            "a placeholder in brackets", "sync{ default.rsync, source = 'SRC', target = '[HOST]:/t' }",
            ["1 warning [HOST]"]),
        Mistake("an IPv6 address", "sync{ default.rsync, source = 'SRC', target = '[fe80::1]:/t' }", []),
        Mistake("_extra as one word", sync("rsync = {\n_extra = '--fuzzy' }"), ["3 warning taken as one word"]),
        Mistake("--exclude in _extra", sync("rsync = { _extra = { '--exclude=x' } }"), ["2 warning --exclude=x"]),
        Mistake("nodaemon = 'false'", "settings{ nodaemon = 'false' }\n" + plain, ["1 warning taken as false"]),
        Mistake(
            "a status file in a missing folder", "settings{ statusFile = 'ROOT/no/s' }\n" + plain,
            ["1 warning mkdir -p ROOT/no"]),
    ]

    static let refusals: [Mistake] = [
        Mistake(
            "every misspelt key at once",
            "settings{\n inotifiMode = 'Modify',\n insisit = true,\n maxDelay = 3 }\n" + sync("exludeFrom = 'x'"),
            [
                "2 error did you mean \"inotifyMode\"?", "3 error did you mean \"insist\"?",
                "4 error did you mean \"maxDelays\"?", "6 error did you mean \"excludeFrom\"?",
            ]),
        Mistake("statsuFile", "settings{ statsuFile = 'x' }\n" + plain, ["1 error did you mean \"statusFile\"?"]),
        Mistake("logfaciliy", "settings{ logfaciliy = 'x' }\n" + plain, ["1 error did you mean \"logfacility\"?"]),
        Mistake("rsyncopts", sync("rsyncopts = '-a'"), ["2 error did you mean \"rsyncOpts\"?"]),
        Mistake("delete in settings", "settings{ delete = true }\n" + plain, ["1 error parameter of each sync{}"]),
        Mistake("exclude in settings", "settings{ exclude = 'x' }\n" + plain, ["1 error parameter of each sync{}"]),
        Mistake(
            "options beside rsync{}", sync("perms = true,\narchive = true,\nrsh = 'ssh'"),
            ["2 error belongs into rsync", "3 error belongs into rsync", "4 error belongs into rsync"]),
        Mistake("a setting in sync{}", sync("insist = true"), ["2 error belongs into settings{"]),
        Mistake("an unknown rsync option", sync("rsync = {\narchiv = true }"), ["3 error did you mean \"archive\"?"]),
        Mistake("a stray string in sync{}", sync("'-rlt'"), ["1 error belongs into rsync = { _extra"]),
        Mistake("a stray string in rsync{}", sync("rsync = { '-rlt' }"), ["2 error belongs into _extra"]),
        Mistake("_extra with blanks", sync("rsync = { _extra = '-a -v' }"), ["2 error a list with one entry"]),
        Mistake("rsync = true", sync("rsync = true"), ["2 error write a table"]),
        Mistake("a flag where a text belongs", sync("rsync = { chmod = true }"), ["2 error write a text"]),
        Mistake("a text where a flag belongs", sync("rsync = { archive = 'maybe' }"), ["2 error write true or false"]),
        Mistake(
            "on… with default.rsync", sync("onCreate = 'x',\nonMove = 'y'"),
            ["2 error make two syncs of it", "3 error make two syncs of it"]),
        Mistake(
            "an unknown inotifyMode", "settings{ inotifyMode = 'x' }\n" + plain, ["1 error \"CloseWrite or Modify\""]),
        Mistake(
            "an unknown eventSource", "settings{ eventSource = 'poll' }\n" + plain,
            ["1 error \"auto\", \"fanotify\", \"inotify\", \"scan\""]),
        Mistake(
            "an unknown facility", "settings{ logfacility = 'demon' }\n" + plain, ["1 error did you mean \"daemon\"?"]),
        Mistake(
            "two folders as the source", "sync{ default.rsync, source = { 'SRC', '/' }, target = 'h:/t' }",
            ["1 error one sync{} for each"]),
        Mistake("no source", "sync{ default.rsync, target = 'h:/t' }", ["1 error source is missing"]),
        Mistake(
            "a source that does not exist", "sync{ default.rsync,\nsource = 'ROOT/none', target = 'h:/t' }",
            ["2 error \"ROOT/none\" does not exist"]),
        Mistake(
            "a source that is a file", "sync{ default.rsync, source = 'ROOT/lsyncd.conf', target = 'h:/t' }",
            ["1 error is not a directory"]),
        Mistake("no target", "sync{ default.rsync, source = 'SRC' }", ["1 error needs \"target\""]),
        Mistake(
            "targets in a table", "sync{ default.rsync, source = 'SRC', target = { 'a:/' } }", ["1 error one target"]),
        Mistake("host with default.rsync", sync("host = 'h'"), ["2 error default.rsyncssh"]),
        Mistake("delay that is no number", sync("delay = 'soon'"), ["2 error a number of seconds"]),
        Mistake("a negative delay", sync("delay = -1"), ["2 error 0 or more"]),
        Mistake("settle beyond delay", sync("delay = 1, settle = 2"), ["2 error more than delay"]),
        Mistake(
            "maxProcesses = 0", "settings{ maxProcesses = 0 }\n" + plain, ["1 error 1 or more"]),
        Mistake(
            "a filter rule of another kind", sync("filter = { '- a', 'P b' }"), ["2 error unknown filter rule: \"P b\""]
        ),
        Mistake("exclude = true", sync("exclude = true"), ["2 error write a text"]),
        Mistake("a missing exclude file", sync("excludeFrom = 'none'"), ["2 error \"ROOT/none\" cannot be read"]),
        Mistake("an exit code of no meaning", sync("exitcodes = { [3] = 'retry' }"), ["2 error \"ok\", \"again\""]),
        Mistake(
            "a log folder that is missing", "settings{ logfile = 'ROOT/no/l' }\n" + plain, ["1 error mkdir -p ROOT/no"]),
        Mistake("a log file that is a folder", "settings{ logfile = 'ROOT' }\n" + plain, ["1 error is a directory"]),
        Mistake("no sync", "settings{ nodaemon = true }\n", ["- error nothing to watch"]),
        Mistake("an empty file", "", ["- error nothing to watch"]),
        Mistake(
            "a sync without a base", "sync{ source = 'SRC', target = 'h:/t' }", ["1 error Put default.rsync first"]),
        Mistake(
            "a base that does not exist", "sync{ default.rsnyc, source = 'SRC', target = 'h:/t' }",
            ["1 error did you mean \"default.rsync\"?"]),
        Mistake(
            "rsyncOpts and rsyncOps", sync("rsyncOpts = '-a', rsyncOps = '-b'"), ["2 error decide", "2 warning 2.0"]),
        Mistake("an unknown rsyncCompat", "settings{ rsyncCompat = 'x' }\n" + plain, ["1 error \"fast\" or \"exact\""]),
        Mistake(
            "default.rsyncssh without a place to go", "sync{ default.rsyncssh, source = 'SRC' }",
            ["1 error needs \"host\""]),
        Mistake(
            "an empty targetdir, which meant the root of the host", ssh("targetdir = ''"),
            ["2 error to be emptied"]),
        Mistake("no targetdir", ssh("delay = 1"), ["1 error needs \"targetdir\""]),
        Mistake("target beside host", ssh("targetdir = 'd', target = 'h:/d'"), ["2 error host and targetdir"]),
        Mistake(
            "a host that is an option", "sync{ default.rsyncssh, source = 'SRC', targetdir = 'd', host = '-oX' }",
            ["1 error begins with a dash"]),
        Mistake(
            "a misspelt key in ssh", ssh("targetdir = 'd', ssh = { identityfile = '/k' }"),
            ["2 error did you mean \"identityFile\"?"]),
        Mistake(
            "a port of ssh in the wrong places", ssh("targetdir = 'd', port = 22,\nrsync = { identityFile = '/k' }"),
            ["2 error port belongs into ssh", "3 error belongs into ssh"]),
        Mistake(
            "a word alone in ssh", ssh("targetdir = 'd', ssh = { '-4' }"), ["2 error belongs into ssh = { _extra"]),
        Mistake(
            "options of ssh as a list", ssh("targetdir = 'd', ssh = { options = { 'A=b' } }"),
            ["2 error stands alone in ssh.options"]),
        Mistake(
            "maxProcesses with rsyncssh", ssh("targetdir = 'd', maxProcesses = 4"),
            ["2 warning never has more than one"]),
        Mistake(
            "onCreate beside rsyncssh", ssh("targetdir = 'd', onCreate = 'x'"),
            ["2 error beside default.rsyncssh"]),
        Mistake(
            "default.direct to another machine", "sync{ default.direct, source = 'SRC', target = 'h:/t' }",
            ["1 error use default.rsync"]),
        Mistake(
            "default.direct to the root", "sync{ default.direct, source = 'SRC', target = '/' }",
            ["1 error root directory"]),
        Mistake(
            "ssh beside default.direct", "sync{ default.direct, source = 'SRC', target = '/t', ssh = {} }",
            ["1 error belongs to default.rsyncssh"]),
        Mistake("a tunnel without a command", sync("tunnel = tunnel{ }"), ["2 error no command"]),
        Mistake("a table for a tunnel", sync("tunnel = { command = 'x' }"), ["2 error write tunnel = tunnel{"]),
        Mistake(
            "keys of a tunnel", sync("tunnel = tunnel{ command = 'x', mode = 'many', paralel = 2 }"),
            ["2 error \"parallel\"?", "2 error \"command\" or \"pool\""]),
        Mistake(
            "hours of a pause", sync("pauseTimes = { '22:00-06:00', 'montag', '9-17', 7 }"),
            [
                "2 error pauseTimes holds \"montag\"", "2 error pauseTimes holds \"9-17\"",
                "2 error pauseTimes holds \"7\"",
            ]),
        Mistake(
            "a rule of crontab", sync("crontab = { '0 0 * * * *', '0 0 * *', '99 * * * *' }"),
            ["2 error rule 2 is not valid", "2 error rule 3 is not valid"]),
        Mistake(
            "an error in prepare", sync("prepare = function(config) error('no disk', 4) end"), ["1 error no disk"]),
        Mistake(
            "a misspelt function", "settings{ insisit = true }\nsynk{ default.rsync }",
            ["1 error insist", "2 error did you mean \"sync\"?"]),
        Mistake("require of something missing", "local x = require('posixx')\n" + plain, ["1 error the module posixx"]),
        Mistake("settings called with nothing", "settings()\n" + plain, ["1 error settings takes a table"]),
        Mistake(
            "sync with two arguments", "sync(default.rsync, { source = 'SRC' })\n" + plain,
            ["1 error sync takes one table"]),
    ]

    static let syntaxErrors: [Mistake] = [
        Mistake(
            "a missing comma", "sync{ default.rsync,\n source = 'SRC'\n target = 'x'\n}",
            ["3 error comma missing at the end of line 2?"]),
        Mistake(
            "a missing comma after a table", "sync{ default.rsync,\n rsync = { archive = true }\n target = 'x'\n}",
            ["3 error comma missing at the end of line 2?"]),
        Mistake(
            "a missing comma with a comment and a blank line",
            "settings{\n logfile = 'a' -- here\n\n statusFile = 'b'\n}", ["4 error comma missing at the end of line 2?"]
        ),
        Mistake("a # comment", "settings{\n # the log\n logfile = 'x'\n}", ["2 error two dashes"]),
        Mistake("a # comment at a statement", "-- x\n# another comment\n" + plain, ["2 error two dashes"]),
        Mistake("a // comment", "// mine\n" + plain, ["1 error two dashes"]),
        Mistake("a // comment in a table", "settings{\n logfile = 'x', // mine\n}", ["2 error two dashes"]),
        Mistake("brackets for a list", sync("exclude = ['a', 'b']"), ["2 error { \"a\", \"b\" }"]),
        Mistake("a path without quotes", "sync{ default.rsync, source = /var/www }", ["1 error path stands in quotes"]),
        Mistake(
            "a home path without quotes", "sync{ default.rsync, source = ~/www }", ["1 error path stands in quotes"]),
        Mistake("a host without quotes", "sync{ default.rsync, target = web:/www }", ["1 error stands in quotes"]),
        Mistake("an address without quotes", "sync{ default.rsync, target = 10.0.0.1 }", ["1 error stands in quotes"]),
        Mistake("a number with a unit", sync("delay = 5s"), ["2 error no unit"]),
        Mistake("\\$ in quotes", sync("exclude = \"a\\$\""), ["2 error write $ alone"]),
        Mistake("\\. in quotes", sync("exclude = '\\.git'"), ["2 error write . alone"]),
        Mistake("a quote that is not closed", sync("exclude = \"a"), ["2 error not closed"]),
        Mistake("typographic quotes", "settings{\n logfile = \u{201c}/x\u{201d} }", ["2 error typographic"]),
        Mistake("a brace that is not closed", "settings{\n nodaemon = true\n", ["3 error not closed"]),
        Mistake("!= ", "if 1 != 2 then end", ["1 error ~="]),
        Mistake(
            "mistakes before the syntax error of another file are shown",
            "settings{ insisit = true }\ndofile('ROOT/none.lua')", ["1 error insist", "2 error none.lua"]),
    ]
}
