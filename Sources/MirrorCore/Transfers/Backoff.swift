/// How long a target or a path waits after a failure. Pure: chance is handed in.
package enum Backoff {
    /// The longest wait where a real attempt is the only way to know.
    package static let longest = Duration.seconds(30)
    /// After "permission denied", so that no server locks the account.
    package static let afterDenial = Duration.seconds(300)
    /// Between two looks at the port of a target that can't be reached.
    package static let betweenProbes = Duration.seconds(2)
    /// The longest wait of a path that does not arrive while others do.
    package static let longestForPath = Duration.seconds(60)

    package static func wait(after cause: Failure.Cause, attempts: Int, jitter: inout Jitter) -> Duration {
        switch cause {
        case .permissionDenied: afterDenial + jitter.spread(.seconds(15))
        case .unreachable: jitter.around(betweenProbes)
        default: exponential(attempts, longest: longest, jitter: &jitter)
        }
    }

    package static func wait(afterPathFailure kind: PathFailure.Kind, attempts: Int, jitter: inout Jitter) -> Duration {
        if kind == .vanished, attempts <= 3 { return .milliseconds(100) }
        return exponential(attempts, longest: longestForPath, jitter: &jitter)
    }

    /// 1, 2, 4 … seconds, each up to a quarter more or less, never beyond `longest`.
    package static func exponential(_ attempts: Int, longest: Duration, jitter: inout Jitter) -> Duration {
        let doubled = Duration.seconds(1 << min(max(attempts - 1, 0), 16))
        return min(jitter.around(doubled), longest)
    }
}
