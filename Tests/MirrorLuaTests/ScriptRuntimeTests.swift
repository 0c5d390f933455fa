import Foundation
import MirrorCore
import Synchronization
import Testing

@testable import MirrorLua

/// A loaded configuration whose functions can be called.
struct ScriptBench {
    let fixture: ConfigurationFixture
    let loaded: LoadedConfiguration
    let runtime: ScriptRuntime
    let log = LogLines()
    /// What the configuration asked for before anything was called.
    let beginning: HookDecision

    final class LogLines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ category: ByteString, _ text: ByteString) { lines.withLock { $0.append("\(category): \(text)") } }
        var all: [String] { lines.withLock { $0 } }
    }

    init(
        _ text: String, bounds: LuaState.Bounds = LuaState.Bounds(),
        tunnel: @escaping @Sendable (Int) -> TunnelStatus? = { _ in nil }
    ) throws {
        fixture = ConfigurationFixture()
        fixture.bounds = bounds
        loaded = try fixture.load(text)
        runtime = try #require(loaded.scripts)
        let log = log
        beginning = runtime.begin(settings: loaded.settings, outside: .init(log: { log.add($0, $1) }, tunnel: tunnel))
    }

    func call(_ hook: HookCall.Hook, forgotten: [ForgottenEvent] = []) -> HookDecision {
        var call = HookCall(id: HookCallID(1), hook: hook)
        call.forgotten = forgotten
        return runtime.call(call)
    }

    /// `action` with files that were created, and whatever keys they have.
    func create(_ names: String..., room: Int = 1) -> HookDecision {
        let events = names.enumerated().map { index, name in
            ShownEvent(
                key: Int64(index + 1),
                event: ScriptEvent(.create, RelativePath(Array(name.utf8)) ?? .root, isDirectory: false))
        }
        return call(.action(TargetID(0), events, room: room))
    }
}

extension HookDecision {
    /// The words of each process, with its events.
    var spawned: [String] {
        steps.compactMap { step in
            guard case .spawn(_, let agent, let command) = step else { return nil }
            let input = command.input.map { " < \($0)" } ?? ""
            return "\(agent.keys)\(agent.isList ? " list" : ""): "
                + command.words.map(\.description).joined(separator: " ")
                + input
        }
    }

    var discarded: [Int64] {
        steps.compactMap { if case .discard(_, let key) = $0 { key } else { nil } }
    }
}

@Suite("functions of a configuration, called") struct ScriptRuntimeTests {
    @Test(
        "settings of a sync with functions: no delay unless one is wanted, any target, moves only where they are taken")
    func settings() throws {
        let bench = try ScriptBench(
            """
            sync{ source = 'SRC', target = 'any text', onCreate = function() end }
            sync{ source = 'SRC', delay = 3, onMove = true, onCreate = 'x', maxProcesses = 4 }
            sync{ default.rsync, source = 'SRC', target = 'h:t', init = function() end }
            sync{ default.rsync, source = 'SRC', target = 'h:t' }
            """)
        let syncs = bench.loaded.settings.syncs
        #expect(syncs.map(\.delay) == [.zero, .seconds(3), .seconds(15), .seconds(15)])
        #expect(syncs.map(\.target) == ["any text", "", "h:t/", "h:t/"])
        #expect(syncs.map { $0.script?.number } == [1, 2, 3, nil])
        #expect(syncs.map { $0.script?.takesMoves } == [false, true, false, nil])
        #expect(syncs.map { $0.script?.hasOwnAction } == [false, false, true, nil])
        #expect(syncs[1].maxProcesses == 4)
    }

    @Test("each event gets its function, as many as processes may be started; what starts none is done")
    func each() throws {
        let bench = try ScriptBench(
            """
            sync{ source = 'SRC', onCreate = function(event)
                if event.name ~= 'skip' then spawn(event, 'p', event.path) end
            end }
            """)
        let decision = bench.create("skip", "a", "b", "c", room: 2)
        #expect(decision.spawned == ["[2]: p a", "[3]: p b"])
        #expect(decision.discarded == [1])
        #expect(decision.failure == nil && decision.eventFailures.isEmpty)
    }

    @Test("one function that fails fails for its event alone, with file and line")
    func failure() throws {
        let bench = try ScriptBench(
            """
            sync{ source = 'SRC', onCreate = function(event)
                if event.name == 'bad' then
                    error('not this one')
                end
                spawn(event, 'p', event.path)
            end }
            """)
        let decision = bench.create("bad", "a", room: 9)
        #expect(decision.spawned == ["[2]: p a"])
        let failure = try #require(decision.eventFailures.first)
        #expect(failure.key == 1)
        #expect(failure.failure.kind == .error && failure.failure.name == "onCreate")
        #expect(failure.failure.place?.line == 3)
        #expect(failure.failure.place?.file == "lsyncd.conf")
        #expect(failure.failure.text == "not this one")
    }

