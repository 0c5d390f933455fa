import MirrorCore
import Testing

@testable import MirrorCore

@Suite("the queue of events beside a slow and plain one") struct EventQueueModelTests {
    /// What can happen next: an event, or something with the first event of a kind.
    private static let steps = [
        "Create a", "Modify a", "Delete a", "Create d/", "Attrib d/", "Delete d/", "Create d/x", "Delete d/x",
        "Create d/e/", "Move a d/x", "Move d/x a", "Move d/ f/", "Move a b", "Blanket", "Full", "take", "done", "fail",
        "again",
    ]

    /// What may come last in a sequence of four, so that they all take seconds.
    private static let lastSteps = ["Create a", "Move d/x a", "take", "done"]

    private struct Pair {
        var queue = EventQueue()
        var model = EventQueueModel()
        private let now = Moment(nanoseconds: 1_000_000_000)

        mutating func perform(_ step: String) {
            take(step)
            model.settle()
        }

        private mutating func take(_ step: String) {
            switch step {
            case "take":
                guard let front = queue.front() else { return }
                queue.activate(front.id)
                model.set(Int(front.id.number), "active")
            case "done":
                guard let number = model.first(in: "active") else { return }
                queue.remove(EventID(Int64(number)))
                model.remove(number)
            case "fail":
                guard let number = model.first(in: "active") else { return }
                queue.retry(EventID(Int64(number)), at: now)
                model.set(number, "retry")
            case "again":
                guard let number = model.first(in: "retry") else { return }
                queue.release(EventID(Int64(number)))
                model.release(number)
            default: add(step)
            }
        }

        private mutating func add(_ step: String) {
            guard let event = EventQueueTests.event(step) else { return }
            queue.add(event, alarm: now, at: now)
            let words = step.split(separator: " ").map(String.init)
            model.add(words[0], words.count > 1 ? words[1] : "", words.count > 2 ? words[2] : nil)
        }

        var difference: String? {
            let text = queue.list(limit: 999).map(EventQueueTests.text).joined(separator: ", ")
            return text == model.text ? nil : "queue: \(text); expected: \(model.text)"
        }

        /// Takes and ends everything; what stays would be lost for ever.
        mutating func drain() -> Bool {
            for _ in 0..<(4 * queue.count + 4) {
                perform("again")
                perform("take")
                perform("done")
            }
            return queue.isEmpty && model.items.isEmpty && queue.indexedPlaces == 0
        }
    }

    @Test("all sequences of four steps")
    func exhaustive() {
        var differences: [String] = []
        for one in Self.steps {
            for two in Self.steps {
                var start = Pair()
                start.perform(one)
                start.perform(two)
                for three in Self.steps {
                    for four in Self.lastSteps {
                        var pair = start
                        pair.perform(three)
                        pair.perform(four)
                        if let difference = pair.difference {
                            differences.append("\([one, two, three, four]): \(difference)")
                        } else if four == "take", !pair.drain() {
                            differences.append("\([one, two, three, four]): something stays for ever")
                        }
                        if differences.count > 5 {
                            Issue.record("\(differences.joined(separator: "\n"))")
                            return
                        }
                    }
                }
            }
        }
        #expect(differences.isEmpty, "\(differences.joined(separator: "\n"))")
    }

    @Test("long sequences from seeds", arguments: 1...40)
    func long(seed: UInt64) {
        var chance = Jitter(seed: seed)
        var pair = Pair()
        for number in 0..<300 {
            let step = Self.steps[Int(chance.next() % UInt64(Self.steps.count))]
            pair.perform(step)
            if let difference = pair.difference {
                Issue.record("seed \(seed), step \(number) (\(step)): \(difference)")
                return
            }
        }
        let isDrained = pair.drain()
        #expect(isDrained, "seed \(seed): something stays for ever")
    }
}
