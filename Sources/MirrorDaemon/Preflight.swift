package import MirrorCore
package import MirrorLinux
package import MirrorStatus

/// What keeps the mirror from starting, found while the one who starts it still listens. Nothing is written but an
/// empty log file, and that only when nothing else is wrong.
package enum Preflight {
    package static func obstacles(for settings: Settings) -> [LogLine] {
        guard !settings.written.isEmpty else { return [LogLine(.error, "Nothing to watch!")] }
        var found = programs(settings)
        if let path = settings.pidFile, let obstacle = pidFile(path) { found.append(obstacle) }
        if found.isEmpty, let path = settings.logFile, let obstacle = logFile(path) { found.append(obstacle) }
        return found
    }

    /// Programs that are not on this machine.
    package static func programs(_ settings: Settings) -> [LogLine] {
        var asked: Set<ByteString> = []
        return settings.written.filter { $0.script == nil }.compactMap { sync in
            let binary = sync.transfer.rsync.binary
            guard asked.insert(binary).inserted, find(binary) == nil else { return nil }
            let text =
                "rsync: there is no program \"\(Shown.name(binary))\" on this machine; nothing is started\n"
                + "  install it (Debian, Ubuntu: apt install rsync; Fedora: dnf install rsync), "
                + "or name it: rsync = { binary = \"/path/to/rsync\" }"
            return LogLine(.error, text)
        }
    }

    /// A name without a slash is looked up in PATH and where lsyncd 2.0 expected it; what 2.0 expected there, in PATH.
    private static func find(_ binary: ByteString) -> ByteString? {
        if let found = Programs.find(binary) { return found }
        switch binary {
        case "rsync": return Programs.find("/usr/bin/rsync")
        case "/usr/bin/rsync": return Programs.find("rsync")
        default: return nil
        }
    }

    private static func logFile(_ path: ByteString) -> LogLine? {
        if Terminal.isNameOfStandardOutput(path) { return nil }
        do throws(SystemCallError) {
            try AppendedFile.append(path, [])
            return nil
        } catch {
            let text =
                "log file \"\(Shown.name(path))\": \(error.cause); nothing is started\n"
                + "  make its directory, or let the user that runs this program write it"
            return LogLine(.error, text)
        }
    }

    private static func pidFile(_ path: ByteString) -> LogLine? {
        do throws(SystemCallError) {
            try PidFile.check(path)
            return nil
        } catch {
            return pidFileObstacle(path, error)
        }
    }

    /// lsyncd's words come first: scripts look for them.
    package static func pidFileObstacle(_ path: ByteString, _ error: SystemCallError) -> LogLine {
        guard error.call == "lockf" else {
            let text =
                "Cannot open pidfile; '\(Shown.name(path))': \(error.cause); nothing is started\n"
                + "  make its directory, or let the user that runs this program write it"
            return LogLine(.error, text)
        }
        let text =
            "Cannot lock pidfile; '\(Shown.name(path))': another process holds it; nothing is started\n"
            + "  stop that process, or choose another file"
        return LogLine(.error, text)
    }
}
