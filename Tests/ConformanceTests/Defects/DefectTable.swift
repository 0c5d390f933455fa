/// The rows of docs/differences.md, in its order.
enum DefectTable {
    typealias Row = DefectTests.Row

    static let all = words + ways + failures + scripts + configuration + program

    private static let version = "only in 2.3.1; Debian's is 2.2.3"
    private static let tooNew = "lsyncd 2.2.3 does not have it"
    private static let endless = "that something never comes can't be waited for"
    private static let kernelWide = "a limit of the whole kernel would have to be lowered for both"

    static let words: [Row] = [
        Row("`--modify-window=-1` in batches", .shown(SyncDefects.sameSecond)),
        Row("above 1,000 paths", .choice("EqualEffectTests")),
        Row("`--from0 --exclude-from=-`", .choice("HalfWrittenTests")),
        Row("`--checksum` in a call of their own", .choice("RestoredTimeTests")),
        Row(
            "where a directory of the source can't be read",
            .told("root, as which lsyncd runs here, reads everything", test: "ClosedDirectoryTests")),
        Row("a name that holds `]`", .shown(SyncDefects.bracket)),
        Row("a target `host:~/dir`", .told("needs a host that ssh reaches", test: "SshTransferTests")),
    ]

    static let ways: [Row] = [
        Row("one ssh call per rename", .told("a matter of time alone", test: "WaysConvergenceTests")),
        Row("a rename that fails there removes", .told("needs a host that ssh reaches", test: "RemoteMoveTests")),
        Row("`mv a b` goes into `b`", .told("needs a host that ssh reaches", test: "RemoteMoveTests")),
        Row("`~` in `targetdir`", .told("needs a host that ssh reaches", test: "SshTransferTests")),
        Row(
            "an empty `targetdir` is the root directory",
            .told("lsyncd would empty the root directory of this machine", test: "WayTests")),
        Row("an `identityFile` or option", .told("needs a host that ssh reaches", test: "WayTests")),
        Row("default.direct starts", .choice("DirectTransferTests")),
        Row("its copies follow symbolic links", .shown(SyncDefects.links)),
        Row("modes, owners and times that change alone", .shown(SyncDefects.modes)),
        Row(
            "a failed copy is forgotten",
            .told("as root, as which lsyncd runs here, hardly any copy fails", test: "DirectTransferTests")),
        Row("below a directory that goes", .shown(SyncDefects.excludedBelow)),
    ]

    static let failures: [Row] = [
        Row("forgets the queue of a sync", .told(version, test: "EventQueueModelTests")),
        Row("tries a target that is away again", .told("a matter of time alone", test: "TransferTests")),
        Row("takes 23 and 24", .shown(SyncDefects.someFiles)),
        Row("takes a killed rsync as a success", .shown(SyncDefects.killed)),
        Row(
            "runs rsync when a file is opened for writing and closed unchanged",
            .told("lockstep knows a file after some seconds, and nothing shows when", test: "UnchangedFileTests")),
        Row("never notices truncate(2)", .shown(SyncDefects.truncated)),
        Row("sends a file as soon as its name appears", .shown(SyncDefects.halfWritten)),
        Row("never sends a file that is not closed", .told(endless, test: "HalfWrittenTests")),
        Row("leaves the other names of a file", .shown(SyncDefects.otherName)),
        Row("never sends new content of the same size whose writer", .shown(SyncDefects.setBack)),
        Row(
            "empties a directory at the targets that it may not read",
            .told("root, as which lsyncd runs here, reads everything", test: "ClosedDirectoryTests")),
        Row("leaves `.NAME.XXXXXX`", .told("rsync would have to be met in the midst of a file", test: "LeftoverTests")),
        Row("waits for ever for an rsync that hangs", .told(endless, test: "ProcessStopTests")),
        Row("ends when the limit of watches", .told(kernelWide, test: "InotifyLossTests")),
        Row("at an overflow drops everything", .told(kernelWide, test: "InotifyLossTests")),
        Row("empties the targets when it is started", .shown(SyncDefects.unmounted)),
        Row("copies a directory onto itself", .shown(SyncDefects.ontoItself)),
        Row("waits for ever at TERM", .told(endless, test: "ProcessTests")),
    ]

