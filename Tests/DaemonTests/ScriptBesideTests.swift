import MirrorCore
import MirrorTesting
import Testing

/// Functions of alarms and descriptors act on syncs of all kinds.
@Suite("inlets of syncs without functions, used by an alarm") struct ScriptBesideTests {
    /// `STEP` in the directory lets the n-th step go; each writes down that it was made.
    private static func start(
        _ scene: ScriptTrial, sync: String, steps: [String]
    ) throws -> LockstepProcess {
        let functions = steps.enumerated().map { "[\($0.offset + 1)] = function() \($0.element) end" }
        // An empty source would be rehearsed first; how exact a comparison has to be depends on the moment.
        try scene.perform("put there")
        return try scene.start(
            """
            local inlet = sync{ default.rsync, source = "SRC", target = "TGT", \(sync) }
            local event
            local steps = { \(functions.joined(separator: ",\n")) }
            local function step(_, number)
                local file = io.open("ROOT/step" .. number)
                if file then
                    file:close()
                    steps[number]()
                    log("Normal", "step ", number, " is made")
                    number = number + 1
                end
                if steps[number] then alarm(now() + 0.05, step, number) end
            end
            alarm(now(), step, 1)
            """, settings: "rsyncCompat = 'exact'")
    }

    private func make(_ number: Int, _ scene: ScriptTrial, _ process: LockstepProcess) async throws {
        try scene.trial.tree.tree.write(ByteString("step\(number)"), "")
        try await scene.wait(forLine: "step \(number) is made", of: process)
    }

    @Test("a blanket holds the sync until it is discarded, and is seen in the status")
    func blanket() async throws {
        let scene = try ScriptTrial()
        let process = try Self.start(
            scene, sync: "delay = 0", steps: ["event = inlet.createBlanketEvent()", "inlet.discardEvent(event)"])
        try await scene.wait(forCalls: 1, of: process)
        try await make(1, scene, process)
        try await scene.waitUntilLive(process)
        try scene.perform("put a")
        try await Condition.wait(
            until: "the status shows both", state: { (try? scene.status()) ?? "" },
            holds: { try scene.status().contains("There are 2 delays\nwait   Blanket \nwait   Modify /a\n") })
        let before = try scene.calls()
        #expect(before.count == 1, "\(before)")
        try await make(2, scene, process)
        try await scene.wait(forCalls: 2, of: process)
        #expect(try scene.calls()[1].hasSuffix("< /a,/"))
        #expect(try await process.stop() == .code(143))
    }

    @Test("a process for a blanket: nothing is sent before it has ended, whatever its exit code means")
    func process() async throws {
        let scene = try ScriptTrial()
        try scene.answer("note", with: 0, 9)
        let process = try Self.start(
            scene, sync: "delay = 0",
            steps: [
                "spawnShell(inlet.createBlanketEvent(), 'note begin; while [ ! -e ROOT/go ]; do :; done; exec note end')"
            ])
        try await scene.wait(forCalls: 1, of: process)
        try await make(1, scene, process)
        try await scene.waitUntilLive(process)
        try await scene.wait(forCall: "note [begin]", of: process)
        try scene.perform("put a")
        try await Condition.wait(
            until: "the change waits", state: { (try? scene.status()) ?? "" },
            holds: { try scene.status().contains("There are 2 delays\nactive Blanket \nwait   Modify /a\n") })
        try scene.trial.tree.tree.write("go", "")
        try await scene.wait(forCalls: 4, of: process)
        #expect(try scene.calls()[1...2] == ["note [begin]", "note [end]"])
        #expect(try scene.calls()[3].hasSuffix("< /a,/"))
        try await scene.wait(forLine: "sh ended with exit code 9", of: process)
        #expect(try await process.stop() == .code(143))
    }

