/// A moment up to which an event source has told everything, on the clock that never jumps and on the one that files
/// are stamped with.
package struct TrackedMoment: Sendable, Equatable {
    package var boot: Moment
    /// Nanoseconds since 1970.
    package var wall: Int64

    package init(boot: Moment, wall: Int64) {
        self.boot = boot
        self.wall = wall
    }

    /// How far the clock of the files has jumped between two readings; what it was set forward or back.
    package func jump(to later: TrackedMoment) -> Duration {
        .nanoseconds((later.wall - wall) - (later.boot - boot).wholeNanoseconds)
    }

    /// More than adjusting by and by (NTP) makes in the time of a loss, and far less than `Narrowing.margin`.
    package static let toleratedJump = Duration.seconds(5)

    package func agrees(with later: TrackedMoment) -> Bool {
        let jump = jump(to: later)
        return jump < Self.toleratedJump && jump > .zero - Self.toleratedJump
    }
}

/// What a walk has to look for: everything below `path` that may have changed since track was lost.
package struct WalkRequest: Sendable, Equatable {
    package var path: RelativePath
    /// Up to here everything was told.
    package var since: TrackedMoment
    /// A name counts as changed when its time of change (ctime) is this or later; nanoseconds since 1970.
    package var changedFrom: Int64

    package init(path: RelativePath, since: TrackedMoment, changedFrom: Int64) {
        self.path = path
        self.since = since
        self.changedFrom = changedFrom
    }
}

/// What a walk has found.
package enum WalkReport: Sendable, Equatable {
    package struct Findings: Sendable, Equatable {
        /// Files and whatever else is no directory, changed in that time.
        package var files: [RelativePath] = []
        /// Directories that changed: names in them have come or gone, or their attributes are others.
        package var directories: [RelativePath] = []
        /// Directories of which nothing can be said: they can't be read, or another machine's clock stamps them.
        package var unknown: [RelativePath] = []
        /// Names that were looked at.
        package var looked = 0

        package init() {}
    }

    /// Why times say nothing here.
    package enum Refusal: Sendable, Equatable {
        /// The clock that files are stamped with was set.
        case clockSet
        /// More has changed than is worth telling apart.
        case tooMuch
        /// It was broken off.
        case cancelled
    }

    case found(Findings)
    case useless(Refusal)
}

/// Where a source stands whose events were lost: what is in doubt is walked, and becomes ordinary changes.
package struct Narrowing: Sendable {
    /// What lies between a change and its event: a write(2) that takes long, a file system whose clock is coarse.
    package static let margin = Duration.seconds(60)
    static let shortestPause = Duration.milliseconds(500)
    static let longestPause = Duration.seconds(8)
    /// Losses that are further apart have nothing to do with each other.
    static let calm = Duration.seconds(60)

    package struct Doubt: Sendable, Equatable {
        package var path: RelativePath
        package var since: TrackedMoment
    }

    /// Lost and not walked yet, or lost again since the walk began.
    package var doubt: Doubt?
    /// The walk that is on its way.
    package var walk: WalkRequest?
    /// The next walk begins no sooner: where the queue runs over again and again, walking all the time helps nobody.
    package var notBefore = Moment.zero
    var pause = Narrowing.shortestPause
    var lastLoss: Moment?
    var losses = 0

    package init() {}

    package var isOpen: Bool { doubt != nil || walk != nil }

    /// A second loss merges with the first: what was lost first counts from then, since a walk that saw the tree while
    /// more was lost may have missed what moved meanwhile.
    mutating func lose(_ path: RelativePath, since: TrackedMoment, at now: Moment) {
        if let last = lastLoss, now - last > Self.calm { pause = Self.shortestPause }
        lastLoss = now
        losses += 1
        var merged = Doubt(path: path, since: since)
        for other in [doubt, walk.map { Doubt(path: $0.path, since: $0.since) }].compactMap({ $0 }) {
            merged.path = merged.path.common(with: other.path)
            if other.since.boot < merged.since.boot { merged.since = other.since }
        }
        doubt = merged
    }

    /// The walk that is due, if one is.
    mutating func begin(at now: Moment) -> WalkRequest? {
        guard walk == nil, let due = doubt, notBefore <= now else { return nil }
        let request = WalkRequest(
            path: due.path, since: due.since,
            changedFrom: due.since.wall - Self.margin.wholeNanoseconds)
        (walk, doubt) = (request, nil)
        return request
    }

    /// How many losses there were, where nothing is in doubt any more.
    mutating func end(at now: Moment) -> Int? {
        walk = nil
        notBefore = now + pause
        pause = min(pause * 2, Self.longestPause)
        guard doubt == nil else { return nil }
        defer { losses = 0 }
        return losses
    }
}

extension WalkReport.Findings {
    /// As changes that say no more than is known.
    var changes: [Change] {
        let changed = Set(directories)
        var changes: [Change] = unknown.map { path in
            var change = Change(path, isSubtree: true, isMoved: true)
            change.wasRemoved = true
            return change
        }
        for path in directories {
            var change = Change(path, isSubtree: true)
            change.isShallow = true
            changes.append(change)
        }
        for path in files {
            // Where names in its directory have come and gone, one of them may have been a directory of this name.
            let mayBeDirectory = path.parent.map(changed.contains) ?? false
            changes.append(Change(path, mayBeDirectory: mayBeDirectory, isMoved: true))
        }
        return changes
    }
}

extension RelativePath {
    /// The deepest directory that holds both.
    package func common(with other: RelativePath) -> RelativePath {
        var common = self
        while !common.contains(other), let parent = common.parent { common = parent }
        return common
    }
}
