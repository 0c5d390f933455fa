import MirrorCore
import Testing

@testable import MirrorLua

/// Every name that lsyncd offers to a configuration: that it is there, and does what it says.
@Suite("the names that scripts can use") struct OfferedNamesTests {
    struct Name: CustomTestStringConvertible, Sendable {
        let name: String
        /// A Lua expression that must be true in `action`, where `event` is the file d/f, `dir` the directory d/e,
        /// `from` and `to` the ends of a move from a to b, and `list` all of them.
        let holds: String
        var testDescription: String { name }

        init(_ name: String, _ holds: String...) {
            self.name = name
            self.holds = holds.joined(separator: " and ")
        }
    }

    private static func bench(_ expression: String) throws -> ScriptBench {
        try ScriptBench(
            """
            local function refused(body, ...)
                local done, problem = pcall(body, ...)
                return not done and tostring(problem) ~= ""
            end
            way = tunnel{ command = { "x" }, mode = "pool" }
            sync{ source = "SRC", target = "TGT^localport", onMove = true, exclude = "*.o", tunnel = way, exitcodes = { [7] = "again" },
                checkgauge = { mine = true }, mine = 5, filter = "+ keep", action = function(inlet)
                local event, list = inlet.getEvent(), inlet.getEvents()
                local dir, from = list.getList()[2], list.getList()[3]
                local to
                inlet.getEvents(function(one, other) to = other or to end)
                log("Told", tostring((function() return \(expression) end)()))
            end }
            """,
            tunnel: { _ in TunnelStatus(name: "Tunnel1", state: .up, processes: []) })
    }

    static func check(_ expression: String) throws -> [String] {
        let bench = try bench(expression)
        let events = [
            ScriptEvent(.create, "d/f", isDirectory: false), ScriptEvent(.create, "d/e", isDirectory: true),
            ScriptEvent(.move, "a", to: "b", isDirectory: false),
        ]
        let shown = events.enumerated().map { ShownEvent(key: Int64($0.offset + 1), event: $0.element) }
        var call = HookCall(id: HookCallID(1), hook: .action(TargetID(0), shown, room: 1))
        call.port = 4711
        call.processes = [TargetID(0): 2]
        call.allProcesses = 3
        let decision = bench.runtime.call(call)
        let failures = decision.failure.map { ["\($0.text)"] } ?? []
        return bench.log.all.filter { $0.hasPrefix("Told: ") } + failures
    }

    @Test("each is there and does what it says", arguments: globals + insideNames + inlet + fields + lists + bases)
    func offered(_ one: Name) throws {
        #expect(try Self.check(one.holds) == ["Told: true"])
    }

    static let globals: [Name] = [
        .init("lsyncd_version", "lsyncd_version == '2.3.1'"),
        .init("discover", "type(discover.file) == 'function' and discover.dns and discover.exec ~= nil"),
        .init("log", "select('#', log('Normal', 'x', nil, true, {}, now())) == 0"),
        .init("terminate", "type(terminate) == 'function' and terminate == lsyncd.terminate"),
        .init(
            "now",
            "now() + 5 - now() > 4 and now() < now() + 1 and now() <= now() and type(now().seconds) == 'number'"),
        .init("readdir", "readdir(event.source) ~= nil and readdir('/nowhere') == nil"),
        .init("dump", "select('#', dump({ a = { b = 1 } })) == 0"),
        .init("alarm", "select('#', alarm(now() + 1, function() end)) == 0"),
        .init("observefd", "select('#', observefd(0, function() end)) == 0"),
        .init("nonobservefd", "select('#', nonobservefd(0)) == 0"),
        .init("sync", "refused(sync, { source = event.source })"),
        .init(
            "settings",
            "settings('maxProcesses') == nil and settings{ insist = true } == nil and settings('insist')"),
        .init("spawn", "spawn(event, 'x', 1, { 'y' }) == nil and event.status == 'active'"),
        .init("spawnShell", "spawnShell(event, 'x') == nil and event.status == 'active'"),
        .init(
            "tunnel",
            "way.name == 'Tunnel1' and way.options.mode == 'pool' and way:isReady() and way:statusText() == 'UP'"),
        .init("substitudeCommands", "substitudeCommands('a^b^c', { b = 1 }) == 'a1^c'"),
        .init("substitudeCommands of a list", "substitudeCommands({ 'x', '^b' }, { b = '%1' })[2] == '%1'"),
        .init(
            "string.starts",
            "string.starts('abc', 'ab') and not string.starts('abc', 'b') and string.starts('a', '')"),
        .init("string.ends", "string.ends('abc', 'bc') and not string.ends('abc', 'b') and string.ends('a', '')"),
        .init("table.contains", "table.contains({ 'a', 'b' }, 'b') and not table.contains({ 'a' }, 'c')"),
        .init(
            "unpack, table.unpack, loadstring, setfenv",
            "unpack({ 1 }) == 1 and table.unpack({ 2 }) == 2 and loadstring('return 3')() == 3",
            "type(setfenv) == 'function'"),
        .init(
            "io, os, string, table, math, debug, coroutine, package, require",
            "io.open and os.getenv and string.format and table.concat and math.floor and debug.traceback",
            "coroutine.wrap and package.path and require ~= nil"),
    ]

