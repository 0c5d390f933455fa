import Foundation
import MirrorCore
import MirrorTesting
import Testing

@Suite("Mirrors of mirrors")
struct MutualMirrorTests {
    /// Directories in which one daemon each mirrors into the next.
    private struct Ring {
        let tree: TemporaryTree
        let places: [DirectoryTree]
        private(set) var daemons: [LockstepProcess] = []

        init(_ names: [String], links: [(Int, Int)]) throws {
            tree = try TemporaryTree()
            let tree = tree
            places = try names.map { try tree.directory(ByteString($0)) }
            for (number, link) in links.enumerated() {
                let text = """
                    settings{ stateDir = "\(tree.path)/state\(number)", nodaemon = true }
                    sync{ default.rsync, source = "\(places[link.0].root)", target = "\(places[link.1].root)",
                      delay = 0.3, rsync = { archive = true } }
                    """
                let name = ByteString("conf\(number)")
                try tree.tree.write(name, ByteString(text))
                daemons.append(try LockstepProcess(["lsyncd", name], directory: tree.path))
            }
        }

        /// Calls of rsync so far.
        var transfers: Int {
            daemons.reduce(0) { sum, daemon in
                sum + (daemon.output + daemon.errors).components(separatedBy: "Calling rsync").count - 1
            }
        }

        func stop() async throws {
            for daemon in daemons { #expect(try await daemon.stop() == .code(143)) }
        }
    }

    private func waitUntilEqual(_ places: [DirectoryTree]) async throws {
        var last: [String] = []
        try await Condition.wait(
            until: "all are equal", deadline: .seconds(90), state: { last.joined(separator: "\n") },
            holds: {
                last = try places.dropFirst().flatMap {
                    try TreeComparison.differences(places[0], $0, checking: [.seconds])
                }
                return last.isEmpty
            })
    }

    /// Nothing has been called for as long as any batch of theirs takes to come up, many times over.
    private func waitForRest(_ ring: Ring) async throws {
        let clock = ContinuousClock()
        var (count, since) = (ring.transfers, clock.now)
        try await Condition.wait(
            until: "nobody sends any more", deadline: .seconds(120), interval: .milliseconds(50),
            state: { "\(ring.transfers) calls so far" },
            holds: {
                let now = ring.transfers
                if now != count { (count, since) = (now, clock.now) }
                return clock.now > since + .seconds(4)
            })
    }

    @Test("two that mirror into each other come to rest, whoever writes")
    func pair() async throws {
        let ring = try Ring(["a", "b"], links: [(0, 1), (1, 0)])
        try await waitForRest(ring)
        let before = ring.transfers
        try ring.places[0].write("from a", "one")
        try ring.places[0].makeDirectories("d/e")
        try ring.places[0].write("d/e/f", "deep")
        try await waitUntilEqual(ring.places)
        try ring.places[1].append("d/e/f", " and back")
        try ring.places[1].write("from b", "two")
        try await waitUntilEqual(ring.places)
        try ring.places[1].write("old", "dated")
        try ring.places[1].setTime("old", seconds: 1_500_000_000, nanoseconds: 5)
        try await waitUntilEqual(ring.places)
        try ring.places[0].removeAll("d")
        try await waitUntilEqual(ring.places)
        try await waitForRest(ring)
        #expect(try ring.places[0].read("old") == "dated")
        #expect(ring.transfers - before < 40, "\(ring.transfers - before) calls for four changes")
        try await ring.stop()
    }

    @Test("a chain of three brings everything to its end, and rests")
    func chain() async throws {
        let ring = try Ring(["a", "b", "c"], links: [(0, 1), (1, 2)])
        for round in 0..<5 {
            try ring.places[0].write(ByteString("f\(round)"), ByteString("content \(round)"))
            try ring.places[0].write("again", ByteString("same size \(round)"))
            try await waitUntilEqual(ring.places)
        }
        try await waitForRest(ring)
        try await ring.stop()
    }
}