    @Test(
        "a function that never ends is stopped, with its line; the next call works",
        arguments: [
            "while true do end", "while true do pcall(function() while true do end end) end",
            "coroutine.wrap(function() while true do end end)()", "string.rep('x', 10) while true do local t = {} end",
        ])
    func endless(body: String) throws {
        var bounds = LuaState.Bounds()
        bounds.hookInstructions = 2_000_000
        let bench = try ScriptBench(
            """
            sync{ source = 'SRC', onCreate = function(event)
                if event.name == 'bad' then \(body) end
                spawn(event, 'p', event.path)
            end }
            """, bounds: bounds)
        let decision = bench.create("bad", "a", room: 9)
        #expect(decision.eventFailures.map(\.key) == [1])
        #expect(decision.eventFailures.first?.failure.kind == .endless)
        #expect(decision.eventFailures.first?.failure.place?.line == 2)
        #expect(bench.create("a").spawned == ["[1]: p a"])
    }

    @Test("a function that takes all memory is stopped; the next call works")
    func memory() throws {
        let bench = try ScriptBench(
            """
            sync{ source = 'SRC', onCreate = function(event)
                if event.name == 'bad' then
                    local all = {}
                    while true do all[#all + 1] = ('x'):rep(100000) .. #all end
                end
                spawn(event, 'p', event.path)
            end }
            """, bounds: LuaState.Bounds(memory: 16 << 20, instructions: 500_000_000, hookInstructions: 100_000_000))
        let decision = bench.create("bad")
        #expect(decision.eventFailures.first?.failure.kind == .memory)
        #expect(decision.eventFailures.first?.failure.place != nil)
        #expect(bench.create("a").spawned == ["[1]: p a"])
    }

    @Test("what failed before it failed stands: a process that was started is started")
    func partly() throws {
        let bench = try ScriptBench(
            """
            sync{ source = 'SRC', onCreate = function(event)
                spawn(event, 'p', event.path)
                error('late')
            end }
            """)
        let decision = bench.create("a")
        #expect(decision.spawned == ["[1]: p a"])
        #expect(decision.eventFailures.map(\.failure.text) == ["late"])
    }

    @Test(
        "wrong uses are told in lsyncd's words",
        arguments: [
            ("spawn('x', 'y')", "spawning with an invalid agent"),
            ("spawn(event, nil)", "calling spawn(agent, binary, ...): binary is not a string"),
            ("spawn(event, 'p') spawn(event, 'p')", "spawn() called on an non-waiting event"),
            ("local x = event.bogus", "event does not have field \"bogus\""),
            ("local x = event.inlet.bogus()", "inlet does not have function \"bogus\""),
            ("event.inlet.getEvents().bogus()", "event list does not have function \"bogus\""),
            ("spawn(event, 'p', '<', 1)", "spawn(): after \"<\" comes the text to be read"),
            ("spawn(event, 'p', print)", "spawn(): a word is a function"),
            ("alarm(now(), 1)", "this is no function"), ("log(1)", "category"),
            ("lsyncd.exec('x')", "lsyncd.exec() is not offered"),
        ])
    func misuse(body: String, words: String) throws {
        let bench = try ScriptBench("sync{ source = 'SRC', onCreate = function(event) \(body) end }")
        let failure = try #require(bench.create("a").eventFailures.first)
        #expect(failure.failure.text.contains(words), "\(failure.failure)")
        #expect(failure.failure.place?.line == 1)
    }

    @Test("collect: the meaning of an exit code, from tables, functions, and by default")
    func collect() throws {
        func meaning(_ parameter: String, _ code: Int32) throws -> CollectMeaning? {
            let bench = try ScriptBench("sync{ source = 'SRC', onCreate = 'x', \(parameter) }")
            _ = bench.create("a")
            return bench.call(.collect(TargetID(0), Agent(keys: [1], isList: false), exitCode: code)).meaning
        }
        let unknown = { CollectMeaning.failed(ScriptFailure(.exitCode($0), name: "")) }
        #expect(try meaning("", 0) == .ok)
        #expect(try meaning("", 1) == unknown(1))
        let table = "exitcodes = { [0] = 'ok', [1] = 'again', [2] = 'die', [7] = 'ok' }"
        #expect(try meaning(table, 1) == .again)
        #expect(try meaning(table, 2) == .die)
        #expect(try meaning(table, 3) == unknown(3))
        #expect(try meaning(table, 7) == .ok)
        #expect(try meaning("collect = function(agent, code) return code == 5 and 'again' or nil end", 5) == .again)
        #expect(try meaning("collect = function(agent, code) return code == 5 and 'again' or nil end", 6) == .ok)
        #expect(try meaning("collect = function(a, c) return default.collect(a, c) end", 4) == unknown(4))
    }