    @Test("addExclude, rmExclude and appendFilter count for the changes that come and for comparisons")
    func patterns() async throws {
        let scene = try ScriptTrial()
        let process = try Self.start(
            scene, sync: "delay = 0, exclude = '*.o'",
            steps: [
                "inlet.addExclude('*.tmp')", "inlet.rmExclude('*.o') inlet.createFullEvent('/')",
                "inlet.appendFilter('- b*')",
            ])
        try await scene.wait(forCalls: 1, of: process)
        try await scene.waitUntilLive(process)
        try await make(1, scene, process)
        for step in ["put x.tmp", "put x.o", "put y"] { try scene.perform(step) }
        try await scene.wait(forCalls: 2, of: process)
        try await make(2, scene, process)
        try await scene.wait(
            forCall: "rsync [--exclude-from=-] [--delete] [--ignore-errors] [-lts] [-r] [SRC/] [TGT/] < *.tmp",
            of: process)
        try await scene.waitUntilIdle(process)
        for step in ["put x2.tmp", "put x2.o"] { try scene.perform(step) }
        try await make(3, scene, process)
        try await scene.waitUntilIdle(process)
        for step in ["put b1", "put c1"] { try scene.perform(step) }
        try await Condition.wait(
            until: "the last file has gone", state: { ((try? scene.calls()) ?? []).joined(separator: "\n") },
            holds: { try scene.calls().contains { $0.contains("/c1") } })
        try await Condition.wait(
            until: "the status shows the rules", state: { (try? scene.status()) ?? "" },
            holds: { try scene.status().contains("Filtering:\n- b*\n- *.tmp\n") })
        #expect(try await process.stop() == .code(143))
        let paths = try scene.calls().joined(separator: "\n")
        #expect(paths.contains("/y") && paths.contains("/x2.o") && paths.contains("/c1"), "\(paths)")
        for hidden in ["/x.tmp", "/x.o", "/x2.tmp", "/b1"] { #expect(!paths.contains(hidden), "\(paths)") }
    }

    @Test("getEvents sees what waits; a change cannot be discarded, and goes to its target all the same")
    func events() async throws {
        let scene = try ScriptTrial()
        let process = try Self.start(
            scene, sync: "delay = 1000, maxDelays = 2",
            steps: [
                """
                local list = inlet.getEvents()
                log("Normal", "waits: ", list.size(), " ", table.concat(list.getPaths(), ","), " ", list.getList()[1].etype)
                log("Normal", "refused: ", tostring(pcall(inlet.discardEvent, list.getList()[1])))
                spawn(list, "note", "beside")
                """
            ])
        try await scene.wait(forCalls: 1, of: process)
        try await scene.waitUntilLive(process)
        try scene.perform("put a")
        try await Condition.wait(until: "it waits") { try scene.status().contains("wait   Modify /a") }
        try await make(1, scene, process)
        try await scene.wait(forLine: "waits: 1 /a Modify", of: process)
        try await scene.wait(forLine: "refused: false", of: process)
        try await scene.wait(forCall: "note [beside]", of: process)
        try scene.perform("put b")
        try await scene.wait(forCalls: 3, of: process)
        #expect(try scene.calls()[2].hasSuffix("< /a,/,/b"))
        #expect(try await process.stop() == .code(143))
    }

    @Test("of a sync with functions an alarm sees the real events, and what it does with them counts")
    func scripted() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            local inlet = sync{ source = "SRC", init = false, delay = 1000, onCreate = "note created ^path" }
            local function look()
                local list = inlet.getEvents(function(event) return event.name ~= "b" end)
                if list.size() < 2 then return alarm(now() + 0.05, look) end
                inlet.discardEvent(list.getList()[1])
                spawn(list.getList()[2], "note", "alarm", list.getList()[2].path)
            end
            alarm(now(), look)
            """)
        try await scene.waitUntilLive(process)
        for step in ["put a", "put b", "put c"] { try scene.perform(step) }
        try await scene.wait(forCalls: 1, of: process)
        try await Condition.wait(
            until: "b alone waits", state: { (try? scene.status()) ?? "" },
            holds: { try scene.status().contains("There are 1 delays\nwait   Create /b\n") })
        #expect(try await process.stop() == .code(143))
        #expect(try scene.calls() == ["note [alarm] [c]"])
    }
}
