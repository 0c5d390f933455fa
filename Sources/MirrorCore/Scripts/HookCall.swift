/// A function of a configuration that is to be called, with a copy of all that it may see.
package struct HookCall: Sendable, Equatable {
    package var id: HookCallID
    package var hook: Hook
    /// Events that scripts have seen and that are gone: what was kept of them can go.
    package var forgotten: [ForgottenEvent] = []
    /// Where the tunnel of the sync ends on this machine; 0 for one without a port, nil where there is no tunnel.
    package var port: UInt16?
    /// What an alarm or a descriptor may look at: of each sync the events that wait.
    package var windows: [Window] = []
    /// Processes of scripted syncs, where they have some; and all of the program, transfers included.
    package var processes: [TargetID: Int] = [:]
    package var allProcesses = 0

    package enum Hook: Sendable, Equatable {
        /// Something is due: `action`, which by itself calls `onCreate` and the like. `room`: so many processes may be
        /// started.
        case action(TargetID, [ShownEvent], room: Int)
        /// The start of the sync: `init`, which by itself calls `onStartup`.
        case initial(TargetID, ShownEvent)
        case full(TargetID, ShownEvent)
        /// A process has ended: what its exit code means.
        case collect(TargetID, Agent, exitCode: Int32)
        case alarm(Int64)
        case descriptor(Int32, isReadable: Bool, isWritable: Bool)
    }

    package struct Window: Sendable, Equatable {
        package var target: TargetID
        package var events: [ShownEvent]
        /// The sync has no functions: its events are changes, which go by themselves.
        package var isPlain: Bool

        package init(target: TargetID, events: [ShownEvent], isPlain: Bool = false) {
            self.target = target
            self.events = events
            self.isPlain = isPlain
        }
    }

    package init(id: HookCallID, hook: Hook) {
        self.id = id
        self.hook = hook
    }

    /// The sync it belongs to; an alarm belongs to none.
    package var target: TargetID? {
        switch hook {
        case .action(let target, _, _), .initial(let target, _), .full(let target, _), .collect(let target, _, _):
            target
        case .alarm, .descriptor: nil
        }
    }
}

package struct ForgottenEvent: Sendable, Equatable {
    package var target: TargetID
    package var key: Int64

    package init(target: TargetID, key: Int64) {
        self.target = target
        self.key = key
    }
}

package struct HookCallID: Hashable, Comparable, Sendable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (left: HookCallID, right: HookCallID) -> Bool { left.number < right.number }
}

/// An event as a script sees it.
package struct ShownEvent: Sendable, Equatable {
    package var key: Int64
    package var event: ScriptEvent
    /// Its time has come; lists hold others too.
    package var isDue: Bool
    /// The event it waits for.
    package var blocker: Int64?

    package init(key: Int64, event: ScriptEvent, isDue: Bool = true, blocker: Int64? = nil) {
        self.key = key
        self.event = event
        self.isDue = isDue
        self.blocker = blocker
    }
}

/// What a process works on: one event, or a list.
package struct Agent: Sendable, Equatable {
    package var keys: [Int64]
    package var isList: Bool

    package init(keys: [Int64], isList: Bool) {
        self.keys = keys
        self.isList = isList
    }
}

/// What a function of a configuration wants done.
package struct HookDecision: Sendable, Equatable {
    package var steps: [HookStep] = []
    /// Events whose function failed.
    package var eventFailures: [EventFailure] = []
    /// The whole call failed; what it wanted before that stands.
    package var failure: ScriptFailure?
    /// What `collect` answered.
    package var meaning: CollectMeaning?
    /// It looked at the list of events.
    package var wantedList = false

    package struct EventFailure: Sendable, Equatable {
        package var key: Int64
        package var failure: ScriptFailure

        package init(key: Int64, failure: ScriptFailure) {
            self.key = key
            self.failure = failure
        }
    }

    package init() {}
}

package enum CollectMeaning: Sendable, Equatable {
    /// Done.
    case ok
    /// The person wants it tried again.
    case again
    /// The person wants the program to end.
    case die
    /// Nobody has said what this exit code means.
    case failed(ScriptFailure)
}

package enum HookStep: Sendable, Equatable {
    case spawn(TargetID, Agent, ScriptCommand)
    case discard(TargetID, Int64)
    /// With the negative number by which the script knows it from now on.
    case createBlanket(TargetID, label: Int64)
    case createFull(TargetID, RelativePath, label: Int64)
    case addExclude(TargetID, ByteString)
    case removeExclude(TargetID, ByteString)
    case addFilter(TargetID, FilterRule)
    case setAlarm(ScriptAlarm)
    case observe(Int32, reads: Bool, writes: Bool)
    case forget(Int32)
    case terminate(Int32)
}

/// A program with its words; a shell only where the configuration asked for one.
package struct ScriptCommand: Sendable, Equatable {
    package var words: [ByteString]
    /// nil is nothing at all.
    package var input: ByteString?

    package init(words: [ByteString], input: ByteString? = nil) {
        self.words = words
        self.input = input
    }
}

/// Why a function, or a command that it started, did not do its work.
package struct ScriptFailure: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// Lua's own words.
        case error
        /// It ran on and on, and was stopped.
        case endless
        /// It took more and more memory, and was stopped.
        case memory
        /// A command that ended with a code that nobody has given a meaning.
        case exitCode(Int32)
        case killed(signal: Int32)
        case notStarted
        /// It has not come back for long: it waits for something outside.
        case stuck
    }

    package var kind: Kind
    /// The function (`onCreate`), or the program.
    package var name: String
    package var place: Place?
    package var text: String

    package init(_ kind: Kind, name: String, place: Place? = nil, text: String = "") {
        self.kind = kind
        self.name = name
        self.place = place
        self.text = text
    }
}

/// A process that a script started.
package struct ScriptProcess: Sendable, Equatable {
    package var id: JobID
    package var target: TargetID
    package var command: ScriptCommand

    package init(id: JobID, target: TargetID, command: ScriptCommand) {
        self.id = id
        self.target = target
        self.command = command
    }
}

package enum ScriptProcessEnd: Sendable, Equatable {
    case exited(Int32)
    case killed(signal: Int32)
    /// The system's reason.
    case notStarted(String)
    /// By us.
    case stopped
    /// Not started: the source is not what it was.
    case sourceSuspect(SourceSuspicion)
}
