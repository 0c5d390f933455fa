/// Somebody who waits until everything that was written before a moment is at some targets.
///
/// First the kernel's queue is read up to that moment; then the head of each source's log is the number that nothing
/// owed may be at or below.
struct Flush: Sendable {
    let id: FlushID
    let targets: [TargetID]
    let requested: Moment
    /// Sources whose queue is still to be read.
    var unread: Set<SourceID>
    /// The heads of the logs when their queues had been read.
    var heads: [SourceID: UInt64] = [:]
    /// The newest events of syncs with functions of their own, likewise.
    var events: [TargetID: EventID] = [:]
    /// Targets that left without all of it.
    var missed: [TargetID] = []
}
