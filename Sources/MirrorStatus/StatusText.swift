package import MirrorCore

/// The watches that stand, as lsyncd lists them.
package struct WatchList: Sendable, Equatable {
    package struct Watch: Sendable, Equatable {
        /// The kernel's watch descriptor.
        package var number: Int
        /// Absolute, without a slash at the end.
        package var path: ByteString

        package init(number: Int, path: ByteString) {
            self.number = number
            self.path = path
        }
    }

    /// Directories that are covered, whether they are listed or not.
    package var count: Int
    package var watches: [Watch]
    /// lsyncd lists them between its syncs and its watches.
    package var tunnels: [TunnelStatus] = []

    package init(count: Int, watches: [Watch]) {
        self.count = count
        self.watches = watches
    }
}

/// The status file: lsyncd's layout to the byte (2.3), since monitoring scripts match its lines, and after
/// its last line what lsyncd never knew: state, lag and problems.
package enum StatusText {
    /// `words` finds the sentences for problems.
    package static func render(
        _ snapshot: StatusSnapshot, watches: WatchList, at time: WallTime, words: ProblemText
    ) -> ByteString {
        var text = ByteString("Lsyncd status report at \(time.dayAndTime)\n\n")
        for target in snapshot.targets { text += block(of: target) }
        for tunnel in watches.tunnels { text += block(of: tunnel) }
        text += ByteString("Inotify watching \(watches.count) directories\n")
        for watch in watches.watches {
            text += ByteString("  \(watch.number): ") + Shown.source(watch.path) + "\n"
        }
        text += targetLines(snapshot)
        text += sourceLines(snapshot)
        text += problemLines(snapshot, words: words)
        return text
    }

    /// lsyncd's `type` is 1 for each process of a tunnel.
    private static func block(of tunnel: TunnelStatus) -> ByteString {
        var text = "Tunnel: name=" + Shown.name(tunnel.name) + ByteString(" status=\(tunnel.state.rawValue)\n")
        text += ByteString("Running processes: \(tunnel.processes.count)\n")
        for process in tunnel.processes {
            text += ByteString("  pid=\(process.number) type=1 started=\(process.started).000000\n")
        }
        return text + "\n\n"
    }

    private static func block(of target: TargetStatus) -> ByteString {
        var text = Shown.name(target.name) + " source=" + Shown.source(target.source) + "\n"
        text += ByteString("There are \(target.pendingCount) delays\n")
        for pending in target.pending { text += line(of: pending) }
        text += "Filtering:\n"
        for rule in target.filters {
            text += (rule.includes ? "+ " : "- ") + Shown.name(rule.pattern) + "\n"
        }
        for pattern in target.excludes { text += "- " + Shown.name(pattern) + "\n" }
        if target.filters.isEmpty && target.excludes.isEmpty { text += "  nothing.\n" }
        return text + "\n\n"
    }

    /// What each target owes, as far as it was asked for.
    package static func pending(_ snapshot: StatusSnapshot) -> ByteString {
        var text = ByteString()
        for target in snapshot.targets {
            let count = Shown.count(target.pendingCount, "change", "changes")
            text += Shown.name(target.name) + " -> " + Shown.name(target.target) + ByteString(": \(count)\n")
            for pending in target.pending { text += "  " + line(of: pending) }
        }
        return text
    }

    /// lsyncd tells Create from Modify; a change does not say what happened, so it is a Modify, or a Move where
    /// the kernel told of a rename.
    private static func line(of pending: TargetStatus.Pending) -> ByteString {
        let stage: ByteString =
            switch pending.stage {
            case .active: "active "
            case .waiting: "wait   "
            case .blocked: "block  "
            }
        if let event = pending.event { return stage + line(of: event) }
        guard let change = pending.change else { return stage + "Init \n" }
        guard let old = change.movedFrom else { return stage + "Modify " + Shown.path(of: change) + "\n" }
        return stage + "Move /" + Shown.name(old.byteString) + " -> " + Shown.path(of: change) + "\n"
    }

    private static func line(of event: ScriptEvent) -> ByteString {
        let path = event.kind.isBarrier ? "" : Shown.path(event.path, isDirectory: event.isDirectory)
        let destination = event.destination.map { " -> " + Shown.path($0, isDirectory: event.isDirectory) } ?? ""
        return ByteString(event.kind.rawValue) + " " + path + destination + "\n"
    }

    private static func targetLines(_ snapshot: StatusSnapshot) -> ByteString {
        var text = ByteString("\n\nTargets:\n")
        for target in snapshot.targets {
            text += "  " + Shown.name(target.name) + " -> " + Shown.name(target.target) + ": "
            text += ByteString(state(of: target, at: snapshot.moment)) + "\n"
        }
        return text
    }

    /// In words of one line: `failing, next try in 4.0 s`.
    package static func state(_ state: TargetStatus.State, at now: Moment) -> String {
        switch state {
        case .starting: "starting"
        case .inStep: "in step"
        case .waiting: "waiting"
        case .transferring: "transferring"
        case .failing(let nextTry): "failing, next try in \(Shown.duration(nextTry - now))"
        case .paused: "paused"
        case .held(let pause): self.pause(pause, at: now)
        case .isSource: "in step (it is the source itself and gets no transfer)"
        case .refused: "refused"
        }
    }

    package static func pause(_ pause: TargetPause, at now: Moment) -> String {
        let cause = pause.bySchedule ? "paused by its schedule" : "paused by request"
        return pause.until.map { "\(cause) for \(Shown.duration($0 - now)) more" } ?? cause
    }

    private static func state(of target: TargetStatus, at now: Moment) -> String {
        var parts = [state(target.state, at: now)]
        if target.pendingCount > 0 {
            parts.append(Shown.count(target.pendingCount, "change waits", "changes wait"))
            parts.append("lag \(Shown.duration(target.lag))")
        }
        if let last = target.lastTransfer {
            let what = last.changes.map { Shown.count($0, "change", "changes") } ?? "everything"
            let result = last.succeeded ? "" : ", failed"
            let took = Shown.duration(last.took)
            parts.append("last transfer \(Shown.duration(now - last.ended)) ago (\(what) in \(took)\(result))")
        }
        return parts.joined(separator: ", ")
    }

    private static func sourceLines(_ snapshot: StatusSnapshot) -> ByteString {
        var text = ByteString()
        for source in snapshot.sources {
            guard let means = source.means else { continue }
            text += "  " + Shown.source(source.path) + ": " + Shown.means(means) + "\n"
        }
        return text.isEmpty ? "" : "\nSources:\n" + text
    }

    private static func problemLines(_ snapshot: StatusSnapshot, words: ProblemText) -> ByteString {
        guard !snapshot.problems.isEmpty else { return "" }
        var text = ByteString("\nProblems:\n")
        for problem in snapshot.problems {
            let lines = words.text(for: problem, at: snapshot.moment).split(separator: UInt8(ascii: "\n"))
            for line in lines { text += "  " + line + "\n" }
        }
        return text
    }
}
