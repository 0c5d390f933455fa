internal import CLinux
import Glibc
package import MirrorCore

/// Reading a directory.
package enum Directory {
    package struct Entry: Sendable, Equatable {
        package var name: ByteString
        package var isDirectory: Bool
    }

    /// All entries but `.` and `..`, in the file system's order. A symbolic link to a directory is no directory.
    package static func entries(of path: ByteString) throws(SystemCallError) -> [Entry] {
        let stream = try DirectoryStream(path: path)
        var entries: [Entry] = []
        while let entry = try stream.next() { entries.append(entry) }
        return entries
    }

    /// The errno with which it can't be opened for reading; zero where it can.
    package static func refusal(of path: ByteString) -> Int32 {
        do throws(SystemCallError) {
            _ = try DirectoryStream(path: path)
            return 0
        } catch {
            return error.errno
        }
    }

    /// Reads one entry, however many there are.
    package static func isEmpty(_ path: ByteString) throws(SystemCallError) -> Bool {
        try DirectoryStream(path: path).next() == nil
    }
}

/// A directory that is being read.
final class DirectoryStream {
    private let stream: OpaquePointer
    private let path: ByteString

    convenience init(path: ByteString) throws(SystemCallError) {
        let fd = path.withCPath { cl_open_at(cl_at_current, $0, O_RDONLY | O_DIRECTORY, 0) }
        try self.init(taking: try checked("open", path, fd), path: path)
    }

    /// Takes the descriptor over; `path` is for messages.
    init(taking fd: Int32, path: ByteString) throws(SystemCallError) {
        guard let stream = fdopendir(fd) else {
            let error = SystemCallError(call: "fdopendir", path: path, errno: errno)
            close(fd)
            throw error
        }
        self.stream = stream
        self.path = path
    }

    deinit { closedir(stream) }

    var fd: Int32 { dirfd(stream) }

    func rewind() { rewinddir(stream) }

    /// nil at the end.
    func next() throws(SystemCallError) -> Directory.Entry? {
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw SystemCallError(call: "readdir", path: path, errno: errno) }
                return nil
            }
            let name = Self.name(of: entry)
            if name.bytes != [0x2e], name.bytes != [0x2e, 0x2e] {
                return Directory.Entry(name: name, isDirectory: isDirectory(entry, name))
            }
        }
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> ByteString {
        // Some file systems have longer names than the 255 bytes that the type has room for.
        let start = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
        let length = strlen(start.assumingMemoryBound(to: CChar.self))
        return ByteString(UnsafeRawBufferPointer(start: start, count: length))
    }

    /// Some file systems leave the type out of the directory; then the file itself is asked.
    private func isDirectory(_ entry: UnsafeMutablePointer<dirent>, _ name: ByteString) -> Bool {
        guard Int(entry.pointee.d_type) == DT_UNKNOWN else { return Int(entry.pointee.d_type) == DT_DIR }
        var facts = cl_facts()
        return name.withCPath { cl_facts_at(fd, $0, 0, &facts) } == 0 && facts.mode & S_IFMT == S_IFDIR
    }
}