    static let insideNames: [Name] = [
        .init(
            "lsyncd.log, now, readdir, terminate",
            "lsyncd.log == log and lsyncd.now == now and lsyncd.readdir == readdir"),
        .init(
            "lsyncd.realdir",
            "lsyncd.realdir(event.source .. '/.') == event.source and lsyncd.realdir('/nowhere') == nil"),
        .init("lsyncd.get_file_size", "lsyncd.get_file_size('/nowhere') == nil"),
        .init("lsyncd.get_free_port", "lsyncd.get_free_port() > 1023 and lsyncd.get_free_port() < 65536"),
        .init(
            "lsyncd.get_process_info",
            "lsyncd.get_process_info() == 3 and select(2, lsyncd.get_process_info()) == nil"),
        .init("lsyncd.jiffies_from_seconds", "lsyncd.jiffies_from_seconds(2) == 200"),
        .init("lsyncd.splitQuotedString", "table.concat(lsyncd.splitQuotedString('a \"b c\" d'), '|') == 'a|b c|d'"),
        .init(
            "lsyncd.observe_fd, nonobserve_fd",
            "lsyncd.observe_fd == observefd and lsyncd.nonobserve_fd == nonobservefd"),
        .init("lsyncd.dump, stackdump", "lsyncd.dump == dump and select('#', lsyncd.stackdump()) == 0"),
        .init("lsyncd.configure", "select('#', lsyncd.configure('running')) == 0"),
        .init(
            "lsyncd.exec, kill, inotify: refused",
            "refused(lsyncd.exec, 'x') and refused(lsyncd.kill, 1) and refused(lsyncd.inotify.addwatch, '/x')",
            "refused(lsyncd.inotify.rmwatch, 1)"),
        .init(
            "Queue.new",
            """
            (function()
            local q, t = Queue.new(), {}
            q:push('a') q:push('b') q:push('c') q:remove(2) q:inject('z')
            for _, v in q:qpairs() do t[#t + 1] = v end
            return q:size() == 3 and table.concat(t) == 'zac'
            end)()
            """),
        .init(
            "Queue: first, last, places, replace",
            "(function() local q = Queue.new() local p = q:push('a') q:push('b') q:replace(p, 'x') return q:first() == 'x'",
            "q:last() == 'b' and q[p] == 'x' end)()"),
        .init(
            "Queue: backwards, and emptied",
            """
            (function()
            local q, t = Queue.new(), {}
            q:push('a') q:push('b')
            for p, v in q:qpairsReverse() do t[#t + 1] = v end
            q:remove(1) q:remove(2)
            return table.concat(t) == 'ba' and q:size() == 0 and q:first() == nil and q:qpairs()(q, 0) == nil
            end)()
            """),
        .init(
            "Queue: mistakes",
            "refused(function() Queue.new():remove(1) end) and refused(function() return Queue.new().nothing end)",
            "refused(function() Queue.new().a = 1 end)"),
        .init(
            "Tunnel",
            "Tunnel.defaults.retryDelay == 10 and Tunnel.statusToText(Tunnel.TUNNEL_STATUS.UP) == 'UP'",
            "Tunnel.TUNNEL_MODES.POOL == 'pool'"),
        .init("Tunnel.new", "Tunnel.new({ command = { 'x' } }).name == 'Tunnel2'"),
    ]

