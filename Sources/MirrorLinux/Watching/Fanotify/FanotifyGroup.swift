internal import CLinux
import Glibc
import MirrorCore

/// A group of fanotify(7): marks go in, events come out. Its queue has no limit, so nothing is lost for want of room.
final class FanotifyGroup {
    /// A megabyte a wake-up; then others have their turn.
    private static let readsPerTurn = 16

    private let descriptor: Descriptor
    private var buffer = [UInt8](repeating: 0, count: 65536)

    init() throws(SystemCallError) {
        descriptor = Descriptor(try checked("fanotify_init", nil, cl_fanotify_init()))
    }

    var fd: Int32 { descriptor.number }
    var isEmpty: Bool { cl_readable_bytes(fd) <= 0 }

    func markFileSystem(of directory: Int32, _ path: ByteString) throws(SystemCallError) {
        try checked("fanotify_mark", path, cl_fanotify_mark_file_system(fd, directory))
    }

    /// A mark goes without a word when its file system is unmounted.
    func hasMark(onFileSystemOf directory: Int32) -> Bool { cl_fanotify_has_mark(fd, directory) == 0 }

    func markItself(_ directory: Int32) { _ = cl_fanotify_mark_directory(fd, directory) }

    /// What happens in it is not told any more. Where the kernel can't do that, it goes on to be told, which costs time
    /// and nothing else.
    func ignore(_ directory: Int32) { _ = cl_fanotify_ignore(fd, directory) }

    /// The marks of all single directories go.
    func flush() { _ = cl_fanotify_flush(fd) }

    /// nil where what the kernel wrote can't be read.
    func read() -> [FanotifyEvent]? {
        var events: [FanotifyEvent] = []
        for _ in 0..<Self.readsPerTurn {
            let count = Glibc.read(fd, &buffer, buffer.count)
            guard count > 0 else { break }
            let isRead = buffer.withUnsafeBytes {
                FanotifyEvent.decode(UnsafeRawBufferPointer(rebasing: $0[..<count]), into: &events)
            }
            guard isRead else { return nil }
        }
        return events
    }
}
