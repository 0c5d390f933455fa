internal import CLinux
import Glibc
package import MirrorCore
package import MirrorLinux
import MirrorWire

/// A directory tree that is only ever entered through the kernel's promise that nothing leads out of it (openat2(2)
/// with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS), whoever puts a link where and when. It blocks; it belongs to one
/// thread.
package final class BeneathTree {
    /// For messages.
    package let root: ByteString
    let rootDirectory: Int32
    /// The directory that was used last; orders come sorted, so it is mostly the next one too.
    private var last: (path: RelativePath, descriptor: Int32)?

    /// Links in the path of the root itself are followed: a person wrote it.
    package init(_ root: ByteString) throws(SystemCallError) {
        self.root = root
        let path: ByteString = root.isEmpty ? "/" : root
        let answer = path.withCPath { cl_open_at(cl_at_current, $0, O_RDONLY | O_DIRECTORY, 0) }
        guard answer >= 0 else { throw SystemCallError(call: "open", path: path, errno: -answer) }
        rootDirectory = answer
    }

    deinit {
        forget()
        close(rootDirectory)
    }

    /// What was at a path may be something else now.
    package func forget() {
        if let last { close(last.descriptor) }
        last = nil
    }

    func whole(_ path: RelativePath) -> ByteString { path.isRoot ? root : root + "/" + path.byteString }

    func failure(_ call: String, _ path: RelativePath, _ errno: Int32) -> SystemCallError {
        SystemCallError(call: call, path: whole(path), errno: errno)
    }

    /// A descriptor that the caller closes.
    package func open(_ path: RelativePath, _ flags: Int32) throws(SystemCallError) -> Int32 {
        // From its directory where that is at hand, so that the kernel walks one name.
        let parent = path.parent
        let near = last.flatMap { $0.path == parent ? $0.descriptor : nil }
        let name: ByteString = path.isRoot ? "." : near == nil ? path.byteString : path.name
        let answer = name.withCPath { cl_open_beneath(near ?? rootDirectory, $0, flags, 0) }
        guard answer >= 0 else { throw failure("open", path, -answer) }
        return answer
    }

    /// A descriptor of the directory, valid until the next call.
    package func directory(_ path: RelativePath) throws(SystemCallError) -> Int32 {
        if path.isRoot { return rootDirectory }
        if let last, last.path == path { return last.descriptor }
        let found = try open(path, cl_open_path | O_DIRECTORY)
        forget()
        last = (path, found)
        return found
    }

    /// The directory that holds the path, and the last name; the root is `.` in itself.
    package func place(_ path: RelativePath) throws(SystemCallError) -> Place {
        guard let parent = path.parent else { return Place(directory: rootDirectory, name: ".") }
        return Place(directory: try directory(parent), name: path.name)
    }

    /// Nil where nothing of that name stands, or something else than a directory stands on the way.
    package func found(_ path: RelativePath) throws(SystemCallError) -> FoundFile? {
        do throws(SystemCallError) {
            return try place(path).found()
        } catch {
            if [ENOENT, ENOTDIR, ELOOP].contains(error.errno) { return nil }
            throw failure(error.call, path, error.errno)
        }
    }

    /// All names but `.` and `..`, sorted byte by byte.
    package func names(_ path: RelativePath) throws(SystemCallError) -> [ByteString] {
        let descriptor = try open(path, O_RDONLY | O_DIRECTORY)
        guard let stream = fdopendir(descriptor) else {
            let error = failure("fdopendir", path, errno)
            close(descriptor)
            throw error
        }
        defer { closedir(stream) }
        var names: [ByteString] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw failure("readdir", path, errno) }
                break
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { name in ByteString(name.prefix { $0 != 0 }) }
            if name.bytes != [0x2e], name.bytes != [0x2e, 0x2e] { names.append(name) }
        }
        return names.sorted()
    }
}

/// A name in an open directory.
package struct Place {
    package let directory: Int32
    package let name: ByteString
    /// Of the file itself, where we have just made it: what is done by it needs no look at the name.
    var descriptor: Int32?

    /// Nil where there is nothing.
    package func found() throws(SystemCallError) -> FoundFile? {
        if let descriptor {
            guard let found = FoundFile(descriptor: descriptor) else {
                throw SystemCallError(call: "stat", path: name, errno: errno)
            }
            return found
        }
        var facts = cl_facts()
        let answer = name.withCPath { cl_facts_at(directory, $0, 0, &facts) }
        if answer == -ENOENT { return nil }
        guard answer >= 0 else { throw SystemCallError(call: "stat", path: name, errno: -answer) }
        var found = FoundFile(facts)
        guard found.metadata.kind == .characterDevice || found.metadata.kind == .blockDevice else { return found }
        let device = name.withCPath {
            cl_device_at(directory, $0, &found.metadata.major, &found.metadata.minor)
        }
        guard device >= 0 else { throw SystemCallError(call: "stat", path: name, errno: -device) }
        return found
    }

    /// Of a symbolic link.
    package func destination() throws(SystemCallError) -> ByteString {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = name.withCPath { readlinkat(directory, $0, &buffer, buffer.count) }
        guard count >= 0 else { throw SystemCallError(call: "readlink", path: name, errno: errno) }
        return ByteString(buffer.prefix(count).map { UInt8(bitPattern: $0) })
    }

    /// Calls `body`, which fails with -1 and errno.
    @discardableResult
    func perform(_ call: String, _ body: (Int32, UnsafePointer<CChar>) -> Int32) throws(SystemCallError) -> Int32 {
        let (answer, error) = name.withCPath { name in
            let answer = body(directory, name)
            return (answer, errno)
        }
        guard answer >= 0 else { throw SystemCallError(call: call, path: name, errno: error) }
        return answer
    }

    /// Another name in the same directory.
    func beside(_ name: ByteString, descriptor: Int32? = nil) -> Place {
        Place(directory: directory, name: name, descriptor: descriptor)
    }
}

// MARK: Attributes

extension Place {
    func setMode(_ mode: UInt16) throws(SystemCallError) {
        try perform("chmod") { directory, name in
            if let descriptor { return fchmod(descriptor, mode_t(mode)) }
            return fchmodat(directory, name, mode_t(mode), AT_SYMLINK_NOFOLLOW)
        }
    }

    func setOwner(_ user: UInt32, _ group: UInt32) throws(SystemCallError) {
        try perform("chown") { directory, name in
            if let descriptor { return fchown(descriptor, user, group) }
            return fchownat(directory, name, user, group, AT_SYMLINK_NOFOLLOW)
        }
    }

    func setModified(_ seconds: Int64, _ nanoseconds: Int64) throws(SystemCallError) {
        try perform("utimensat") { directory, name in
            let answer =
                descriptor.map { cl_set_modified_of($0, seconds, nanoseconds) }
                ?? cl_set_modified(directory, name, seconds, nanoseconds)
            if answer < 0 { errno = -answer }
            return answer
        }
    }
}
