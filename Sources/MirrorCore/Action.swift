/// What is to be done: the only way out of `Mirrors`. Every action but `report`, `remember` and `exit` is answered by
/// one event.
package enum Action: Sendable, Equatable {
    /// Watch the tree; answered by notices, the first of which that matters is `live`.
    case watch(SourceID)
    /// Look whether the source is what it was; answered by `sourceChecked`.
    case checkSource(SourceID)
    /// Answered by `targetIdentified`.
    case identifyTarget(TargetID)
    /// Answered by `transferEnded`.
    case startTransfer(Job)
    /// The job ends sooner; its answer stays the one `transferEnded`.
    case stopTransfer(JobID)
    /// Answered by `portProbed`.
    case probePort(TargetID)
    /// Keep across restarts what the source is now.
    case remember(SourceID, hasContent: Bool)
    case report(Report)
    case exit(ExitReason)
}

package enum ExitReason: Sendable, Equatable {
    case signal(Int32)
    case reload
    /// `onepass`: all comparisons at the start are done.
    case onePassDone
    /// A failed start without `insist`, or an exit code that the configuration calls fatal.
    case fatal(TargetID, Failure)
}