    static let inlet: [Name] = [
        .init(
            "inlet.getEvent",
            "inlet.getEvent() == event and inlet.discardEvent(event) == nil and inlet.getEvent() ~= event"),
        .init(
            "inlet.getEvents",
            "inlet.getEvents(function(one) return one.etype == 'Move'",
            "'break' or one == event end).size() == 1"),
        .init("inlet.discardEvent", "inlet.discardEvent(event) == nil and inlet.getEvents().size() == 2"),
        .init("inlet.getConfig", "inlet.getConfig() == event.config and inlet.getConfig().mine == 5"),
        .init("inlet.addExclude, getExcludes", "inlet.addExclude('x') == nil and inlet.getExcludes()[2] == 'x'"),
        .init(
            "inlet.rmExclude",
            "inlet.rmExclude('*.o') == nil and #inlet.getExcludes() == 0 and inlet.rmExclude('y') == nil"),
        .init(
            "inlet.appendFilter, getFilters",
            "inlet.appendFilter('- x') == nil and table.concat(inlet.getFilters(), '|') == '+ keep|- x|- *.o'"),
        .init(
            "inlet.appendFilter of two words",
            "inlet.appendFilter('-', 'x') == nil and inlet.getFilters()[2] == '- x'"),
        .init("inlet.hasFilters", "inlet.hasFilters()"),
        .init(
            "inlet.createBlanketEvent",
            "inlet.createBlanketEvent().etype == 'Blanket' and inlet.createBlanketEvent().path == ''"),
        .init("inlet.createFullEvent", "inlet.createFullEvent('/x').etype == 'Full'"),
        .init(
            "inlet.getSync",
            "inlet.getSync().config.mine == 5 and inlet.getSync().source == event.source",
            "inlet.getSync().inlet == inlet"),
        .init(
            "inlet.getSync().delays, processes",
            "inlet.getSync().delays:size() == 3 and inlet.getSync().delays:first().path == '/d/f'",
            "inlet.getSync().processes:size() == 2"),
        .init(
            "inlet.getSubstitutionData",
            "inlet.getSubstitutionData(event, { a = 1 }).a == 1",
            "inlet.getSubstitutionData(event, {}).localport == 4711",
            "inlet.getSubstitutionData().localhost == 'localhost'"),
        .init("any other name", "refused(function() return inlet.nothing end) and refused(function() inlet.x = 1 end)"),
    ]

    static let fields: [Name] = [
        .init(
            "etype, status, isdir, isList",
            "event.etype == 'Create' and event.status == 'wait' and event.isdir == false and dir.isdir",
            "event.isList == false"),
        .init(
            "name, basename",
            "event.name == 'f' and dir.name == 'e/' and event.basename == 'f' and dir.basename == 'e'"),
        .init(
            "path, pathname, pathdir",
            "event.path == 'd/f' and dir.path == 'd/e/' and dir.pathname == 'd/e' and event.pathdir == 'd/'",
            "from.pathdir == ''"),
        .init(
            "source, sourcePath, sourcePathname, sourcePathdir",
            "event.sourcePath == event.source .. '/d/f' and dir.sourcePathname == event.source .. '/d/e'",
            "event.sourcePathdir == event.source .. '/d/'"),
        .init(
            "target, targetPath, targetPathname, targetPathdir",
            "event.target == 'TGT4711' and event.targetPath == 'TGT4711/d/f'",
            "dir.targetPathname == 'TGT4711/d/e' and event.targetPathdir == 'TGT4711/d/'"),
        .init("config, inlet", "event.config.target == 'TGT^localport' and event.inlet == inlet"),
        .init(
            "move",
            "event.move == nil and from.move == 'Fr' and to.move == 'To' and from.path == 'a' and to.path == 'b'"),
        .init(
            "fields of one's own",
            "(function() event.mine = 1 return rawget(event, 'mine') == 1 and inlet.getEvent().mine == 1 end)()"),
        .init("any other field", "refused(function() return event.nothing end)"),
    ]

