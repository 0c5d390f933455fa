import Glibc
package import MirrorCore

/// The clock at the wall, with the time zone of the machine.
package enum LocalCalendar {
    package static func time(at seconds: Int64) -> CronRule.LocalTime {
        var moment = time_t(seconds)
        var fields = tm()
        localtime_r(&moment, &fields)
        return CronRule.LocalTime(
            month: Int(fields.tm_mon) + 1, day: Int(fields.tm_mday), weekday: Int(fields.tm_wday),
            time: (Int(fields.tm_hour), Int(fields.tm_min), Int(fields.tm_sec)), isSummerTime: fields.tm_isdst > 0)
    }
}
