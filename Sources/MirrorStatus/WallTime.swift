/// A time of day in the local zone, as parts; whoever has a clock fills it in.
package struct WallTime: Sendable, Equatable {
    package var year: Int
    /// 1 to 12.
    package var month: Int
    package var day: Int
    /// 0 is Sunday.
    package var weekday: Int
    package var hour: Int
    package var minute: Int
    package var second: Int

    package init(year: Int, month: Int, day: Int, weekday: Int, hour: Int, minute: Int, second: Int) {
        self.year = year
        self.month = month
        self.day = day
        self.weekday = weekday
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// As asctime(3) writes it in every locale: `Sun Nov  2 18:48:56 2026`, the day padded with a blank.
    package var asctime: String {
        let dayText = day < 10 ? " \(day)" : "\(day)"
        return "\(Self.weekdays[weekday]) \(Self.months[month - 1]) \(dayText) \(timeOfDay) \(year)"
    }

    /// `HH:MM:SS`.
    package var timeOfDay: String { "\(Self.padded(hour)):\(Self.padded(minute)):\(Self.padded(second))" }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
