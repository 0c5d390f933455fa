import Glibc
package import MirrorCore

/// Where the program remembers its sources across restarts.
package enum StateDirectory {
    package static func of(_ settings: Settings) -> ByteString {
        path(
            configured: settings.stateDirectory, isRoot: geteuid() == 0, home: variable("HOME"),
            xdgStateHome: variable("XDG_STATE_HOME"))
    }

    private static func variable(_ name: String) -> ByteString? {
        getenv(name).map { ByteString(UnsafeBufferPointer(start: $0, count: strlen($0)).map(UInt8.init(bitPattern:))) }
    }

    /// `stateDir` of the settings; else `/var/lib/lockstep` for root, and for others what the XDG base directory
    /// specification says. `home` and `xdgStateHome` are the variables of the environment.
    package static func path(
        configured: ByteString?, isRoot: Bool, home: ByteString?, xdgStateHome: ByteString?
    ) -> ByteString {
        if let configured { return configured }
        if isRoot { return "/var/lib/lockstep" }
        // The specification: a relative path in the variable is to be ignored.
        if let base = xdgStateHome, base.hasPrefix("/") { return base + "/lockstep" }
        return (home ?? "/tmp") + "/.local/state/lockstep"
    }
}