    static let scripts: [Row] = [
        Row("since 2.2 a file that is created", .shown(ScriptDefects.twoEvents)),
        Row("an event that takes the place of another", .told("a matter of time alone", test: "EventQueueTests")),
        Row(
            "a later event waits for one earlier event",
            .told("which of two processes ends first is not ours to say to lsyncd", test: "EventQueueTests")),
        Row("two moves onto one name", .shown(ScriptDefects.twoMoves)),
        Row(
            "a move behind the start",
            .told("the kernel's order of events would have to be made", test: "ScriptSimulationTests")),
        Row("what failed is tried for ever", .told(endless, test: "ScriptSimulationTests")),
        Row("an error in a function ends", .shown(ScriptDefects.functionError)),
        Row("a function that never ends", .told(endless, test: "ScriptFailureTests")),
        Row("an exit code that nobody", .shown(ScriptDefects.unknownCode)),
        Row("what failed is tried again every `delay`", .shown(ScriptDefects.headOfLine)),
        Row("a process killed by a signal", .shown(ScriptDefects.killed)),
        Row("a program that is not there", .shown(ScriptDefects.missingProgram)),
        Row("`action` that leaves an event", .told("a matter of time alone", test: "ScriptTests")),
        Row("an `init` that starts nothing", .shown(ScriptDefects.idleStart)),
        Row("a `'` in a command", .shown(ScriptDefects.apostrophe)),
        Row("a `'` in a command that begins with `/`, or `]]`", .shown(ScriptDefects.brackets)),
        Row("`\"^path\"` in a shell command", .shown(ScriptDefects.quotes)),
        Row("`^path^path` in a command", .shown(ScriptDefects.twice)),
        Row("`appendFilter` takes one word", .choice("OfferedNamesTests")),
        Row("an overflow drops all events", .told(kernelWide, test: "ScriptTests")),
        Row("directories that cannot be watched", .told(kernelWide, test: "InotifyLossTests")),
        Row("a list that failed is done again", .shown(ScriptDefects.repeatedMove)),
        Row("a Blanket of an alarm", .shown(ScriptDefects.failedBlanket)),
        Row("`discardEvent` in an alarm", .choice("ScriptBesideTests")),
        Row("`lsyncd.exec`", .choice("OfferedNamesTests")),
        Row("a list holds the whole queue", .choice("ScriptTests")),
    ]

    static let configuration: [Row] = [
        Row("`settings = {…}`", .shown(ProgramDefects.assigned)),
        Row("`settings = {…}`, `rsyncOpts`", .shown(ProgramDefects.oldOptions)),
        Row("`settings = {…}`, `rsyncOpts`, `delay`", .shown(ProgramDefects.delaySetting)),
        Row("the first error ends the reading", .shown(ProgramDefects.firstError)),
        Row("an error in the configuration aborts", .told("only in 2.3; Debian's is 2.2.3", test: "BadInputTests")),
        Row("a broken configuration at HUP", .shown(ProgramDefects.brokenReload)),
        Row("patterns have rsync's meaning", .shown(SyncDefects.classes)),
        Row("a name is a directory or a file", .told("a matter of moments", test: "RuleEffectTests")),
        Row("a line end or a zero byte", .choice("MistakeTests")),
        Row("an exclude `foo/` matches", .shown(SyncDefects.leak)),
        Row("a carriage return", .shown(SyncDefects.carriageReturn)),
        Row("`crontab` needs a Lua package", .told(tooNew, test: "ScheduleTests")),
        Row("the comparison that `crontab` asks for", .told(tooNew, test: "ScheduleTests")),
        Row("a tunnel that is not up yet", .told(tooNew, test: "ScriptWayTests")),
        Row("`crontab` of a sync that has no `full`", .told(tooNew, test: "ScriptMistakeTests")),
        Row("`^localport` in the `target`", .told(tooNew, test: "ScriptWayTests")),
        Row("`${localport}` in a tunnel's", .told(tooNew, test: "ScriptWayTests")),
        Row("`_extra = \"--word\"`", .shown(SyncDefects.extraText)),
        Row("`insist = 0`", .shown(ProgramDefects.zeroInsists)),
        Row("the keys of an `exitcodes` table", .shown(ScriptDefects.repeatedCodes)),
        Row("relative paths mean `/`", .told("lsyncd would write into the root directory", test: "PreflightTests")),
    ]

    static let program: [Row] = [
        Row("errors after the fork", .shown(ProgramDefects.errorAfterFork)),
        Row("`-pidfile` with `-nodaemon`", .shown(ProgramDefects.noPidFile)),
        Row(
            "the pid file keeps the end",
            .told("an lsyncd in the background would outlive a test that fails", test: "MachineTests")),
        Row("`-version` prints", .choice("LsyncdCommandLineTests")),
        Row("`--runner FILE`", .choice("LsyncdCommandLineTests")),
        Row("a password on a command line", .shown(ProgramDefects.password)),
        Row("no way to test a configuration", .choice("RehearsalTests")),
        Row("rsync missing", .shown(ProgramDefects.missingRsync)),
        Row("`-onepass` ends", .told(tooNew, test: "ProcessTests")),
        Row("`-log Delay` tells", .choice("ScriptServiceTests")),
        Row("`Transformed Move to Create", .choice("ScriptServiceTests")),
        Row("the status file is rewritten in place", .shown(ProgramDefects.statusInPlace)),
        Row("`Create`, `Attrib`, `Delete`", .choice("StatusTextTests")),
        Row("excludes are missing", .shown(ProgramDefects.excludesInStatus)),
        Row("a path in log or status", .shown(ProgramDefects.rawPath)),
        Row("a list of a batch in the log", .choice("ReportTextTests")),
    ]
}
