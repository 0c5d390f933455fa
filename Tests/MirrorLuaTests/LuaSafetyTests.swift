import MirrorCore
import Testing

@testable import MirrorLua

@Suite("Lua in its bounds") struct LuaSafetyTests {
    private let sync = "sync{ default.rsync, source = 'SRC', target = 'h:/t' }\n"

    private func bounded() -> ConfigurationFixture {
        let fixture = ConfigurationFixture()
        fixture.bounds = LuaState.Bounds(memory: 16 << 20, instructions: 2_000_000)
        return fixture
    }

    @Test(
        "a configuration that loops for ever ends with its line",
        arguments: [
            "\nwhile true do end", "\nwhile true do pcall(function() while true do end end) end",
            "\ncoroutine.wrap(function() while true do end end)()",
            "\nwhile true do pcall(coroutine.wrap(function() while true do end end)) end",
            "\nfor _ in function() return 1 end do end",
            "\nsync{ default.rsync, source = 'SRC', target = 'h:/', prepare = function() while true do end end }",
        ])
    func loops(text: String) {
        let found = bounded().diagnostics(sync + text)
        #expect(
            found.contains { $0.hasPrefix("lsyncd.conf:3: error: the configuration runs for too long") }, "\(found)")
    }

    @Test("mistakes before the loop are told too")
    func mistakesBeforeLoop() {
        let found = bounded().diagnostics("settings{ insisit = true }\nwhile true do end")
        #expect(found.count == 2 && found[0].contains("insist") && found[1].contains("too long"), "\(found)")
    }

    @Test(
        "a configuration that takes all memory is stopped, what stood before it is still told",
        arguments: [
            "local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end", "big = ('x'):rep(1 << 30)",
            "keep_all = {} for i = 1, 1e9 do keep_all[i] = i end",
        ])
    func memory(text: String) {
        let found = bounded().diagnostics("settings{ insisit = true }\n" + text)
        #expect(found.count == 2 && found[0].contains("insist") && found[1].contains("memory"), "\(found)")
    }

    @Test("memory that runs out is told with its line")
    func memoryLine() {
        let found = bounded().diagnostics("local t = {}\nwhile true do\n t[#t + 1] = {}\nend")
        #expect(
            found.count == 1 && (found[0].hasPrefix("lsyncd.conf:3: ") || found[0].hasPrefix("lsyncd.conf:2: ")),
            "\(found)")
    }

    @Test("a finalizer that loops is never run")
    func finalizers() throws {
        let text = "setmetatable({}, { __gc = function() while true do end end }) collectgarbage()\n"
        #expect(try bounded().load(text + sync).settings.syncs.count == 1)
    }

    @Test("deep recursion, errors in error handlers and values that are no text end as errors")
    func oddErrors() {
        for text in [
            "local function f() return 1 + f() end f()", "error(setmetatable({}, { __tostring = error }))",
            "error(nil)",
            "error({ code = 1 })", "coroutine.wrap(function() error('x') end)()", "setmetatable(_G, nil) x.y = 1",
            "string.rep = nil local s = ('x'):rep(3)",
        ] {
            let found = bounded().diagnostics(sync + text)
            #expect(found.last?.contains("error: ") == true, "\(text): \(found)")
        }
    }

    @Test("an error inside a call into the program, a thousand times, leaves nothing behind")
    func errorsInCallbacks() throws {
        let text = """
            for i = 1, 1000 do
              assert(not pcall(lsyncd.get_file_size))
              local ok, problem = pcall(function() return now() + now() end)
              assert(not ok and problem:find('two timestamps'))
              assert(lsyncd.realdir('ROOT/none') == nil)
            end
            """
        #expect(
            try bounded().sync(text + "\n" + sync).target == "h:/t/")
    }

    @Test("a failed host call raises a Lua error that can be caught, and the state goes on")
    func hostFailures() throws {
        let host = LuaHost(files: FileAccess(workingDirectory: "/"), overrides: CommandLineOverrides())
        guard let state = LuaState(host: host) else {
            Issue.record("no state")
            return
        }
        let text = """
            for i = 1, 1000 do
              local ok, problem = pcall(host, 'no such request')
              assert(not ok and problem:find('unknown request'), problem)
              assert(not pcall(host))
              assert(not pcall(host, {}))
              assert(not pcall(host, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17))
            end
            """
        try state.run(Array(text.utf8), name: "=test")
        do throws(LuaState.Failure) {
            try state.run(Array("host('no such request')".utf8), name: "@file")
            Issue.record("it ran")
        } catch {
            #expect(error.kind == .runtime)
            #expect(error.place == Place(file: "file", line: 1))
        }
    }

    @Test("bytecode is not run")
    func bytecode() {
        let found = ConfigurationFixture().diagnostics("\u{1b}Lua")
        #expect(found.count == 1 && found[0].contains("error"), "\(found)")
    }

    @Test("terminate and os.exit end the process with the low byte of their number")
    func exits() async {
        await #expect(processExitsWith: .exitCode(255)) { _ = try ConfigurationFixture().load("terminate(-1)") }
        await #expect(processExitsWith: .exitCode(7)) { _ = try ConfigurationFixture().load("os.exit(7)") }
        await #expect(processExitsWith: .exitCode(4)) { _ = try ConfigurationFixture().load("lsyncd.terminate(260)") }
        await #expect(processExitsWith: .success) { _ = try ConfigurationFixture().load("os.exit(true)") }
    }

    @Test("print and log go to standard error, with the category before the text")
    func output() async {
        let result = await #expect(
            processExitsWith: .exitCode(0), observing: [\.standardErrorContent, \.standardOutputContent]
        ) {
            let text = """
                print('a', nil, 1)
                log('Warn', 'b ', nil, true, 2)
                log('MyWord', 'unseen')
                terminate(0)
                """
            _ = try ConfigurationFixture().load(text)
        }
        let errors = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(errors.contains("a\tnil\t1\n"))
        #expect(errors.contains("Warn: b (nil)(true)2\n"))
        #expect(!errors.contains("unseen"))
        let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        #expect(!output.contains("nil"))
    }
}
