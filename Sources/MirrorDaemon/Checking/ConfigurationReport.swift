package import MirrorCore
import MirrorStatus
import MirrorTransfer

/// `lockstep check --report`: what a configuration does, target by target, with the command lines that will run, and
/// what would be better here than where it comes from.
package enum ConfigurationReport {
    package static func render(_ settings: Settings) -> ByteString {
        let blocks = settings.syncs.map { block(of: $0, settings) }
        return (blocks + [whole(settings)]).joined(separator: "\n")
    }

    private static func block(of sync: SyncSettings, _ settings: Settings) -> ByteString {
        if sync.script != nil { return CheckText.scripted(sync) }
        var lines: [ByteString] = [
            Shown.name(sync.name) + place(sync),
            "  " + Shown.source(sync.source) + " -> " + Shown.name(sync.target) + ", " + manner(sync),
        ]
        lines += start(sync, settings) + running(sync, settings)
        for rule in sync.crontab { lines.append("  compares everything by crontab: " + Shown.name(rule.text)) }
        for time in sync.pauseTimes { lines.append("  sends nothing " + Shown.name(time.text) + ", local time") }
        if let tunnel = sync.tunnel {
            lines.append("  through " + Shown.name(tunnel.name) + ": " + CommandText.render(tunnel.command))
        }
        lines += ReportAdvice.advice(for: sync, settings).map { ByteString("  better: " + $0) }
        return lines.map { $0 + "\n" }.joined(separator: "")
    }

    private static func place(_ sync: SyncSettings) -> ByteString {
        sync.place.line > 0 ? ByteString(" (\(sync.place))") : ""
    }

    private static func manner(_ sync: SyncSettings) -> ByteString {
        switch sync.transfer {
        case .rsync: "by rsync"
        case .rsyncssh: "by rsync, with renames repeated there"
        case .direct: "by copies of its own, and rsync for what they leave"
        case .stream: "by lockstep-agent over one channel, and rsync where that can't run"
        }
    }

    private static func start(_ sync: SyncSettings, _ settings: Settings) -> [ByteString] {
        guard sync.comparesAtStart else { return ["  at the start: nothing is compared (init = false)"] }
        let job = Job(
            id: JobID(1), target: TargetID(0), scope: .everything, deletes: sync.deletes(everything: true))
        let call = RsyncWords(sync: sync, compat: settings.rsyncCompat).everything(job)
        var lines: [ByteString] = [
            "  at the start everything is compared; " + deletions(job.deletes),
            "    " + line(call, sync),
        ]
        if let input = call.input {
            let shown = ByteString(input).split(separator: 0x0a).map { "      " + Shown.name($0) }
            lines += ["    with this list:"] + shown
        }
        return lines
    }

    private static func running(_ sync: SyncSettings, _ settings: Settings) -> [ByteString] {
        let job = Job(
            id: JobID(1), target: TargetID(0), scope: .changes([Change("PATH")]),
            deletes: sync.deletes(everything: false))
        let words = RsyncWords(sync: sync, compat: settings.rsyncCompat)
        let paths = [ListedPath(Change("PATH"), .other)]
        var lines: [ByteString] = ["  then " + ByteString(timing(sync)) + "; " + deletions(job.deletes)]
        if case .direct(let rsync) = sync.transfer, OwnCopying.does(rsync.words) {
            lines.append("    copied without a program; rsync does what that leaves:")
        }
        if case .stream = sync.transfer {
            lines.append("    sent by itself; only where the agent can't run, by rsync:")
        }
        lines.append("    " + line(words.listed(paths, of: job), sync))
        lines.append("    with the changed paths as its list, each with a zero byte behind it")
        if let named = words.named(paths, of: job)?.first {
            lines.append(ByteString("    above \(RsyncWords.listLimit) paths at once: ") + line(named, sync))
        }
        if case .rsyncssh(_, let ssh) = sync.transfer {
            let options = ssh.options.isEmpty ? "" : " " + ssh.options
            lines.append(
                "    before it, where names were renamed: " + ssh.binary + options + " " + ssh.host + " sh -c … mv")
        }
        return lines
    }

    private static func timing(_ sync: SyncSettings) -> String {
        let delay = "a change waits at most \(Shown.duration(sync.delay)), or until \(sync.maxDelays) wait"
        guard let settle = sync.effectiveSettle, sync.delay > .zero else { return delay }
        return delay + ", and goes once the source is quiet for \(Shown.duration(settle))"
    }

    private static func deletions(_ deletes: Bool) -> ByteString {
        deletes ? "what the source does not have is deleted" : "nothing is deleted"
    }

    private static func line(_ call: RsyncCall, _ sync: SyncSettings) -> ByteString {
        CommandText.render([sync.transfer.rsync.binary] + call.words)
    }

    private static func whole(_ settings: Settings) -> ByteString {
        var text = CheckText.files(settings)
        for advice in ReportAdvice.advice(for: settings) { text += ByteString("better: \(advice)\n") }
        return text
    }
}

/// What would be better, said only where it is so.
enum ReportAdvice {
    static func advice(for sync: SyncSettings, _ settings: Settings) -> [String] {
        let words = sync.transfer.rsync.words
        let person = PersonWords(words)
        var found: [String] = []
        if sync.effectiveSettle == nil {
            found.append(
                "delay = 1 brings a single change in a fraction of a second, with at most twice as many transfers")
        }
        if !sync.comparesAtStart {
            found.append("without init = false, what changes while nothing runs is found at the next start")
        }
        found += shellAdvice(sync, person)
        if words.contains(where: { $0.hasPrefix("--del") }) {
            found.append("--delete in _extra deletes at the start and later, whatever delete says; leave it to delete")
        }
        if case .rsync = sync.transfer, TargetAddress(sync.target).isLocal, OwnCopying.does(words) {
            found.append("default.direct needs no rsync for each batch in a directory of this machine")
        }
        return found
    }

    private static func shellAdvice(_ sync: SyncSettings, _ person: PersonWords) -> [String] {
        guard let shell = person.remoteShell?.description, case .shell = TargetAddress(sync.target) else { return [] }
        var found: [String] = []
        if shell.contains("sshpass") {
            found.append("a key in place of sshpass: the password stands in the list of processes for everybody")
        } else if shell.hasPrefix("ssh") {
            found.append(
                "its words in ~/.ssh/config (Host, Port, IdentityFile) in place of here: then all transfers to a host "
                    + "share one connection")
        }
        if shell.lowercased().contains("stricthostkeychecking=no") {
            found.append(
                "ssh-keyscan once in place of StrictHostKeyChecking=no, which takes any machine for the right one")
        }
        return found
    }

    static func advice(for settings: Settings) -> [String] {
        guard !settings.insists, settings.dialect == .current else { return [] }
        return ["insist = true: without it one target that is away at the start ends the program"]
    }
}
