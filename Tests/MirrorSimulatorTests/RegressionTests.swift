import Foundation
import MirrorSimulator
import Testing

@Suite("Histories in which the core was wrong once")
struct RegressionTests {
    private static let lines: [(history: String, text: String)] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "regressions.txt")
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { !$0.hasPrefix("//") }.map { line in
            let parts = line.split(separator: " ", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }()

    @Test("each is safe at every step and ends in step")
    func regressions() throws {
        #expect(Self.lines.count >= 10)
        for (line, text) in Self.lines {
            let history = try #require(History(line), "\(line) is no history")
            #expect(history.text == line)
            var simulation = Simulation(history)
            do throws(Violation) { try simulation.run() } catch { Issue.record("\(line) (\(text)): \(error)") }
        }
    }

    @Test("a history says what it is, and nothing else is one")
    func histories() {
        let whole = History(seed: 7, cards: [Card(3, .write), Card(3, .kill, 2)], targets: 1, steps: 9)
        #expect(History(whole.text) == whole)
        #expect(History("7") == History(seed: 7))
        #expect(History("7,bare") == History(seed: 7, cards: []))
        for text in ["", "x", "7,targets", "7,3.nothing.0", "7,3.write"] { #expect(History(text) == nil) }
    }

    @Test("a failing history is made as short as what it takes to fail")
    func shrinking() {
        var whole = Simulation(History(seed: 3), remembersCards: true)
        try? whole.run()
        let cards = whole.playedCards
        let culprits: Set = [cards[cards.count / 3], cards[cards.count / 2]]
        let last = cards[cards.count / 2].step
        let trial: Shrinking.Trial = { history in
            var simulation = Simulation(history, remembersCards: true)
            try? simulation.run()
            let played = simulation.playedCards
            return culprits.isSubset(of: played) ? (last, played) : nil
        }
        var shrinking = Shrinking(History(seed: 3), limit: 500, trial: trial)
        let short = shrinking.run()
        #expect(short.steps == last)
        #expect(shrinking.tries <= 500)
        let left = short.cards ?? []
        #expect(culprits.isSubset(of: left) && left.count < cards.count / 4)
        // What else is left is needed for the culprits to be played at all.
        for card in left {
            var shorter = short
            shorter.cards?.remove(card)
            #expect(trial(shorter) == nil)
        }
    }
}
