import Glibc
import MirrorCore

/// What one event costs while many paths wait for a target that is away. Flat is the promise: an event costs the length
/// of its path, not the number of those that wait.
enum PendingCost {
    static func table() -> String {
        // First, while what is resident is what is in use.
        var lines = memory() + [""]
        lines += [
            "| pending paths | ns per event, known path | ns per event, new path | ratio to the first row |",
            "|---|---|---|---|",
        ]
        var first: Double?
        for pending in [1_000, 10_000, 100_000, 1_000_000] {
            let (known, new) = measure(pending: pending)
            let ratio = known / (first ?? known)
            first = first ?? known
            lines.append("| \(pending) | \(rounded(known)) | \(rounded(new)) | \(rounded(ratio, 2)) |")
        }
        return lines.joined(separator: "\n")
    }

    /// What the process grows by for each path that waits, and where it stops.
    private static func memory() -> [String] {
        var lines = [
            "| paths changed, all distinct | paths in the log | resident, MB | bytes for each path |",
            "|---|---|---|---|",
        ]
        var world = World(limits: Limits())
        let before = resident()
        for changed in [250_000, 500_000, 1_000_000, 2_000_000, 4_000_000] {
            world.fill(from: world.filled, to: changed) { number in
                RelativePath(uncheckedBytes: Array("d\(number / 1000)/f\(number % 1000 + 3000).txt".utf8))
            }
            let (held, grown) = (world.mirrors.sources[0].log.count, resident() - before)
            let each = held > 0 ? rounded(Double(grown) / Double(held)) : "-"
            lines.append("| \(changed) | \(held) | \(rounded(Double(grown) / 1e6)) | \(each) |")
        }
        return lines
    }

    private static func resident() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let words = text.split(separator: " ")
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(getpagesize())
    }

    /// The median of five rounds of 20,000 events in batches of 20, each batch settled, as the loop does it.
    private static func measure(pending: Int) -> (known: Double, new: Double) {
        var limits = Limits()
        limits.logEntries = 2_000_000
        var world = World(limits: limits)
        world.fill(pending)
        var known: [Double] = []
        var new: [Double] = []
        for round in 0..<5 {
            known.append(world.time(events: 20_000) { path(number: ($0 &* 7919) % pending) })
            new.append(world.time(events: 20_000) { path(number: pending + round * 20_000 + $0) })
        }
        return (known.sorted()[2], new.sorted()[2])
    }

    private static func rounded(_ value: Double, _ digits: Int = 0) -> String {
        let scale = digits == 0 ? 1.0 : 100.0
        let text = "\((value * scale).rounded() / scale)"
        return digits == 0 ? String(text.dropLast(2)) : text
    }

    private static func path(number: Int) -> RelativePath {
        RelativePath(uncheckedBytes: Array("www/site\(number % 100)/upload/\(number / 1000)/file\(number).jpg".utf8))
    }

    /// A core with four targets that can't be reached, and its clock.
    private struct World: ~Copyable {
        var mirrors: Mirrors
        var now = Moment(nanoseconds: 1_000_000_000)
        var actions: [Action] = []
        var filled = 0

        init(limits: Limits) {
            var settings = Settings()
            settings.insists = true
            for index in 0..<4 {
                settings.syncs.append(
                    SyncSettings(name: ByteString("Sync\(index)"), source: "/src", target: "host:/dst/"))
            }
            mirrors = Mirrors(settings: settings, limits: limits, seed: 1)
            mirrors.start(at: now, into: &actions)
            happen(.noticed(SourceID(0), .live(directories: 1)))
            for _ in 0..<2 { happen(.sourceChecked(SourceID(0), SourceReport())) }
            for index in 0..<4 { happen(.targetIdentified(TargetID(index), .distinct)) }
            for mirror in mirrors.mirrors.compactMap({ $0.hands?.job.id }) {
                happen(.transferEnded(mirror, Outcome(.failed(Failure(.unreachable)))))
            }
        }

        mutating func happen(_ event: Event) {
            mirrors.handle(event, at: now, into: &actions)
            mirrors.settle(at: now, into: &actions)
            actions.removeAll(keepingCapacity: true)
        }

        mutating func fill(_ count: Int) { fill(from: 0, to: count, PendingCost.path(number:)) }

        mutating func fill(from first: Int, to end: Int, _ path: (Int) -> RelativePath) {
            for number in first..<end {
                mirrors.handle(
                    .noticed(SourceID(0), .touched(path(number), isDirectory: false)), at: now, into: &actions)
                if number.isMultiple(of: 1000) { mirrors.settle(at: now, into: &actions) }
                actions.removeAll(keepingCapacity: true)
            }
            mirrors.settle(at: now, into: &actions)
            filled = end
        }

        /// Nanoseconds per event.
        mutating func time(events count: Int, path: (Int) -> RelativePath) -> Double {
            let events = (0..<count).map {
                Event.noticed(SourceID(0), .touched(path($0), isDirectory: false))
            }
            let start = clockNow()
            for begin in stride(from: 0, to: count, by: 20) {
                now = now + .microseconds(100)
                for event in events[begin..<min(begin + 20, count)] {
                    mirrors.handle(event, at: now, into: &actions)
                }
                mirrors.settle(at: now, into: &actions)
                _ = mirrors.nextDeadline()
                actions.removeAll(keepingCapacity: true)
            }
            return Double((clockNow() - start).wholeNanoseconds) / Double(count)
        }
    }
}

private func clockNow() -> Moment {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Moment(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
}
