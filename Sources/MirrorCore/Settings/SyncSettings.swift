/// One `sync{…}`: a source, a target, and a way of transfer.
package struct SyncSettings: Sendable, Equatable {
    /// `Sync1`, `Sync2` … as lsyncd counts them, or the name that the person gave.
    package var name: ByteString
    /// Absolute and real (no symbolic link in it), without a slash at the end; the root directory is empty.
    package var source: ByteString
    /// As written in the configuration.
    package var sourceAsWritten: ByteString
    /// As rsync gets it: with lsyncd's rule about the slash at the end applied.
    package var target: ByteString
    /// A change waits at most so long.
    package var delay: Duration = .seconds(15)
    /// So many changes go at once, whatever `delay` says.
    package var maxDelays = 1000
    /// Accepted for lsyncd's sake; a target never has more than one transfer at a time.
    package var maxProcesses = 1
    /// The quiet of the source after which a batch goes before `delay` is over; nil is the rule of `effectiveSettle`.
    package var settle: Duration?
    package var delete: DeletePolicy = .always
    /// False is `init = false`: no comparison at the start.
    package var comparesAtStart = true
    /// In order, first match decides; then `excludes`.
    package var filters: [FilterRule] = []
    package var excludes: [ByteString] = []
    package var exitCodes: ExitCodes = .rsync
    /// When everything is compared beside the start; local time.
    package var crontab: [CronRule] = []
    /// When nothing is sent; local time.
    package var pauseTimes: [PauseTime] = []
    /// Files of more bytes get a transfer of their own, behind the others of their batch; nil is no bound.
    package var batchSizeLimit: Int64?
    package var transfer: TransferSettings
    /// What has to be up before the target can be reached; places in `target` wait for its port.
    package var tunnel: TunnelSettings?
    /// Set where functions or commands of the person's own do the work; `transfer` means nothing then.
    package var script: ScriptSettings?
    /// Commands that are told what happens.
    package var hooks = TargetHooks()
    /// Where it stands, for messages.
    package var place: Place
    /// Syncs may come and go while the program runs.
    package var standing = Standing.member

    package init(
        name: ByteString, source: ByteString, target: ByteString, transfer: TransferSettings = .rsync(RsyncSettings()),
        place: Place = Place()
    ) {
        self.name = name
        self.source = source
        self.sourceAsWritten = source
        self.target = target
        self.transfer = transfer
        self.place = place
    }

    /// The quiet that ends a batch early, or nil for lsyncd's timing: a tenth of `delay` where that is 2 s or less.
    package var effectiveSettle: Duration? {
        settle ?? (delay <= .seconds(2) ? delay / 10 : nil)
    }

    package func deletes(everything: Bool) -> Bool {
        switch delete {
        case .always: true
        case .never: false
        case .startup: everything
        case .running: !everything
        }
    }
}

package enum Standing: Sendable, Equatable {
    case member
    /// What it owes still goes there.
    case leaving
    /// Nothing goes there any more; its place is kept until another sync takes it.
    case left
}

/// lsyncd's `delete`: true, false, 'startup' and 'running'.
package enum DeletePolicy: Sendable, Equatable { case always, never, startup, running }

/// A line of `filter` or `filterFrom`.
package struct FilterRule: Sendable, Equatable {
    package var includes: Bool
    package var pattern: ByteString

    package init(includes: Bool, pattern: ByteString) {
        self.includes = includes
        self.pattern = pattern
    }
}

/// A place in a configuration. Line 0 is "no line known", an empty file the command line.
package struct Place: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var file: ByteString
    package var line: Int

    package init(file: ByteString = "", line: Int = 0) {
        self.file = file
        self.line = line
    }

    package var description: String { line > 0 ? "\(file):\(line)" : "\(file)" }
    package static func < (left: Place, right: Place) -> Bool { (left.file, left.line) < (right.file, right.line) }
}

package enum TransferSettings: Sendable, Equatable {
    case rsync(RsyncSettings)
    /// rsync, with moves done at the far end through ssh.
    case rsyncssh(RsyncSettings, SshSettings)
    /// Into a local directory by our own code; rsync compares at the start and does what that code leaves.
    case direct(RsyncSettings)
    /// By our own agent over one long-lived channel; rsync only where the agent can't run.
    case stream(RsyncSettings, StreamSettings)

    /// What rsync is given; every way has rsync behind it.
    package var rsync: RsyncSettings {
        switch self {
        case .rsync(let rsync), .rsyncssh(let rsync, _), .direct(let rsync), .stream(let rsync, _): rsync
        }
    }
}

/// What `host`, `targetdir` and `ssh = {…}` of a rsyncssh sync come to.
package struct SshSettings: Sendable, Equatable {
    /// As ssh gets it: `user@host`.
    package var host: ByteString
    /// Ends with a slash, unless it is empty: the directory in which a login starts.
    package var targetDirectory: ByteString
    /// For moves; a path, or a name looked up in PATH. rsync starts `ssh`, as in lsyncd.
    package var binary: ByteString = "ssh"
    /// `-i`, `-o`, `-p` and `_extra`, in lsyncd's order, as they stand behind `ssh` in the `--rsh` of
    /// `RsyncSettings.words`; empty where nothing is set.
    package var options: ByteString = ""
    /// The program that reads the list of moves at the far end.
    package var listReader: ByteString = "xargs"

    package init(host: ByteString, targetDirectory: ByteString) {
        self.host = host
        self.targetDirectory = targetDirectory
    }
}

/// What `rsync = {…}` or `rsyncOpts` come to.
package struct RsyncSettings: Sendable, Equatable {
    /// A path, or a name looked up in PATH (then in `/usr/bin`).
    package var binary: ByteString = "rsync"
    /// The computed option words, in lsyncd's order: short flags as one word, `_extra`, long options.
    package var words: [ByteString] = ["-lts"]
    package var deletesExcluded = false
    /// The value of `rsh`, when the person set one; it stands in `words` too.
    package var remoteShell: ByteString?
    /// False where the words do not ask rsync to keep modification times.
    package var keepsTimes = true
    /// lsyncd 2.0.0 to 2.0.5 had no `--ignore-errors`.
    package var ignoresErrors = true

    package init() {}
}

/// How an exit code is taken: lsyncd's "ok", "again" and "die".
package enum ExitMeaning: Sendable, Equatable { case ok, again, die }

package struct ExitCodes: Sendable, Equatable {
    package var table: [Int32: ExitMeaning]
    /// True where the person brought a table of their own; then it decides alone.
    package var isCustom: Bool

    package init(table: [Int32: ExitMeaning], isCustom: Bool) {
        self.table = table
        self.isCustom = isCustom
    }

    /// lsyncd's table (2.0.5 to 2.3): LSYNCD.md's 0, 23 and 24 are ok; 1, 2, 4 and 25 end the program.
    package static let rsync = ExitCodes(
        table: Dictionary(
            uniqueKeysWithValues: [0, 23, 24].map { ($0, .ok) }
                + [3, 5, 6, 10, 11, 12, 14, 20, 21, 22, 30, 35, 255].map { ($0, .again) }
                + [1, 2, 4, 25].map { ($0, .die) }),
        isCustom: false)
}
