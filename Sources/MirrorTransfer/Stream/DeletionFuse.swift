import DequeModule
package import MirrorCore

/// How many names have come and gone at a target of late, and whether so many more may go.
package struct DeletionFuse: Sendable {
    /// A tree is counted up to here; beyond it nobody needs to know.
    static let mostCounted: UInt32 = 10_000_000
    private static let minute = Duration.seconds(60)
    /// What a target held so long ago is what it may lose the half of.
    private static let memory = Duration.seconds(600)
    private static let betweenSamples = Duration.seconds(10)
    /// So many are no disaster, whatever is left.
    private static let least = 1000

    /// Names that went, at most one entry a second.
    private var gone: Deque<(at: Moment, names: Int)> = []
    /// Names that came, less those that went, since the program began; and what that was at earlier moments.
    private var net = 0
    private var samples: Deque<(at: Moment, net: Int)> = []
    /// What the target held, at which `net`.
    private var counted: (names: Int, net: Int)?

    package init() {}

    package mutating func noteNew(_ count: Int) { net += count }

    package mutating func noteGone(_ count: Int, at now: Moment) {
        sample(at: now)
        net -= count
        if let last = gone.last, now - last.at < .seconds(1) {
            gone[gone.count - 1].names += count
        } else {
            gone.append((now, count))
        }
    }

    /// Whether the target has to be counted before it can be told whether so many more may go.
    package mutating func wantsCount(of count: Int, at now: Moment, _ limit: DeleteLimit) -> Bool {
        limit == .half && counted == nil && loss(with: count, at: now).names > Self.least
    }

    /// So many are at the target now.
    package mutating func noteHeld(_ names: Int) { counted = (names, net) }

    /// The number of names that a person should be asked about; nil where `count` more may go.
    package mutating func excess(of count: Int, at now: Moment, _ limit: DeleteLimit) -> Int? {
        switch limit {
        case .none: return nil
        case .names(let most):
            while let first = gone.first, now - first.at > Self.minute { gone.removeFirst() }
            let total = gone.reduce(count) { $0 + $1.names }
            return total > most ? total : nil
        case .half:
            let (loss, before) = loss(with: count, at: now)
            guard loss > Self.least, let counted else { return nil }
            let held = counted.names + before - counted.net
            return 2 * loss > held ? loss : nil
        }
    }

    /// Names that came meanwhile and go again are no loss.
    private mutating func loss(with count: Int, at now: Moment) -> (names: Int, before: Int) {
        sample(at: now)
        let before = samples.first?.net ?? net
        return (before - (net - count), before)
    }

    private mutating func sample(at now: Moment) {
        if let last = samples.last, now - last.at < Self.betweenSamples { return }
        samples.append((now, net))
        // The first is what was before the time that is remembered.
        while samples.count > 1, now - samples[1].at >= Self.memory { samples.removeFirst() }
    }
}
