/// What happened to a name, in lsyncd's words: only syncs with functions or commands of their own are told so.
package struct ScriptEvent: Sendable, Equatable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case attrib = "Attrib"
        case modify = "Modify"
        case create = "Create"
        case delete = "Delete"
        case move = "Move"
        /// The start of a sync. Everything that comes later waits for it.
        case initial = "Init"
        /// Asked for by a script. Everything that comes later waits for it.
        case blanket = "Blanket"
        /// Asked for by a script or a schedule. Nothing waits for it, and it waits for nothing.
        case full = "Full"

        /// It stands for no path, and what comes later waits for it.
        package var isBarrier: Bool { self == .initial || self == .blanket }
    }

    package var kind: Kind
    package var path: RelativePath
    /// Where a move leads.
    package var destination: RelativePath?
    package var isDirectory: Bool

    package init(_ kind: Kind, _ path: RelativePath = .root, to destination: RelativePath? = nil, isDirectory: Bool) {
        self.kind = kind
        self.path = path
        self.destination = destination
        self.isDirectory = isDirectory
    }

    package static let initial = ScriptEvent(.initial, isDirectory: true)
    package static let blanket = ScriptEvent(.blanket, isDirectory: true)

    /// It tells of a path, or of the start; the others were asked for.
    package var isOfPath: Bool { kind != .blanket && kind != .full }

    /// A move as scripts see it that want none.
    package var halves: [ScriptEvent] {
        guard let destination else { return [self] }
        return [
            ScriptEvent(.delete, path, isDirectory: isDirectory),
            ScriptEvent(.create, destination, isDirectory: isDirectory),
        ]
    }
}

/// One waiting event of one sync; its number is its place in the queue, and never used twice.
package struct EventID: Hashable, Comparable, Sendable {
    package let number: Int64
    package init(_ number: Int64) { self.number = number }
    package static func < (left: EventID, right: EventID) -> Bool { left.number < right.number }
}

/// An event in the queue of a sync.
package struct QueuedEvent: Sendable, Equatable {
    package enum Status: Sendable, Equatable {
        /// It may go when its time has come. → held
        case waiting
        /// Behind an earlier event that touches the same names. → waiting
        case blocked(by: EventID)
        /// A function is looking at it. → waiting, active, retrying, gone
        case held
        /// A process works on it. → waiting, retrying, gone
        case active
        /// It failed and is tried again then. → waiting
        case retrying(until: Moment)
    }

    package var id: EventID
    package var event: ScriptEvent
    /// From then on it may go.
    package var alarm: Moment
    /// When the oldest of what has become this event was noticed.
    package var since: Moment
    package var status: Status
    /// Failures in a row.
    package var attempts = 0
    /// How the script that asked for it calls it: a negative number.
    package var label: Int64?
    /// A script has seen it.
    package var isKnown = false

    package init(id: EventID, event: ScriptEvent, alarm: Moment, since: Moment, status: Status) {
        self.id = id
        self.event = event
        self.alarm = alarm
        self.since = since
        self.status = status
    }

    /// Somebody may be reading the file just now, so that nothing may be taken for known to it.
    package var isBusy: Bool { status == .held || status == .active }

    package var isBlocked: Bool {
        if case .blocked = status { true } else { false }
    }

    package var isRetrying: Bool {
        if case .retrying = status { true } else { false }
    }

    /// The number by which scripts know it.
    package var key: Int64 { label ?? id.number }
}
