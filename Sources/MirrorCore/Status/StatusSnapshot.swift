/// The state of everything at one moment, as a value that any thread may read.
package struct StatusSnapshot: Sendable, Equatable {
    package var moment: Moment
    package var sources: [SourceStatus]
    package var targets: [TargetStatus]
    package var problems: [Problem]

    package init(moment: Moment, sources: [SourceStatus], targets: [TargetStatus], problems: [Problem]) {
        self.moment = moment
        self.sources = sources
        self.targets = targets
        self.problems = problems
    }
}

package struct SourceStatus: Sendable, Equatable {
    package var path: ByteString
    package var isLive: Bool
    /// What watches it, and why; nil where that is not known yet.
    package var means: WatchMeans?
    /// Pending paths that the log holds for any target.
    package var changesInLog: Int

    package init(path: ByteString, isLive: Bool, means: WatchMeans? = nil, changesInLog: Int) {
        self.path = path
        self.isLive = isLive
        self.means = means
        self.changesInLog = changesInLog
    }
}

/// Why nothing is sent, and how long; nil is until further notice.
package struct TargetPause: Sendable, Equatable {
    package var until: Moment?
    package var bySchedule: Bool

    package init(until: Moment?, bySchedule: Bool = false) {
        self.until = until
        self.bySchedule = bySchedule
    }
}

package struct TargetStatus: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// Not yet identified, or its source is not live yet.
        case starting
        /// Nothing owed.
        case inStep
        /// Something is owed and will go when it is due.
        case waiting
        case transferring
        /// Something is owed; the next try is at this moment.
        case failing(nextTry: Moment)
        /// A guard rail holds it.
        case paused
        /// A person or a schedule holds it, until then or until further notice.
        case held(TargetPause)
        /// Source and target are one directory; it gets no transfer.
        case isSource
        case refused
    }

    /// One line of lsyncd's list of delays.
    package struct Pending: Sendable, Equatable {
        package enum Stage: Sendable, Equatable { case active, waiting, blocked }
        package var stage: Stage
        /// nil stands for the comparison of everything.
        package var change: Change?
        /// What happened, where the sync has functions or commands of its own.
        package var event: ScriptEvent?

        package init(stage: Stage, change: Change?) {
            self.stage = stage
            self.change = change
        }

        package init(_ queued: QueuedEvent) {
            switch queued.status {
            case .waiting, .held, .retrying: stage = .waiting
            case .active: stage = .active
            case .blocked: stage = .blocked
            }
            event = queued.event
        }
    }

    package var id: TargetID
    package var name: ByteString
    package var source: ByteString
    package var target: ByteString
    package var state: State
    /// Changes owed; exact.
    package var pendingCount: Int
    /// The first of them, at most `Limits.pendingShown`.
    package var pending: [Pending]
    /// Age of the oldest thing owed; zero when in step.
    package var lag: Duration
    package var filters: [FilterRule]
    package var excludes: [ByteString]
    package var lastTransfer: LastTransfer?

    package struct LastTransfer: Sendable, Equatable {
        package var ended: Moment
        package var took: Duration
        package var changes: Int?
        package var succeeded: Bool

        package init(ended: Moment, took: Duration, changes: Int?, succeeded: Bool) {
            self.ended = ended
            self.took = took
            self.changes = changes
            self.succeeded = succeeded
        }
    }

    package init(
        id: TargetID, name: ByteString, source: ByteString, target: ByteString, state: State, pendingCount: Int,
        pending: [Pending], lag: Duration, filters: [FilterRule], excludes: [ByteString], lastTransfer: LastTransfer?
    ) {
        self.id = id
        self.name = name
        self.source = source
        self.target = target
        self.state = state
        self.pendingCount = pendingCount
        self.pending = pending
        self.lag = lag
        self.filters = filters
        self.excludes = excludes
        self.lastTransfer = lastTransfer
    }
}
