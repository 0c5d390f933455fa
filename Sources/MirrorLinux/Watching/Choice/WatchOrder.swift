package import MirrorCore

/// What an event source is to watch, and what is to become of its notices.
package struct WatchOrder: Sendable {
    package var kernel: KernelThread
    /// Absolute, without symbolic links.
    package var root: ByteString
    package var mode = InotifyMode.closeWrite
    package var pace = InotifyPace()
    /// Directories that no sync wants. Asked on the kernel thread.
    package var isExcluded: @Sendable (RelativePath) -> Bool = { _ in false }
    /// Absolute paths of this program's own files and directories: what happens to them is not told.
    package var ignoredFiles: [ByteString] = []
    /// What is known of an event goes out as `happened`, not as `touched`.
    package var tellsHappenings = false
    /// How often the whole tree is walked besides; nil is never where the kernel tells all changes.
    package var rescan: Duration?
    /// Called on the kernel thread by a source that can't go on, since the tree has become something that it can't
    /// watch; it has ended then.
    var chooseAgain: (@Sendable () -> Void)?
    /// Gets the notices of one wake-up, in order, on the kernel thread.
    package var deliver: @Sendable ([Notice]) -> Void

    package init(kernel: KernelThread, root: ByteString, deliver: @escaping @Sendable ([Notice]) -> Void) {
        self.kernel = kernel
        self.root = root
        self.deliver = deliver
    }
}

extension InotifySource {
    package convenience init(_ order: WatchOrder) {
        self.init(
            kernel: order.kernel, root: order.root, mode: order.mode, pace: order.pace, isExcluded: order.isExcluded,
            ignoredFiles: order.ignoredFiles, tellsHappenings: order.tellsHappenings, deliver: order.deliver)
    }
}
