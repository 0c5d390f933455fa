import MirrorCore

/// One thing that chance decides in a run: what somebody does, what fails, how long something takes.
///
/// Each card has a chance of its own, from the seed and its place in the run. So a run that is played without some of
/// its cards is the same run otherwise, and that is how a failing history is made short. Where a card is missing, the
/// plain thing happens: nobody writes, nothing fails, everything is quick.
package struct Card: Hashable, Comparable, Sendable, CustomStringConvertible {
    package enum Kind: UInt8, CaseIterable, Sendable {
        // What people and machines do.
        case write, burst, unmount, away, drift, full, loss, pause, resync, flush, stop, kill, reload, clock
        // How things go on their way.
        case time, read, wake, reorder, cover, progress, transfer, answer, identity, restart, walk
        // Thought of later: the chance of a card comes from its place in this list.
        case unclosed, join, leave, accept
    }

    package let step: Int
    package let kind: Kind
    /// Tells cards of one kind and step apart: a target, or a count.
    package let part: Int

    package init(_ step: Int, _ kind: Kind, _ part: Int = 0) {
        self.step = step
        self.kind = kind
        self.part = part
    }

    /// Reads what `description` writes.
    package init?(_ text: some StringProtocol) {
        let fields = text.split(separator: ".")
        guard fields.count == 3, let step = Int(fields[0]), let part = Int(fields[2]),
            let kind = Kind.allCases.first(where: { "\($0)" == fields[1] })
        else { return nil }
        self.init(step, kind, part)
    }

    package var description: String { "\(step).\(kind).\(part)" }

    package static func < (left: Card, right: Card) -> Bool {
        (left.step, left.kind.rawValue, left.part) < (right.step, right.kind.rawValue, right.part)
    }
}

/// The cards of one run.
struct Deck {
    private let seed: UInt64
    /// nil: all of them.
    private let kept: Set<Card>?
    private let remembersPlayed: Bool
    /// What has been drawn, in order, where it is remembered.
    private(set) var played: [Card] = []

    init(seed: UInt64, kept: Set<Card>?, remembersPlayed: Bool) {
        self.seed = seed
        self.kept = kept
        self.remembersPlayed = remembersPlayed
    }

    /// The chance of a card, or nil where the run is played without it.
    mutating func draw(_ card: Card) -> Jitter? {
        if let kept, !kept.contains(card) { return nil }
        if remembersPlayed { played.append(card) }
        var mixer = Jitter(
            seed: seed ^ (UInt64(card.step) << 24 | UInt64(card.kind.rawValue) << 16 | UInt64(card.part)))
        return Jitter(seed: mixer.next())
    }

    /// The card has changed nothing; a shorter history need not try without it.
    mutating func takeBack(_ card: Card) {
        if remembersPlayed, played.last == card { played.removeLast() }
    }
}
