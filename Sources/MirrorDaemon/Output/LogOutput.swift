package import MirrorCore
import MirrorLinux
package import MirrorStatus
import Synchronization

/// Where messages go: the log file, the terminal, the journal, or syslog, as lsyncd chooses among them.
///
/// Any thread may call it. A log that cannot be written is told once where that is possible, and ends nothing. The
/// mutex is there because the loop, its child tasks and the kernel thread all write, and lines must not mix.
package final class LogOutput: Sendable {
    private let categories: LogCategories
    private let file: ByteString?
    private let writesToConsole: Bool
    private let writesToSyslog: Bool
    /// In place of the terminal, where that is the journal's anyway.
    private let journal: JournalSocket?
    private let journalName: ByteString
    private let redaction: Redaction
    private let isJSON: Bool
    package let memory: LogMemory
    private let state: Mutex<State>

    private struct State {
        /// Messages that could not be written to the file.
        var lost = 0
        /// Targets whose problem has been told: what their repeated attempts print says nothing new.
        var quiet: Set<TargetID> = []
        var flood: LogFlood
    }

    /// In the foreground: the terminal, and the log file where there is one. In the background: the log file, or else
    /// syslog. - Parameter memory: that of a log before, whose messages are not to be forgotten.
    package init(
        settings: Settings, categories: LogCategories, inForeground: Bool, memory: LogMemory = LogMemory()
    ) {
        let categories = categories.adding(settings.logCategories)
        self.categories = categories
        self.memory = memory
        state = Mutex(State(flood: LogFlood(limit: categories.showsEverything ? nil : settings.logLimit)))
        isJSON = settings.logForm == .json
        redaction = settings.redaction
        file = settings.logFile
        let isTerminal = settings.logFile.map(Terminal.isStandardOutput) ?? false
        writesToConsole = inForeground && !isTerminal
        writesToSyslog = !inForeground && settings.logFile == nil
        // Whoever wants objects on lines gets them, in the journal too.
        journal = writesToConsole && !isJSON ? JournalSocket.ofStandardStreams() : nil
        journalName = settings.logIdent == Settings().logIdent ? JournalSocket.programName : settings.logIdent
        if writesToSyslog { SystemLog.open(ident: settings.logIdent, facility: settings.logFacility) }
    }

    package func write(_ line: LogLine) {
        let line = LogLine(line.category, redaction.apply(line.text))
        let time = WallTime.now()
        memory.add(LogFormat.file(line, at: time))
        guard categories.includes(line.category) else { return }
        state.withLock { state in
            let now = Clock.now()
            put(state.flood.due(at: now), &state, at: time)
            if state.flood.admits(line, at: now) { put(line, &state, at: time) }
        }
    }

    /// When `tellHeld` has to be called at the latest; nil where no flood was held back.
    package var deadline: Moment? { state.withLock { $0.flood.deadline } }

    /// Sums up what has been held back of floods that are over. `everything`: of all of them.
    package func tellHeld(everything: Bool = false) {
        state.withLock { state in
            put(state.flood.due(at: Clock.now(), everything: everything), &state, at: WallTime.now())
        }
    }

    private func put(_ lines: [LogLine], _ state: inout State, at time: WallTime) {
        for line in lines {
            if line.category == .output { putOutput(line.text + "\n", &state) } else { put(line, &state, at: time) }
        }
    }

    private func put(_ line: LogLine, _ state: inout State, at time: WallTime) {
        if writesToSyslog {
            let entry = LogFormat.syslog(line)
            SystemLog.write(priority: entry.priority, entry.text)
        }
        if writesToConsole, journal?.send(LogFormat.journal(line, by: journalName)) != true {
            let text = isJSON ? json(line) : LogFormat.console(line, at: time)
            if line.category.isErrorOrWorse { Terminal.errors(text) } else { Terminal.output(text) }
        }
        if let file { append(isJSON ? json(line) : LogFormat.file(line, at: time), to: file, lost: &state.lost) }
    }

    /// What rsync, ssh and the like printed for a target, as it is: whole lines, of one child, in one call. In the
    /// background without a log file it is dropped, as in lsyncd; so is, unless everything is logged, what a target
    /// prints again and again whose problem has been told.
    package func childOutput(_ text: ByteString, of target: TargetID) {
        guard !text.isEmpty else { return }
        let lines = redaction.apply(text.hasSuffix("\n") ? text : text + "\n")
        memory.add(lines)
        state.withLock { state in
            if state.quiet.contains(target), !categories.showsEverything { return }
            putOutput(admitted(lines, &state.flood), &state)
        }
    }

    /// What rsync and ssh complain of comes in floods; what else they print is what somebody asked them for.
    private func admitted(_ lines: ByteString, _ flood: inout LogFlood) -> ByteString {
        guard Self.complaints.contains(where: { lines.bytes.firstRange(of: $0.bytes) != nil }) else { return lines }
        let now = Clock.now()
        let kept = lines.split(separator: 0x0a).dropLast().filter { line in
            !Self.complaints.contains(where: line.hasPrefix) || flood.admits(LogLine(.output, line), at: now)
        }
        return kept.map { $0 + "\n" }.joined(separator: "")
    }

    private static let complaints: [ByteString] = ["rsync: ", "rsync error: ", "ssh: ", "lockstep-agent: "]

    private func putOutput(_ text: ByteString, _ state: inout State) {
        guard !text.isEmpty else { return }
        var lines = text
        if isJSON || journal != nil {
            let each = text.split(separator: 0x0a).filter { !$0.isEmpty }
            if writesToConsole, let journal,
                each.allSatisfy({ journal.send(LogFormat.journal(LogLine(.output, $0), by: journalName)) })
            {
                if let file { append(text, to: file, lost: &state.lost) }
                return
            }
            if isJSON { lines = each.map { json(LogLine(.output, $0)) }.joined(separator: "") }
        }
        if writesToConsole { Terminal.output(lines) }
        if let file { append(lines, to: file, lost: &state.lost) }
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
