/// What a person should be able to read in the log. The core decides when; the shell finds the words.
package enum Report: Sendable, Equatable {
    /// The watches of a source stand; nil where nobody has counted the directories.
    case watching(SourceID, directories: Int?)
    /// What watches it, and why: at the start, and when that changes.
    case watchMeans(SourceID, WatchMeans)
    case trackLost(SourceID, RelativePath, LossReason)
    /// What was in doubt is told apart: so many names were looked at, and so many of them are changes. A refusal: all
    /// of it is compared instead. `losses`: how often events were lost since `trackLost`.
    case trackRegained(SourceID, WalkReport.Refusal?, looked: Int, found: Int, losses: Int)
    case transferStarted(Job)
    /// `retryAfter` is set where something of the job stays owed. `isQuiet`: a repetition that need not be told.
    case transferEnded(Job, Outcome, retryAfter: Duration?, isQuiet: Bool)
    case problemRaised(Problem)
    /// It goes on; told at doubling intervals, never more often than once a minute.
    case problemContinues(Problem)
    case problemEnded(Problem)
    case targetIsSource(TargetID)
    case sourceRemark(SourceID, String)
    case sourceAccepted(SourceID)
    /// It is served from now on.
    case targetJoined(TargetID)
    /// `hadAll`: it was in step when it left.
    case targetLeft(TargetID, hadAll: Bool)
    /// A function that belongs to no sync failed: an alarm's, or an observed descriptor's.
    case scriptFailed(ScriptFailure)
    /// What became of an event of a sync with functions; only with `Settings.tellsEvents`.
    case eventNoted(TargetID, EventQueue.Note)
    case stopping(StopManner, runningTransfers: Int)
}

/// A lasting fault that an operator should see.
package struct Problem: Sendable, Equatable {
    package enum Subject: Sendable, Hashable, Comparable {
        case source(SourceID)
        /// What of a source is not watched while all of it is mirrored.
        case watches(SourceID)
        case target(TargetID)
        /// Paths that a target does not get while the rest goes on.
        case paths(TargetID)
        /// Where the state is served over HTTP.
        case http
        /// The configuration, when it was read again.
        case configuration
        /// `Settings.discoveries[index]`.
        case discovery(Int)
    }

    package enum Cause: Sendable, Equatable {
        case transfer(Failure)
        case paths([PathFailure], more: Int)
        case source(SourceSuspicion)
        case watch(LossReason)
        case uncovered(Int, LossReason)
        case targetNested(inside: Bool)
        /// A target that joined holds what would be deleted there; nil where that can't be told.
        case targetUnknown(deletions: Int?)
        case script(ScriptFailure)
        case notListening(errno: Int32)
        /// What the shell has met, in its own words, with what happens now and what a person can do.
        case told(ByteString)
    }

    package var subject: Subject
    package var cause: Cause
    package var since: Moment
    /// How often it was met.
    package var count: Int
    package var nextTry: Moment?

    package init(subject: Subject, cause: Cause, since: Moment, count: Int = 1, nextTry: Moment? = nil) {
        self.subject = subject
        self.cause = cause
        self.since = since
        self.count = count
        self.nextTry = nextTry
    }
}
