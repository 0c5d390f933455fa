internal import CLinux
import Glibc
import MirrorCore

// A file that was modified is told when it is closed, unless nobody has it open.
extension InotifySource {
    /// True: it is not to be told now.
    func waitsForClose(_ event: RawEvent, _ place: Place) -> Bool {
        guard case .closeWrite = mode, !event.isDirectory else { return false }
        guard event.has(IN_MODIFY) else {
            // The end of the writing, or an attribute: looked at as it is now, whatever was done before.
            if event.has(IN_CLOSE_WRITE) { unclosed.remove(place) }
            return false
        }
        unclosed.note(place, at: Clock.now())
        scheduleUnclosed()
        return true
    }

    private func scheduleUnclosed() {
        guard unclosedTimer == nil, let oldest = unclosed.oldest else { return }
        unclosedTimer = kernel.schedule(after: max(oldest + pace.unclosed - Clock.now(), .zero)) {
            self.unclosedTimer = nil
            self.tellUnclosed()
        }
    }

    private func tellUnclosed() {
        for place in unclosed.take(through: Clock.now() - pace.unclosed) where tree.isAlive(place.parent) {
            // Its close will tell of a file that is open.
            guard !isOpenForWriting(place) else {
                unclosed.keep(place)
                continue
            }
            if let path = path(of: place) { batch.add(.touched(path, isDirectory: false)) }
        }
        scheduleUnclosed()
        // A round, since somebody may wait for this.
        runRound()
    }

    /// Where it can't be told, it counts as closed: to look at a file once too often costs little.
    private func isOpenForWriting(_ place: Place) -> Bool {
        guard case .open(let parent) = openVerified(place.parent) else { return false }
        let flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW
        let answer = ByteString(place.name).withCPath { cl_open_at(parent.descriptor.number, $0, flags, 0) }
        guard answer >= 0 else { return false }
        let file = Descriptor(answer)
        return withExtendedLifetime(file) { cl_is_open_for_writing(file.number) == 1 }
    }
}
