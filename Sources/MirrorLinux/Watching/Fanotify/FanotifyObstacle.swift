import Glibc
package import MirrorCore

/// Why fanotify can't watch a source.
package struct FanotifyObstacle: Error, Sendable, Equatable {
    package let error: SystemCallError
    package let place: ByteString

    init(_ error: SystemCallError, at place: ByteString) {
        self.error = error
        self.place = place
    }

    package var errno: Int32 { error.errno }

    /// The end of a sentence.
    package var reason: String {
        let name = "\(place)"
        return switch (error.call, error.errno) {
        case (_, EPERM):
            "this process lacks CAP_SYS_ADMIN or CAP_DAC_READ_SEARCH, which fanotify wants"
        case (_, EXDEV): "\(name) lies in a subvolume of btrfs, which can't be marked alone"
        case (_, EOPNOTSUPP): "the file system of \(name) has no file handles"
        case (_, ENODEV): "the file system of \(name) has no number of its own"
        case ("fanotify_init", EMFILE):
            "this user has too many groups of fanotify already (sysctl fs.fanotify.max_user_groups)"
        case (_, ENOSYS), (_, EINVAL): "this kernel is older than 6.0 or has no fanotify"
        case ("open_by_handle_at", ESTALE): "the file system of \(name) does not find its directories again"
        default: "\(error.description)"
        }
    }
}
