import Glibc
import MirrorCore

/// What one event costs in the queue of a sync with functions of its own, while many wait. Flat is the promise here
/// too: an event costs the depth of its path, not the length of the queue.
enum ScriptCost {
    private static let eventsInRow = 1_000_000

    static func table() -> String {
        var lines = [
            "| pending paths | events | ns per event, told | ratio to the first row | ns per event, served | ratio |",
            "|---|---|---|---|---|---|",
        ]
        var first: (told: Double, served: Double)?
        for pending in [1_000, 10_000, 100_000] {
            var world = World(pending: pending)
            let told = world.tell(eventsInRow)
            let served = serve(pending: pending, count: eventsInRow)
            let base = first ?? (told, served)
            first = base
            lines.append(
                "| \(pending) | \(eventsInRow) | \(Int(told)) | \(rounded(told / base.told)) | \(Int(served)) "
                    + "| \(rounded(served / base.served)) |")
        }
        return lines.joined(separator: "\n")
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func path(_ number: Int) -> RelativePath {
        RelativePath(uncheckedBytes: Array("www/site\(number % 100)/upload/\(number / 1000)/file\(number).jpg".utf8))
    }

    /// Takes the oldest events as a function would, 64 at a time, and puts new ones behind.
    private static func serve(pending: Int, count: Int) -> Double {
        var queue = EventQueue()
        let now = Moment(nanoseconds: 1_000_000_000)
        for number in 0..<pending {
            queue.add(ScriptEvent(.create, path(number), isDirectory: false), alarm: now, at: now)
        }
        let new = (0..<count).map { ScriptEvent(.create, path(pending + $0), isDirectory: false) }
        let start = clockNow()
        var next = 0
        while next < count {
            for event in queue.holdDue(at: now, maxDelays: 1000, limit: min(64, count - next)) {
                queue.activate(event.id)
                queue.remove(event.id)
                queue.add(new[next], alarm: now, at: now)
                next += 1
            }
        }
        return Double((clockNow() - start).wholeNanoseconds) / Double(count)
    }

    /// The whole core with one such sync, whose events wait for their delay.
    private struct World: ~Copyable {
        private var mirrors: Mirrors
        private var now = Moment(nanoseconds: 1_000_000_000)
        private var actions: [Action] = []
        private let pending: Int

        init(pending: Int) {
            self.pending = pending
            var settings = Settings()
            var sync = SyncSettings(name: "Sync1", source: "/src", target: "")
            sync.script = ScriptSettings(number: 1)
            sync.delay = .seconds(1_000_000)
            sync.maxDelays = .max
            sync.comparesAtStart = false
            settings.syncs = [sync]
            mirrors = Mirrors(settings: settings, seed: 1)
            mirrors.start(at: now, into: &actions)
            happen([.noticed(SourceID(0), .live(directories: 1))])
            happen([.sourceChecked(SourceID(0), SourceReport())])
            for number in 0..<pending { happen([told(.created, number)]) }
        }

        /// Writes, attributes, and a new name that goes again for each twentieth event.
        mutating func tell(_ count: Int) -> Double {
            var batches: [[Event]] = []
            for begin in stride(from: 0, to: count, by: 20) {
                var batch = (begin..<min(begin + 18, count)).map { number in
                    told(number.isMultiple(of: 3) ? .attributes : .written, number &* 7919 % pending)
                }
                batch.append(told(.created, pending + begin))
                let path = ScriptCost.path(pending + begin)
                batch.append(.noticed(SourceID(0), .disappeared(path, isDirectory: false)))
                batches.append(batch)
            }
            let start = clockNow()
            for batch in batches { happen(batch) }
            return Double((clockNow() - start).wholeNanoseconds) / Double(count)
        }

        private func told(_ happening: Happening, _ number: Int) -> Event {
            .noticed(SourceID(0), .happened(happening, ScriptCost.path(number), isDirectory: false))
        }

        private mutating func happen(_ events: [Event]) {
            now = now + .microseconds(100)
            for event in events { mirrors.handle(event, at: now, into: &actions) }
            mirrors.settle(at: now, into: &actions)
            _ = mirrors.nextDeadline()
            actions.removeAll(keepingCapacity: true)
        }
    }
}

private func clockNow() -> Moment {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
}
