import MirrorCore
import Testing

/// What people do with lsyncd beside plain mirroring, in words of our own.
@Suite("scripts of the field") struct ScriptFieldTests {
    @Test("around rsync", arguments: ScriptFieldTests.rsyncCases)
    func aroundRsync(_ testCase: ScriptCase) async throws { try await testCase.run() }

    @Test("other programs", arguments: ScriptFieldTests.programCases)
    func otherPrograms(_ testCase: ScriptCase) async throws { try await testCase.run() }

    private static let batch = "[--force] [--from0] [--include-from=-] [--exclude=*]"
    private static let delete = "[--delete] [--ignore-errors]"

    static let rsyncCases: [ScriptCase] = [
        ScriptCase(
            "a command at the host after each transfer",
            """
            local with_command = {
                checkgauge = { default.rsync.checkgauge, host = true, targetdir = true, command = true },
                maxProcesses = 1, delay = 0,
                action = function(inlet)
                    local event, config = inlet.getEvent(), inlet.getConfig()
                    if event.etype == "Blanket" then
                        if not rawget(event, "is_command") then error("a blanket of somebody else") end
                        return spawn(event, "ssh", config.host, config.command)
                    end
                    inlet.createBlanketEvent().is_command = true
                    return default.rsync.action(inlet)
                end,
                collect = function(agent, exitcode)
                    if not agent.isList and agent.etype == "Blanket" and rawget(agent, "is_command") then
                        if exitcode == 255 then return "again" end
                        return
                    end
                    return default.collect(agent, exitcode)
                end,
                prepare = function(config, level)
                    if not config.host then error("this sync needs a host", level) end
                    config.target = config.host .. ":" .. config.targetdir
                    return default.rsync.prepare(config, level + 1)
                end,
            }
            sync{ with_command, default.rsync, source = "SRC", host = "web1", targetdir = "/srv", command = "reload" }
            """,
            [
                ("start", ["rsync \(delete) [-lts] [-r] [SRC/] [web1:/srv/]"]),
                ("put a", ["rsync [-lts] [-r] \(delete) \(batch) [SRC/] [web1:/srv/] < /a,/", "ssh [web1] [reload]"]),
            ]),
        ScriptCase(
            "paths as rsync's include list has them",
            """
            sync{ default.rsync, source = "SRC", target = "TGT", delay = 0, init = false,
                action = function(inlet) default.rsync.action(inlet) end }
            """, prepared: ["mkdir d", "put d/f"],
            [
                ("put d/we*ird[1]", ["rsync [-lts] [-r] \(delete) \(batch) [SRC/] [TGT/] < /d/we\\*ird\\[1],/d/,/"]),
                ("put d/a]b", ["rsync [-lts] [-r] \(delete) \(batch) [SRC/] [TGT/] < /d/a]b,/d/,/"]),
                ("remove d/f", ["rsync [-lts] [-r] \(delete) \(batch) [SRC/] [TGT/] < /d/f,/d/,/"]),
                ("mkdir d/e", ["rsync [-lts] [-r] \(delete) \(batch) [SRC/] [TGT/] < /d/e/,/d/,/"]),
                ("remove d/e", ["rsync [-lts] [-r] \(delete) \(batch) [SRC/] [TGT/] < /d/e/***,/d/e/,/d/,/"]),
            ]),
        ScriptCase(
            "a start that does nothing, for all syncs",
            """
            default.rsync.init = function(event) log("Normal", "no start for ", event.config.target) end
            sync{ default.rsync, source = "SRC", target = "TGT", delay = 0, delete = false }
            """, [("put a", ["rsync [-lts] [-r] \(batch) [SRC/] [TGT/] < /a,/"])]),
        ScriptCase(
            "a start that never deletes, with the computed words",
            """
            default.rsync.init = function(event)
                local config = event.config
                spawn(event, config.rsync.binary, config.rsync._computed, "-r", config.source, config.target)
            end
            sync{ default.rsync, source = "SRC", target = "TGT", delay = 0,
                rsync = { archive = true, _extra = { "--bwlimit=9" } } }
            """,
            [
                ("start", ["rsync [-ltspogD] [--bwlimit=9] [-r] [SRC/] [TGT/]"]),
                (
                    "put a",
                    ["rsync [-ltspogD] [--bwlimit=9] [-r] \(delete) \(batch) [SRC/] [TGT/] < /a,/"]
                ),
            ]),
        ScriptCase(
            "excludes and filters at the start",
            """
            settings{ maxProcesses = 1 }
            sync{ default.rsync, source = "SRC", target = "TGT", delay = 0, exclude = { "*.bak", "cache" },
                collect = function(agent, exitcode) return default.collect(agent, exitcode) end }
            sync{ default.rsync, source = "SRC", target = "TGT/two", delay = 0, filter = { "+ *.lua", "- *.c" },
                exclude = "x", collect = function(agent, exitcode) return default.collect(agent, exitcode) end }
            """,
            [
                (
                    "start",
                    [
                        "rsync [--exclude-from=-] \(delete) [-lts] [-r] [SRC/] [TGT/] < *.bak;cache",
                        "rsync [--filter=. -] \(delete) [-lts] [-r] [SRC/] [TGT/two/] < + *.lua;- *.c;- x",
                    ]
                )
            ]),
        ScriptCase(
            "two transfers for each round, the index first",
            """
            sync{ source = "SRC", target = "host:/mirror", checkgauge = false, init = false,
                action = function(inlet)
                    local list = inlet.getEvents(function(event) return event.etype ~= "Blanket" end)
                    if list.size() == 0 then
                        return spawn(inlet.getEvent(), "rsync", "-a", "--delete", "SRC/", "host:/mirror")
                    end
                    inlet.createBlanketEvent()
                    spawn(list, "rsync", "-a", "SRC/index", "host:/mirror")
                end }
            """,
            [("put a", ["rsync [-a] [SRC/index] [host:/mirror]", "rsync [-a] [--delete] [SRC/] [host:/mirror]"])]),
        ScriptCase(
            "default.rsyncssh called by a function: a move goes by ssh, the rest by rsync",
            """
            sync{ default.rsyncssh, source = "SRC", host = "web1", targetdir = "/t d", delay = 0, init = false,
                ssh = { port = 22 }, onMove = true, action = function(inlet) return default.rsyncssh.action(inlet) end }
            """, prepared: ["put a"],
            [
                (
                    "rename a it's",
                    [
                        #"ssh [-p] [22] [web1] [mv] [--] ['/t d/a'] ['/t d/it'"'"'s'] [||] [rm] [-rf] [--] ['/t d/a']"#
                    ]
                ),
                ("put b", ["rsync [-lts] [-r] \(delete) \(batch) [SRC/] [web1:/t d/] < /b,/"]),
            ]),
        ScriptCase(
            "default.direct with a collect of its own",
            """
            sync{ default.direct, source = "SRC", target = "TGT", delay = 0, init = false,
                collect = function(agent, exitcode) return default.collect(agent, exitcode) end }
            """,
            [
                ("put a", ["cp [-p] [--] [SRC//a] [TGT//]"]), ("mkdir d", ["mkdir [-p] [--] [TGT//d/]"]),
                ("then rename a d/b", ["mv [--] [TGT//a] [TGT//d/b]"]), ("remove d/b", ["rm [-rf] [--] [TGT//d/b]"]),
            ]),
    ]

