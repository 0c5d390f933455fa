package import MirrorCore
import MirrorStatus

/// What `lockstep check` prints of a configuration that is fine.
package enum CheckText {
    package static func render(_ settings: Settings) -> ByteString {
        var text = ByteString()
        for discovery in settings.discoveries {
            text += Shown.name(discovery.template.name) + ": its targets come from " + Shown.name(discovery.text)
            text += ByteString(", asked every \(seconds(discovery.every)); each is as follows\n")
        }
        for sync in settings.written {
            if sync.script != nil {
                text += scripted(sync)
                continue
            }
            text += Shown.name(sync.name) + ": " + Shown.source(sync.source) + " -> " + Shown.name(sync.target) + "\n"
            text += ByteString("  a change waits at most \(seconds(sync.delay)), or until \(sync.maxDelays) wait\n")
            if !sync.comparesAtStart { text += "  no comparison at the start\n" }
            text += ByteString("  deletions: \(deletions(sync.delete))\n")
            for rule in sync.filters { text += (rule.includes ? "  + " : "  - ") + Shown.name(rule.pattern) + "\n" }
            for pattern in sync.excludes { text += "  - " + Shown.name(pattern) + "\n" }
            if case .stream(_, let stream) = sync.transfer { text += agent(stream, sync) }
            let words = [sync.transfer.rsync.binary] + sync.transfer.rsync.words
            text += "  " + CommandText.render(words) + " …\n"
        }
        return text + files(settings)
    }

    private static func agent(_ stream: StreamSettings, _ sync: SyncSettings) -> ByteString {
        var text: ByteString = "  by lockstep-agent"
        if let path = stream.agentPath { text += " (" + Shown.name(path) + ")" }
        if stream.installs, !PlainMirror.isLocal(sync.target) { text += ", which is put there where there is none" }
        return text + "; only where it can't run, by:\n"
    }

    static func scripted(_ sync: SyncSettings) -> ByteString {
        let target = sync.target.isEmpty ? "" : " -> " + Shown.name(sync.target)
        var text = Shown.name(sync.name) + ": " + Shown.source(sync.source) + target + "\n"
        text += "  functions or commands of your own do the work\n"
        text += ByteString("  an event waits \(seconds(sync.delay)), or until \(sync.maxDelays) wait\n")
        text += ByteString("  processes at once: at most \(sync.maxProcesses)\n")
        if !sync.comparesAtStart { text += "  nothing is done at the start\n" }
        for rule in sync.crontab { text += "  full by crontab: " + Shown.name(rule.text) + "\n" }
        if let tunnel = sync.tunnel {
            text += "  through " + Shown.name(tunnel.name) + ": " + CommandText.render(tunnel.command) + "\n"
        }
        for rule in sync.filters { text += (rule.includes ? "  + " : "  - ") + Shown.name(rule.pattern) + "\n" }
        for pattern in sync.excludes { text += "  - " + Shown.name(pattern) + "\n" }
        return text
    }

    static func files(_ settings: Settings) -> ByteString {
        let files: [(ByteString, ByteString?)] = [
            ("log", settings.logFile), ("status", settings.statusFile), ("process id", settings.pidFile),
        ]
        var text = ByteString()
        for case (let what, let path?) in files { text += what + ": " + Shown.name(path) + "\n" }
        return text
    }

    private static func deletions(_ policy: DeletePolicy) -> String {
        switch policy {
        case .always: "yes"
        case .never: "no"
        case .startup: "by the comparison at the start only"
        case .running: "while running only"
        }
    }

    private static func seconds(_ delay: Duration) -> String {
        let seconds = delay.inSeconds
        return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }
}

/// A command line as a shell would want it, for reading and trying.
enum CommandText {
    static func render(_ words: [ByteString]) -> ByteString { words.map(quoted).joined(separator: " ") }

    private static func quoted(_ word: ByteString) -> ByteString {
        let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:@%+,".utf8)
        guard word.isEmpty || word.bytes.contains(where: { !plain.contains($0) }) else { return word }
        let inner = word.split(separator: UInt8(ascii: "'")).joined(separator: #"'\''"#)
        return "'" + Shown.name(inner) + "'"
    }
}
