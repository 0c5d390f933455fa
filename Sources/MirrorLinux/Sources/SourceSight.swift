import Glibc
package import MirrorCore

/// Looks at a source once. Blocking; a file system that hangs keeps the thread.
package enum SourceSight {
    package static func look(at source: ByteString) -> SourceLook {
        let path = source.isEmpty ? ByteString("/") : source
        // Opened for reading, not as O_PATH: that is what lets an automounter mount it (open(2)).
        let fd = path.withCPath { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard fd >= 0 else { return lookWithout(errno) }
        var status = stat()
        guard fstat(fd, &status) == 0 else {
            let number = errno
            close(fd)
            return .unreadable(errno: number)
        }
        let mount = mount(of: fd)
        switch content(of: fd) {
        case .failure(let number): return .unreadable(errno: number.errno)
        case .success(let hasContent):
            return .found(
                SourceFacts(
                    mountPoint: mount?.mountPoint ?? "/", fileSystem: mount?.fileSystem ?? "unknown",
                    device: UInt64(status.st_dev), inode: UInt64(status.st_ino), hasContent: hasContent))
        }
    }

    private static func lookWithout(_ number: Int32) -> SourceLook {
        switch number {
        case ENOENT: .missing
        case ENOTDIR: .notDirectory
        default: .unreadable(errno: number)
        }
    }

    /// By the mount's number: a path alone would not tell a mount from another one that hides it.
    private static func mount(of fd: Int32) -> NumberedMounts.Mount? {
        let facts = ByteString(SmallFile.read("/proc/self/fdinfo/\(fd)"))
        let lines = facts.split(separator: UInt8(ascii: "\n"))
        guard let line = lines.first(where: { $0.hasPrefix("mnt_id:") }),
            let id = Int(line.description.split(whereSeparator: \.isWhitespace).last ?? "")
        else { return nil }
        return NumberedMounts(ByteString(SmallFile.read("/proc/self/mountinfo", limit: 1 << 26))).mount(id)
    }

    /// A new file system of the ext family holds `lost+found`: that alone is no content. Closes the descriptor.
    private static func content(of fd: Int32) -> Result<Bool, SystemCallError> {
        guard let directory = fdopendir(fd) else {
            let number = errno
            close(fd)
            return .failure(SystemCallError(call: "fdopendir", errno: number))
        }
        defer { closedir(directory) }
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { ByteString(String(cString: $0)) }
            }
            if name != "." && name != ".." && name != "lost+found" { return .success(true) }
            errno = 0
        }
        guard errno == 0 else { return .failure(SystemCallError(call: "readdir", errno: errno)) }
        return .success(false)
    }
}
