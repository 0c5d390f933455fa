internal import CLinux
import Glibc
import MirrorCore

/// An inotify instance: watches go in, records come out.
final class InotifyQueue {
    /// A megabyte a wake-up; then others have their turn.
    private static let readsPerTurn = 16

    private let instance: Descriptor
    private let mask: UInt32
    /// The last reading has found its end.
    private(set) var isDrained = false
    private var buffer = [UInt8](repeating: 0, count: 65536)

    init(mask: UInt32) throws(SystemCallError) {
        instance = Descriptor(try checked("inotify_init1", nil, cl_inotify_init()))
        self.mask = mask
    }

    var fd: Int32 { instance.number }

    /// The number of the watch on the directory that `fd` is open on (the same again if it has one), or -errno.
    func watch(_ directory: Int32) -> Int32 { cl_inotify_watch(fd, directory, mask) }

    /// Whatever else is asked of the same directory stays. The number of the watch, or -errno.
    func watchMoves(of directory: ByteString) -> Int32 {
        let mask = UInt32(IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR | IN_MASK_ADD)
        let answer = directory.withCPath { inotify_add_watch(fd, $0, mask) }
        return answer >= 0 ? answer : -errno
    }

    func remove(_ watch: Int32) { _ = cl_inotify_remove(fd, watch) }

    var isEmpty: Bool { cl_readable_bytes(fd) <= 0 }

    func read() -> [RawEvent] {
        var events: [RawEvent] = []
        isDrained = false
        for _ in 0..<Self.readsPerTurn {
            let count = Glibc.read(fd, &buffer, buffer.count)
            guard count > 0 else {
                isDrained = true
                break
            }
            buffer.withUnsafeBytes { RawEvent.decode(UnsafeRawBufferPointer(rebasing: $0[..<count]), into: &events) }
        }
        return events
    }
}
