/// A point on the kernel's monotonic clock (CLOCK_BOOTTIME), in nanoseconds. The core never reads it; it is handed in.
package struct Moment: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static let zero = Moment(nanoseconds: 0)
    /// Later than anything that is scheduled; far from overflow.
    package static let distantFuture = Moment(nanoseconds: .max / 2)

    package static func < (left: Moment, right: Moment) -> Bool { left.nanoseconds < right.nanoseconds }
    package static func + (left: Moment, right: Duration) -> Moment {
        Moment(nanoseconds: left.nanoseconds + right.wholeNanoseconds)
    }
    package static func - (left: Moment, right: Duration) -> Moment {
        Moment(nanoseconds: left.nanoseconds - right.wholeNanoseconds)
    }
    package static func - (left: Moment, right: Moment) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}

extension Duration {
    /// Beyond ±292 years it stops at the end of the scale.
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds > 0 ? .max / 2 : .min / 2) : product + attoseconds / 1_000_000_000
    }

    package var inSeconds: Double { Double(wholeNanoseconds) / 1e9 }
}
