/// What a sync leaves out, deletes, waits for and does with its changes.
enum SyncCases {
    static let patterns: [Case] = [
        .rsync("one exclude as a text", "exclude = '*.bak'") {
            $0.start = ["--exclude-from=- --delete --ignore-errors -lts -r SRC/ h:/t/ < *.bak"]
            $0.deeds = [.write("a.bak"), .write("b")]
            $0.later = ["-lts \(RsyncCases.batch) < /b|/"]
            $0.log = ["excluding\n*.bak"]
        },
        .rsync("excludes as a list, one twice, one empty", "exclude = { '/x', '', 'y/', '/x' }") {
            $0.start = ["--exclude-from=- --delete --ignore-errors -lts -r SRC/ h:/t/ < /x¶y/"]
            $0.deeds = [.write("x"), .makeDirectory("y"), .write("z")]
            $0.later = ["-lts \(RsyncCases.batch) < /z|/"]
            $0.lsyncd = .differs("keeps the empty one, in any order")
        },
        .rsync("excludeFrom", "excludeFrom = 'ROOT/patterns'") {
            $0.files = [("patterns", "# comment\n\n+ kept\n- *.o\n  tmp\n")]
            $0.start = ["--exclude-from=- --delete --ignore-errors -lts -r SRC/ h:/t/ < *.o¶tmp"]
            $0.lsyncd = .differs("in any order")
        },
        .rsync("excludeFrom with carriage returns", "excludeFrom = 'ROOT/patterns'") {
            $0.files = [("patterns", "*.o\r\n")]
            $0.start = ["--exclude-from=- --delete --ignore-errors -lts -r SRC/ h:/t/ < *.o"]
            $0.lsyncd = .differs("keeps the carriage return")
        },
        .rsync("filters and an exclude", "filter = { '+ *.lua', '-*.bak' }, exclude = 'zz'") {
            $0.start = ["--filter=.␣- --delete --ignore-errors -lts -r SRC/ h:/t/ < + *.lua¶- *.bak¶- zz"]
            $0.deeds = [.write("a.bak"), .write("zz"), .write("b.lua")]
            $0.later = ["-lts \(RsyncCases.batch) < /b.lua|/"]
            $0.log = ["filtering\n+ *.lua\n- *.bak\n- zz"]
        },
        .rsync("filterFrom after filter", "filter = '- a', filterFrom = 'ROOT/rules'") {
            $0.files = [("rules", "# comment\n\n+ b\n- c\n")]
            $0.start = ["--filter=.␣- --delete --ignore-errors -lts -r SRC/ h:/t/ < - a¶+ b¶- c"]
        },
        Case(
            "addExclude and rmExclude while loading",
            "local s = sync{ default.rsync, source = 'SRC', target = 'h:/t', delay = 0, exclude = { 'a', 'b' } }\n"
                + "s.rmExclude('a') s.addExclude('c')"
        ) {
            $0.start = ["--exclude-from=- --delete --ignore-errors -lts -r SRC/ h:/t/ < b¶c"]
            $0.lsyncd = .differs("in any order")
        },
        .rsync("the status lists what is left out", "exclude = { 'x' }, filter = { '+ y' }") {
            $0.text = "settings{ statusFile = 'ROOT/status', statusInterval = 1 }\n" + $0.text
            $0.start = ["--filter=.␣- --delete --ignore-errors -lts -r SRC/ h:/t/"]
            $0.status = [
                "Filtering:\n+ y\n- x\n", "Sync1 source=SRC/\nThere are 0 delays\n", "Inotify watching 1 directories",
            ]
        },
    ]

    static let deletions: [Case] = [
        ("delete = true", true, true), ("delete = false", false, false), ("delete = 'startup'", true, false),
        ("delete = 'running'", false, true), ("delete = 'true'", false, false), ("delete = 'never'", false, false),
    ].map { (inside: String, atStart: Bool, later: Bool) in
        .rsync(inside, inside) {
            let words = "--delete --ignore-errors "
            $0.start = [(atStart ? words : "") + "-lts -r SRC/ h:/t/"]
            $0.deeds = [.remove("there"), .write("new")]
            $0.later = [
                "-lts -r \(later ? words : "")--force --from0 --include-from=- --exclude=* SRC/ h:/t/ < /there|/|/new"
            ]
            $0.text = $0.text.replacing("delay = 0", with: "delay = 1")
        }
    }

