/// What lsyncd's command line adds to a configuration, or puts in its place. It beats `settings{…}`, which beats
/// `sync{…}`.
package struct CommandLineOverrides: Sendable, Equatable {
    /// `-delay S`, as written; it overrides the delay of every sync. Lua's rules say whether it is a number.
    package var delay: ByteString?
    package var insists = false
    package var staysInForeground = false
    package var onePass = false
    package var logFile: ByteString?
    package var pidFile: ByteString?
    /// `--http ADDRESS:PORT`.
    package var http: HTTPSettings?
    /// `-script F`, in order; run before the configuration.
    package var scripts: [ByteString] = []
    /// `-rsync`, `-direct` and `-rsyncssh`, in order.
    package var syncs: [CommandLineSync] = []
    /// `-sshopts STR`, as written.
    package var sshOptions: ByteString?

    package init() {}
}

package enum CommandLineSync: Sendable, Equatable {
    case rsync(source: ByteString, target: ByteString)
    case direct(source: ByteString, target: ByteString)
    case rsyncssh(source: ByteString, host: ByteString, targetDirectory: ByteString)
}
