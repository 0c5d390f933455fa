internal import CLinux
package import MirrorCore

/// The kernel's monotonic clock, which goes on while the machine is suspended (CLOCK_BOOTTIME).
package enum Clock {
    package static func now() -> Moment { Moment(nanoseconds: cl_boottime()) }
}