    static let lists: [Name] = [
        .init(
            "isList, config, inlet, status",
            "list.isList and list.config == event.config and list.inlet == inlet and list.status == 'wait'"),
        .init("getPaths", "table.concat(list.getPaths(), '|') == '/d/f|/d/e/|/a|/b'"),
        .init(
            "getPaths with a function",
            "table.concat(list.getPaths(function(etype, path, other) return etype, other end), '|') == 'Create|Create|Move|/b'"
        ),
        .init("size, getList", "list.size() == 3 and list.getList()[1] == event"),
        .init("any other function", "refused(function() return list.getSourcePaths end)"),
    ]

    static let bases: [Name] = [
        .init(
            "default.action, init, collect, prepare",
            "type(default.action) == 'function' and type(default.init) == 'function'",
            "type(default.collect) == 'function' and type(default.prepare) == 'function'"),
        .init(
            "default.rsync",
            "default.rsync.delay == 15 and default.rsync.delete and default.rsync.exitcodes[24] == 'ok'",
            "type(default.rsync.action) == 'function' and type(default.rsync.full) == 'function'",
            "type(default.rsync.init) == 'function' and default.rsync.rsync.links"),
        .init(
            "default.rsyncssh",
            "default.rsyncssh.sshExitCodes[255] == 'again' and type(default.rsyncssh.collect) == 'function'",
            "default.rsyncssh.rsyncExitCodes[0] == 'ok' and default.rsyncssh.checkgauge.host"),
        .init(
            "default.direct",
            "default.direct.delay == 1 and default.direct.onMove and type(default.direct.collect) == 'function'",
            "default.direct.rsyncExitCodes[23] == 'ok'"),
        .init(
            "default.rsyncExitCodes, sshExitCodes, maxDelays",
            "default.rsyncExitCodes[255] == 'again' and default.sshExitCodes[0] == 'ok'",
            "default.maxDelays == 1000 and default.maxProcesses == 1 and default.statusInterval == 10"),
        .init(
            "default.checkgauge",
            "default.checkgauge.onCreate and default.rsync.checkgauge.rsync.bwlimit",
            "not default.checkgauge.exclude"),
    ]

    @Test("a name that the program offers and this table lacks is a mistake")
    func complete() throws {
        let all = Self.globals + Self.insideNames + Self.inlet + Self.fields + Self.lists + Self.bases
        let text = all.flatMap { [$0.name, $0.holds] }.joined(separator: "\n")
        let bench = try ScriptBench(
            """
            local before = {}
            sync{ source = "SRC", action = function()
                for name in pairs(lsyncd) do log("Name", name) end
                for name in pairs(_G) do log("Name", name) end
            end }
            """)
        _ = bench.create("a")
        let library = Set(
            """
            _G _VERSION assert collectgarbage dofile error getmetatable ipairs load loadfile next pairs pcall print rawequal
            rawget rawlen rawset select setmetatable tonumber tostring type xpcall warn utf8 getfenv gcinfo
            """
            .split { $0 == " " || $0 == "\n" }.map(String.init))
        let names = bench.log.all.filter { $0.hasPrefix("Name: ") }.map { String($0.dropFirst(6)) }
        #expect(names.count > 40)
        for name in names where !library.contains(name) { #expect(text.contains(name), "\(name)") }
    }
}
