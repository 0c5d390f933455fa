import Glibc
package import MirrorCore
import MirrorLinux
package import MirrorStatus

/// What a capsule holds beside the words of the running program: the machine, its limits, the programs that transfers
/// need, the configuration, and the ends of log and status file.
package struct CapsuleContents: Sendable {
    /// nil where none is known.
    package var configuration: ByteString?
    /// nil where it can't be read, or has mistakes.
    package var settings: Settings?
    package var mistakes: [ByteString] = []
    /// What the running program has answered, or why it did not.
    package var answer: Capsule?
    package var silence: ByteString?
    /// nil where none runs.
    package var process: Int32?

    /// Ends of files that grow.
    private static let tail = 256 * 1024
    private static let kernelFiles = [
        "/proc/sys/fs/inotify/max_queued_events", "/proc/sys/fs/inotify/max_user_instances",
        "/proc/sys/fs/inotify/max_user_watches", "/proc/sys/fs/fanotify/max_queued_events",
        "/proc/sys/fs/fanotify/max_user_groups", "/proc/sys/fs/fanotify/max_user_marks", "/proc/sys/fs/file-nr",
        "/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max", "/proc/sys/net/core/somaxconn",
        "/proc/loadavg", "/proc/uptime", "/proc/version",
    ]

    package init() {}

    /// Takes as long as `rsync --version` does.
    package func collect() async -> Capsule {
        var parts = [Capsule.Part("about", about), Capsule.Part("programs", await Self.programs())]
        parts.append(Capsule.Part("kernel and its limits", Self.texts(of: Self.kernelFiles)))
        if let process {
            let files = ["limits", "status", "io", "wchan", "stack"].map { "/proc/\(process)/\($0)" }
            parts.append(Capsule.Part("the process", Self.texts(of: files)))
        }
        let text = configuration.flatMap { try? RegularFile.read($0, limit: 1 << 22) }.map { ByteString($0) }
        if let configuration {
            parts.append(Capsule.Part("configuration " + configuration, text ?? "it cannot be read\n"))
        }
        if !mistakes.isEmpty { parts.append(Capsule.Part("mistakes", mistakes.joined(separator: "\n"))) }
        parts += ofSettings
        let redaction = redaction(text)
        for index in parts.indices { parts[index].text = redaction.apply(parts[index].text) }
        if let answer {
            // The program knows what its environment hides; what the file says, this one knows as well.
            parts += answer.parts.map {
                $0.name.hasPrefix(Capsule.record) ? $0 : Capsule.Part($0.name, redaction.apply($0.text))
            }
        }
        return Capsule(parts)
    }

    private var about: ByteString {
        let clock = WallClock.now()
        var text = ByteString("lockstep \(ProgramVersion.text), \(clock.dayAndTime) (\(clock.seconds))\n")
        if let silence { text += "no word from a running program: " + silence + "\n" }
        text += "Names of files and hosts are in here; passwords are not. The parts named \"record of …\" are for\n"
        return text + "lockstep-sim replay-record.\n"
    }

    /// Found by the words of the file itself where it was not decoded.
    private func redaction(_ text: ByteString?) -> Redaction {
        let found = text.map { SecretSearch.secrets(inText: $0) } ?? []
        return (settings?.redaction ?? Redaction()).adding(found.map { Redaction.Entry($0) })
    }

    private var ofSettings: [Capsule.Part] {
        guard let settings else { return [] }
        var parts: [Capsule.Part] = []
        for (name, path) in [("log ", settings.logFile), ("status file ", settings.statusFile)] {
            guard let path else { continue }
            parts.append(Capsule.Part(ByteString(name) + path, Self.end(of: path) ?? "it cannot be read\n"))
        }
        var mounts = ByteString()
        for path in settings.distinctSources + settings.syncs.map(\.target).filter({ $0.hasPrefix("/") }) {
            guard let mount = MountTable.entry(containing: path.isEmpty ? "/" : path) else { continue }
            mounts += path + ": " + mount.fileSystem + " at " + mount.mountPoint + "\n"
        }
        parts.append(Capsule.Part("file systems", mounts))
        return parts
    }

    private static func end(of path: ByteString) -> ByteString? { try? FileEnd.read(path, limit: tail) }

    private static func texts(of paths: [String]) -> ByteString {
        var text = ByteString()
        for path in paths {
            let content = ByteString(SmallFile.read(path, limit: 1 << 16))
            guard !content.isEmpty else { continue }
            let lines = content.split(separator: 0x0a).filter { !$0.isEmpty }
            text += ByteString(path) + ":" + (lines.count == 1 ? " " + lines[0] : "\n" + content) + "\n"
        }
        return text
    }

    // MARK: Programs

    private static func programs() async -> ByteString {
        guard
            let kernel = try? KernelThread(
                callbacks: KernelCallbacks(deadlineReached: {}, signalled: { exit(128 + $0) }))
        else { return "the kernel gives no event queue\n" }
        kernel.start()
        var text = ByteString()
        for (name, option) in [("rsync", "--version"), ("ssh", "-V"), ("lockstep-agent", "--help")] {
            text += ByteString(name) + ": " + (await firstLine(ByteString(name), ByteString(option), kernel)) + "\n"
        }
        kernel.stop()
        return text
    }

    private static func firstLine(_ name: ByteString, _ option: ByteString, _ kernel: KernelThread) async -> ByteString
    {
        guard let program = Programs.find(name) else { return "not in PATH" }
        var command = Command(executable: program, arguments: [name, option])
        command.timeLimit = .seconds(10)
        let end = await kernel.run(command)
        let line = ByteString(end.output + end.errors).split(separator: 0x0a).first ?? ""
        return program + ", " + (line.isEmpty ? "it says nothing" : line)
    }
}
