/// One sync with functions or commands of its own: its queue, the function that is being called, and the processes that
/// its functions have started.
package struct ScriptedSync: Sendable {
    /// The call that is on its way; one at a time.
    package struct Call: Sendable {
        package var id: HookCallID
        package var hook: HookCall.Hook
        package var held: [EventID]
        package var started: Moment
        /// Processes that it may start.
        package var room: Int
        /// The process whose exit code is asked about.
        package var process: Process?
    }

    package struct Process: Sendable {
        package var events: [EventID]
        package var agent: Agent
        package var command: ScriptCommand
        package var exitCode: Int32 = 0
    }

    /// A directory that is being listed, and what has gone below it since: a list that was read before would tell names
    /// anew that are gone.
    package struct OpenList: Sendable {
        package var path: RelativePath
        package var gone: Set<RelativePath> = []

        func isGone(_ name: RelativePath) -> Bool {
            var next: RelativePath? = name
            while let path = next, self.path.contains(path) {
                if gone.contains(path) { return true }
                next = path.parent
            }
            return false
        }
    }

    /// The way to the target, where the sync has a tunnel. Asked for before each call that may start a process.
    package enum Way: Sendable, Equatable {
        /// Nothing is known. → asked
        case unasked
        /// → unasked, open
        case asked
        /// Until the next call. → unasked
        case open(port: UInt16)
    }

    package let target: TargetID
    package let source: SourceID
    package let sync: SyncSettings
    package let script: ScriptSettings
    package private(set) var patterns: Patterns
    package private(set) var matcher: PathMatcher
    /// It stands beside a sync without functions, and has only what functions of others ask for there.
    package let isBeside: Bool
    package var queue = EventQueue()
    package var call: Call?
    package var processes: [JobID: Process] = [:]
    /// Processes that have ended and whose exit code has not been asked about.
    package var ended: [Process] = []
    /// Nothing is called before then.
    package var restUntil: Moment?
    /// Directories that are being listed for it.
    package private(set) var openLists: [OpenList] = []
    /// Failures of whole calls in a row.
    package var attempts = 0
    /// Its start is over, or it has none.
    package var hasStarted: Bool
    /// Lists are wanted until a first call has shown that they are not, and for ever once they were.
    package private(set) var mayWantList: Bool
    private var hasWantedList = false
    /// That its call does not come back has been told.
    package var isStuckTold = false
    /// How scripts call events that they asked for.
    private var labels: [Int64: EventID] = [:]
    package var way = Way.unasked
    /// What became of the newest events, where the log shows that.
    private var notes: [EventQueue.Note]?
    /// What `crontab` has asked for last.
    private var scheduled: EventID?

    package init(
        target: TargetID, source: SourceID, sync: SyncSettings, script: ScriptSettings, isBeside: Bool = false
    ) {
        self.isBeside = isBeside
        self.target = target
        self.source = source
        self.sync = sync
        self.script = script
        patterns = Patterns(sync)
        matcher = patterns.matcher
        hasStarted = isBeside || !sync.comparesAtStart
        mayWantList = script.hasOwnAction
    }

    package var isBusy: Bool { call != nil || !processes.isEmpty || !ended.isEmpty }

    // MARK: Events

    /// The event as it is for this sync, after its filters: none, one, or the halves of a move.
    package func visible(_ event: ScriptEvent) -> [ScriptEvent] {
        func isHidden(_ path: RelativePath) -> Bool { matcher.excludes(path, isDirectory: event.isDirectory) }
        guard let destination = event.destination else { return isHidden(event.path) ? [] : [event] }
        switch (isHidden(event.path), isHidden(destination)) {
        case (true, true): return []
        case (false, true): return [event.halves[0]]
        case (true, false): return [event.halves[1]]
        case (false, false): return script.takesMoves ? [event] : event.halves
        }
    }

    /// Answers the directories whose content has to be told name by name, since they are new under this name.
    package mutating func add(_ event: ScriptEvent, at now: Moment) -> [RelativePath] {
        noteGone(event)
        var unlisted: [RelativePath] = []
        let isMove = event.kind == .move
        let parts = visible(event)
        if parts.count == 2 { notes?.append(.halved) }
        for part in parts {
            if isMove, part.kind == .create, part.isDirectory { unlisted.append(part.path) }
            for note in queue.add(part, alarm: now + sync.delay, at: now) {
                notes?.append(note)
                guard case .split(let move, _) = note, move.isDirectory, let path = move.destination else { continue }
                unlisted.append(path)
            }
        }
        return unlisted
    }

    package mutating func tellNotes() { notes = [] }

    package mutating func noteFound(_ event: ScriptEvent) { notes?.append(.found(event)) }

    package mutating func takeNotes() -> [EventQueue.Note] {
        guard let taken = notes, !taken.isEmpty else { return [] }
        notes = []
        return taken
    }

    private mutating func noteGone(_ event: ScriptEvent) {
        guard event.kind == .delete || event.kind == .move else { return }
        for index in openLists.indices {
            let list = openLists[index].path
            if list.contains(event.path) { openLists[index].gone.insert(event.path) }
            if event.path.contains(list) { openLists[index].gone.insert(list) }
        }
    }

    package mutating func openList(_ path: RelativePath) { openLists.append(OpenList(path: path)) }

    /// Answers the names that are not known to be gone; none where everything is looked at anew since.
    package mutating func closeList(_ path: RelativePath, _ names: [FoundName]) -> [FoundName] {
        guard let index = openLists.firstIndex(where: { $0.path == path }) else { return [] }
        let list = openLists.remove(at: index)
        return names.filter { !list.isGone($0.path) }
    }

    /// Everything is to be looked at, as at the start. What waits is dropped: nobody knows whether it still holds,
    /// and an old deletion that came after the start would take away what the start has brought.
    package mutating func startAnew(at now: Moment) {
        guard sync.comparesAtStart else { return }
        for queued in queue.list(limit: .max) where !queued.isBusy && queued.event.isOfPath {
            queue.remove(queued.id)
        }
        openLists = []
        queue.add(.initial, alarm: now, at: now)
        if let start = queue.newest { queue.dropFailures(before: start) }
    }

    /// A time of `crontab`: once, however many of its times pass before its turn comes.
    package mutating func addScheduled(at now: Moment) {
        if let waiting = scheduled.flatMap({ queue[$0] }), waiting.status != .active { return }
        queue.add(ScriptEvent(.full, .root, isDirectory: true), alarm: now, at: now)
        scheduled = queue.newest
    }

    package mutating func addOwn(_ event: ScriptEvent, label: Int64, at now: Moment) {
        queue.add(event, alarm: now, at: now, label: label)
        guard let added = queue.newest else { return }
        labels[label] = added
        queue.markKnown(added)
    }

    package func id(of key: Int64) -> EventID? {
        let id = key < 0 ? labels[key] : EventID(key)
        return id.flatMap { queue[$0]?.id }
    }

    package mutating func remove(_ id: EventID) {
        guard let gone = queue[id] else { return }
        if let label = gone.label { labels[label] = nil }
        queue.remove(id)
        if gone.event.kind == .initial { hasStarted = true }
    }

    package mutating func noteList(wanted: Bool, hasFailed: Bool) {
        hasWantedList = hasWantedList || wanted
        if !hasFailed { mayWantList = script.hasOwnAction && hasWantedList }
    }

    // MARK: Patterns

    package mutating func change(_ step: HookStep) {
        patterns.take(step)
        matcher = patterns.matcher
    }
}