    @Test("an event is the same object until it is gone, with the fields of the person's own")
    func identity() throws {
        let bench = try ScriptBench(
            """
            sync{ source = 'SRC', onCreate = function(event)
                event.mine = (rawget(event, 'mine') or 0) + 1
                spawn(event, 'p', event.mine)
            end, collect = function(agent) log('Normal', 'mine ', rawget(agent, 'mine')) return 'again' end }
            """)
        #expect(bench.create("a").spawned == ["[1]: p 1"])
        _ = bench.call(.collect(TargetID(0), Agent(keys: [1], isList: false), exitCode: 0))
        #expect(bench.create("a").spawned == ["[1]: p 2"])
        #expect(bench.log.all == ["Normal: mine 1"])
        let again = bench.call(
            .action(TargetID(0), [ShownEvent(key: 1, event: ScriptEvent(.create, "b", isDirectory: false))], room: 1),
            forgotten: [ForgottenEvent(target: TargetID(0), key: 1)])
        #expect(again.spawned == ["[1]: p 1"])
    }

    @Test("a list: what is blocked goes with what blocks it, and stays with what is left")
    func lists() throws {
        let bench = try ScriptBench(
            """
            sync{ source = 'SRC', action = function(inlet)
                local list = inlet.getEvents(function(event) return event.name ~= 'no/' end)
                spawn(list, 'p', list.size(), list.getPaths(), list.getPaths(function(etype) return etype end))
            end }
            """)
        let events = [
            ShownEvent(key: 1, event: ScriptEvent(.create, "yes", isDirectory: true)),
            ShownEvent(key: 2, event: ScriptEvent(.create, "yes/f", isDirectory: false), isDue: false, blocker: 1),
            ShownEvent(key: 3, event: ScriptEvent(.create, "no", isDirectory: true)),
            ShownEvent(key: 4, event: ScriptEvent(.create, "no/f", isDirectory: false), blocker: 3),
            ShownEvent(key: 5, event: ScriptEvent(.create, "no/f/g", isDirectory: false), blocker: 4),
            ShownEvent(key: 6, event: ScriptEvent(.move, "a", to: "b", isDirectory: false)),
        ]
        let decision = bench.call(.action(TargetID(0), events, room: 1))
        #expect(decision.wantedList)
        #expect(decision.spawned == ["[1, 2, 6] list: p 3 /yes/ /yes/f /a /b Create Create Move"])
    }

    @Test("alarms and descriptors of the file are told at the beginning, and called by their numbers")
    func services() throws {
        let bench = try ScriptBench(
            """
            sync{ source = 'SRC', onCreate = 'x' }
            local start = now()
            alarm(start + 2, function(moment, extra) log('Normal', extra.word, ' ', moment - start) end, { word = 'rings' })
            observefd(7, function(fd) log('Normal', 'read ', fd) end, function(fd) nonobservefd(fd) end)
            """)
        guard case .setAlarm(let alarm) = bench.beginning.steps.first else {
            Issue.record("\(bench.beginning)")
            return
        }
        #expect(bench.beginning.steps.dropFirst() == [.observe(7, reads: true, writes: true)])
        _ = bench.call(.alarm(alarm.number))
        #expect(
            bench.call(.descriptor(7, isReadable: true, isWritable: false)).steps == [
                .observe(7, reads: true, writes: true)
            ])
        #expect(bench.call(.descriptor(7, isReadable: false, isWritable: true)).steps == [.forget(7)])
        #expect(bench.log.all == ["Normal: rings 2.0", "Normal: read 7"])
        #expect(bench.call(.alarm(alarm.number)).steps.isEmpty)
    }

    @Test("terminate ends the function at once, also inside a pcall")
    func terminates() throws {
        let bench = try ScriptBench(
            """
            sync{ source = 'SRC', onCreate = function(event)
                terminate(3)
                spawn(event, 'p')
            end }
            """)
        let decision = bench.create("a", "b")
        #expect(decision.steps == [.terminate(3)])
        #expect(decision.eventFailures.isEmpty && decision.failure == nil)
    }

    @Test("a configuration without functions of its own keeps nothing")
    func plain() throws {
        let fixture = ConfigurationFixture()
        #expect(try fixture.load("sync{ default.rsync, source = 'SRC', target = 'h:/t' }").scripts == nil)
        #expect(try fixture.load("sync{ default.rsync, source = 'SRC', target = 'h:/t', init = false }").scripts == nil)
    }

    @Test("events that are gone leave no memory behind")
    func weight() throws {
        let bench = try ScriptBench(
            "sync{ source = 'SRC', onCreate = function(event) event.mine = event.path .. ('x'):rep(1000) end }",
            bounds: LuaState.Bounds(memory: 24 << 20, instructions: 500_000_000, hookInstructions: 100_000_000))
        var forgotten: [ForgottenEvent] = []
        for round in 0..<400 {
            let keys = (0..<64).map { Int64(round * 64 + $0 + 1) }
            let events = keys.map {
                ShownEvent(key: $0, event: ScriptEvent(.create, "dir/file", isDirectory: false))
            }
            let decision = bench.call(.action(TargetID(0), events, room: 1), forgotten: forgotten)
            #expect(decision.discarded == keys)
            forgotten = keys.map { ForgottenEvent(target: TargetID(0), key: $0) }
        }
    }
}
