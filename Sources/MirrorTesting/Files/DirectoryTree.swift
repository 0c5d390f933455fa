package import Glibc
package import MirrorCore

/// A directory tree to write into and to look at. Paths are bytes relative to the root; no symbolic link below the root
/// is ever followed, so a tree with hostile links stays a closed world.
package struct DirectoryTree: Sendable, Hashable {
    package let root: ByteString

    package init(_ root: ByteString) { self.root = root }

    /// Creates or truncates a regular file.
    package func write(_ path: ByteString, _ content: ByteString, mode: mode_t = 0o644) throws {
        try put(path, content, flags: O_CREAT | O_TRUNC, mode: mode)
    }

    /// Appends; the file is created when it is missing.
    package func append(_ path: ByteString, _ content: ByteString) throws {
        try put(path, content, flags: O_CREAT | O_APPEND, mode: 0o644)
    }

    package func makeDirectory(_ path: ByteString, mode: mode_t = 0o755) throws {
        try inParent(of: path, "create directory") { Glibc.mkdirat($0, $1, mode) }
    }

    /// `mkdir -p`.
    package func makeDirectories(_ path: ByteString) throws {
        var made = ByteString()
        for part in path.split(separator: UInt8(ascii: "/")) {
            made = made.isEmpty ? part : made + "/" + part
            if try status(made) == nil { try makeDirectory(made) }
        }
    }

    package func makeLink(_ path: ByteString, to destination: ByteString) throws {
        let destination = CPath(destination)
        try inParent(of: path, "create symbolic link") { directory, name in
            destination.withPointer { Glibc.symlinkat($0, directory, name) }
        }
    }

    package func makeHardLink(_ path: ByteString, to existing: ByteString) throws {
        try inBothParents(existing, path, "link") { Glibc.linkat($0, $1, $2, $3, 0) }
    }

    package func rename(_ old: ByteString, to new: ByteString) throws {
        try inBothParents(old, new, "rename") { Glibc.renameat($0, $1, $2, $3) }
    }

    /// Refused for a symbolic link: Linux has no mode of its own for it.
    package func changeMode(_ path: ByteString, _ mode: mode_t) throws {
        let descriptor = try open(path, O_RDONLY | O_NONBLOCK)
        defer { Glibc.close(descriptor) }
        try checkResult(Glibc.fchmod(descriptor, mode), "change the mode of", path)
    }

    package func changeOwner(_ path: ByteString, user: uid_t, group: gid_t) throws {
        try inParent(of: path, "change the owner of") {
            Glibc.fchownat($0, $1, user, group, AT_SYMLINK_NOFOLLOW)
        }
    }

    /// Sets both times, as touch(1) does.
    package func setTime(_ path: ByteString, seconds: Int, nanoseconds: Int = 0) throws {
        let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
        try inParent(of: path, "set the time of") { Glibc.utimensat($0, $1, [time, time], AT_SYMLINK_NOFOLLOW) }
    }

    /// Removes a file, a link or an empty directory.
    package func remove(_ path: ByteString) throws {
        let isDirectory = try status(path)?.kind == .directory
        try inParent(of: path, "remove") { Glibc.unlinkat($0, $1, isDirectory ? AT_REMOVEDIR : 0) }
    }

    /// Removes a path and everything below it. A path that is not there is no error.
    package func removeAll(_ path: ByteString) throws {
        guard let found = try status(path) else { return }
        if found.kind == .directory {
            for name in try names(path) { try removeAll(path + "/" + name) }
        }
        try remove(path)
    }

    package func read(_ path: ByteString) throws -> ByteString {
        let descriptor = try open(path, O_RDONLY)
        defer { Glibc.close(descriptor) }
        return try ByteString(Descriptor.readAll(descriptor, named: path))
    }

    /// nil where nothing is there; a link is described itself.
    package func status(_ path: ByteString) throws -> FileStatus? {
        do {
            let (directory, name) = try openParent(of: path)
            defer { Glibc.close(directory) }
            return try FileStatus(directory: directory, name: name)
        } catch let error as PathMissing {
            _ = error
            return nil
        }
    }

    /// The names in a directory, sorted as bytes. An empty path means the root.
    package func names(_ path: ByteString = "") throws -> [ByteString] {
        let descriptor = try open(path, O_RDONLY | O_DIRECTORY)
        defer { Glibc.close(descriptor) }
        return try Descriptor.names(descriptor)
    }

    /// The whole path, for programs that are handed one.
    package func path(_ relative: ByteString) -> ByteString { relative.isEmpty ? root : root + "/" + relative }
}

/// A component of the path is not there; only `status` tells it apart from other errors.
struct PathMissing: Error, CustomStringConvertible {
    let path: ByteString
    var description: String { "\"\(path)\" does not exist" }
}

extension DirectoryTree {
    /// Opens below the root without following a link at any component.
    func open(_ path: ByteString, _ flags: Int32, mode: mode_t = 0) throws -> Int32 {
        if path.isEmpty {
            let descriptor = CPath(root).withPointer { Glibc.open($0, flags | O_CLOEXEC) }
            try checkResult(descriptor, "open", path)
            return descriptor
        }
        let (directory, name) = try openParent(of: path)
        defer { Glibc.close(directory) }
        let descriptor = CPath(name).withPointer { Glibc.openat(directory, $0, flags | O_NOFOLLOW | O_CLOEXEC, mode) }
        try checkResult(descriptor, "open", path)
        return descriptor
    }

    func openParent(of path: ByteString) throws -> (directory: Int32, name: ByteString) {
        var parts = path.split(separator: UInt8(ascii: "/")).filter { !$0.isEmpty }
        guard let name = parts.popLast() else { throw FixtureError("the root itself can't be changed") }
        var directory = CPath(root).withPointer { Glibc.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        try checkResult(directory, "open the root of", path)
        for part in parts {
            let next = CPath(part).withPointer {
                Glibc.openat(directory, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            }
            let cause = errno
            Glibc.close(directory)
            errno = cause
            try checkResult(next, "enter", path)
            directory = next
        }
        return (directory, name)
    }

    private func put(_ path: ByteString, _ content: ByteString, flags: Int32, mode: mode_t) throws {
        let descriptor = try open(path, flags | O_WRONLY, mode: mode)
        defer { Glibc.close(descriptor) }
        try Descriptor.writeAll(descriptor, content.bytes, named: path)
    }

    private func inParent(
        of path: ByteString, _ deed: String, perform: (Int32, UnsafePointer<CChar>) -> Int32
    ) throws {
        let (directory, name) = try openParent(of: path)
        defer { Glibc.close(directory) }
        try checkResult(CPath(name).withPointer { perform(directory, $0) }, deed, path)
    }

    private func inBothParents(
        _ old: ByteString, _ new: ByteString, _ deed: String,
        perform: (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>) -> Int32
    ) throws {
        let (oldDirectory, oldName) = try openParent(of: old)
        defer { Glibc.close(oldDirectory) }
        let (newDirectory, newName) = try openParent(of: new)
        defer { Glibc.close(newDirectory) }
        let result = CPath(oldName).withPointer { first in
            CPath(newName).withPointer { perform(oldDirectory, first, newDirectory, $0) }
        }
        try checkResult(result, deed, old)
    }

    private func checkResult(_ result: Int32, _ deed: String, _ path: ByteString) throws {
        guard result < 0 else { return }
        if errno == ENOENT { throw PathMissing(path: path) }
        throw FixtureError("could not \(deed) \"\(self.path(path))\": \(String(cString: strerror(errno)))")
    }
}
