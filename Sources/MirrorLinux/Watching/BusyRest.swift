import Glibc
import MirrorCore

/// Reading each event alone costs the writer and us four times the CPU, so under load half a millisecond is let pass.
struct BusyRest {
    private var busyRounds = 0
    private var last = Moment.zero

    mutating func restWhenBusy() {
        let now = Clock.now()
        busyRounds = now - last < .milliseconds(2) ? busyRounds + 1 : 0
        if busyRounds > 4 { usleep(500) }
        last = Clock.now()
    }
}
