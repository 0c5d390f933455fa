/// Every name that a configuration may use, by where it belongs. `docs/configuration.md` describes each; a test keeps
/// the two together.
enum KnownKeys {
    /// Of `settings`, with lsyncd 2.3's meaning.
    static let settings = [
        "logfile", "pidfile", "nodaemon", "onepass", "statusFile", "statusInterval", "logfacility", "logident",
        "insist",
        "inotifyMode", "maxProcesses", "maxDelays",
    ]
    /// Of `settings`, ours.
    static let ownSettings = [
        "stateDir", "sshMultiplex", "rsyncCompat", "progressTimeout", "controlSocket", "controlGroup", "controlReaders",
        "eventSource",
        "rescan", "fileQuiet", "openFileInterval", "engine", "agentInstall", "peerTimeout", "http", "httpToken",
        "reload", "deleteLimit", "logFormat", "logCategories", "logLimit",
    ]
    /// Of `settings` in older releases.
    static let oldSettings = ["delay", "statusIntervall", "log", "verbose", "monitor"]

    /// Of `sync` with default.rsync, with lsyncd 2.3's meaning.
    static let sync = [
        "source", "target", "delay", "maxDelays", "maxProcesses", "delete", "exclude", "excludeFrom", "filter",
        "filterFrom", "init", "exitcodes", "prepare", "checkgauge", "rsync", "action", "collect", "full", "crontab",
        "tunnel", "batchSizeLimit",
    ]
    /// Of `sync`, ours.
    static let ownSync = ["settle", "pauseTimes", "name", "targets", "onBatch", "onInStep", "onProblem"]
    /// Of `sync` in older releases.
    static let oldSync = [
        "rsyncOpts", "rsyncOps", "rsyncBinary", "rsyncExitCodes", "subdirs", "collapse", "xargs", "monitor",
    ]
    /// Of `sync` with default.rsyncssh alone.
    static let sshSync = ["host", "targetdir", "ssh", "sshExitCodes"]
    /// Of `sync` with default.stream alone.
    static let streamSync = ["agentPath", "agentInstall", "deleteLimit", "fsync"]
    /// Of `ssh = {…}`.
    static let ssh = ["binary", "identityFile", "options", "port", "_extra"]
    static let layers = [
        "onCreate", "onModify", "onDelete", "onMove", "onStartup", "onAttrib", "onFull",
    ]

    static var acceptedSettings: [String] { settings + ownSettings }
    static var acceptedSync: [String] { sync + ownSync }
    static var rsync: [String] {
        RsyncWords.shortOptions.map(\.key) + RsyncWords.longOptions.map(\.key)
            + ["archive", "binary", "delete_excluded", "_extra"]
    }
}
