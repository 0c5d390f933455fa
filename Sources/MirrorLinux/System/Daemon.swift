internal import CLinux
import Glibc

package enum Daemon {
    /// Goes to the background as lsyncd does: one fork, whose parent ends with 0; then a session of its own, `/` as
    /// directory, and /dev/null as standard streams. Only before any thread exists.
    package static func detach() throws(SystemCallError) {
        fflush(nil)
        let child = try checked("fork", nil, cl_detach())
        if child > 0 { _exit(0) }
    }
}
