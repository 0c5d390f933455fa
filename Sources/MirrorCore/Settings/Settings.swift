/// What a configuration says, decoded once and complete. Nobody asks Lua about a setting afterwards.
///
/// All paths are absolute: they mean the directory in which the program was started.
package struct Settings: Sendable, Equatable {
    package var dialect: Dialect = .current
    package var logFile: ByteString?
    package var pidFile: ByteString?
    package var statusFile: ByteString?
    package var statusInterval: Duration = .seconds(10)
    /// A number of syslog(3), shifted as there (LOG_USER is 8).
    package var logFacility: Int32 = 8
    package var logIdent: ByteString = "lsyncd"
    package var logForm = LogForm.lines
    /// As `-log` takes them; those of the command line come on top.
    package var logCategories: [ByteString] = []
    /// So many messages of a kind are written in ten seconds, and the others summed up; nil is no limit.
    package var logLimit: Int? = 50
    package var staysInForeground = false
    package var onePass = false
    /// The log shows what becomes of each event (`-log Delay`).
    package var tellsEvents = false
    /// lsyncd's `insist`: a failed start is retried instead of ending the program.
    package var insists = false
    package var inotifyMode: InotifyMode = .closeWrite
    /// What is to watch the sources; nil leaves it to what each of them allows.
    package var eventSource: EventSourceKind?
    /// How often every source is walked as a whole besides; nil is never where the kernel tells all changes.
    package var rescan: Duration?
    /// A file that was written counts as ready after so long without a write where nobody can tell whether it is open.
    package var fileQuiet: Duration = .seconds(2)
    /// A file that stays open for writing goes as it is once in so long; nil is never.
    package var openFileInterval: Duration? = .seconds(300)
    /// The most transfers at once over all syncs; nil is no limit.
    package var maxProcesses: Int?
    package var stateDirectory: ByteString?
    package var controlSocket = ControlSocketPlace.inStateDirectory
    /// A group whose members may connect to the control socket, beside the user of the program.
    package var controlGroup: ByteString?
    /// A group whose members may look at the state, and not steer.
    package var controlReaders: ByteString?
    /// nil: nothing is served.
    package var http: HTTPSettings?
    package var sharesSshConnection = true
    package var rsyncCompat: RsyncCompat = .fast
    /// What does the transfers of a sync with default.rsync, where it can.
    package var engine = TransferEngine.rsync
    /// A transfer that moves nothing for so long is stopped and tried again.
    package var progressTimeout: Duration = .seconds(300)
    /// An agent of the stream of which nothing is heard for so long, though something is due, is taken for dead.
    package var peerTimeout: Duration = .seconds(30)
    package var reload = ReloadManner.anew
    package var syncs: [SyncSettings] = []
    /// Where more of them come from while the program runs.
    package var discoveries: [DiscoverySettings] = []
    /// For every text that is shown.
    package var redaction = Redaction()

    package init() {}

    /// What is written in the configuration: with the patterns of targets that are found later.
    package var written: [SyncSettings] { syncs + discoveries.map(\.template) }
}

/// What HUP does.
package enum ReloadManner: Sendable, Equatable {
    /// Everything starts anew and is compared, as lsyncd does; people repair drift so.
    case anew
    /// Syncs that did not change go on untouched.
    case difference
}

/// How messages are written to the log file and the terminal.
package enum LogForm: Sendable, Equatable {
    /// As lsyncd writes them.
    case lines
    /// One JSON object on each line.
    case json
}

/// Which era of lsyncd a file was written for. `settings = {…}`, `settings.x = …`, rsyncOpts and rsyncOps mark 2.0.
package enum Dialect: Sendable, Equatable {
    /// lsyncd 2.0: unknown keys are ignored, a failed start is always retried.
    case era20
    /// lsyncd 2.1 and later.
    case current
}

package enum InotifyMode: Sendable, Equatable { case closeWrite, modify, closeWriteOrModify }

/// Whether command lines may differ from lsyncd's where that prevents a stale file or a slow list.
package enum RsyncCompat: Sendable, Equatable { case fast, exact }

/// `engine` in settings.
package enum TransferEngine: String, Sendable, Equatable, CaseIterable { case rsync, stream }

/// Where a running program takes the requests of `lockstep status` and the like.
package enum ControlSocketPlace: Sendable, Equatable {
    case inStateDirectory
    case at(ByteString)
    case none
}
