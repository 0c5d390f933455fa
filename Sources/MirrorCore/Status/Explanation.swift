/// What one target is about to do with one path, or why it does nothing.
package struct Explanation: Sendable, Equatable {
    package enum Standing: Sendable, Equatable {
        /// The target is the source itself, or one lies inside the other: it gets no transfers.
        case notServed
        /// The sync has functions or commands of its own; `events` of them touch the path.
        case scripted(events: Int)
        /// The filters take it away.
        case filtered
        case inStep
        /// A running transfer has it in hands.
        case transferring(started: Moment)
        /// It will go at `due`; nil where something else has to happen first: its source or a person holds the target.
        case waiting(since: Moment, due: Moment?)
        /// It was tried; `failure` is nil where a comparison is owed.
        case retrying(Retry)
    }

    package struct Retry: Sendable, Equatable {
        package var attempts: Int
        package var since: Moment
        package var nextTry: Moment
        package var failure: PathFailure?
    }

    package let target: TargetID
    package let standing: Standing
    /// The directory whose comparison covers the path, where the path itself is not noted.
    package let within: RelativePath?
}

extension Mirrors {
    /// How a path below a source stands at each of its targets. Costs the length of the log: for people who ask.
    package func explain(
        _ path: RelativePath, isDirectory: Bool, of source: SourceID, at now: Moment
    ) -> [Explanation] {
        sources[source.index].mirrors.map { index in
            let mirror = mirrors[index]
            guard mirror.isServed, mirror.matcher.excludes(path, isDirectory: isDirectory) else {
                return explain(path, mirror, at: now)
            }
            return Explanation(target: mirror.id, standing: .filtered, within: nil)
        }
    }

    private func explain(_ path: RelativePath, _ mirror: Mirror, at now: Moment) -> Explanation {
        func answer(_ standing: Explanation.Standing, within: RelativePath? = nil) -> Explanation {
            Explanation(target: mirror.id, standing: standing, within: within == path ? nil : within)
        }
        if let index = scriptIndex(of: mirror.id) {
            let events = scripts[index].queue.list(limit: .max).count {
                $0.event.path == path || $0.event.destination == path
            }
            return answer(.scripted(events: events))
        }
        guard mirror.isServed else { return answer(.notServed) }
        if let entry = retry(covering: path, mirror) {
            let retry = Explanation.Retry(
                attempts: entry.attempts, since: entry.since, nextTry: max(entry.nextTry, earliest(mirror, at: now)),
                failure: entry.failure)
            return answer(.retrying(retry), within: entry.change.path)
        }
        let log = sources[mirror.source.index].log
        var found: (change: Change, number: UInt64)?
        log.visit(after: mirror.cursor) { change, number in
            if change.path == path || (change.isSubtree && change.path.contains(path)) { found = (change, number) }
            return found?.change.path != path
        }
        guard let found else { return answer(.inStep) }
        if let hands = mirror.hands, found.number <= hands.upTo {
            return answer(.transferring(started: hands.started), within: found.change.path)
        }
        let due =
            mirror.pausedUntil == .distantFuture ? nil : eligibleAt(mirror).map { max($0, earliest(mirror, at: now)) }
        return answer(.waiting(since: log.moment(of: mirror.cursor + 1), due: due), within: found.change.path)
    }

    private func retry(covering path: RelativePath, _ mirror: Mirror) -> RetrySet.Entry? {
        var above: RelativePath? = path
        while let place = above {
            if let entry = mirror.retry[place], place == path || entry.change.isSubtree { return entry }
            above = place.parent
        }
        return nil
    }

    /// Before that nothing goes to the target at all.
    private func earliest(_ mirror: Mirror, at now: Moment) -> Moment {
        let pause = mirror.pausedUntil ?? now
        switch mirror.pace {
        case .ready, .probing: return max(now, pause)
        case .backingOff(let until): return max(until, pause)
        case .unreachable(let nextProbe): return max(nextProbe, pause)
        }
    }
}
