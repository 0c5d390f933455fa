import Glibc
import MirrorCore
import MirrorTesting
import Testing

@Suite("functions and commands that fail") struct ScriptFailureTests {
    @Test(
        "an error in a function is a problem with its line; the other events go on, and HUP brings the mended function")
    func error() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            sync{ source = "SRC", init = false, onCreate = function(event)
                if event.name == "bad" then local x; x.y = 1 end
                spawn(event, "note", event.name)
            end }
            """)
        try await scene.waitUntilLive(process)
        try scene.perform("put bad")
        try scene.perform("put good")
        try await scene.wait(forCall: "note [good]", of: process)
        try await scene.wait(
            forLine: "Sync1: onCreate failed at conf:3: attempt to index a nil value (local 'x')", of: process)
        try await Condition.wait(until: "the status shows it") {
            let status = try scene.status()
            return status.contains("wait   Create /bad") && status.contains("onCreate failed at conf:3")
        }
        let mended = """
            settings{ stateDir = "ROOT/state" }
            sync{ source = "SRC", init = false, onCreate = function(event) spawn(event, "note", "mended", event.name) end }
            """
        try scene.trial.write(scene.filled(mended))
        process.signal(SIGHUP)
        try await Condition.wait(until: "it watches again") {
            process.output.split(separator: "\n").count { $0.contains(": watching ") } == 2
        }
        try scene.perform("put later")
        try await scene.wait(forCall: "note [mended] [later]", of: process)
        #expect(try await process.stop() == .code(143))
    }

    @Test(
        "a function that loops or takes all memory is stopped, with its line, and stops nothing else",
        arguments: [
            ("while true do end", "ran on without end at conf:3"),
            ("while true do pcall(function() while true do end end) end", "ran on without end at conf:3"),
            (
                "local t = {} while true do t[#t + 1] = ('x'):rep(1000000) .. #t end",
                "took more and more memory at conf:"
            ),
        ])
    func bounds(body: String, words: String) async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            sync{ source = "SRC", init = false, onCreate = function(event)
                if event.name == "bad" then \(body) end
                spawn(event, "note", event.name)
            end }
            sync{ source = "SRC", init = false, onDelete = "note other ^path" }
            """)
        try await scene.waitUntilLive(process)
        try scene.perform("put bad")
        try await scene.wait(forLine: "Error: Sync1: onCreate \(words)", of: process)
        try scene.perform("put good")
        try await scene.wait(forCall: "note [good]", of: process)
        try scene.perform("remove good")
        try await scene.wait(forCall: "note [other] [good]", of: process)
        #expect(try await process.stop() == .code(143))
    }

    @Test("an exit code of no meaning is a problem; the event is tried again, and the program lives")
    func exitCode() async throws {
        let scene = try ScriptTrial()
        try scene.answer("note", with: 2, 1, 0)
        let process = try scene.start("sync{ source = 'SRC', target = 'TGT', onCreate = 'note ^path', init = false }")
        try await scene.waitUntilLive(process)
        try scene.perform("put a")
        try await scene.wait(forCalls: 3, of: process)
        try await scene.wait(forLine: "Normal: Finished Create on SRC//a = 0", of: process)
        let log = scene.shortened(process.output + process.errors)
        #expect(log.contains("Normal: Event Create spawns shell \"note a\""))
        #expect(log.contains("Normal: Retrying Create on SRC//a = 2"))
        #expect(log.contains("Error: Sync1 -> TGT: sh ended with exit code 2; what it was called for waits"))
        try await scene.wait(forLine: "Sync1 -> TGT: works again", of: process)
        #expect(try await process.stop() == .code(143))
        #expect(try scene.calls() == ["note [a]", "note [a]", "note [a]"])
    }

    @Test("exitcodes says what is fine and what is to be tried again")
    func exitcodes() async throws {
        let scene = try ScriptTrial()
        try scene.answer("note", with: 7, 1)
        let process = try scene.start(
            """
            sync{ source = "SRC", init = false, onCreate = "note ^path",
                exitcodes = { [0] = "ok", [1] = "ok", [7] = "again" } }
            """)
        try await scene.waitUntilLive(process)
        try scene.perform("put a")
        try await scene.wait(forLine: "Normal: Finished Create on SRC//a = 1", of: process)
        #expect(try await process.stop() == .code(143))
        #expect(try scene.calls() == ["note [a]", "note [a]"])
    }

    @Test(
        "what the person calls the end is the end",
        arguments: [
            ("exitcodes = { [9] = 'die' }", 255), ("collect = function() return 'die' end", 255),
            ("collect = function() terminate(7) end", 7), ("collect = function() os.exit(3) end", 3),
        ])
    func ends(parameter: String, code: Int32) async throws {
        let scene = try ScriptTrial()
        try scene.answer("note", with: 9)
        let process = try scene.start(
            "sync{ source = 'SRC', init = false, onCreate = 'note ^path', \(parameter) }")
        try await scene.waitUntilLive(process)
        try scene.perform("put a")
        #expect(try await process.waitForExit() == .code(code))
        if code == 255 { #expect(process.errors.contains(" Error: Critical exitcode.")) }
    }

    @Test("a start that fails ends the program, unless it insists", arguments: [false, true])
    func start(insists: Bool) async throws {
        let scene = try ScriptTrial()
        try scene.answer("note", with: 3, 0)
        let process = try scene.start(
            "sync{ source = 'SRC', target = 'TGT', onStartup = 'note start', onCreate = 'note ^path' }",
            settings: insists ? "insist = true" : "")
        guard insists else {
            #expect(try await process.waitForExit() == .code(255))
            #expect(process.errors.contains("Terminating since \"insist\" is not set."))
            return
        }
        try await scene.wait(forLine: "Normal: Startup of SRC/ -> TGT finished.", of: process)
        #expect(process.output.contains(" Normal: Retrying startup of "))
        try scene.perform("put a")
        try await scene.wait(forCall: "note [a]", of: process)
        #expect(try await process.stop() == .code(143))
    }

    @Test("a program that is not there, and one that is killed, are problems; nothing is taken for done")
    func processes() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            sync{ source = "SRC", init = false, onCreate = function(event)
                if event.name == "none" then return spawn(event, "no-such-program", event.path) end
                spawnShell(event, [[note "$1"; if [ ! -e ROOT/second ]; then touch ROOT/second; kill -9 $$; fi]], event.path)
            end }
            """)
        try await scene.waitUntilLive(process)
        try scene.perform("put none")
        try await scene.wait(
            forLine: "Sync1: no-such-program could not be started: there is no such program", of: process)
        try scene.perform("put a")
        try await scene.wait(forLine: "Sync1: sh was killed by signal 9", of: process)
        try await scene.wait(forLine: "Normal: Finished Create on SRC//a = 0", of: process)
        #expect(try await process.stop() == .code(143))
        #expect(try scene.calls() == ["note [a]", "note [a]"])
    }

    @Test("a function that waits for something outside stops neither the others nor the end")
    func waiting() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            sync{ source = "SRC", init = false, onCreate = function(event)
                log("Normal", "waits now")
                os.execute("while [ ! -e ROOT/go ]; do read -t 0.05 line <> ROOT/pipe; done")
            end }
            sync{ default.rsync, source = "SRC", target = "TGT", delay = 0, init = false }
            """)
        try await scene.waitUntilLive(process)
        try scene.perform("put a")
        try await scene.wait(forLine: "waits now", of: process)
        try await Condition.wait(until: "rsync is called beside it") {
            try scene.calls().contains { $0.hasPrefix("rsync") }
        }
        process.signal(SIGTERM)
        try await scene.wait(forLine: "TERM signal, fading", of: process)
        process.signal(SIGTERM)
        #expect(try await process.waitForExit() == .code(143))
        try scene.trial.tree.tree.write("go", "")
    }

    @Test("TERM waits for running processes, and calls collect for them")
    func fading() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            sync{ source = "SRC", init = false, onCreate = function(event)
                spawnShell(event, "note begun; while [ ! -e ROOT/go ]; do :; done; note ended")
            end }
            """)
        try await scene.waitUntilLive(process)
        try scene.perform("put a")
        try await scene.wait(forCall: "note [begun]", of: process)
        process.signal(SIGTERM)
        try await scene.wait(forLine: "waiting for 1 more child processes.", of: process)
        try scene.trial.tree.tree.write("go", "")
        #expect(try await process.waitForExit() == .code(143))
        #expect(try scene.calls() == ["note [begun]", "note [ended]"])
        #expect(scene.shortened(process.output).contains("Normal: Finished Create on SRC//a = 0"))
    }
}
