import Glibc
import MirrorCore
import MirrorTesting

/// Shows how things stand: on a terminal a table that is drawn anew, elsewhere a line now and then.
struct Screen {
    private let title: String
    private let isTerminal: Bool
    private let clock = ContinuousClock()
    private let began = ContinuousClock.now
    private var last: ContinuousClock.Instant?
    private var drawnLines = 0

    init(title: String, isTerminal: Bool) {
        self.title = title
        self.isTerminal = isTerminal
    }

    mutating func show(made: Int, of total: Int, arrivals: Arrivals, stage: Stage) {
        let now = clock.now
        let interval: Duration = isTerminal ? .milliseconds(250) : .seconds(5)
        if let last, now - last < interval { return }
        last = now
        isTerminal ? draw(made, total, arrivals, stage, now) : tell(made, total, arrivals, now)
    }

    private func tell(_ made: Int, _ total: Int, _ arrivals: Arrivals, _ now: ContinuousClock.Instant) {
        let places = arrivals.places.map { place in
            "\(place.name): \(place.waiting.count) waiting, lag \(Self.seconds(place.lag(at: now)))"
        }
        say("\(Self.seconds(now - began).padded(8)) \(made)/\(total) changes   \(places.joined(separator: "   "))")
    }

    private mutating func draw(
        _ made: Int, _ total: Int, _ arrivals: Arrivals, _ stage: Stage, _ now: ContinuousClock.Instant
    ) {
        var lines = ["\(title)   \(Self.seconds(now - began))   \(made) of \(total) changes", ""]
        lines.append("place                   waiting   lag       p50       p99")
        for place in arrivals.places {
            let cells = [
                place.name.padded(24), "\(place.waiting.count)".padded(10),
                Self.seconds(place.lag(at: now)).padded(10), Self.seconds(place.percentile(0.5)).padded(10),
                Self.seconds(place.percentile(0.99)),
            ]
            lines.append(cells.joined())
        }
        lines += ["", "lockstep's status file:"] + Self.targets(in: stage.status()).map { "  \($0)" }
        lines += ["", "lockstep's log:"] + Self.tail(of: stage.log(), count: 8).map { "  \($0)" }
        // Up to where the last picture began, then each line with what is left of the old one erased.
        let up = drawnLines > 0 ? "\u{1b}[\(drawnLines)A" : ""
        say(up + lines.map { "\u{1b}[2K\($0.prefix(110))" }.joined(separator: "\n") + "\u{1b}[J")
        drawnLines = lines.count
    }

    /// The lines that the status file has about targets, with the time of the report.
    static func targets(in text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let start = lines.firstIndex(of: "Targets:") else { return ["not written yet"] }
        let time = lines.first.map { $0.replacing("Lsyncd status report at ", with: "as of ") } ?? ""
        return [time] + lines[(start + 1)...].prefix { $0.hasPrefix("  ") }.map { String($0.dropFirst(2)) }
    }

    private static func tail(of text: String, count: Int) -> [String] {
        // Paths and rsync's own words stand on lines between; the lines with a category are the ones that tell.
        let telling = text.split(whereSeparator: \.isNewline).filter { line in
            ["Normal:", "Warn:", "Error:"].contains { line.contains($0) }
        }
        let lines = telling.suffix(count).map(String.init)
        return lines + [String](repeating: "", count: count - lines.count)
    }

    static func seconds(_ duration: Duration) -> String {
        let hundredths = (duration.wholeNanoseconds + 5_000_000) / 10_000_000
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) s"
    }
}

/// To standard output at once; `print` would keep the lines back where it is no terminal.
func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
}

extension String {
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - count)) }
}
