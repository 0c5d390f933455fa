/// What is needed to live through a run again: its seed, and where it was made short, what is left of it.
package struct History: Sendable, Equatable {
    package var seed: UInt64
    /// nil: all cards, as the seed deals them.
    package var cards: Set<Card>?
    /// At most so many targets and steps; nil is what the seed says.
    package var targets: Int?
    package var steps: Int?

    package init(seed: UInt64, cards: Set<Card>? = nil, targets: Int? = nil, steps: Int? = nil) {
        self.seed = seed
        self.cards = cards
        self.targets = targets
        self.steps = steps
    }

    /// As `lockstep-sim replay` takes it: `SEED`, or `SEED,targets=1,steps=9,3.write.0,…`.
    package init?(_ text: some StringProtocol) {
        let words = text.split(separator: ",")
        guard let first = words.first, let seed = UInt64(first) else { return nil }
        self.init(seed: seed)
        for word in words.dropFirst() {
            if word.hasPrefix("targets="), let number = Int(word.dropFirst(8)) {
                targets = number
            } else if word.hasPrefix("steps="), let number = Int(word.dropFirst(6)) {
                steps = number
            } else if word == "bare" {
                cards = cards ?? []
            } else if let card = Card(word) {
                cards = (cards ?? []).union([card])
            } else {
                return nil
            }
        }
    }

    package var text: String {
        var words = ["\(seed)"]
        if let targets { words.append("targets=\(targets)") }
        if let steps { words.append("steps=\(steps)") }
        if let cards { words += cards.isEmpty ? ["bare"] : cards.sorted().map(\.description) }
        return words.joined(separator: ",")
    }
}
