/// Chance from a seed (SplitMix64), so that a run can be repeated.
package struct Jitter: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Between nothing and the duration.
    package mutating func spread(_ duration: Duration) -> Duration {
        .nanoseconds(Int64.random(in: 0...max(0, duration.wholeNanoseconds), using: &self))
    }

    /// The duration, a quarter more or less.
    package mutating func around(_ duration: Duration) -> Duration {
        duration * 3 / 4 + spread(duration / 2)
    }
}
