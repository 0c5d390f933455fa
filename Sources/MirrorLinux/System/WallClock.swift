internal import CLinux
import Glibc
package import MirrorCore

/// The time of day, local, as people and log files read it. Nothing is ever decided by it.
package struct WallClock: Sendable, Equatable {
    /// Since 1970.
    package let seconds: Int64

    package init(seconds: Int64) { self.seconds = seconds }

    package static func now() -> WallClock { WallClock(seconds: Int64(Glibc.time(nil))) }

    /// `Sun Nov 22 18:48:56 2026`: the form of asctime(3) in the C locale, the day padded with a space.
    package var dayAndTime: String { texts.day }
    /// `18:48:56`.
    package var timeOfDay: String { texts.time }

    private var texts: (day: String, time: String) {
        var day = [CChar](repeating: 0, count: 32)
        var time = [CChar](repeating: 0, count: 16)
        cl_wall_clock(seconds, &day, &time)
        return (Self.text(day), Self.text(time))
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension TrackedMoment {
    package static func now() -> TrackedMoment { TrackedMoment(boot: Clock.now(), wall: cl_wall_time()) }
}