    static let programCases: [ScriptCase] = [
        ScriptCase(
            "csync2 groups, one for each folder",
            """
            local group = {
                maxProcesses = 1,
                prepare = function(config) if not config.group then error("which group?", 4) end end,
                init = function(event) spawn(event, "csync2", "-C", event.config.group, "-x") end,
                action = function(inlet)
                    local config = inlet.getConfig()
                    local list = inlet.getEvents(function(event) return event.etype ~= "Init" end)
                    local folder = string.sub(config.source, 1, -2)
                    local paths = list.getPaths(function(etype, path) return config.group .. ":" .. folder .. path end)
                    log("Normal", "csync2 has:\\n", table.concat(paths, "\\n"))
                    spawn(list, "csync2", "-C", config.group, "-x")
                end,
                collect = function(agent, exitcode)
                    if not agent.isList and agent.etype == "Init" then
                        if exitcode ~= 0 then terminate(-1) end
                        return
                    end
                    if exitcode == 1 then return "again" end
                end,
            }
            for folder, name in pairs{ ["SRC"] = "web" } do sync{ group, source = folder, group = name } end
            """, programs: ["csync2"],
            [("start", ["csync2 [-C] [web] [-x]"]), ("put a", ["csync2 [-C] [web] [-x]"])]),
        ScriptCase(
            "an object store's client, file by file",
            """
            local bucket = "s3://bucket"
            sync{ source = "SRC", init = false, maxProcesses = 4,
                onCreate = function(event)
                    if not event.isdir then spawn(event, "s3cmd", "put", event.sourcePath, bucket .. "/" .. event.path) end
                end,
                onModify = function(event) spawn(event, "s3cmd", "put", event.sourcePath, bucket .. "/" .. event.path) end,
                onDelete = function(event)
                    spawn(event, "s3cmd", "del", event.isdir and "-r" or nil, bucket .. "/" .. event.pathname)
                end }
            """, programs: ["s3cmd"],
            [
                ("mkdir d", []), ("put d/a b", ["s3cmd [put] [SRC//d/a] [s3://bucket/d/a]"]),
                ("append d/a", ["s3cmd [put] [SRC//d/a] [s3://bucket/d/a]"]),
                ("remove d/a", ["s3cmd [del] [s3://bucket/d/a]"]), ("remove d", ["s3cmd [del] [-r] [s3://bucket/d]"]),
            ]),
        ScriptCase(
            "lftp with a script to read",
            """
            sync{ source = "SRC", init = false, action = function(inlet)
                local list = inlet.getEvents()
                local lines = list.getPaths(function(etype, path)
                    if etype == "Delete" then return "rm -rf /up" .. path end
                    if string.ends(path, "/") then return "mkdir -p /up" .. path end
                    return "put SRC" .. path .. " -o /up" .. path
                end)
                table.insert(lines, 1, "open host")
                spawn(list, "lftp", "<", table.concat(lines, "\\n") .. "\\n", "-f", "/dev/stdin")
            end }
            """, programs: ["lftp"],
            [
                ("put a", ["lftp [-f] [/dev/stdin] < open host;put SRC/a -o /up/a"]),
                ("mkdir d", ["lftp [-f] [/dev/stdin] < open host;mkdir -p /up/d/"]),
                ("remove a", ["lftp [-f] [/dev/stdin] < open host;rm -rf /up/a"]),
            ]),
        ScriptCase(
            "rclone with a list to read, moves as two names",
            """
            sync{ source = "SRC", init = false, onMove = true, action = function(inlet)
                local list = inlet.getEvents()
                local paths = list.getPaths(function(_, path, destination) return destination or path end)
                spawn(list, "rclone", "<", table.concat(paths, "\\n"), "copy", "--files-from", "-", "SRC", "r:b")
            end }
            """, prepared: ["put a"], programs: ["rclone"],
            [("rename a b", ["rclone [copy] [--files-from] [-] [SRC] [r:b] < /b"])]),
        ScriptCase(
            "pictures made smaller beside the source, whose names are left out meanwhile",
            """
            local formats = { jpg = true, png = true }
            sync{ source = "SRC", init = false, maxProcesses = 9,
                action = function(inlet)
                    local event = inlet.getEvent()
                    local base, ending = string.match(event.pathname, "^(.*)%.([^./]+)$")
                    if event.isdir or not formats[ending] then return inlet.discardEvent(event) end
                    local small = base .. ".small." .. ending
                    if event.etype == "Create" or event.etype == "Modify" then
                        inlet.addExclude("/" .. small)
                        event.small = small
                        return spawn(event, "convert", event.sourcePath, "-resize", "50%", event.source .. small)
                    end
                    inlet.discardEvent(event)
                end,
                collect = function(event, exitcode)
                    local small = rawget(event, "small")
                    if small then event.inlet.rmExclude("/" .. small) end
                    return exitcode == 0 and "ok" or "again"
                end }
            """, programs: ["convert"],
            [
                ("put a.txt", []), ("put b.jpg", ["convert [SRC//b.jpg] [-resize] [50%] [SRC/b.small.jpg]"]),
                ("put c.png", ["convert [SRC//c.png] [-resize] [50%] [SRC/c.small.png]"]),
            ]),
        ScriptCase(
            "a mail with what has changed",
            """
            sync{ source = "SRC", init = false, delay = 0, action = function(inlet)
                local list = inlet.getEvents(function(event) return not event.isdir end)
                if list.size() == 0 then return inlet.discardEvent(inlet.getEvent()) end
                local text = table.concat(list.getPaths(function(etype, path) return etype .. " " .. path end), "\\n")
                spawn(list, "mail", "<", text, "-s", "changes in " .. inlet.getConfig().source, "root")
            end }
            """, programs: ["mail"],
            [("mkdir d", []), ("put d/f", ["mail [-s] [changes in SRC/] [root] < Create /d/f"])]),
        ScriptCase(
            "the same command for every event",
            """
            local reload = "docker exec web nginx -s reload"
            sync{ source = "SRC", init = false, onCreate = reload, onModify = reload, onDelete = reload, onMove = reload }
            """, prepared: ["put a"], programs: ["docker"],
            [
                ("append a", ["docker [exec] [web] [nginx] [-s] [reload]"]),
                ("then rename a b", ["docker [exec] [web] [nginx] [-s] [reload]"]),
            ]),
        ScriptCase(
            "an index rebuilt for whatever changed, once for all",
            """
            sync{ source = "SRC", delay = 0, init = function(event) spawn(event, "ctags", "-R", event.source) end,
                action = function(inlet)
                    local list = inlet.getEvents()
                    spawn(list, "ctags", "-a", list.getPaths(function(_, path) return "SRC" .. path end))
                end }
            """, programs: ["ctags"], [("start", ["ctags [-R] [SRC/]"]), ("put a.c", ["ctags [-a] [SRC/a.c]"])]),
        ScriptCase(
            "the list stops where the test says so, and events left out come next",
            """
            sync{ source = "SRC", init = false, delay = 1, maxDelays = 3, action = function(inlet)
                local list = inlet.getEvents(function(event)
                    if event.name == "c" then return "break" end
                    return event.name ~= "b"
                end)
                if list.size() == 0 then
                    local event = inlet.getEvent()
                    return spawn(event, "note", "alone", event.name)
                end
                spawn(list, "note", list.getPaths())
            end }
            """,
            [("put a", []), ("put b", []), ("put c", ["note [/a]", "note [alone] [b]", "note [alone] [c]"])]),
        ScriptCase(
            "a full run that a function asks for",
            """
            sync{ source = "SRC", init = false, full = function(event) spawn(event, "note", event.etype, event.path) end,
                onCreate = function(event)
                    event.inlet.createFullEvent("/")
                    spawn(event, "note", event.path)
                end }
            """, [("put a", ["note [a]", "note [Full] []"])]),
        ScriptCase(
            "filters that change while it runs",
            """
            local inlet = sync{ source = "SRC", init = false, filter = { "- *.o" }, onCreate = function(event)
                if event.name == "change" then event.inlet.appendFilter("- *.c") end
                spawn(event, "note", event.name, event.inlet.getFilters())
            end }
            inlet.addExclude("x")
            """,
            [
                ("put a.o", []), ("put x", []), ("put a.c", ["note [a.c] [- *.o] [- x]"]),
                ("put change", ["note [change] [- *.o] [- *.c] [- x]"]), ("put b.c", []),
            ]),
    ]
}
