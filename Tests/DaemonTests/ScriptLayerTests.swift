import Testing

@Suite("functions and commands of a configuration") struct ScriptLayerTests {
    @Test("layer 2: functions with events", arguments: ScriptLayerTests.functionCases)
    func functions(_ testCase: ScriptCase) async throws { try await testCase.run() }

    @Test("layer 3: commands as texts", arguments: ScriptLayerTests.commandCases)
    func commands(_ testCase: ScriptCase) async throws { try await testCase.run() }

    static let functionCases: [ScriptCase] = [
        ScriptCase(
            "each kind of event calls its function",
            """
            local function tell(event) spawn(event, "note", event.etype, event.path) end
            sync{ source = "SRC", onCreate = tell, onModify = tell, onAttrib = tell, onDelete = tell }
            """,
            [
                ("put a", ["note [Create] [a]"]), ("append a", ["note [Modify] [a]"]),
                ("chmod a", ["note [Attrib] [a]"]), ("remove a", ["note [Delete] [a]"]),
                ("mkdir d", ["note [Create] [d/]"]), ("remove d", ["note [Delete] [d/]"]),
            ]),
        ScriptCase(
            "without onMove a rename is a deletion and a creation",
            """
            local function tell(event) spawn(event, "note", event.etype, event.path) end
            sync{ source = "SRC", onCreate = tell, onDelete = tell }
            """, prepared: ["put a"], [("rename a b", ["note [Delete] [a]", "note [Create] [b]"])]),
        ScriptCase(
            "with onMove it is one event with two ends",
            """
            sync{ source = "SRC", target = "TGT", onMove = function(from, to)
                spawn(from, "note", from.etype, from.path, from.move, to.path, to.move, to.targetPath)
            end }
            """, prepared: ["put a"], [("rename a b", ["note [Move] [a] [Fr] [b] [To] [TGT/b]"])]),
        ScriptCase(
            "a directory that is renamed is told with what is in it",
            """
            sync{ source = "SRC", onCreate = function(event) spawn(event, "note", event.path) end }
            """, prepared: ["put-dir d"], [("rename d e", ["note [e/]", "note [e/f]"])]),
        ScriptCase(
            "a directory that comes from elsewhere is told with what is in it",
            """
            sync{ source = "SRC", onCreate = function(event) spawn(event, "note", event.path) end }
            """, [("put-dir d", ["note [d/]", "note [d/f]"])]),
        ScriptCase(
            "every field of an event",
            """
            sync{ source = "SRC", target = "TGT", onCreate = function(e)
                spawn(e, "note", e.name, e.basename, e.path, e.pathname, e.pathdir, tostring(e.isdir), e.status,
                    tostring(e.isList))
            end, onDelete = function(e)
                spawn(e, "note", e.source, e.sourcePath, e.sourcePathname, e.sourcePathdir, e.target, e.targetPath,
                    e.targetPathname, e.targetPathdir, e.config.target, type(e.inlet))
            end }
            """, prepared: ["mkdir d"],
            [
                ("mkdir d/e", ["note [e/] [e] [d/e/] [d/e] [d/] [true] [wait] [false]"]),
                (
                    "remove d/e",
                    [
                        "note [SRC/] [SRC//d/e/] [SRC//d/e] [SRC//d/] [TGT] [TGT/d/e/] [TGT/d/e] [TGT/d/] [TGT] [table]"
                    ]
                ),
                ("put f", ["note [f] [f] [f] [f] [] [false] [wait] [false]"]),
            ]),
        ScriptCase(
            "a file of 2.0 gets its paths with a slash first",
            """
            settings = { nodaemon = true }
            sync{ source = "SRC", onCreate = function(e) spawn(e, "note", e.path, e.pathname, e.pathdir) end }
            """, [("put f", ["note [/f] [/f] [/]"])]),
        ScriptCase(
            "a text for the process to read, tables among its words, nothing for nil",
            """
            sync{ source = "SRC", onCreate = function(event)
                spawn(event, "note", "<", "one\\0two\\n", "a", nil, { "b", 3, 4.0 }, {}, "c d")
            end }
            """, [("put f", ["note [a] [b] [3] [4] [c d] < one,two"])]),
        ScriptCase(
            "spawnShell runs a shell with the words as its arguments",
            """
            sync{ source = "SRC", onCreate = function(event)
                spawnShell(event, [[note "$1" && note $2 "end"]], event.path, "two words")
            end }
            """, [("put f", ["note [f]", "note [two] [words] [end]"])]),
        ScriptCase(
            "a function that starts nothing is done with its event",
            """
            sync{ source = "SRC", onCreate = function(event)
                if string.ends(event.name, ".pdf") then spawn(event, "note", event.name) end
            end }
            """, [("put a", []), ("put b.pdf", ["note [b.pdf]"])]),
        ScriptCase(
            "excludes hold in every layer, and can change at run time",
            """
            local inlet
            inlet = sync{ source = "SRC", exclude = "*.tmp", onCreate = function(event)
                if event.name == "stop" then inlet.addExclude("*.x") end
                if event.name == "go" then inlet.rmExclude("*.x") end
                spawn(event, "note", event.name)
            end }
            """,
            [
                ("put a.tmp", []), ("put a.x", ["note [a.x]"]), ("put stop", ["note [stop]"]), ("put b.x", []),
                ("put go", ["note [go]"]), ("put c.x", ["note [c.x]"]),
            ]),
        ScriptCase(
            "a rename out of an excluded name is a creation, into one a deletion",
            """
            local function tell(event) spawn(event, "note", event.etype, event.path) end
            sync{ source = "SRC", exclude = "*.tmp", onCreate = tell, onDelete = tell,
                onMove = function(from, to) spawn(from, "note", "Move", from.path, to.path) end }
            """,
            [
                ("put a.tmp", []), ("rename a.tmp a", ["note [Create] [a]"]),
                ("then rename a b", ["note [Move] [a] [b]"]),
                ("then rename b b.tmp", ["note [Delete] [b]"]),
            ]),
        ScriptCase(
            "onStartup runs first, and what happens waits for it",
            """
            sync{ source = "SRC", target = "TGT", onStartup = function(event)
                spawn(event, "note", event.etype, event.sourcePath, event.path, tostring(event.name), event.targetPath)
            end, onCreate = function(event) spawn(event, "note", event.path) end }
            """, [("start", ["note [Init] [SRC/] [] [nil] [TGT]"]), ("put f", ["note [f]"])]),
        ScriptCase(
            "init = false leaves it out",
            """
            sync{ source = "SRC", init = false, onStartup = "note start",
                onCreate = function(event) spawn(event, "note", event.path) end }
            """, [("put f", ["note [f]"])]),
        ScriptCase(
            "init of 2.0 gets something that answers as an inlet too",
            """
            sync{ source = "SRC", init = function(inlet) spawn(inlet, "note", inlet.getConfig().mine) end,
                mine = "yes", checkgauge = { mine = true }, onCreate = "note ^path" }
            """, [("start", ["note [yes]"]), ("put f", ["note [f]"])]),
    ]

