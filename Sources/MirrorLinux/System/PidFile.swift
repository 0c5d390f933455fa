internal import CLinux
import Glibc
package import MirrorCore

/// A file that holds our process number, locked for as long as we live.
package final class PidFile: Sendable {
    package let path: ByteString
    private let fd: Int32

    /// Makes the file (0644) or takes one that is there and that nobody has locked, and writes `PID\n`. An error with
    /// EAGAIN or EACCES from `lockf` says that another process holds it. After `Daemon.detach`, or the number is
    /// wrong.
    package init(_ path: ByteString) throws(SystemCallError) {
        self.path = path
        fd = try checked("open", path, path.withCPath { cl_open_at(cl_at_current, $0, O_RDWR | O_CREAT, 0o644) })
        do throws(SystemCallError) {
            try checked("lockf", path, cl_lock_file(fd))
            try checked("ftruncate", path, ftruncate(fd, 0) == 0 ? 0 : -errno)
            try WholeWrite.write(Array("\(getpid())\n".utf8), to: fd, path)
        } catch {
            close(fd)
            throw error
        }
    }

    /// Removes the file if the name still means ours.
    package func remove() {
        do throws(SystemCallError) {
            guard try FileFacts.at(path).isSame(as: try FileFacts.of(descriptor: fd)) else { return }
            _ = path.withCPath { unlink($0) }
        } catch {
            // It is gone already, which is what was wanted.
        }
    }

    deinit { close(fd) }
}
