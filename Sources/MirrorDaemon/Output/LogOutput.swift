package import MirrorCore
import MirrorLinux
package import MirrorStatus
import Synchronization

/// Where messages go: the log file, the terminal, or syslog, as lsyncd chooses among them.
///
/// Any thread may call it. A log that cannot be written is told once where that is possible, and ends nothing. The
/// mutex is there because the loop, its child tasks and the kernel thread all write, and lines must not mix.
package final class LogOutput: Sendable {
    private let categories: LogCategories
    private let file: ByteString?
    private let writesToConsole: Bool
    private let writesToSyslog: Bool
    private let redaction: Redaction
    private let isJSON: Bool
    private let state = Mutex(State())

    private struct State {
        /// Messages that could not be written to the file.
        var lost = 0
        /// Targets whose problem has been told: what their repeated attempts print says nothing new.
        var quiet: Set<TargetID> = []
    }

    /// In the foreground: the terminal, and the log file where there is one. In the background: the log file, or else
    /// syslog.
    package init(settings: Settings, categories: LogCategories, inForeground: Bool) {
        self.categories = categories.adding(settings.logCategories)
        isJSON = settings.logForm == .json
        redaction = settings.redaction
        file = settings.logFile
        let isTerminal = settings.logFile.map(Terminal.isStandardOutput) ?? false
        writesToConsole = inForeground && !isTerminal
        writesToSyslog = !inForeground && settings.logFile == nil
        if writesToSyslog { SystemLog.open(ident: settings.logIdent, facility: settings.logFacility) }
    }

    package func write(_ line: LogLine) {
        guard categories.includes(line.category) else { return }
        let line = LogLine(line.category, redaction.apply(line.text))
        let time = WallTime.now()
        state.withLock { state in
            if writesToSyslog {
                let entry = LogFormat.syslog(line)
                SystemLog.write(priority: entry.priority, entry.text)
            }
            if writesToConsole {
                let text = isJSON ? json(line) : LogFormat.console(line, at: time)
                if line.category.isErrorOrWorse { Terminal.errors(text) } else { Terminal.output(text) }
            }
            if let file { append(isJSON ? json(line) : LogFormat.file(line, at: time), to: file, lost: &state.lost) }
        }
    }

    /// What rsync, ssh and the like printed for a target, as it is: whole lines, of one child, in one call. In the
    /// background without a log file it is dropped, as in lsyncd; so is, unless everything is logged, what a target
    /// prints again and again whose problem has been told.
    package func childOutput(_ text: ByteString, of target: TargetID) {
        guard !text.isEmpty else { return }
        var lines = redaction.apply(text.hasSuffix("\n") ? text : text + "\n")
        if isJSON {
            let each = lines.split(separator: UInt8(ascii: "\n")).filter { !$0.isEmpty }
            lines = each.map { json(LogLine(LogCategory("Output"), $0)) }.joined(separator: "")
        }
        state.withLock { state in
            if state.quiet.contains(target), !categories.showsEverything { return }
            if writesToConsole { Terminal.output(lines) }
            if let file { append(lines, to: file, lost: &state.lost) }
        }
    }

    /// From the report of a target's problem to its end.
    package func setQuiet(_ target: TargetID, _ isQuiet: Bool) {
        state.withLock { state in
            if isQuiet { state.quiet.insert(target) } else { state.quiet.remove(target) }
        }
    }

    private func json(_ line: LogLine) -> ByteString { LogFormat.json(line, seconds: WallClock.now().seconds) }

    private func append(_ text: ByteString, to file: ByteString, lost: inout Int) {
        do throws(SystemCallError) {
            if lost > 0 {
                let missing = Shown.count(lost, "message is missing here", "messages are missing here")
                let line = LogLine(.warn, "log file \"" + file + ByteString("\": it could not be written; \(missing)"))
                try LogFile.append(isJSON ? json(line) : LogFormat.file(line, at: WallTime.now()), to: file)
                lost = 0
            }
            try LogFile.append(text, to: file)
        } catch {
            if lost == 0 { tellElsewhere(error, file: file) }
            lost += 1
        }
    }

    private func tellElsewhere(_ error: SystemCallError, file: ByteString) {
        let line = LogLine(
            .error,
            "log file \"" + Shown.name(file)
                + ByteString(
                    "\": \(error.cause); messages are lost until it can be written, the mirror goes on\n"
                        + "  make its directory, make room, or let the user that runs this program write it"))
        if writesToConsole {
            Terminal.errors(LogFormat.console(line, at: WallTime.now()))
        } else {
            let entry = LogFormat.syslog(line)
            SystemLog.write(priority: entry.priority, entry.text)
        }
    }
}

/// The log file; the names of standard output are the stream itself, since what stands behind them (a socket of the
/// journal, for one) often cannot be opened.
private enum LogFile {
    static func append(_ text: ByteString, to file: ByteString) throws(SystemCallError) {
        if Terminal.isNameOfStandardOutput(file) { return Terminal.output(text) }
        try AppendedFile.append(file, text.bytes)
    }
}

extension WallTime {
    package static func now() -> WallTime {
        let clock = WallClock.now()
        return WallTime(dayAndTime: clock.dayAndTime, timeOfDay: clock.timeOfDay)
    }
}
