internal import CLinux
import Glibc
package import MirrorCore

/// A name of the machine (of its network name space) that one process holds at a time, for as long as it lives: there
/// is no file that could stay behind or be taken away (unix(7), abstract sockets).
package final class HeldName: Sendable {
    package enum Refusal: Error, Equatable {
        /// Somebody of this user, or root, holds it.
        case held(process: Int32)
        /// Somebody has it who is in no position to mirror for us, or the system has no names to give. That must not
        /// stop anybody.
        case notToBeHad
    }

    private let fd: Int32

    package init(_ name: ByteString) throws(Refusal) {
        let made = name.withCPath { cl_hold_name($0) }
        if made >= 0 {
            fd = made
            return
        }
        var (user, process) = (UInt32(0), Int32(0))
        let asked = name.withCPath { cl_name_holder($0, &user, &process) }
        guard made == -EADDRINUSE, asked == 0, user == 0 || user == geteuid() || geteuid() == 0 else {
            throw .notToBeHad
        }
        throw .held(process: process)
    }

    deinit { close(fd) }
}
