internal import CLinux
import Glibc
package import MirrorCore

/// The one who started the program as a service and wants to hear of it (sd_notify(3)).
package struct NotifySocket: Sendable {
    private let socket: ByteString
    /// How often a sign of life has to come at the latest; nil where none is wanted.
    package let watchdog: Duration?

    /// What the environment says, which loses it: children of this program are other services' business. To be called
    /// before there are threads. nil where nobody listens.
    package static func taken() -> NotifySocket? {
        let names = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
        let values = names.map { name in getenv(name).map { String(cString: $0) } }
        for name in names { unsetenv(name) }
        guard let socket = values[0], socket.hasPrefix("/") || socket.hasPrefix("@") else { return nil }
        let isOurs = values[2].map { $0 == "\(getpid())" } ?? true
        let microseconds = isOurs ? values[1].flatMap { Int64($0) } : nil
        return NotifySocket(
            socket: ByteString(socket), watchdog: microseconds.flatMap { $0 > 0 ? .microseconds($0) : nil })
    }

    /// Variables of sd_notify(3), one a line. Nobody there to hear it is no fault of ours.
    package func tell(_ lines: [ByteString]) {
        let text = lines.joined(separator: "\n").bytes
        _ = socket.withCPath { path in text.withUnsafeBytes { cl_local_tell(path, $0.baseAddress, $0.count) } }
    }

    /// For `RELOADING=1`: the clock that it counts by (sd_notify(3)).
    package static func monotonicMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }
}
