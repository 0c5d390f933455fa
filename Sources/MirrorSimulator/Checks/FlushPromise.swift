import MirrorCore

/// What was written when somebody asked for a flush.
struct FlushPromise {
    let clock: Int
    /// Being written then: their end comes later.
    let open: Set<RelativePath>
    let targets: [TargetID]

    init(writer: SimulatedWriter, targets: [TargetID]) {
        clock = writer.clock
        open = writer.openFiles
        self.targets = targets
    }

    /// Whether the answer promises that this path is at the targets as it is now at the source.
    func includes(_ path: RelativePath, _ writer: SimulatedWriter) -> Bool {
        // What a target has below a name that is a file by now goes when that file does, which was being written.
        let isBelowFile = path.parents.contains { open.contains($0) || (writer.opened[$0] ?? 0) > clock }
        return (writer.changed[path] ?? 0) <= clock && !open.contains(path) && !isBelowFile
    }
}