    static let changes: [Case] = [
        .rsync("a new file in new directories", "maxDelays = 1000") {
            $0.text = $0.text.replacing("delay = 0", with: "delay = 1")
            $0.deeds = [.makeDirectory("n1/n2"), .write("n1/n2/leaf")]
            $0.log = ["Calling rsync with filter-list of new/modified files/dirs", "Finished a list after exitcode: 0"]
        },
        .rsync("odd names are escaped for rsync", "delete = true") {
            $0.deeds = [.write("we*ird [n]?.txt")]
            $0.later = ["-lts \(RsyncCases.batch) < /we\\*ird \\[n]\\?.txt|/"]
            $0.lsyncd = .differs("escapes the closing bracket, which rsync does not find")
        },
        .rsync("no comparison at the start", "init = false") {
            $0.start = []
            $0.text = $0.text.replacing("delay = 0", with: "delay = 1")
            $0.log = ["--- Startup ---"]
        },
        .rsync("the target fails, and is tried again", "maxProcesses = 2") {
            $0.text = "settings{ insist = true }\n" + $0.text
            $0.codes = [("h:/t/", 12)]
            $0.log = ["Retrying startup of SRC/ -> h:/t/: 12"]
        },
        .rsync("the target fails at the start without insist", "delete = true") {
            $0.codes = [("h:/t/", 12)]
            $0.log = [
                "Temporary or permanent failure on startup of SRC/ -> h:/t/. Terminating since \"insist\" is not set."
            ]
            $0.exit = 255
        },
        .rsync("an exit code that the configuration takes for success", "exitcodes = { [5] = 'ok' }") {
            $0.codes = [("h:/t/", 5)]
            $0.log = ["Startup of SRC/ -> h:/t/ finished."]
        },
        .rsync("an exit code that the configuration takes for the end", "exitcodes = { [0] = 'ok', [5] = 'die' }") {
            $0.text = "settings{ insist = true }\n" + $0.text
            $0.codes = [("h:/t/", 5)]
            $0.exit = 255
            $0.log = ["Critical exitcode."]
        },
        .rsync("a comparison every second, by six fields", "crontab = { '* * * * * *' }") {
            $0.log = ["recursive full rsync: SRC/ -> h:/t/"]
            $0.lsyncd = .differs("not in 2.2")
        },
        .rsync("five fields of crontab", "crontab = '0 4 * * mon-fri'") { $0.lsyncd = .differs("not in 2.2") },
        .rsync("batchSizeLimit: a file above it has a call of its own", "batchSizeLimit = 0, maxProcesses = 4") {
            $0.deeds = [.write("big")]
            $0.later = ["-lts \(RsyncCases.batch) < /big|/"]
            $0.lsyncd = .differs("not in 2.2")
        },
        .rsync("settle and a name of ours", "settle = 0, name = 'web'") {
            $0.text = "settings{ statusFile = 'ROOT/status', statusInterval = 1 }\n" + $0.text
            $0.status = ["web source=SRC/"]
            $0.lsyncd = .differs("not in lsyncd")
        },
        Case(
            "a tunnel in the way of a command",
            "sync{ default.rsync, source = 'SRC', target = 'h:/t', tunnel = tunnel{ command = { 'sleep', '1000' }, "
                + "readyDelay = 0.1, name = 'T' } }\nsettings{ statusFile = 'ROOT/status', statusInterval = 1 }"
        ) {
            $0.start = ["--delete --ignore-errors -lts -r SRC/ h:/t/"]
            $0.status = ["Tunnel: name=T status=UP\nRunning processes: 1\n  pid="]
            $0.lsyncd = .differs("not in 2.2")
        },
        Case("onepass ends when all is done", "settings{ onepass = true }\n" + two) {
            $0.start = ["--delete --ignore-errors -lts -r SRC/ h:/t1/", "--delete --ignore-errors -lts -r SRC/ h:/t2/"]
            $0.log = ["Exiting successfully"]
            $0.exit = 0
            $0.lsyncd = .differs("not in 2.2")
        },
        Case("-onepass", two) {
            $0.arguments = ["-onepass"]
            $0.start = ["--delete --ignore-errors -lts -r SRC/ h:/t1/", "--delete --ignore-errors -lts -r SRC/ h:/t2/"]
            $0.exit = 0
            $0.lsyncd = .differs("not in 2.2")
        },
    ]

    static let two = "for i = 1, 2 do sync{ default.rsync, source = 'SRC', target = 'h:/t' .. i } end"
}
