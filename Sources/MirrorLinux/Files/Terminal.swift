import Glibc
package import MirrorCore

/// Standard output and standard error. What cannot be written there is dropped: nobody is left to be told.
package enum Terminal {
    package static func output(_ text: ByteString) { write(text, to: STDOUT_FILENO) }
    package static func errors(_ text: ByteString) { write(text, to: STDERR_FILENO) }

    /// One of the names under which Linux shows a process its own standard output.
    package static func isNameOfStandardOutput(_ path: ByteString) -> Bool {
        ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(path)
    }

    /// True also for a file into which standard output was redirected.
    package static func isStandardOutput(_ path: ByteString) -> Bool {
        if isNameOfStandardOutput(path) { return true }
        var file = stat()
        var stream = stat()
        guard path.withCPath({ stat($0, &file) }) == 0, fstat(STDOUT_FILENO, &stream) == 0 else { return false }
        return file.st_dev == stream.st_dev && file.st_ino == stream.st_ino
    }

    private static func write(_ text: ByteString, to fd: Int32) {
        var rest = text.bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                guard errno == EAGAIN, isWritable(fd) else { return }
            }
        }
    }

    /// Somebody made the stream non-blocking: waits a second for room.
    private static func isWritable(_ fd: Int32) -> Bool {
        var wanted = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
        return poll(&wanted, 1, 1000) > 0
    }
}
