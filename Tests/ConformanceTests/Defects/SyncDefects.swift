import Glibc
import MirrorCore
import MirrorTesting

/// What lsyncd gets wrong with its own ways of transfer. Each answers whether the defect shows.
enum SyncDefects {
    typealias Scenario = ScriptDefects.Scenario

    /// After the start `deed` is done; when a later change has arrived, `shows` looks.
    private static func later(
        _ sync: String, prepare: @escaping @Sendable (Duel) throws -> Void = { _ in },
        deed: @escaping @Sendable (Duel) throws -> Void, shows: @escaping @Sendable (Duel) throws -> Bool
    ) -> Scenario {
        { duel in
            try duel.source.write("there", "x")
            try prepare(duel)
            let process = try await duel.run("sync{ \(sync), source = 'SRC', target = 'TGT', delay = 0 }")
            try await duel.wait("all is there", process) { try duel.target.status("there") != nil }
            try deed(duel)
            try await duel.sendMark(process)
            guard !duel.isLsyncd else { return try shows(duel) }
            // What arrives by itself may come with the next batch.
            var number = 0
            try await duel.wait("it is right", process) {
                number += 1
                try await duel.sendMark(process, ByteString("mark\(number)"))
                return try !shows(duel)
            }
            return try shows(duel)
        }
    }

    static let bracket = later(
        "default.rsync", deed: { try $0.put("a]b") }, shows: { try $0.target.status("a]b") == nil })

    /// Two contents of one size within a second, the first of which has been sent: until the machine is quick enough.
    static let sameSecond: Scenario = { duel in
        try duel.source.write("there", "x")
        let process = try await duel.run("sync{ default.rsync, source = 'SRC', target = 'TGT', delay = 0 }")
        var name: ByteString = ""
        var number = 0
        try await duel.wait("two writes in a second", process) {
            number += 1
            name = ByteString("f\(number)")
            try duel.source.write(name, "old")
            let first = try duel.source.status(name)?.modifiedSeconds
            try await duel.wait("the first is there", process) {
                guard try duel.target.status(name) != nil else { return false }
                return try duel.target.read(name) == "old"
            }
            try duel.source.write(name, "new")
            return try duel.source.status(name)?.modifiedSeconds == first
        }
        try await duel.sendMark(process)
        if duel.isLsyncd { return try duel.target.read(name) == "old" }
        try await duel.wait("the second is there", process) { try duel.target.read(name) == "new" }
        return false
    }

    static let truncated = later(
        "default.rsync", prepare: { try $0.source.write("f", "long content") },
        deed: { duel in _ = Glibc.truncate("\(duel.source.root)/f", 4) },
        shows: { try $0.target.status("f")?.size != 4 })

