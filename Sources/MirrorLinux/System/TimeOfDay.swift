internal import CLinux

/// `18:48:56.123`, local.
package enum TimeOfDay {
    package static func now() -> String {
        let wall = cl_wall_time()
        let thousandths = String(wall / 1_000_000 % 1000)
        let zeros = String(repeating: "0", count: 3 - thousandths.count)
        return WallClock(seconds: wall / 1_000_000_000).timeOfDay + "." + zeros + thousandths
    }
}
