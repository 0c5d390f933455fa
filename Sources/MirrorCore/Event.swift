/// What happened: the only way into `Mirrors`. Named in the past tense.
package enum Event: Sendable, Equatable {
    case noticed(SourceID, Notice)
    case sourceChecked(SourceID, SourceReport)
    case targetIdentified(TargetID, TargetIdentity)
    case transferEnded(JobID, Outcome)
    /// Whether the target's port took a connection.
    case portProbed(TargetID, answered: Bool)
    case deadlineReached
    case stopRequested(StopManner)
}

package enum StopManner: Sendable, Equatable {
    /// TERM and INT: running transfers end by themselves, then the program.
    case fade(signal: Int32)
    /// A second TERM: running transfers are stopped.
    case now(signal: Int32)
    /// HUP: as fade, then the configuration is read again.
    case reload
}
