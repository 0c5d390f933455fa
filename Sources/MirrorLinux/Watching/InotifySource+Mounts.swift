internal import CLinux
import Glibc
import MirrorCore

// What is mounted below the root, or not any more, changes the tree without a word from inotify.
extension InotifySource {
    /// The kernel marks /proc/self/mountinfo as urgent when a mount has changed; see proc_pid_mountinfo(5).
    func watchMounts() {
        mounts = mountsBelow()
        let fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
        // Without it a new mount is found by the next walk only.
        guard fd >= 0 else { return }
        mountFile = Descriptor(fd)
        do throws(SystemCallError) {
            try kernel.watch(fd, for: cl_epollpri) { self.scheduleMountCheck() }
        } catch {
            mountFile = nil
        }
    }

    func forgetMounts() {
        if let fd = mountFile?.number { kernel.unwatch(fd) }
        mountFile = nil
        kernel.cancel(mountTimer)
        mountTimer = nil
    }

    /// Mounts come in crowds, and each reading of the table costs its length.
    private func scheduleMountCheck() {
        guard mountTimer == nil else { return }
        mountTimer = kernel.schedule(after: .milliseconds(100)) {
            self.mountTimer = nil
            self.checkMounts()
        }
    }

    private func checkMounts() {
        checkRoot()
        let now = mountsBelow()
        let changed = now.symmetricDifference(mounts)
        mounts = now
        guard !changed.isEmpty else { return }
        for mount in changed {
            guard let path = RelativePath(mount.mountPoint.bytes.dropFirst(root.count)), let parent = path.parent,
                let node = tree.node(at: parent)
            else { continue }
            markUnsure(Place(parent: node, name: path.name.bytes))
        }
        runRound()
    }

    private func mountsBelow() -> Set<MountEntry> {
        MountTable.entries(below: root)
    }
}
