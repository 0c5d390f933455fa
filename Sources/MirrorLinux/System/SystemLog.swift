internal import CLinux
import Glibc
package import MirrorCore

/// The log of the system, by syslog(3).
package enum SystemLog {
    /// `facility` is shifted, as in syslog(3): LOG_USER is 8.
    package static func open(ident: ByteString, facility: Int32) {
        // openlog keeps the pointer, so the copy lives as long as the program.
        let copy = ident.withCPath { strdup($0) }
        cl_log_open(copy, facility)
    }

    /// `priority` as in syslog(3), from 0 (emergency) to 7 (debug).
    package static func write(priority: Int32, _ text: ByteString) { text.withCPath { cl_log(priority, $0) } }
}
