internal import CLinux
import Glibc
package import MirrorCore

/// A directory tree that is entered name by name from a descriptor of its root, so that no symbolic link below the root
/// ever leads out of it, whoever puts one there and whenever. It blocks; it belongs to one thread.
package final class ConfinedTree {
    /// For messages.
    package let root: ByteString
    private let rootDirectory: Descriptor
    /// The directory that was used last; lists are sorted, so it is mostly the next one too.
    private var last: (path: RelativePath, descriptor: Int32)?

    /// Links in the path of the root itself are followed: a person wrote it.
    package init(_ root: ByteString) throws(SystemCallError) {
        self.root = root
        let path = root.isEmpty ? "/" : root
        let answer = path.withCPath { cl_open_at(cl_at_current, $0, O_RDONLY | O_DIRECTORY, 0) }
        rootDirectory = Descriptor(try checked("open", path, answer))
    }

    deinit { forget() }

    /// To be called after a directory was renamed or removed: what was at a path may be something else now.
    package func forget() {
        if let last { close(last.descriptor) }
        last = nil
    }

    /// A descriptor of the directory, valid until the next call.
    func directory(_ path: RelativePath) throws(SystemCallError) -> Int32 {
        if path.isRoot { return rootDirectory.number }
        if let last, last.path == path { return last.descriptor }
        var names = path.bytes.split(separator: UInt8(ascii: "/"))
        var found = rootDirectory.number
        if let last, last.path.contains(path) {
            names.removeFirst(last.path.bytes.split(separator: UInt8(ascii: "/")).count)
            found = last.descriptor
        }
        for (index, name) in names.enumerated() {
            let next = ByteString(name).withCPath { cl_open_at(found, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0) }
            let isOurs = index > 0
            if isOurs { close(found) }
            found = try checked("open", whole(path), next)
        }
        forget()
        last = (path, found)
        return found
    }

    /// nil where nothing of that name stands, or something else than a directory stands on the way.
    package func facts(_ path: RelativePath) throws(SystemCallError) -> FileFacts? {
        do throws(SystemCallError) {
            guard let parent = path.parent else { return try FileFacts.of(descriptor: rootDirectory.number) }
            return try FileFacts.at(path.name, in: try directory(parent))
        } catch {
            if [ENOENT, ENOTDIR, ELOOP].contains(error.errno) { return nil }
            throw SystemCallError(call: error.call, path: whole(path), errno: error.errno)
        }
    }

    /// All entries but `.` and `..`, in the file system's order.
    package func entries(_ path: RelativePath) throws(SystemCallError) -> [Directory.Entry] {
        let copy = fcntl(try directory(path), F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw SystemCallError(call: "fcntl", path: whole(path), errno: errno) }
        let stream = try DirectoryStream(taking: copy, path: whole(path))
        // The copy shares its place in the directory with what was read before.
        stream.rewind()
        var entries: [Directory.Entry] = []
        while let entry = try stream.next() { entries.append(entry) }
        return entries
    }

    func whole(_ path: RelativePath) -> ByteString { path.isRoot ? root : root + "/" + path.byteString }

    /// Calls `body` with the directory that holds the path and the last name; -1 is a failure with errno. The root is
    /// the name `.` in itself.
    @discardableResult
    func perform(
        _ call: String, _ path: RelativePath, _ body: (Int32, UnsafePointer<CChar>) -> Int
    ) throws(SystemCallError) -> Int {
        let directory = try directory(path.parent ?? .root)
        let name: ByteString = path.isRoot ? "." : path.name
        let (answer, error) = name.withCPath { name in
            let answer = body(directory, name)
            return (answer, errno)
        }
        guard answer >= 0 else { throw SystemCallError(call: call, path: whole(path), errno: error) }
        return answer
    }
}

// MARK: Changing it

extension ConfinedTree {
    package func makeDirectory(_ path: RelativePath) throws(SystemCallError) {
        try perform("mkdir", path) { Int(mkdirat($0, $1, 0o700)) }
    }

    /// One name: a file, a link, or an empty directory.
    package func remove(_ path: RelativePath, isDirectory: Bool) throws(SystemCallError) {
        if isDirectory { forget() }
        try perform("unlink", path) { Int(unlinkat($0, $1, isDirectory ? AT_REMOVEDIR : 0)) }
    }

    package func rename(_ old: RelativePath, to new: RelativePath) throws(SystemCallError) {
        guard let oldParent = old.parent, let newParent = new.parent else {
            throw SystemCallError(call: "rename", path: root, errno: EBUSY)
        }
        let from = fcntl(try directory(oldParent), F_DUPFD_CLOEXEC, 0)
        guard from >= 0 else { throw SystemCallError(call: "fcntl", path: whole(old), errno: errno) }
        defer { close(from) }
        let to = try directory(newParent)
        let (answer, error) = old.name.withCPath { oldName in
            new.name.withCPath { newName in (renameat(from, oldName, to, newName), errno) }
        }
        forget()
        guard answer == 0 else { throw SystemCallError(call: "rename", path: whole(new), errno: error) }
    }

    package func linkDestination(_ path: RelativePath) throws(SystemCallError) -> ByteString {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = try perform("readlink", path) { readlinkat($0, $1, &buffer, buffer.count) }
        return ByteString(buffer.prefix(count).map { UInt8(bitPattern: $0) })
    }

    package func makeLink(_ path: RelativePath, to destination: ByteString) throws(SystemCallError) {
        try perform("symlink", path) { directory, name in
            destination.withCPath { Int(symlinkat($0, directory, name)) }
        }
    }

    /// Owner, mode and time of modification, each only where it differs. An owner that we may not give away stays.
    package func setAttributes(
        of path: RelativePath, to wanted: FileFacts, from found: FileFacts
    ) throws(SystemCallError) {
        var hasMode = wanted.mode == found.mode || wanted.kind == .symbolicLink
        if wanted.user != found.user || wanted.group != found.group {
            let isGiven = try? perform("chown", path) {
                Int(fchownat($0, $1, wanted.user, wanted.group, AT_SYMLINK_NOFOLLOW))
            }
            // The kernel takes the set-user-id bits away with the owner.
            if isGiven != nil, wanted.kind != .symbolicLink { hasMode = false }
        }
        if !hasMode { try perform("chmod", path) { Int(fchmodat($0, $1, wanted.mode, AT_SYMLINK_NOFOLLOW)) } }
        if wanted.modifiedSeconds != found.modifiedSeconds || wanted.modifiedNanoseconds != found.modifiedNanoseconds {
            try perform("utimensat", path) { directory, name in
                withTimes(of: wanted) { Int(utimensat(directory, name, $0, AT_SYMLINK_NOFOLLOW)) }
            }
        }
    }
}

/// For utimensat(2) and futimens(2): the time of the last access stays.
func withTimes<Result>(of facts: FileFacts, _ body: (UnsafePointer<timespec>) -> Result) -> Result {
    // UTIME_OMIT, a macro that Swift does not see.
    let omit = (1 << 30) - 2
    let times = [
        timespec(tv_sec: 0, tv_nsec: omit),
        timespec(tv_sec: time_t(facts.modifiedSeconds), tv_nsec: Int(facts.modifiedNanoseconds)),
    ]
    return times.withUnsafeBufferPointer { body($0.baseAddress!) }
}
