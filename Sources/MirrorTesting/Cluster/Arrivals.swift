import MirrorCore

/// Looks at other machines' trees for changes to arrive, and knows how long each took.
package struct Arrivals: Sendable {
    package struct Place: Sendable {
        package var name: String
        package var tree: DirectoryTree
        package var waiting: [Editor.Change] = []
        package var delays: [Duration] = []

        /// Age of the oldest change that has not arrived; zero when all have.
        package func lag(at now: ContinuousClock.Instant) -> Duration {
            waiting.map { now - $0.began }.max() ?? .zero
        }

        /// The delay that this share of the changes did not exceed.
        package func percentile(_ share: Double) -> Duration {
            let sorted = delays.sorted()
            guard !sorted.isEmpty else { return .zero }
            return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
        }
    }

    package private(set) var places: [Place]

    package init(at places: [(name: String, tree: DirectoryTree)]) {
        self.places = places.map { Place(name: $0.name, tree: $0.tree) }
    }

    package mutating func expect(_ changes: [Editor.Change]) {
        for index in places.indices { places[index].waiting += changes }
    }

    /// Looks once at everything that has not arrived.
    package mutating func look() {
        for index in places.indices {
            let tree = places[index].tree
            var waiting: [Editor.Change] = []
            for change in places[index].waiting {
                if change.effect.isVisible(in: tree) {
                    places[index].delays.append(ContinuousClock.now - change.began)
                } else {
                    waiting.append(change)
                }
            }
            places[index].waiting = waiting
        }
    }

    package var isComplete: Bool { places.allSatisfy(\.waiting.isEmpty) }

    /// What is missing where, for a message.
    package var missing: String {
        places.filter { !$0.waiting.isEmpty }.map { place in
            let some = place.waiting.prefix(5).map { "\($0.number) \($0.deed.rawValue) \($0.effect)" }
            return "\(place.name) lacks \(place.waiting.count) changes: \(some.joined(separator: ", "))"
        }.joined(separator: "\n")
    }
}
