import MirrorCore

/// An editor at work on one tree, and a look at other trees for each change to arrive.
package struct Workday: Sendable {
    package var editor: Editor
    package private(set) var arrivals: Arrivals
    /// How many changes of each kind were made.
    package private(set) var made: [Editor.Deed: Int] = [:]
    private var random: SeededGenerator
    private let clock = ContinuousClock()

    package init(in source: DirectoryTree, seenAt places: [(name: String, tree: DirectoryTree)], seed: UInt64) {
        editor = Editor(source, seed: seed)
        arrivals = Arrivals(at: places)
        random = SeededGenerator(seed: seed &+ 1)
    }

    /// Makes changes at random moments that fill `time` on average. `look` is called every few milliseconds with the
    /// number of changes made; what it throws ends the work.
    package mutating func work(
        changes total: Int, over time: Duration, look: (Int, Arrivals) async throws -> Void = { _, _ in }
    ) async throws {
        // Points drawn at random from the whole time, in their order: what independent people make.
        let began = clock.now
        let moments = (0..<total).map { _ in Double.random(in: 0..<1, using: &random) }.sorted()
            .map { began + .milliseconds(Int(time.inSeconds * $0 * 1000)) }
        var count = 0
        while count < total {
            if clock.now >= moments[count] {
                let changes = try editor.work(atMost: total - count)
                count += changes.count
                for change in changes { made[change.deed, default: 0] += 1 }
                arrivals.expect(changes)
            }
            arrivals.look()
            try await look(count, arrivals)
            try await clock.sleep(for: .milliseconds(3))
        }
    }

    /// Returns when every change is visible everywhere.
    package mutating func waitForArrival(
        within deadline: Duration, look: (Arrivals) async throws -> Void = { _ in }
    ) async throws {
        let end = clock.now + deadline
        while !arrivals.isComplete {
            guard clock.now < end else {
                throw FixtureError("after \(deadline) changes are still missing\n\(arrivals.missing)")
            }
            try await clock.sleep(for: .milliseconds(3))
            arrivals.look()
            try await look(arrivals)
        }
    }

    /// What the source must hold and does not: one sentence each.
    package func losses(in source: DirectoryTree) throws -> [String] {
        try editor.expected.compactMap { page in
            guard try source.status(page.path) != nil else { return "\"\(page.path)\" is lost at the source" }
            return try source.read(page.path) == page.content
                ? nil : "\"\(page.path)\" has another content at the source"
        }
    }
}
