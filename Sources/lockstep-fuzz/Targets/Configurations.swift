import Glibc
import MirrorCore
import MirrorLua

extension FuzzTarget {
    private static let luaWords = [
        "sync{", "settings{", "default.rsync", "default.rsyncssh", "source", "target", "exclude", "excludeFrom",
        "filter",
        "delay", "rsync", "_extra", "prepare", "function() end", "end", "{", "}", "=", ",", "\"", "'", "[[", "]]", "--",
        "--[==[", "\\", "nil", "true", "-1", "1e308", "0/0", "(\"x\"):rep(1e6)", "while true do ", "setmetatable",
        "error", "pcall", "coroutine.wrap", "..", "\0", "\u{feff}", "goto x", "::x::", "tostring", "math.huge",
        "string.format(\"%d\", 1.5)", "load", "#", "settings = {", "rsyncOpts", "collectgarbage", "_ENV", "...", "\\x",
    ]

    /// Any bytes as a configuration: settings or errors, within the bounds of time and memory that it was given.
    static let configuration = FuzzTarget(
        "configuration",
        seeds: [
            "sync{ default.rsync, source = \"/tmp\", target = \"h:/t\" }\n",
            """
            settings { logfile = "/x/log", statusFile = '/x/status', statusInterval = 1, nodaemon = true, inotifyMode = "CloseWrite" }
            sync { default.rsync, source = "/tmp", target = "host:/t", delay = 5, exclude = { "*.o", '/a' },
              filter = { "+ *.c", "- *" }, rsync = { archive = true, _extra = { "--bwlimit=5" } }, delete = "running" }
            """,
            """
            settings = { delay = 1, maxProcesses = 3, }
            servers = { "10.0.1.21", "10.0.1.22", }
            for _, server in ipairs(servers) do
              sync { default.rsync, source = "/tmp", target = server .. ":/t", rsyncOpts = { "-rltvupgo" } }
            end
            """,
            """
            base = { default.rsync, delay = 3, prepare = function(config, level) default.rsync.prepare(config, level + 1)
              config.exclude = { "x" } end }
            local s = sync{ base, source = "/tmp", target = "/nowhere/t", excludeFrom = "patterns" }
            s.addExclude("y") s.rmExclude("x") --[[ comment ]] log("Normal", [==[text]==])
            """,
            "#!/usr/bin/lsyncd\nlocal t = setmetatable({}, { __index = function(t, k) return k end })\n"
                + "sync{ default.rsync, source = '/tmp', target = t.x, exitcodes = { [24] = 'ok' } }\n",
        ], words: luaWords, shortCount: 600
    ) { input in
        let place = FuzzDirectory.shared
        place.write("lsyncd.conf", input)
        judge("lsyncd.conf", in: place)
    }

    /// Any bytes as the file that `excludeFrom` or `filterFrom` names.
    static let patternFile = FuzzTarget(
        "pattern-file",
        seeds: [
            "e# comment\n*.o\n- /build/\n\t tmp \r\n+ no\n[a-z]*\n", "f+ *.c\n- *\n# c\n\n-\t*.o\r\n",
            "f+ /***\n- a b\n+\n",
        ], words: ["+ ", "- ", "#", ";", "\n", "\r", "\r\n", "\0", "\t", "!", "P x", ". /etc/passwd", "+,", "-!"],
        shortCount: 700
    ) { input in
        let place = FuzzDirectory.shared
        place.write("patterns", Array(input.dropFirst()))
        let key = input.first == UInt8(ascii: "f") ? "filterFrom" : "excludeFrom"
        let text = "sync{ default.rsync, source = \"/tmp\", target = \"h:/t\", \(key) = \"patterns\" }\n"
        place.write("lsyncd.conf", Array(text.utf8))
        judge("lsyncd.conf", in: place)
    }

    private static func judge(_ file: ByteString, in place: FuzzDirectory) {
        var overrides = CommandLineOverrides()
        overrides.scripts = ["harmless.lua"]
        do {
            let loaded = try Configuration.load(
                file: file, overrides: overrides, workingDirectory: place.path, memory: 32 << 20,
                instructions: 3_000_000)
            check(!loaded.settings.written.isEmpty, "a configuration without syncs is no error")
            for sync in loaded.settings.syncs { judge(sync) }
            check(loaded.warnings.allSatisfy { !DiagnosticText.render($0).isEmpty }, "a warning says nothing")
        } catch {
            check(!error.diagnostics.isEmpty, "an error says nothing")
            check(error.diagnostics.allSatisfy { !DiagnosticText.render($0).isEmpty }, "an error says nothing")
        }
    }

    /// What the rest of the program takes for granted.
    private static func judge(_ sync: SyncSettings) {
        let patterns = sync.excludes + sync.filters.map(\.pattern)
        check(patterns.allSatisfy { !$0.isEmpty }, "an empty pattern")
        let lineEnds: Set<UInt8> = [0, 0x0a, 0x0d]
        check(patterns.allSatisfy { lineEnds.isDisjoint(with: $0.bytes) }, "a pattern with a line end in it")
        check(
            sync.source.isEmpty || (sync.source.hasPrefix("/") && !sync.source.hasSuffix("/")), "source \(sync.source)")
        check(sync.delay >= .zero, "a delay below zero")
        let rsync = sync.transfer.rsync
        check(!rsync.binary.isEmpty && !rsync.words.contains { $0.bytes.contains(0) }, "words \(rsync.words)")
    }
}
