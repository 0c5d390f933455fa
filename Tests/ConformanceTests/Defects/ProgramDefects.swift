import Glibc
import MirrorCore
import MirrorTesting

/// What lsyncd gets wrong with configurations, its command line and its files. Each answers whether the defect shows.
enum ProgramDefects {
    typealias Scenario = ScriptDefects.Scenario

    private static let plain = "sync{ default.rsync, source = 'SRC', target = 'TGT', delay = 0 }"

    /// Refused, or running.
    private static func refuses(_ text: String) -> Scenario {
        { duel in
            try duel.source.write("there", "x")
            let process = try duel.start(text, "-nodaemon")
            try await duel.wait("it runs, or is refused", process) {
                process.exit != nil || process.output.contains("finished")
            }
            return process.exit == .code(255)
        }
    }

    static let assigned = refuses("settings = { nodaemon = true }\n" + plain)
    static let oldOptions = refuses(
        "settings{ nodaemon = true }\nsync{ default.rsync, source = 'SRC', target = 'TGT', rsyncOpts = '-lts' }")
    static let delaySetting = refuses("settings{ delay = 1 }\n" + plain)

    static let firstError: Scenario = { duel in
        let process = try duel.start(
            "settings{ nodaemon = true }\nsync{ default.rsync, source = 'SRC', target = 'TGT', dlay = 1, exludeFrom = 'x' }"
        )
        _ = try await process.waitForExit()
        return !(process.errors.contains("dlay") && process.errors.contains("exludeFrom"))
    }

    static let brokenReload: Scenario = { duel in
        try duel.source.write("there", "x")
        let process = try await duel.run(plain)
        try duel.tree.tree.write("conf", "sync{")
        process.signal(SIGHUP)
        try await duel.wait("it ends, or tells what is wrong", process) {
            process.exit != nil || process.errors.contains("conf:1")
        }
        guard process.exit == nil else { return true }
        try await duel.sendMark(process)
        return false
    }

    static let zeroInsists: Scenario = { duel in
        try duel.source.write("there", "x")
        let process = try duel.start(
            """
            settings{ nodaemon = true, insist = 0 }
            sync{ default.rsync, source = 'SRC', target = 'TGT', delay = 0, rsync = { binary = '/bin/false' }, exitcodes = { [1] = 'again' } }
            """)
        try await duel.wait("it ends, or tries again", process) {
            process.exit != nil || duel.isLsyncd && process.output.contains("Retrying startup")
        }
        return process.exit == nil
    }

    static let errorAfterFork: Scenario = { duel in
        try duel.source.write("there", "x")
        let process = try duel.start(plain, "-pidfile", ByteString(duel.filled("ROOT/no/such/directory")))
        return try await process.waitForExit() == .code(0)
    }

    static let noPidFile: Scenario = { duel in
        try duel.source.write("there", "x")
        let process = try duel.start(
            "settings{ nodaemon = true }\n" + plain, "-pidfile", ByteString(duel.filled("ROOT/pid")))
        try await duel.wait("it has started", process) { process.output.contains("finished") }
        return try duel.tree.tree.status("pid") == nil
    }

    static let password: Scenario = { duel in
        try duel.source.write("there", "x")
        let process = try duel.start(
            """
            settings{ nodaemon = true, insist = true }
            sync{ default.rsync, source = 'SRC', target = 'nobody@127.0.0.1:/x', delay = 0,
                rsync = { rsh = 'sshpass -p planted ssh -o BatchMode=yes -p 1' } }
            """, "-log", "all")
        try await duel.wait("the command line is told", process) { process.output.contains("sshpass") }
        return (process.output + process.errors).contains("planted")
    }

    static let missingRsync: Scenario = { duel in
        try duel.source.write("there", "x")
        let process = try duel.start(
            """
            settings{ nodaemon = true, insist = true }
            sync{ default.rsync, source = 'SRC', target = 'TGT', delay = 0, rsync = { binary = '/nowhere/rsync' } }
            """)
        try await duel.wait("it ends, or tries again", process) {
            process.exit != nil || duel.isLsyncd && process.output.contains("Retrying startup")
        }
        return process.exit == nil
    }

    static let statusInPlace: Scenario = { duel in
        try duel.source.write("there", "x")
        let process = try await duel.run(plain)
        try await duel.wait("there is a status", process) { try !duel.lines("status").isEmpty }
        // While it is open nothing else gets its number.
        let number = Glibc.open("\(duel.tree.path)/status", O_RDONLY | O_CLOEXEC)
        defer { close(number) }
        let (first, inode) = (try duel.tree.tree.read("status"), try duel.tree.tree.status("status")?.inode)
        var count = 0
        try await duel.wait("the status is written again", process) {
            count += 1
            try duel.put(ByteString("f\(count)"))
            return try duel.tree.tree.status("status") != nil && duel.tree.tree.read("status") != first
                && !duel.tree.tree.read("status").isEmpty
        }
        return try duel.tree.tree.status("status")?.inode == inode
    }

    static let excludesInStatus: Scenario = { duel in
        try duel.source.write("there", "x")
        let process = try await duel.run(
            "sync{ default.rsync, source = 'SRC', target = 'TGT', delay = 0, exclude = '*.o' }")
        try await duel.wait("there is a whole status", process) {
            try duel.lines("status").contains { $0.hasPrefix("Inotify watching") }
        }
        return try !duel.lines("status").contains("- *.o")
    }

    static let rawPath: Scenario = { duel in
        try duel.source.write("there", "x")
        let process = try await duel.run(plain)
        try duel.put("a\nError: b")
        try await duel.wait("the path is told", process) { process.output.contains("Error: b") }
        return process.output.split(separator: "\n").contains { $0.hasPrefix("Error: b") }
    }
}
