internal import CLinux
import Glibc

// Descriptors that belong to somebody else: a script's socket, for one.
extension KernelThread {
    /// Calls `ready` once, on the thread, when the descriptor can be read or written; takes the place of an observation
    /// before. What cannot be waited for (a plain file) is never ready.
    package func observe(
        _ number: Int32, reads: Bool, writes: Bool,
        ready: @escaping @Sendable (_ isReadable: Bool, _ isWritable: Bool) -> Void
    ) {
        perform {
            self.unwatch(number)
            let events = (reads ? cl_epollin : 0) | (writes ? cl_epollout : 0)
            guard events != 0 else { return }
            try? self.watch(number, for: events) {
                self.unwatch(number)
                let (isReadable, isWritable) = Self.state(of: number)
                ready(reads && isReadable, writes && isWritable)
            }
        }
    }

    /// Ends the observation and closes the descriptor.
    package func closeObserved(_ number: Int32) {
        perform {
            self.unwatch(number)
            close(number)
        }
    }

    /// An error or an end can be read and written: whoever tries is told.
    private static func state(of number: Int32) -> (isReadable: Bool, isWritable: Bool) {
        var entry = pollfd(fd: number, events: Int16(POLLIN | POLLOUT), revents: 0)
        guard poll(&entry, 1, 0) > 0 else { return (false, false) }
        let broken = Int16(POLLERR | POLLHUP | POLLNVAL)
        return (
            entry.revents & (Int16(POLLIN) | broken) != 0, entry.revents & (Int16(POLLOUT) | broken) != 0
        )
    }
}
