package import MirrorCore

/// A status in lines of fields, for our own programs: what `lockstep status --watch` draws.
package struct StatusLines: Sendable, Equatable {
    package struct Target: Sendable, Equatable {
        package var name: ByteString
        package var target: ByteString
        /// The word for programs, and the one for people.
        package var state: String
        package var stateText: String
        package var owed: Int
        package var lag: Duration
        package var changes: Int
        package var bytes: Int
        package var sinceTransfer: Duration?
    }

    package struct Source: Sendable, Equatable {
        package var path: ByteString
        package var isLive: Bool
        package var events: Int
    }

    package struct Problem: Sendable, Equatable {
        package var age: Duration
        package var lines: [ByteString]
    }

    package var program: ByteString
    package var uptime: Duration
    package var targets: [Target] = []
    package var sources: [Source] = []
    package var problems: [Problem] = []

    private static let field = UInt8(ascii: "\t")
    private static let lineInside: UInt8 = 0x1e

    package init(_ snapshot: StatusSnapshot, _ metrics: Metrics, _ facts: ProgramFacts, words: ProblemText) {
        program = ByteString("lockstep \(facts.version), process \(facts.process)")
        uptime = facts.uptime
        targets = snapshot.targets.map { target in
            let counts = metrics.counts(of: target.id)
            return Target(
                name: Shown.name(target.name), target: Shown.name(target.target), state: target.state.word,
                stateText: StatusText.state(target.state, at: snapshot.moment), owed: target.pendingCount,
                lag: target.lag, changes: Int(counts.changes), bytes: Int(counts.bytes),
                sinceTransfer: target.lastTransfer.map { snapshot.moment - $0.ended })
        }
        sources = zip(snapshot.sources, metrics.sources).map { source, counts in
            Source(path: Shown.source(source.path), isLive: source.isLive, events: Int(counts.notices))
        }
        problems = snapshot.problems.map { problem in
            Problem(
                age: snapshot.moment - problem.since,
                lines: words.text(for: problem, at: snapshot.moment).split(separator: 0x0a))
        }
    }

    package var text: ByteString {
        func milliseconds(_ duration: Duration) -> ByteString { ByteString("\(duration.wholeNanoseconds / 1_000_000)") }
        func line(_ fields: [ByteString]) -> ByteString { fields.joined(separator: "\t") + "\n" }
        var text = line(["program", program, milliseconds(uptime)])
        for source in sources {
            text += line(["source", source.path, source.isLive ? "1" : "0", ByteString("\(source.events)")])
        }
        for target in targets {
            text += line([
                "target", target.name, target.target, ByteString(target.state), ByteString(target.stateText),
                ByteString("\(target.owed)"), milliseconds(target.lag), ByteString("\(target.changes)"),
                ByteString("\(target.bytes)"), target.sinceTransfer.map(milliseconds) ?? "-",
            ])
        }
        for problem in problems {
            text += line([
                "problem", milliseconds(problem.age), problem.lines.joined(separator: ByteString([Self.lineInside])),
            ])
        }
        return text
    }

    /// nil for what is not such a text. Lines of a kind that is not known are passed over.
    package init?(_ text: ByteString) {
        program = ""
        uptime = .zero
        var hasProgram = false
        for line in text.split(separator: 0x0a) {
            let fields = line.split(separator: Self.field)
            switch (fields[0], fields.count) {
            case ("program", 3):
                guard let uptime = Self.duration(fields[2]) else { return nil }
                (program, self.uptime, hasProgram) = (fields[1], uptime, true)
            case ("source", 4):
                guard let events = Int(fields[3].description) else { return nil }
                sources.append(Source(path: fields[1], isLive: fields[2] == "1", events: events))
            case ("target", 10):
                guard let target = Target(fields) else { return nil }
                targets.append(target)
            case ("problem", 3):
                guard let age = Self.duration(fields[1]) else { return nil }
                problems.append(Problem(age: age, lines: fields[2].split(separator: Self.lineInside)))
            default: continue
            }
        }
        guard hasProgram else { return nil }
    }

    fileprivate static func duration(_ text: ByteString) -> Duration? {
        Int64(text.description).flatMap { abs($0) < 1 << 53 ? .milliseconds($0) : nil }
    }
}

extension StatusLines.Target {
    fileprivate init?(_ fields: [ByteString]) {
        guard let owed = Int(fields[5].description), let lag = StatusLines.duration(fields[6]),
            let changes = Int(fields[7].description), let bytes = Int(fields[8].description)
        else { return nil }
        self.init(
            name: fields[1], target: fields[2], state: fields[3].description, stateText: fields[4].description,
            owed: owed, lag: lag, changes: changes, bytes: bytes, sinceTransfer: StatusLines.duration(fields[9]))
    }
}
