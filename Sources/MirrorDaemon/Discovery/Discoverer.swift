import MirrorCore
import MirrorLinux
import MirrorStatus

/// Asks for targets again and again, and says who joins and who leaves. It belongs to the loop; looks run beside it.
struct Discoverer {
    private struct Line {
        var settings: DiscoverySettings
        var found: DiscoveredTargets
        var nextLook: Moment
        var isLooking = false
        var isTold = false
    }

    private var lines: [Line]
    private let memory: TargetMemory
    private let limit: Int

    init(_ settings: Settings, _ memory: TargetMemory, limit: Int, at now: Moment) {
        self.memory = memory
        self.limit = limit
        lines = settings.discoveries.map {
            Line(settings: $0, found: DiscoveredTargets(known: memory.discovered($0)), nextLook: now)
        }
    }

    /// When `due` has to be asked at the latest.
    var deadline: Moment? { lines.filter { !$0.isLooking }.map(\.nextLook).min() }

    /// Those of the last run: an answer that fails at the start must not leave them without a mirror.
    func restored(_ settings: Settings) -> [Event] {
        lines.flatMap { line in line.found.targets.compactMap { join($0, line.settings, settings) } }
    }

    /// The looks to begin.
    mutating func due(at now: Moment) -> [Int] {
        let due = lines.indices.filter { !lines[$0].isLooking && lines[$0].nextLook <= now }
        for index in due { lines[index].isLooking = true }
        return due
    }

    mutating func heard(_ news: DiscoveryNews, _ settings: Settings, at now: Moment) -> [Event] {
        let index = news.index
        lines[index].isLooking = false
        lines[index].nextLook = now + lines[index].settings.every
        switch news.result {
        case .failed(let cause): return [trouble(index, cause)]
        case .answered(let text): return answered(index, text, settings)
        }
    }

    private mutating func answered(_ index: Int, _ text: [UInt8], _ settings: Settings) -> [Event] {
        let discovery = lines[index].settings
        let answer = DiscoveryAnswer(text: text, isPattern: !discovery.template.target.isEmpty)
        var mistakes = answer.mistakes.map { ByteString("line \($0.line): \($0.cause)") }
        var targets: [ByteString] = []
        for found in answer.found {
            guard let written = found.target(from: discovery.template.target) else {
                mistakes.append(Shown.name(found.host) + ": its target wants a port, and there is none")
                continue
            }
            do throws(Retargeting.Mistake) {
                let target = try Retargeting(sync: discovery.template).sync(for: written).target
                if !targets.contains(target) { targets.append(target) }
            } catch {
                mistakes.append(error.text)
            }
        }
        guard targets.count <= limit else {
            return [trouble(index, ByteString("it answers \(targets.count) targets, and \(limit) are the most"))]
        }
        if targets.isEmpty, mistakes.isEmpty { return [trouble(index, "the answer is empty")] }
        let step = lines[index].found.take(targets, isWhole: mistakes.isEmpty)
        var events = step.leaves.compactMap { target in leave(target, discovery, settings) }
        // Also one that was there before and is just leaving, or was taken away by its own mistake.
        events += targets.compactMap { join($0, discovery, settings) }
        if !step.joins.isEmpty || !step.leaves.isEmpty { memory.keep(lines[index].found.targets, of: discovery) }
        guard mistakes.isEmpty else { return events + [trouble(index, Self.shown(mistakes))] }
        if lines[index].isTold { events.append(.faultEnded(.discovery(index))) }
        lines[index].isTold = false
        return events
    }

    private static func shown(_ mistakes: [ByteString]) -> ByteString {
        var text = ByteString(
            "\(Shown.count(mistakes.count, "line is", "lines are")) no target, and nobody leaves meanwhile")
        for mistake in mistakes.prefix(5) { text += "\n  " + mistake }
        return text
    }

    private mutating func trouble(_ index: Int, _ cause: ByteString) -> Event {
        lines[index].isTold = true
        let lines = cause.split(separator: UInt8(ascii: "\n"))
        var text: ByteString = ": " + (lines.first ?? "") + "; the targets stay as they are"
        for line in lines.dropFirst() { text += "\n" + line }
        return .faultMet(.discovery(index), ByteString(text.bytes.dropFirst(2)))
    }

    /// nil where it is there, or a person has taken it away.
    private func join(_ target: ByteString, _ discovery: DiscoverySettings, _ settings: Settings) -> Event? {
        guard let sync = try? Retargeting(sync: discovery.template).sync(for: target) else { return nil }
        let isThere = settings.syncs.contains {
            $0.source == sync.source && $0.target == sync.target && $0.standing != .left
        }
        guard !isThere, !memory.isRemoved(sync) else { return nil }
        return .targetJoined(sync, consents: memory.isKnown(sync, wall: WallClock.now().seconds))
    }

    private func leave(_ target: ByteString, _ discovery: DiscoverySettings, _ settings: Settings) -> Event? {
        settings.syncs.firstIndex {
            $0.source == discovery.template.source && $0.target == target && $0.standing == .member
        }.map { .targetDrained(TargetID($0)) }
    }
}
