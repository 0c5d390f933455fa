internal import CLinux
import Glibc
import MirrorCore

// A file that was modified is told when it is closed, unless nobody has it open.
extension FanotifySource {
    func waitForClose(_ path: RelativePath) {
        unclosed.note(path, at: Clock.now())
        scheduleUnclosed()
    }

    private func scheduleUnclosed() {
        guard unclosedTimer == nil, let oldest = unclosed.oldest else { return }
        unclosedTimer = kernel.schedule(after: max(oldest + order.pace.unclosed - Clock.now(), .zero)) {
            self.unclosedTimer = nil
            self.tellUnclosed()
        }
    }

    private func tellUnclosed() {
        for path in unclosed.take(through: Clock.now() - order.pace.unclosed) where !isOpenForWriting(path) {
            batch.add(.touched(path, isDirectory: false))
        }
        scheduleUnclosed()
        runRound()
    }

    /// Where it can't be told, it counts as closed: to look at a file once too often costs little.
    private func isOpenForWriting(_ path: RelativePath) -> Bool {
        guard let parent = path.parent else { return false }
        let directory = Descriptor(DirectoryBelow.open(parent, below: root, flags: cl_open_path))
        guard directory.isOpen else { return false }
        let flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW
        let answer = path.name.withCPath { cl_open_at(directory.number, $0, flags, 0) }
        guard answer >= 0 else { return false }
        let file = Descriptor(answer)
        return cl_is_open_for_writing(file.number) == 1
    }
}
