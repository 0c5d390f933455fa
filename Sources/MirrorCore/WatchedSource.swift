/// One source: its log, and whether it may be believed.
package struct WatchedSource: Sendable {
    /// The guard rail.
    package enum Trust: Sendable, Equatable {
        /// A look is on its way or due; nothing starts. → fine, suspect
        case unchecked
        case fine
        /// Deletions are held. It is looked at again and again. → fine
        case suspect(SourceSuspicion)
    }

    package let id: SourceID
    /// Absolute, as in `SyncSettings.source`.
    package let path: ByteString
    /// Indices of its mirrors.
    package var mirrors: [Int] = []
    package var log = ChangeLog()
    package var unfinished = UnfinishedFiles()
    package var linked = LinkedFiles()
    /// The watches stand: from here on nothing is missed.
    package var isLive = false
    package var directories = 0
    /// nil before the source has said so.
    package var means: WatchMeans?
    package var trust = Trust.unchecked
    package var isBeingChecked = false
    /// Its watch has still to be asked for.
    var isNew = false
    /// An earlier run was killed, or ended while something was owed; nil before the first look.
    package var followsBrokenRun: Bool?
    /// When a suspect source is looked at again.
    package var nextCheck: Moment?
    package var isEmpty = false
    /// Events were lost, and what they told is being found out.
    package var narrowing = Narrowing()
    /// When a full queue was told last.
    package var overflowTold: Moment?
    /// The number of the newest notice that a name at the top has gone, if no transfer has looked since and track was
    /// not lost: the source may be empty for that reason.
    package var removalAtTop: UInt64?

    package init(id: SourceID, path: ByteString) {
        self.id = id
        self.path = path
    }

    package var sawItEmptied: Bool { isLive && removalAtTop != nil }

    /// A transfer that began after this notice has found the source with content.
    package mutating func forgetRemovals(through number: UInt64) {
        if let removal = removalAtTop, removal <= number { removalAtTop = nil }
    }

    package var isSuspect: Bool {
        if case .suspect = trust { true } else { false }
    }

    /// Copies go on from a suspect source that is there at all.
    package var mayCopy: Bool {
        switch trust {
        case .fine: true
        case .unchecked: false
        case .suspect(.missing), .suspect(.notDirectory), .suspect(.unreadable): false
        case .suspect: true
        }
    }
}
