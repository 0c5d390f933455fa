/// A local time of day as it is written; whoever has a clock fills it in.
package struct WallTime: Sendable, Equatable {
    /// As asctime(3) in the C locale: `Sun Nov  2 18:48:56 2026`, the day padded with a blank.
    package var dayAndTime: String
    /// `HH:MM:SS`.
    package var timeOfDay: String

    package init(dayAndTime: String, timeOfDay: String) {
        self.dayAndTime = dayAndTime
        self.timeOfDay = timeOfDay
    }
}
