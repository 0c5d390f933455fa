import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("what scripts can ask of the program") struct ScriptServiceTests {
    @Test("an alarm that is set while the file is read, and one by a function")
    func alarms() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            local inlet = sync{ source = "SRC", init = false, action = function(inlet)
                local event = inlet.getEvent()
                if event.etype ~= "Blanket" then return inlet.discardEvent(event) end
                spawn(event, "note", rawget(event, "mine"))
            end }
            local function ring(moment, extra)
                extra.inlet.createBlanketEvent().mine = extra.word
                if extra.word == "first" then alarm(now() + 0.1, ring, { inlet = extra.inlet, word = "second" }) end
            end
            alarm(now() + 0.1, ring, { inlet = inlet, word = "first" })
            """)
        try await scene.wait(forCalls: 2, of: process)
        #expect(try await process.stop() == .code(143))
        #expect(try scene.calls() == ["note [first]", "note [second]"])
    }

    @Test("a descriptor is observed, again and again, until it is not any more")
    func descriptors() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            os.execute("mkfifo ROOT/pipe")
            local pipe = io.open("ROOT/pipe", "r+")
            local find = io.popen("for f in /proc/$PPID/fd/*; do [ \\"$(readlink $f)\\" = ROOT/pipe ] && echo ${f##*/}; done")
            local number = math.tointeger(find:read("n"))
            find:close()
            local inlet = sync{ source = "SRC", init = false, action = function(inlet)
                local event = inlet.getEvent()
                if event.etype ~= "Blanket" then return inlet.discardEvent(event) end
                spawn(event, "note", rawget(event, "line"))
            end }
            observefd(number, function(fd)
                local line = pipe:read("l")
                inlet.createBlanketEvent().line = line
                if line == "quit" then nonobservefd(fd) end
            end)
            """)
        try await scene.waitUntilLive(process)
        let pipe = try #require(fopen("\(scene.trial.tree.path)/pipe", "r+"))
        defer { fclose(pipe) }
        for (index, line) in ["one", "two", "quit"].enumerated() {
            fputs(line + "\n", pipe)
            fflush(pipe)
            try await scene.wait(forCalls: index + 1, of: process)
        }
        #expect(try scene.calls() == ["note [one]", "note [two]", "note [quit]"])
        #expect(try await process.stop() == .code(143))
    }

    @Test("maxProcesses, and never two processes for one name")
    func processes() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            sync{ source = "SRC", init = false, maxProcesses = 2, onCreate = function(event)
                spawnShell(event, [[note begin "$1"; while [ ! -e "ROOT/go.$1" ]; do :; done; note end "$1"]], event.path)
            end, onModify = "note modified ^path" }
            """)
        try await scene.waitUntilLive(process)
        for step in ["put a", "put b", "put c"] { try scene.perform(step) }
        try await scene.wait(forCalls: 2, of: process)
        try scene.perform("append a")
        let list = "There are 4 delays\nactive Create /a\nactive Create /b\nwait   Create /c\nblock  Modify /a\n"
        try await Condition.wait(
            until: "the status shows all of them", state: { (try? scene.status()) ?? "" },
            holds: { try scene.status().contains(list) })
        try scene.trial.tree.tree.write("go.a", "")
        try await scene.wait(forCall: "note [begin] [c]", of: process)
        for name in ["b", "c"] { try scene.trial.tree.tree.write(ByteString("go.\(name)"), "") }
        try await scene.wait(forCalls: 7, of: process)
        #expect(try await process.stop() == .code(143))
        let calls = try scene.calls()
        #expect(Set(calls).count == 7)
        let end = calls.firstIndex(of: "note [end] [a]")
        let modified = calls.firstIndex(of: "note [modified] [a]")
        #expect(end.map { $0 < modified ?? 0 } == true, "\(calls)")
    }

    @Test("settings.maxProcesses counts over all syncs")
    func globalLimit() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            local function sync_one(name)
                sync{ source = "SRC", init = false, onCreate = function(event)
                    spawnShell(event, [[note begin; while ! /bin/rm ROOT/go 2>/dev/null; do :; done; note end]], event.path)
                end }
            end
            sync_one("one")
            sync_one("two")
            """, settings: "maxProcesses = 1")
        try await scene.waitUntilLive(process)
        try scene.perform("put a")
        for round in 1...2 {
            try await scene.wait(forCalls: 2 * round - 1, of: process)
            try scene.trial.tree.tree.write("go", "")
            try await scene.wait(forCalls: 2 * round, of: process)
        }
        #expect(try await process.stop() == .code(143))
        let calls = try scene.calls()
        #expect(calls == ["note [begin]", "note [end]", "note [begin]", "note [end]"], "\(calls)")
    }

    @Test("onepass ends when the starts are done")
    func onePass() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            "sync{ source = 'SRC', onStartup = 'note start', onCreate = 'note ^path' }", settings: "onepass = true")
        #expect(try await process.waitForExit() == .code(0))
        #expect(try scene.calls() == ["note [start]"])
    }

    @Test("a source that goes away: nothing is called until it is back, and then the start runs once more")
    func sourceGone() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            "sync{ source = 'SRC', onStartup = 'note start', onDelete = 'note gone ^path', onCreate = 'note ^path' }",
            settings: "insist = true")
        try await scene.wait(forCalls: 1, of: process)
        try scene.perform("put a")
        try await scene.wait(forCalls: 2, of: process)
        try scene.trial.tree.tree.rename("source", to: "away")
        try await scene.wait(forLine: "source SRC/: the directory is not there", of: process)
        try scene.trial.tree.tree.rename("away", to: "source")
        try await scene.wait(forCalls: 3, of: process)
        #expect(try await process.stop() == .code(143))
        #expect(try scene.calls() == ["note [start]", "note [a]", "note [start]"])
    }

    @Test("log lines of any category, and Exec with all words")
    func log() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            sync{ source = "SRC", init = false, onCreate = function(event)
                log("MyWord", "seen ", event.path, " ", nil, true)
                log("Hidden", "not seen")
                spawn(event, "note", "<", "a\\0b", "x y", 3)
            end }
            """, words: "-log", "MyWord", "-log", "Exec")
        try await scene.waitUntilLive(process)
        try scene.perform("put f")
        try await scene.wait(forCalls: 1, of: process)
        #expect(try await process.stop() == .code(143))
        #expect(process.output.contains(" MyWord: seen f (nil)(true)\n"))
        #expect(process.output.contains(" Exec: note [<] [a\nb] [x y] [3]\n"))
        #expect(!process.output.contains("not seen"))
    }

    @Test("-log Delay tells what becomes of each event, in lsyncd's words")
    func delays() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            sync{ source = "SRC", init = false, delay = 1000, onMove = true, onCreate = "note ^path" }
            sync{ source = "SRC", init = false, delay = 1000, onDelete = "note ^path" }
            """, words: "-log", "Delay")
        try await scene.waitUntilLive(process)
        let steps = [
            ("put a", "New Create: /a"), ("append a", "Modify: /a absorbed by Create: /a"),
            ("rename a b", "Move: /a -> /b splits on Create: /a"), ("remove b", "Delete: /b replaces Create: /b"),
            ("put-dir d", "Create: /d/f blocked by Create: /d/"), ("rename d e", "Create creates Create on /e/f"),
            ("remove e/f", "Delete: /e/f replaces Create: /e/f"),
            ("put x", "New Create: /x"), ("rename x y", "splitting Move into Delete & Create"),
        ]
        for (step, line) in steps {
            try scene.perform(step)
            try await scene.wait(forLine: "Delay: " + line, of: process)
        }
        #expect(try await process.stop() == .code(143))
        #expect(shown(process, "New Create: /a") == 2, "one line for each sync")
    }

    private func shown(_ process: LockstepProcess, _ line: String) -> Int {
        process.output.split(separator: "\n").count { $0.hasSuffix("Delay: " + line) }
    }

    @Test("globals are locked once the file is read, as in lsyncd")
    func globals() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            known = 1
            sync{ source = "SRC", init = false, onCreate = function(event)
                if event.name == "a" then fresh = 1 end
                if event.name == "b" then local x = unknown end
                known = known + 1
                spawn(event, "note", event.name, known)
            end }
            """)
        try await scene.waitUntilLive(process)
        try scene.perform("put a")
        try await scene.wait(
            forLine: "failed at conf:4: Lsyncd does not allow GLOBALS to be created on the fly.", of: process)
        try scene.perform("put b")
        try await scene.wait(forLine: "failed at conf:5: Access of non-existing global \"unknown\"", of: process)
        try scene.perform("put c")
        try await scene.wait(forCall: "note [c] [2]", of: process)
        #expect(try await process.stop() == .code(143))
    }

    @Test("a check shows what such a sync is")
    func check() async throws {
        let scene = try ScriptTrial()
        try scene.trial.write(
            scene.filled(
                "sync{ source = 'SRC', target = 'TGT', delay = 2, exclude = '*.tmp', onCreate = 'note ^path' }"))
        let ending = try await scene.trial.run("check", "conf")
        #expect(ending.exit == .code(0))
        #expect(
            scene.shortened(ending.output) == """
                Sync1: SRC/ -> TGT
                  functions or commands of your own do the work
                  an event waits 2 s, or until 1000 wait
                  processes at once: at most 1
                  - *.tmp

                """)
    }
}
