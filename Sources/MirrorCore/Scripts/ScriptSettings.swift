/// What a sync with functions or commands of its own (lsyncd's layers 1 to 3) needs to know beside `SyncSettings`. The
/// functions themselves stay where they were written; they are called by the number of the sync.
package struct ScriptSettings: Sendable, Equatable {
    /// Its number among all sync{} of the configuration, from 1.
    package var number: Int
    /// A move is told as one event; otherwise as a deletion and a creation.
    package var takesMoves = false
    /// `action` is a function of the person's own, which may ask for lists of events.
    package var hasOwnAction = false

    /// rsync's words are computed for it.
    package var usesRsync = false

    package init(number: Int) { self.number = number }
}

/// An `alarm` that a script has set.
package struct ScriptAlarm: Sendable, Equatable {
    package var number: Int64
    package var at: Moment

    package init(number: Int64, at: Moment) {
        self.number = number
        self.at = at
    }
}
