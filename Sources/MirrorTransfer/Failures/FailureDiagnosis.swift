package import MirrorCore

/// Finds out why a whole transfer failed, from what rsync, ssh, sudo and the far shell say (LC_ALL=C).
///
/// The first rule of the list that finds its words decides: what names a cause stands before what only says that the
/// connection ended, since every cause ends it.
package enum FailureDiagnosis {
    private struct Rule {
        var cause: Failure.Cause
        var phrases: [StaticString]
        init(_ cause: Failure.Cause, _ phrases: [StaticString]) {
            self.cause = cause
            self.phrases = phrases
        }
    }

    /// Said on either stream, in place of what was to run.
    static let commandRefusals: [StaticString] = [
        "allows sftp connections only", "account is currently not available", "exec request failed on channel",
    ]

    private static let rules: [Rule] = [
        Rule(
            .hostKeyChanged, ["remote host identification has changed", "host key has changed", "has changed and you"]),
        Rule(
            .hostKeyUnknown,
            ["host key is known for", "host key verification failed", "revoked and you have requested strict"]),
        Rule(
            .permissionDenied,
            [
                "permission denied, please try again", "too many authentication failures", "@error: auth failed",
                "no supported authentication methods", "account is locked", "your account has expired",
            ]),
        Rule(
            .sudoPassword,
            [
                "sudo: a password is required", "sudo: a terminal is required", "sudo: no tty present",
                "sudo: sorry, you must have a tty", "sudo: no askpass program",
            ]),
        Rule(
            .refusedWords,
            [
                "unknown option", "rrsync error", "rrsync: ", "configured to refuse", "not allowed to execute",
                "not allowed to run sudo", "invalid rsync-command syntax", "ssh_original_command",
                "not a valid rsync command",
            ]),
        Rule(.commandsRefused, commandRefusals),
        Rule(.moduleError, ["@error", "module is read only", "daemon refused to receive", "daemon has excluded"]),
        Rule(.loginNoise, ["is your shell clean", "protocol version mismatch"]),
        Rule(
            .rsyncMissingThere,
            ["rsync: command not found", "rsync: not found", "rsync: no such file", "remote command not found"]),
        Rule(
            .unreachable,
            [
                "connection refused", "connection timed out", "operation timed out", "no route to host",
                "network is unreachable", "could not resolve hostname", "name or service not known",
                "temporary failure in name resolution", "host is down", "failed to connect to",
                "timeout waiting for daemon connection", "kex_exchange_identification",
                "timed out during banner exchange",
            ]),
        Rule(.noSpace, ["no space left on device", "disk quota exceeded"]),
        Rule(
            .targetUnusable,
            [
                "cannot stat destination", "destination path is not a directory", "destination must be a directory",
                "cannot overwrite non-directory with a directory", "read-only file system",
            ]),
    ]

    private static let connection = Rule(
        .connectionLost,
        [
            "connection closed by", "connection reset", "broken pipe", "connection unexpectedly closed",
            "client_loop: send disconnect", "not responding", "connection to ", "io timeout after",
            "error in socket io",
        ])

    /// nil where nothing failed: the program ended with 0, or because we stopped it.
    package static func diagnose(_ evidence: RunEvidence) -> Failure? {
        switch evidence.ending {
        case .exited(0), .stopped: return nil
        case .killed(let signal): return Failure(.killed(signal: signal), detail: lastWords(evidence))
        case .stalled: return Failure(.stalled, detail: lastWords(evidence))
        case .timedOut: return Failure(.unreachable, detail: "no answer in time")
        case .notStarted(let errno): return Failure(.rsyncMissingHere, detail: SystemText.of(errno))
        case .exited(let code): return diagnose(code, evidence)
        }
    }

    static func refusesCommands(_ line: ByteString) -> Bool {
        let text = line.bytes.lowercased
        return commandRefusals.contains { text.holds($0) }
    }

    private static func diagnose(_ code: Int32, _ evidence: RunEvidence) -> Failure {
        let lines = evidence.errors.map { (text: $0, lower: $0.bytes.lowercased) }
        for rule in rules {
            if let line = lines.first(where: { line in rule.phrases.contains { line.lower.holds($0) } }) {
                return Failure(rule.cause, detail: line.text.description)
            }
            if rule.cause == .permissionDenied, let line = lines.first(where: { isKeyRefused($0.text.bytes) }) {
                return Failure(.permissionDenied, detail: line.text.description)
            }
        }
        if let line = lines.first(where: { isTargetRefused($0.text.bytes, code) }) {
            return Failure(.targetUnusable, detail: line.text.description)
        }
        if let failure = byCode(code, evidence) { return failure }
        if let line = lines.first(where: { line in connection.phrases.contains { line.lower.holds($0) } }) {
            return Failure(.connectionLost, detail: line.text.description)
        }
        return Failure(.exited, detail: lastWords(evidence))
    }

    /// `user@host: Permission denied (publickey,password).`; rsync's own errors have an errno in the brackets.
    private static func isKeyRefused(_ line: [UInt8]) -> Bool {
        guard let found = line.firstPlace(of: "Permission denied (") else { return false }
        return line[found.upperBound...].first.map { !(0x30...0x39 ~= $0) } ?? false
    }

    /// The directory of the target can't be made or entered: 3 is "file selection", 11 is "file I/O".
    private static func isTargetRefused(_ line: [UInt8], _ code: Int32) -> Bool {
        guard code == 3 || code == 11 || code == 12, !line.holds("[sender]") else { return false }
        return (line.holds("mkdir \"") || line.holds("change_dir#") || line.holds("change_dir \""))
            && line.holds(" failed: ")
    }

    private static func byCode(_ code: Int32, _ evidence: RunEvidence) -> Failure? {
        let isRefusal = evidence.errors.contains { $0.hasPrefix("rsync:") }
        return switch code {
        case 127: Failure(.rsyncMissingThere, detail: lastWords(evidence))
        case 35: Failure(.unreachable, detail: lastWords(evidence))
        case 1 where isRefusal, 2 where isRefusal, 4 where isRefusal:
            Failure(.refusedWords, detail: lastWords(evidence))
        case 10, 12, 30, 255: Failure(.connectionLost, detail: lastWords(evidence))
        default: nil
        }
    }

    /// The line that most likely tells the reason: the first that is not rsync's summary, else the last.
    static func lastWords(_ evidence: RunEvidence) -> String {
        let told = evidence.errors.filter { !$0.isEmpty }
        let reason = told.first { !$0.hasPrefix("rsync error: ") && !$0.hasPrefix("rsync warning: ") }
        return (reason ?? told.last)?.description ?? evidence.exitCode.map(meaning(of:)) ?? ""
    }

    /// rsync(1), EXIT VALUES: where the far side's message was lost with the connection.
    private static func meaning(of code: Int32) -> String {
        let texts: [Int32: String] = [
            1: "syntax or usage error", 2: "protocol incompatibility", 3: "errors selecting input and output files",
            4: "requested action not supported", 5: "error starting the client-server protocol",
            6: "daemon unable to append to its log", 10: "error in socket I/O",
            11: "error in file I/O, often a full disk", 12: "error in the protocol data stream",
            13: "errors with program diagnostics", 14: "error in IPC code", 19: "received SIGUSR1",
            20: "received SIGINT, SIGTERM or SIGHUP", 21: "some error of waitpid()", 22: "out of memory",
            23: "partial transfer due to an error", 24: "partial transfer due to vanished files",
            25: "the --max-delete limit stopped deletions", 30: "timeout in data send or receive",
            35: "timeout waiting for the daemon's connection",
        ]
        return "exit code \(code)" + (texts[code].map { ": " + $0 } ?? "")
    }
}
