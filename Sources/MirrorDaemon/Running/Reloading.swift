import MirrorCore
import MirrorLinux
import MirrorStatus

/// HUP where `reload = "difference"`: the configuration is read beside the loop, and what is the same in it goes on.
struct Reloading {
    private let read: (@Sendable () -> ReadAgain)?
    private let log: LogOutput
    private var isReading = false
    private var isWantedAgain = false
    /// What joins as soon as the target that it replaces is gone.
    private var waiting: [SyncSettings] = []
    private var isTold: Bool
    /// The last good configuration.
    private(set) var settings: Settings

    init(_ settings: Settings, _ options: DaemonOptions) {
        self.settings = settings
        read = options.readAgain
        log = options.log
        isTold = options.configurationFault != nil
    }

    var isWanted: Bool { settings.reload == .difference && read != nil }

    /// Another one while the configuration is being read: it may have changed behind the reader.
    mutating func begin(_ shell: Shell) {
        guard let read, !isReading else {
            isWantedAgain = true
            return
        }
        log.write(LogLine(.normal, "--- HUP signal, reading the configuration ---"))
        isReading = true
        shell.readAgain(read)
    }

    mutating func heard(_ news: ReadAgain, _ desk: inout ControlDesk, _ shell: Shell) -> [Event] {
        isReading = false
        defer {
            if isWantedAgain {
                isWantedAgain = false
                begin(shell)
            }
        }
        switch news {
        case .mistaken(let lines):
            for line in lines { log.write(line) }
            isTold = true
            return [.faultMet(.configuration, Self.fault(lines))]
        case .read(let written, let warnings):
            for line in warnings { log.write(line) }
            let ended: [Event] = isTold ? [.faultEnded(.configuration)] : []
            switch desk.plan(written) {
            case .anew(let cause):
                log.write(LogLine(.normal, ByteString("everything starts anew: \(cause)")))
                return [.stopRequested(.reload)]
            case .difference(let plan):
                settings = written
                isTold = false
                desk.configured = written.syncs
                log.write(LogLine(.normal, Self.summary(plan)))
                waiting = plan.joining
                return ended + plan.renamed.map { .targetRenamed($0.target, $0.sync) }
                    + plan.drained.map { .targetDrained($0) } + plan.replaced.map { .targetRemoved($0) }
            }
        }
    }

    /// Those whose place is free. A person has written them, and that is consent, as at a start.
    mutating func joining(_ settings: Settings) -> [Event] {
        guard !waiting.isEmpty else { return [] }
        let taken = Set(settings.syncs.filter { $0.standing != .left }.map { $0.source + " -> " + $0.target })
        let free = waiting.filter { !taken.contains($0.source + " -> " + $0.target) }
        waiting.removeAll { sync in free.contains(sync) }
        return free.map { .targetJoined($0, consents: true) }
    }

    static func fault(_ lines: [LogLine]) -> ByteString {
        var text: ByteString = "it has mistakes; the one from before stays"
        for line in lines.prefix(10) { text += "\n  " + (line.text.split(separator: UInt8(ascii: "\n")).first ?? "") }
        return text + "\n  mend it and send HUP again"
    }

    private static func summary(_ plan: ReloadPlan) -> ByteString {
        let new = plan.joining.count - plan.replaced.count
        return ByteString(
            "the configuration is read: \(Shown.count(plan.unchanged, "target goes", "targets go")) on untouched, "
                + "\(plan.replaced.count) changed, \(new) new, \(plan.drained.count) gone")
    }
}
