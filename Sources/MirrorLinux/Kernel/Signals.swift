internal import CLinux
import Glibc

/// The signals that a person or a service manager sends.
package enum Signals {
    package static let served: [Int32] = [SIGHUP, SIGTERM, SIGINT]

    /// To be called first thing in main, before any thread exists: threads inherit the mask, and a signal that one
    /// thread does not block would end the program instead of reaching `KernelCallbacks.signalled`.
    /// SIGPIPE is ignored: a closed pipe is an errno.
    package static func block() {
        _ = cl_block_signals(served, Int32(served.count))
        _ = cl_ignore_signal(SIGPIPE)
    }
}
