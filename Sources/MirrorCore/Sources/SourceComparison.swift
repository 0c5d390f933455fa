/// What identifies a source, and what can be told of it at a glance.
package struct SourceFacts: Sendable, Equatable {
    /// Where the file system that holds the source is mounted.
    package var mountPoint: ByteString
    /// Its kind: `ext4`, `tmpfs`, `nfs4`, …
    package var fileSystem: ByteString
    package var device: UInt64
    package var inode: UInt64
    /// An entry other than `lost+found` stands in it.
    package var hasContent: Bool
    /// What is remembered: the run ended by itself, and every target had all of it. Always false of what is there now.
    package var endedInStep = false

    package init(mountPoint: ByteString, fileSystem: ByteString, device: UInt64, inode: UInt64, hasContent: Bool) {
        self.mountPoint = mountPoint
        self.fileSystem = fileSystem
        self.device = device
        self.inode = inode
        self.hasContent = hasContent
    }
}

/// A look at a source.
package enum SourceLook: Sendable, Equatable {
    case missing
    case notDirectory
    case unreadable(errno: Int32)
    case found(SourceFacts)
}

/// The guard rail of sources, as a decision over values: may deletions follow from what is there now?
package enum SourceComparison {
    /// `accepted`: an operator has said that what is there now is right. That releases what can be mirrored; a source
    /// that is not there, or cannot be read, stays suspect. `seen`: the last look of this run that was not suspect; a
    /// source that is new, and empty still, is not remembered yet.
    package static func report(
        on look: SourceLook, remembered: SourceFacts?, seen: SourceFacts? = nil, accepted: Bool
    ) -> SourceReport {
        switch look {
        case .missing: SourceReport(suspicion: .missing)
        case .notDirectory: SourceReport(suspicion: .notDirectory)
        case .unreadable(let number): SourceReport(suspicion: .unreadable(errno: number))
        case .found(let facts):
            SourceReport(
                suspicion: accepted
                    ? nil
                    : remembered.flatMap { suspicion(of: facts, remembered: $0) }
                        ?? seen.flatMap { mountSuspicion(of: facts, remembered: $0) },
                isEmpty: !facts.hasContent,
                isFirstStart: remembered == nil,
                isAccepted: accepted,
                followsBrokenRun: remembered.map { !$0.endedInStep } ?? false,
                remark: remembered.flatMap { remark(on: facts, remembered: $0) })
        }
    }

    private static func suspicion(of now: SourceFacts, remembered: SourceFacts) -> SourceSuspicion? {
        mountSuspicion(of: now, remembered: remembered)
            ?? (remembered.hasContent && !now.hasContent ? .emptied : nil)
    }

    private static func mountSuspicion(of now: SourceFacts, remembered: SourceFacts) -> SourceSuspicion? {
        let isGone = mountIsGone(now: now, remembered: remembered)
        guard isGone || now.fileSystem != remembered.fileSystem && now.mountPoint == remembered.mountPoint else {
            return nil
        }
        return .mountGone(mountPoint: remembered.mountPoint, fileSystem: remembered.fileSystem)
    }

    /// The source now stands on the file system that was below its own. A new mount above is another matter: what
    /// it holds decides.
    private static func mountIsGone(now: SourceFacts, remembered: SourceFacts) -> Bool {
        guard now.mountPoint != remembered.mountPoint else { return false }
        let outer = now.mountPoint == "/" ? "/" : now.mountPoint + "/"
        return remembered.mountPoint.hasPrefix(outer)
    }

    /// A restored or newly deployed tree has another inode, and some file systems (XFS, NFS) come back from a reboot
    /// with another device number: neither is a reason to stop.
    private static func remark(on now: SourceFacts, remembered: SourceFacts) -> String? {
        if now.mountPoint != remembered.mountPoint {
            return
                "it stands on the file system at \(now.mountPoint) now, before on the one at \(remembered.mountPoint)"
        }
        if now.inode != remembered.inode { return "it is another directory than before (its inode is new)" }
        if now.device != remembered.device { return "its file system has another device number than before" }
        return nil
    }
}
