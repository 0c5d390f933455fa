import Testing

@Suite("what is told of syncs with functions or commands") struct ScriptMistakeTests {
    private static func sync(_ more: String) -> String { "sync{ source = 'SRC',\n\(more), onDelete = 'x' }" }

    @Test("mistakes", arguments: ScriptMistakeTests.cases)
    func told(_ mistake: Mistake) {
        mistake.check()
    }

    static let cases: [Mistake] = [
        .init("a misspelt parameter", sync("onCrate = 'x'"), ["2 error did you mean \"onCreate\"?"]),
        .init("a parameter of one's own", sync("bucket = 'x'"), ["2 warning checkgauge = { bucket = true }"]),
        .init("one that is declared", sync("checkgauge = { bucket = true }, bucket = 'x'"), []),
        .init("excludes, a name and a host are fine", sync("exclude = 'x', name = 'n', host = 'h'"), []),
        .init("old words", sync("subdirs = false, collapse = true"), ["2 warning no effect", "2 warning no effect"]),
        .init("a number for a command", sync("onCreate = 5"), ["2 error a function, or a command as text"]),
        .init("a command for onFull", sync("onFull = 'x'"), ["2 error onFull is \"x\"; it must be a function"]),
        .init("an action that is a text", sync("action = 'x'"), ["2 error action is \"x\"; it must be a function"]),
        .init("a stray text", sync("'x'"), ["1 error stands alone"]),
        .init("a schedule for nothing", sync("crontab = { '0 0 * * * *' }"), ["2 warning crontab has nothing to call"]),
        .init("a schedule", sync("crontab = { '0 0 * * * *' }, full = function() end"), []),
        .init(
            "a wrong one", sync("crontab = { '99 * * * *' }, onFull = function() end"), ["2 error rule 1 is not valid"]),
        .init("a tunnel", sync("tunnel = tunnel{ command = { 'x' } }"), []),
        .init("a tunnel without a command", sync("tunnel = tunnel{}"), ["2 error no command"]),
        .init("no source", "sync{ onCreate = 'x' }", ["1 error source is missing"]),
        .init("no target is fine", "sync{ source = 'SRC', onCreate = 'x' }", []),
        .init(
            "functions beside rsync", "sync{ default.rsync, source = 'SRC', target = 't', collect = function() end }",
            []),
        .init(
            "rsync's own parameters are still looked at",
            "sync{ default.rsync, source = 'SRC', target = 't',\ninit = function() end, rsync = { archive = 'maybe' } }",
            ["2 error archive"]),
    ]
}
