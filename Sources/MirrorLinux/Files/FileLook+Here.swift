internal import CLinux
import Glibc
package import MirrorCore

extension FileLook {
    /// Whether somebody has this file open for writing: a read lease (fcntl(2)) is granted only where nobody has, and
    /// is given back at once. Only regular files are opened; a device might take notice.
    package static func at(_ path: ByteString) -> FileLook {
        do throws(SystemCallError) {
            guard try FileFacts.at(path).kind == .regular else { return .ready }
        } catch {
            return error.errno == ENOENT || error.errno == ENOTDIR ? .ready : .unknown
        }
        let flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW
        let answer = path.withCPath { cl_open_at(cl_at_current, $0, flags, 0) }
        guard answer >= 0 else { return answer == -ENOENT || answer == -ELOOP ? .ready : .unknown }
        let file = Descriptor(answer)
        return withExtendedLifetime(file) {
            switch cl_is_open_for_writing(file.number) {
            case 0: .ready
            case 1: .open
            default: .unknown
            }
        }
    }
}
