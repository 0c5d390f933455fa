/// Finds the shortest history that still fails the same check: fewer steps, fewer targets, fewer cards.
package struct Shrinking {
    /// Where a history fails in the way in question, and the cards that were played until then; nil where it does not.
    package typealias Trial = (History) -> (step: Int, cards: [Card])?

    private let trial: Trial
    private var best: History
    /// How many runs it has taken.
    package private(set) var tries = 0
    private let limit: Int

    /// `limit` bounds the runs that are tried.
    package init(_ failure: Runs.Failure, limit: Int = 20_000) {
        let check = failure.violation.check
        self.init(failure.history, limit: limit) { history in
            var simulation = Simulation(history, remembersCards: true)
            do throws(Violation) {
                try simulation.run()
                return nil
            } catch {
                return error.check == check ? (error.step, simulation.playedCards) : nil
            }
        }
    }

    package init(_ history: History, limit: Int, trial: @escaping Trial) {
        best = history
        self.limit = limit
        self.trial = trial
    }

    package mutating func run() -> History {
        shortenTo(playedBefore: best)
        for targets in 1..<8 where take(best.with(targets: targets)) { break }
        dropKinds()
        var size = max((best.cards ?? []).count / 2, 1)
        while tries < limit {
            let before = best
            dropChunks(of: size)
            if size == 1, best == before { break }
            size = max(size / 2, 1)
        }
        return best
    }

    /// Only the cards that were played count, and only steps up to the failure.
    private mutating func shortenTo(playedBefore history: History) {
        guard let (step, cards) = fails(history) else { return }
        best.cards = Set(cards)
        _ = take(best.with(steps: step))
        if let (_, cards) = fails(best) { best.cards = Set(cards) }
    }

    private mutating func dropKinds() {
        for kind in Card.Kind.allCases {
            var shorter = best
            shorter.cards = best.cards?.filter { $0.kind != kind }
            if shorter != best { _ = take(shorter) }
        }
    }

    private mutating func dropChunks(of size: Int) {
        var end = (best.cards ?? []).count
        while end > 0, tries < limit {
            let sorted = (best.cards ?? []).sorted()
            let range = max(end - size, 0)..<min(end, sorted.count)
            var shorter = best
            shorter.cards?.subtract(sorted[range])
            _ = take(shorter)
            end -= size
        }
    }

    private mutating func take(_ history: History) -> Bool {
        guard let (step, _) = fails(history) else { return false }
        best = history
        if step < history.steps ?? .max { best.steps = step }
        return true
    }

    private mutating func fails(_ history: History) -> (step: Int, cards: [Card])? {
        tries += 1
        return trial(history)
    }
}

extension History {
    fileprivate func with(targets: Int) -> History {
        var history = self
        history.targets = targets
        return history
    }

    fileprivate func with(steps: Int) -> History {
        var history = self
        history.steps = steps
        return history
    }
}
