/// What lsyncd's `-help`, `-version` and `-monitor` print here.
package enum LsyncdUsage {
    /// Scripts look for lsyncd's version in the first words.
    package static let version = "Version: 2.3.1 (lockstep \(ProgramVersion.text))\n"

    package static let monitors = "Supported monitors:\n   inotify\n\n"

    package static let text = """

        USAGE: mirrors directory trees to other places, live.

          with a configuration file:
            lsyncd [OPTIONS] CONFIG-FILE

          without one, with rsync:
            lsyncd [OPTIONS] -rsync SOURCE TARGET

          without one, with rsync over ssh, and moves at the far end:
            lsyncd [OPTIONS] -rsyncssh SOURCE HOST TARGETDIR

          without one, to a local directory:
            lsyncd [OPTIONS] -direct SOURCE TARGETDIR

        OPTIONS:
          -delay SECS         The longest wait of a change, in place of every sync's own
          -help               This text
          -insist             Keep trying where a target cannot be reached at the start
          -log    all         Log everything
          -log    scarce      Log warnings and errors only
          -log    CATEGORY    Log this category too
          -logfile FILE       Log to FILE (without it: syslog)
          -monitor            List the kernel interfaces for file events
          -nodaemon           Stay in the foreground and log to the terminal
          -onepass            Compare everything once, then end
          -pidfile FILE       Write the process id to FILE
          -script FILE        Run a Lua file before the configuration (may be repeated)
          -sshopts OPTIONS    More options for ssh, for -rsyncssh
          -t                  Test the configuration and end: 0 if it would start, 1 if not
          -version            Print the version

        This is lockstep under lsyncd's name. `lockstep --help` shows its own commands.

        """
}

package enum ProgramVersion {
    package static let text = "0.1.0"
}
