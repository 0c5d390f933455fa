internal import CLinux
import Glibc
import MirrorCore

/// The directories above a root: one that is renamed or deleted makes the root's path mean something else. Mounts do
/// too, and are told by mountinfo. So nobody has to look at the path again and again.
final class WayToRoot {
    private let instance: Descriptor
    private let kernel: KernelThread

    /// nil where the kernel would not tell (another machine may rename a directory above, or there are too many
    /// instances of inotify): then the path is to be looked at from time to time.
    init?(to root: ByteString, _ kernel: KernelThread, changed: @escaping () -> Void) {
        let fd = cl_inotify_init()
        guard fd >= 0 else { return nil }
        instance = Descriptor(fd)
        self.kernel = kernel
        let slash = UInt8(ascii: "/")
        for end in root.bytes.indices where root.bytes[end] == slash {
            let directory = end == 0 ? "/" : ByteString(root.bytes[..<end])
            guard let kind = try? FileSystemKind.at(directory), !kind.isRemote else { return nil }
            let mask = UInt32(IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR)
            guard directory.withCPath({ inotify_add_watch(fd, $0, mask) }) >= 0 else { return nil }
        }
        guard (try? kernel.watch(fd) { [weak self] in self?.drain(changed) }) != nil else { return nil }
    }

    func end() { kernel.unwatch(instance.number) }

    private func drain(_ changed: () -> Void) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while read(instance.number, &buffer, buffer.count) > 0 {}
        changed()
    }
}