    static let commandCases: [ScriptCase] = [
        ScriptCase(
            "the example that everybody has copied",
            """
            sync{ source = "SRC", target = "TGT",
                onCreate = "cp -r ^sourcePathname ^targetPathdir",
                onModify = "cp -r ^sourcePathname ^targetPathdir",
                onDelete = "rm -rf ^targetPathname",
                onMove = "mv ^o.targetPathname ^d.targetPathname",
            }
            """,
            [
                ("put a", ["cp [-r] [SRC//a] [TGT/]"]), ("append a", ["cp [-r] [SRC//a] [TGT/]"]),
                ("then rename a b", ["mv [TGT/a] [TGT/b]"]), ("remove b", ["rm [-rf] [TGT/b]"]),
            ]),
        ScriptCase(
            "the same variable twice is one argument, and they are numbered as in lsyncd",
            #"""
            sync{ source = "SRC", target = "TGT", onCreate = "note M ^path ^pathname ^sourcePath ^path; note second ^target" }
            """#, prepared: ["mkdir d"],
            [("mkdir d/e", ["note [M] [d/e/] [d/e] [SRC//d/e/] [d/e/]", "note [second] [TGT]"])]),
        ScriptCase(
            "a value in the person's own double quotes stays one word",
            #"""
            sync{ source = "SRC", onCreate = [[name="x ^path y"; note "$name" "^pathname" '^path']] }
            """#, [("put f", [#"note [x f y] [f] ["$2"]"#])]),
        ScriptCase(
            "pipes, conditions, redirection",
            """
            sync{ source = "SRC", onCreate = "false || note ^path; echo out | note piped; note quiet >/dev/null 2>&1" }
            """, [("put f", ["note [f]", "note [piped] < out", "note [quiet]"])]),
        ScriptCase(
            "a caret first means a shell, and one that names nothing stays",
            """
            sync{ source = "SRC", onCreate = "^note ^nothing ^^pathname $HOME_OF_NOBODY ^", onDelete = "^^note ^path" }
            """, [("put f", ["note [^nothing] [^f] [^]"])]),
        ScriptCase(
            "a path first means a program without a shell; its double quotes stay",
            """
            sync{ source = "SRC", target = "TGT",
                onCreate = 'ROOT/programs/note a;b "two ^path" ^path^pathname $1 |  x\\\\ny' }
            """, [("put f", [#"note [a;b] ["two f"] [ff] [$1] [|] [] [x\ny]"#])]),
        ScriptCase(
            "quotes and brackets that would have ended a text of lsyncd's",
            """
            sync{ source = "SRC", onCreate = "note ']]' it ^path", onDelete = "ROOT/programs/note it's ^path" }
            """, [("put f", ["note []]] [it] [f]"]), ("remove f", ["note [it's] [f]"])]),
        ScriptCase(
            "commands of several lines",
            """
            sync{ source = "SRC", onCreate = [[
                for word in one two; do
                    note "$word" ^path
                done
            ]] }
            """, [("put f", ["note [one] [f]", "note [two] [f]"])]),
        ScriptCase(
            "names that a shell would take apart arrive whole",
            """
            sync{ source = "SRC", onCreate = "note ^path" }
            """, [("put $(note-bad);'\"*", ["note [$(note-bad);'\"*]"]), ("put -rf", ["note [-rf]"])]),
        ScriptCase(
            "onMove = true tells moves whole; what has no command is done",
            """
            sync{ source = "SRC", onMove = true, onCreate = "note ^path", onDelete = "note gone ^path" }
            """, prepared: ["put a"], [("rename a b", []), ("put c", ["note [c]"])]),
        ScriptCase(
            "onStartup as a command",
            """
            sync{ source = "SRC", target = "TGT", onStartup = "note start ^source ^target", onDelete = "note ^path" }
            """, prepared: ["put a"], [("start", ["note [start] [SRC/] [TGT]"]), ("remove a", ["note [a]"])]),
        ScriptCase(
            "two syncs of one source, one of them by rsync",
            """
            sync{ source = "SRC", onCreate = "note ^path" }
            sync{ default.rsync, source = "SRC", target = "TGT", delay = 600, init = false }
            """, [("put f", ["note [f]"])]),
    ]
}
