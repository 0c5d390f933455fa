/// What is to be done: the only way out of `Mirrors`. Every action but `report`, `remember`, `rememberTarget`,
/// `openTarget`, `closeTarget`, `answerFlush` and `exit` is answered by one event.
package enum Action: Sendable, Equatable {
    /// Watch the tree; answered by notices, the first of which that matters is `live`.
    case watch(SourceID)
    /// Look whether the source is what it was; answered by `sourceChecked`.
    case checkSource(SourceID)
    /// Look whether somebody has these open for writing; answered by `filesLooked`.
    case lookAtFiles(SourceID, [RelativePath])
    /// Look for every name of these files in the source; answered by `namesFound`.
    case findNames(SourceID, [FileIdentity], limit: Int)
    /// Answered by `targetIdentified`.
    case identifyTarget(TargetID)
    /// Answered by `transferEnded`.
    case startTransfer(Job)
    /// The job ends sooner; its answer stays the one `transferEnded`.
    case stopTransfer(JobID)
    /// Answered by `portProbed`.
    case probePort(TargetID)
    /// Read what the kernel holds for this source up to now; answered by `queueRead`, after the notices.
    case readQueue(SourceID, FlushID)
    /// Look at names and their times, beside everything else; answered by `walked`.
    case walk(SourceID, WalkRequest)
    /// The end of a `flushRequested`. Everything that was written before it is at the targets, but for those named
    /// here: they get no transfers at all (see `Mirror.Identity.nested`), or have left before they had it.
    case answerFlush(FlushID, refused: [TargetID])
    /// Keep across restarts what the source is now. `inStep`: the program ends, and every target has all of it.
    case remember(SourceID, hasContent: Bool, inStep: Bool = false)
    /// From here on the core speaks of this target; `Mirrors.settings` has its sync.
    case openTarget(TargetID)
    /// The core will not speak of it any more; another may get its id.
    case closeTarget(TargetID)
    /// Keep across restarts that this target is ours.
    case rememberTarget(TargetID)
    /// For a sync with functions or commands of its own.
    case script(ScriptOrder)
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
    /// A script called `terminate`, or `collect` said "die".
    case script(code: Int32, isCritical: Bool)
}
