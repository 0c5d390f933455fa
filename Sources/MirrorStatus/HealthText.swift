package import MirrorCore

/// Whether a target may be shown to visitors, and why not, in one line for a log of the balancer.
package struct HealthVerdict: Sendable, Equatable {
    package var isGood: Bool
    package var text: ByteString

    package init(_ isGood: Bool, _ text: ByteString) {
        self.isGood = isGood
        self.text = text
    }

    /// The loop tells every second; older than that, nobody knows what has changed since.
    private static let longestSilence = Duration.seconds(2)
    /// A loop that has been silent for so long is not well.
    private static let deadSilence = Duration.seconds(10)

    /// Each of the targets is at most so far behind.
    package static func targets(
        _ targets: [TargetID], limit: Duration, _ report: HealthReport, at now: Moment, _ words: ProblemText
    ) -> HealthVerdict {
        let silence = now - report.moment
        var longest = Duration.zero
        var rests = ""
        for target in targets where report.targets.indices.contains(target.index) {
            let health = report.targets[target.index]
            let subject = words.subject(of: target)
            if health.isLeaving { return HealthVerdict(false, subject + ": it is taken out\n") }
            if health.isRefused { return HealthVerdict(false, subject + ": it gets no transfer at all\n") }
            guard health.hasStarted else {
                return HealthVerdict(false, subject + ": its comparison at the start is not done\n")
            }
            let lag = max(health.owedSince.map { now - $0 } ?? .zero, .zero)
            if lag > limit {
                return HealthVerdict(
                    false,
                    subject
                        + ByteString(
                            ": \(Shown.duration(lag)) behind, \(Shown.duration(limit)) allowed\(rest(health, now))\n"))
            }
            if rests.isEmpty { rests = rest(health, now) }
            longest = max(longest, lag)
        }
        guard silence <= max(longestSilence, min(limit, deadSilence)) else {
            return HealthVerdict(
                false, ByteString("the program has not told for \(Shown.duration(silence)) how things stand\n"))
        }
        return HealthVerdict(
            true, ByteString((longest == .zero ? "in step" : "\(Shown.duration(longest)) behind") + rests + "\n"))
    }

    /// The report may be some seconds old, and the pause over.
    private static func rest(_ health: TargetHealth, _ now: Moment) -> String {
        guard let pause = health.pause, pause.until.map({ $0 > now }) ?? true else { return "" }
        return "; " + StatusText.pause(pause, at: now)
    }

    /// The program's loop goes round.
    package static func life(_ report: HealthReport?, at now: Moment) -> HealthVerdict {
        guard let report else { return HealthVerdict(false, "starting\n") }
        let silence = now - report.moment
        guard silence <= deadSilence else {
            return HealthVerdict(false, ByteString("the loop is silent for \(Shown.duration(silence))\n"))
        }
        return HealthVerdict(true, "alive\n")
    }

    /// All sources are watched, and every target has been in step with its source once.
    package static func readiness(_ report: HealthReport?, at now: Moment, _ words: ProblemText) -> HealthVerdict {
        let life = life(report, at: now)
        guard life.isGood, let report else { return life }
        guard report.liveSources == report.sources else {
            let sources = Shown.count(report.sources, "source", "sources")
            return HealthVerdict(false, ByteString("\(report.liveSources) of \(sources) are watched\n"))
        }
        let late = report.targets.indices.filter { index in
            let target = report.targets[index]
            return !target.hasStarted && !target.isRefused && !target.isLeaving
        }
        guard let first = late.first else { return HealthVerdict(true, "ready\n") }
        let more = late.count > 1 ? " and \(late.count - 1) more" : ""
        return HealthVerdict(
            false, words.subject(of: TargetID(first)) + ByteString("\(more): the comparison at the start is not done\n")
        )
    }
}

/// `5s`, `500ms`, `2m`, `1.5`: seconds where no unit stands there.
package enum LagLimit {
    package static func parse(_ text: ByteString) -> Duration? {
        var number = text.description
        var unit = 1.0
        for (name, size) in [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)] where number.hasSuffix(name) {
            number.removeLast(name.count)
            unit = size
            break
        }
        guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }),
            let value = Double(number), value * unit <= 1e8
        else { return nil }
        return .nanoseconds(Int64(value * unit * 1e9))
    }
}
