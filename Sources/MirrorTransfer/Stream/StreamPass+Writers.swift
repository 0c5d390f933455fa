import Glibc
import MirrorCore
import MirrorLinux
import MirrorReceiver
import MirrorWire

/// Which files a comparison leaves alone since somebody writes them.
struct WrittenFiles: Sendable {
    var unfinished: Set<RelativePath>
    /// They stay open and go as they are.
    var offered: Set<RelativePath>
    /// What changed before goes as it is, whoever has it open.
    var oldest: Int64
}

extension StreamTransfer {
    /// Nil where nothing is kept back.
    func writtenFiles(_ job: Job) -> WrittenFiles? {
        guard rsync.leavesOpenFiles else { return nil }
        let oldest = rsync.openFileInterval.map { WallClock.now().seconds - Int64($0.inSeconds) }
        return WrittenFiles(unfinished: Set(job.unfinished), offered: Set(job.offered), oldest: oldest ?? .min)
    }
}

extension StreamPass {
    /// Of a file that a comparison meets; what its writer left behind last stays at the target until it is ready.
    mutating func isBeingWritten(_ path: RelativePath, _ found: FoundFile) -> Bool {
        guard let written = rules.written, found.metadata.kind == .regular, !written.offered.contains(path) else {
            return false
        }
        if written.unfinished.contains(path) { return true }
        guard max(found.changedSeconds, found.metadata.seconds) >= written.oldest,
            FileLook.at(source.root + "/" + path.byteString) == .open
        else { return false }
        result.unfinished.append(path)
        return true
    }

    /// Nobody is told of a file's other names when it is changed under one of them.
    mutating func noteLinks(_ change: Change, _ found: FoundFile) {
        guard !change.isOtherName, found.metadata.kind == .regular, found.links > 1 else { return }
        result.linked.append(
            LinkedFile(
                change.path, FileIdentity(device: found.device, inode: found.inode), links: found.links,
                isChanged: change.isWritten || !(change.isNewName || change.isMoved)))
    }

    /// Whether a file can have other content than one of the same size and time at the target: its writer has set its
    /// time, or it came by a rename that was not repeated there.
    func isDoubtful(_ change: Change, _ found: FoundFile) -> Bool {
        guard found.metadata.kind == .regular, found.hasSetTime else { return false }
        return change.isWritten || change.isMoved && !moved.contains(change.path)
    }
}
