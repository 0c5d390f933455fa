import MirrorCore
import MirrorTesting
import Testing

@Suite("crontab and tunnel beside functions of one's own") struct ScriptWayTests {
    @Test("crontab calls full, or onFull, and what it starts is collected")
    func schedule() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            sync{ source = "SRC", init = false, crontab = { "* * * * * *" }, onCreate = "note ^path",
                full = function(event) spawn(event, "note", event.etype, event.path, event.sourcePath) end }
            sync{ source = "SRC", init = false, crontab = "* * * * * *", onCreate = function() end,
                onFull = function(event) spawnShell(event, 'note "$1"', "onFull") end }
            """)
        try await scene.wait(forCall: "note [Full] [] [SRC//]", of: process)
        try await scene.wait(forCall: "note [onFull]", of: process)
        try await scene.wait(forLine: "Info: Sync1: Crontab triggered full sync", of: process)
        try await scene.wait(forLine: "Finished Full on SRC// = 0", of: process)
        try scene.perform("put a")
        try await scene.wait(forCall: "note [a]", of: process)
        #expect(try await process.stop() == .code(143))
    }

    @Test("crontab beside default.rsync with a function of one's own: everything is compared, by its words")
    func rsync() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            sync{ default.rsync, source = "SRC", target = "TGT", init = false, crontab = { "* * * * * *" },
                exclude = "*.o", collect = function(agent, code) return default.collect(agent, code) end }
            """)
        try await scene.wait(
            forCall: "rsync [--exclude-from=-] [--delete] [--ignore-errors] [-lts] [-r] [SRC/] [TGT/] < *.o",
            of: process)
        #expect(try await process.stop() == .code(143))
    }

    @Test("functions run when the tunnel is up; its port stands in target, in what substitudeCommands fills, for rsync")
    func pool() async throws {
        let scene = try ScriptTrial()
        // A port that answers is up, however slow the machine is; a program that ends is not.
        try scene.trial.tree.tree.write("rsyncd.conf", "use chroot = no\n")
        let process = try scene.start(
            """
            local way = tunnel{ mode = "pool", parallel = 1, readyDelay = 1000, retryDelay = 0.1, localhost = "127.0.0.1",
                command = { "sh", "-c", "[ -e ROOT/go ] || { note tried; exit 1; }; echo ^localport >ROOT/port; exec "
                    .. "/usr/bin/rsync --daemon --no-detach --address=127.0.0.1 --port=^localport --config=ROOT/rsyncd.conf" } }
            sync{ source = "SRC", target = "host:^localport:^localhost", tunnel = way, init = false,
                onCreate = function(event)
                    local data = event.inlet.getSubstitutionData(event, { mine = "x" })
                    spawn(event, "note", event.target, event.targetPath,
                        substitudeCommands({ "^localport", "^mine", "^other" }, data), event.config.target)
                end, onDelete = "note ^target" }
            sync{ default.rsync, source = "SRC", target = "rsync://^localhost:${localport}/m", tunnel = way,
                collect = function() return "ok" end }
            """)
        try await scene.waitUntilLive(process)
        try scene.perform("put a")
        try await scene.wait(forCall: "note [tried]", of: process)
        let calls = try scene.calls()
        #expect(calls.allSatisfy { $0 == "note [tried]" }, "\(calls)")
        try scene.trial.tree.tree.write("go", "")
        try await Condition.wait(until: "the tunnel has its port") {
            try scene.trial.tree.tree.status("port").map { $0.size > 0 } ?? false
        }
        let port = try scene.trial.tree.tree.read("port").description.split(separator: "\n")[0]
        let target = "host:\(port):127.0.0.1"
        try await scene.wait(
            forCall: "rsync [--delete] [--ignore-errors] [-lts] [-r] [SRC/] [rsync://127.0.0.1:\(port)/m/]", of: process
        )
        try await scene.wait(
            forCall: "note [\(target)] [\(target)/a] [\(port)] [x] [^other] [host:^localport:^localhost]", of: process)
        try scene.perform("then remove a")
        try await scene.wait(forCall: "note [\(target)]", of: process)
        try await Condition.wait(until: "the status shows it") { try scene.status().contains("name=Tunnel1 status=UP") }
        #expect(try await process.stop() == .code(143))
    }

    @Test("a program that waits for a tunnel ends when it is told to")
    func stop() async throws {
        let scene = try ScriptTrial()
        let process = try scene.start(
            """
            sync{ source = "SRC", tunnel = tunnel{ readyDelay = 1000, command = "sh -c note${IFS}open;exec${IFS}sleep${IFS}1000" },
                onStartup = "note start" }
            """)
        try await scene.wait(forCall: "note [open]", of: process)
        #expect(try await process.stop() == .code(143))
        #expect(try scene.calls() == ["note [open]"])
    }

    @Test("the report says that functions do the work, and what schedule and tunnel they have")
    func report() async throws {
        let scene = try ScriptTrial()
        try scene.trial.write(
            scene.filled(
                """
                sync{ source = "SRC", tunnel = tunnel{ command = { "ssh", "-N", "h" } }, crontab = { "0 5 * * *" },
                    full = function() end, onCreate = "note" }
                """))
        let ending = try await scene.trial.run("check", "--report", "conf")
        #expect(ending.exit == .code(0))
        let text = scene.shortened(ending.output)
        #expect(text.contains("functions or commands of your own do the work"), "\(text)")
        #expect(text.contains("  full by crontab: 0 5 * * *\n  through Tunnel1: ssh -N h\n"), "\(text)")
        #expect(!text.contains("rsync"), "\(text)")
    }
}
