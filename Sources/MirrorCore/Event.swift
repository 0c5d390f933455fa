/// What happened: the only way into `Mirrors`. Named in the past tense.
package enum Event: Sendable, Equatable {
    case noticed(SourceID, Notice)
    case sourceChecked(SourceID, SourceReport)
    /// The answer to `findNames`; nil where there are more names than asked for.
    case namesFound(SourceID, [FoundNames]?)
    /// The answer to `lookAtFiles`, complete.
    case filesLooked(SourceID, [LookedFile])
    case targetIdentified(TargetID, TargetIdentity)
    case transferEnded(JobID, Outcome)
    /// Whether the target's port took a connection.
    case portProbed(TargetID, answered: Bool)
    /// The end of a walk. One at a time for a source.
    case walked(SourceID, WalkReport)
    case script(ScriptNews)
    case deadlineReached
    /// Whether the state is served over HTTP; nil where it is.
    case httpOpened(errno: Int32?)
    case stopRequested(StopManner)
    /// A person wants nothing sent to the target until then, or until `resumeRequested` where no moment is named.
    case pauseRequested(TargetID, until: Moment?)
    case resumeRequested(TargetID)
    /// Hours of `pauseTimes` have begun: nothing is to be sent until then; nil is for good. They may begin again before
    /// they are over, where a clock was set.
    case hoursBegan(TargetID, until: Moment?)
    case hoursEnded(TargetID)
    /// A person wants everything at and below the path compared at this target.
    case resyncRequested(TargetID, RelativePath)
    /// Somebody waits until everything that was written before now is at these targets. Answered by `answerFlush`.
    case flushRequested(FlushID, [TargetID])
    /// Whoever waited does not any more.
    case flushCancelled(FlushID)
    /// The shell has met a lasting fault.
    case faultMet(Problem.Subject, ByteString)
    case faultEnded(Problem.Subject)
    /// A target is to be served from now on. Without consent nothing is deleted there that a rehearsal finds.
    case targetJoined(SyncSettings, consents: Bool)
    /// The target's sync has another name, or stands at another place; nothing else.
    case targetRenamed(TargetID, SyncSettings)
    /// The target is to leave when it has what it owes now.
    case targetDrained(TargetID)
    /// The target is to leave at once.
    case targetRemoved(TargetID)
    /// A person says that what is at this target may be deleted.
    case consentGiven(TargetID)
    /// Everything that happened below the source before `readQueue` was asked for has been noticed.
    case queueRead(SourceID, FlushID)
}

package enum StopManner: Sendable, Equatable {
    /// TERM and INT: running transfers end by themselves, then the program.
    case fade(signal: Int32)
    /// A second TERM: running transfers are stopped.
    case now(signal: Int32)
    /// HUP: as fade, then the configuration is read again.
    case reload
}