    static let halfWritten = later(
        "default.rsync",
        deed: { duel in
            // It stays open as long as the tests run.
            let upload = open("\(duel.source.root)/upload", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
            _ = Glibc.write(upload, "half", 4)
        },
        shows: { try $0.target.status("upload") != nil })

    static let otherName = later(
        "default.rsync",
        prepare: { duel in
            try duel.source.write("f", "old content")
            _ = link("\(duel.source.root)/f", "\(duel.source.root)/g")
        },
        deed: { try $0.source.write("f", "changed") }, shows: { try $0.target.read("g") != "changed" })

    static let setBack = later(
        "default.rsync", prepare: { try $0.source.write("f", "old content") },
        deed: { duel in
            let time = try duel.source.status("f")?.modifiedSeconds ?? 0
            try duel.source.write("f", "new content")
            try duel.source.setTime("f", seconds: time)
        },
        shows: { try $0.target.read("f") == "old content" })

    static let classes = later(
        "default.rsync, exclude = '[ab]c'", deed: { try $0.put("ac") }, shows: { try $0.target.status("ac") != nil })

    static let carriageReturn = later(
        "default.rsync, excludeFrom = 'ROOT/patterns'",
        prepare: { try $0.tree.tree.write("patterns", "*.o\r\n") },
        deed: { try $0.put("a.o") }, shows: { try $0.target.status("a.o") != nil })

    static let extraText = later(
        "default.rsync, rsync = { _extra = '--chmod=F600' }", deed: { try $0.put("f") },
        shows: { try $0.target.status("f").map { $0.mode & 0o777 } != 0o600 })

    static let links = later(
        "default.direct",
        deed: {
            try $0.source.makeLink("l", to: "there")
            try $0.put("plain")
        },
        shows: { duel in try duel.target.status("l")?.kind != .link })

    static let modes = later(
        "default.direct", deed: { try $0.source.changeMode("there", 0o600) },
        shows: { try $0.target.status("there").map { $0.mode & 0o777 } != 0o600 })

    static let excludedBelow = later(
        "default.direct, exclude = '*.keep'",
        prepare: {
            for tree in [$0.source, $0.target] {
                try tree.makeDirectory("d")
                try tree.write("d/f", "x")
            }
            try $0.target.write("d/x.keep", "x")
        }, deed: { try $0.source.removeAll("d") }, shows: { try $0.target.status("d/x.keep") == nil })

    static let leak: Scenario = { duel in
        for name in ["source/tmp", "other"] as [ByteString] { try duel.tree.tree.makeDirectory(name) }
        try duel.source.write("there", "x")
        let process = try await duel.run(
            """
            sync{ default.rsync, source = 'SRC', target = 'TGT', delay = 0, exclude = 'tmp/' }
            sync{ default.rsync, source = 'SRC', target = 'ROOT/other', delay = 0 }
            """)
        try await duel.wait("both are there", process) {
            try duel.target.status("there") != nil && duel.tree.tree.status("other/tmp") != nil
        }
        try duel.source.write("tmp/secret", "x")
        try await duel.sendMark(process)
        try await duel.wait("the other has it", process) { try duel.tree.tree.status("other/tmp/secret") != nil }
        return try duel.target.status("tmp/secret") != nil
    }

    /// A wrapper of rsync that does nothing once for a list with `first` in it, and ends as `end` says.
    private static func wrapped(_ end: String) -> Scenario {
        { duel in
            try duel.tree.tree.write(
                "rsync",
                ByteString(
                    duel.filled(
                        """
                        #!/bin/bash
                        cat >ROOT/list.$$
                        if [ ! -e ROOT/done ] && tr '\\0' '\\n' <ROOT/list.$$ | grep -qx /first; then >ROOT/done; \(end); fi
                        exec /usr/bin/rsync "$@" <ROOT/list.$$

                        """)), mode: 0o755)
            try duel.source.write("there", "x")
            let process = try await duel.run(
                "sync{ default.rsync, source = 'SRC', target = 'TGT', delay = 0, rsync = { binary = 'ROOT/rsync' } }")
            try duel.put("first")
            try await duel.wait("its batch has failed", process) { try duel.tree.tree.status("done") != nil }
            try await duel.sendMark(process)
            guard !duel.isLsyncd else { return try duel.target.status("first") == nil }
            try await duel.wait("it has arrived", process) { try duel.target.status("first") != nil }
            return false
        }
    }

    static let someFiles = wrapped("exit 24")
    static let killed = wrapped("kill -9 $$")

    static let unmounted: Scenario = { duel in
        try duel.source.write("there", "x")
        let text = "sync{ default.rsync, source = 'SRC', target = 'TGT', delay = 0 }"
        let first = try await duel.run(text)
        try await duel.wait("it is there", first) { try duel.target.status("there") != nil }
        try await first.stop()
        try duel.source.remove("there")
        let again = try await duel.run(text, until: duel.isLsyncd ? "finished" : "Startup")
        try await duel.wait("it is emptied, or the source paused", again) {
            try duel.target.status("there") == nil || again.errors.contains("whose deletion was not seen")
        }
        return try duel.target.status("there") == nil
    }

    static let ontoItself: Scenario = { duel in
        try duel.source.write("there", "x")
        let process = try duel.start(
            "settings{ nodaemon = true }\nsync{ default.rsync, source = 'SRC', target = 'SRC' }")
        try await duel.wait("it is copied, or refused", process) {
            process.output.contains("recursive startup rsync") || process.output.contains("recursive full rsync")
                || (process.output + process.errors).contains("the source itself")
                || (process.output + process.errors).contains("is its source")
        }
        return process.output.contains("recursive ")
    }
}
