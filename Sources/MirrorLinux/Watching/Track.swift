import Glibc
import MirrorCore

/// Up to when everything that the kernel had to tell has been read.
struct Track {
    private var told: TrackedMoment?
    /// The kernel has lost events after that moment, and what it tells of that is being replayed.
    private(set) var lossSince: TrackedMoment?

    /// `isDrained`: nothing was left, so all that happened before the reading began has been read.
    mutating func read(_ events: [RawEvent], isDrained: Bool, since moment: TrackedMoment) {
        if events.contains(where: { $0.has(IN_Q_OVERFLOW) }) {
            if lossSince == nil { lossSince = told }
        } else if isDrained {
            told = moment
        }
    }

    mutating func tell(upTo moment: TrackedMoment) { told = moment }

    mutating func forgetLoss() { lossSince = nil }
}
