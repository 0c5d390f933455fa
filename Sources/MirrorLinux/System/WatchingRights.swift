internal import CLinux

/// The capabilities that fanotify wants: CAP_SYS_ADMIN and CAP_DAC_READ_SEARCH.
package enum WatchingRights {
    /// Whatever is started from here on (rsync, ssh, commands, io.popen of a configuration) does not get them, unless
    /// it is started as root, which has everything anyhow. This program keeps them. Capabilities belong to threads, so
    /// it is called while there is one.
    package static func keepToSelf() { cl_keep_watching_rights() }
}
