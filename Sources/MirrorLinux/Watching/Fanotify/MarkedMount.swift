internal import CLinux
import Glibc
import MirrorCore

/// The source, or something that is mounted below it: where its directories are found by their handles.
final class MarkedMount {
    /// Below the source; empty for the source itself.
    let place: RelativePath
    let path: ByteString
    let facts: FileFacts
    let fileSystem: UInt64
    let root: DirectoryHandle
    let index: DirectoryIndex
    private let mountID: Int32
    /// Open while events are served, and not in between: an open directory keeps its file system from being unmounted.
    private var opened: OpenMount?

    private final class OpenMount {
        let descriptor: Descriptor
        init(_ fd: Int32) { descriptor = Descriptor(fd) }
    }

    /// Marks the file system, and finds out whether its directories can be found again.
    init(_ place: RelativePath, below source: ByteString, _ group: FanotifyGroup) throws(SystemCallError) {
        self.place = place
        let path = place.isRoot ? source : source + "/" + place.byteString
        self.path = path
        let shown = path.isEmpty ? "/" : path
        let directory = Descriptor(
            try checked("open", shown, shown.withCPath { cl_open_at(cl_at_current, $0, Self.mountFlags, 0) }))
        facts = try FileFacts.of(descriptor: directory.number)
        var number: UInt64 = 0
        try checked("statfs", shown, cl_file_system_number(directory.number, &number))
        fileSystem = number
        var handle = cl_handle()
        var mountID: Int32 = 0
        try checked("name_to_handle_at", shown, cl_handle_of(directory.number, &handle, &mountID))
        root = DirectoryHandle(fileSystem: number, handle)
        self.mountID = mountID
        index = DirectoryIndex(root: root)
        try group.markFileSystem(of: directory.number, shown)
        group.markItself(directory.number)
        let again = Descriptor(
            try checked("open_by_handle_at", shown, cl_open_handle(directory.number, &handle, Self.flags)))
        guard Self.path(of: again.number) == shown else {
            throw SystemCallError(call: "open_by_handle_at", path: shown, errno: ESTALE)
        }
    }

    /// open_by_handle_at(2) takes no descriptor of O_PATH.
    private static let mountFlags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC
    private static let flags = cl_open_path | O_DIRECTORY | O_CLOEXEC

    /// What the path leads to is what was marked.
    var isThere: Bool {
        do throws(SystemCallError) {
            return try FileFacts.at(path.isEmpty ? "/" : path, followsLinks: true).isSame(as: facts)
        } catch {
            return false
        }
    }

    /// -errno, or a descriptor that stays open until `close`.
    func open() -> Int32 {
        if let opened { return opened.descriptor.number }
        let shown = path.isEmpty ? "/" : path
        let answer = shown.withCPath { cl_open_at(cl_at_current, $0, Self.mountFlags, 0) }
        guard answer >= 0 else { return answer }
        let found = OpenMount(answer)
        guard let now = try? FileFacts.of(descriptor: answer), now.isSame(as: facts) else { return -ESTALE }
        opened = found
        return answer
    }

    func close() { opened = nil }

    /// A path below the mount as one below the source.
    func path(of inner: RelativePath) -> RelativePath {
        if place.isRoot { return inner }
        if inner.isRoot { return place }
        return RelativePath(uncheckedBytes: place.bytes + [UInt8(ascii: "/")] + inner.bytes)
    }
}

// MARK: Finding a directory

extension MarkedMount {
    /// Where a directory stands just now.
    enum Position {
        case inside(parent: DirectoryHandle, name: [UInt8])
        case outside
        /// It is no more.
        case gone
        /// It can't be told just now.
        case unknown
    }

    enum Search {
        case found(Found)
        case gone
        case unknown
    }

    /// A directory that is open, so that its place can be asked for.
    final class Found {
        fileprivate let descriptor: Descriptor
        fileprivate init(_ fd: Int32) { descriptor = Descriptor(fd) }
        var fd: Int32 { descriptor.number }
    }

    func find(_ handle: DirectoryHandle) -> Search {
        let mount = open()
        // Another directory stands in the place of the mount: whoever looks at the root tells that.
        guard mount >= 0 else { return Self.isAbsence(mount) ? .gone : .unknown }
        var form = handle.kernelForm
        let answer = cl_open_handle(mount, &form, Self.flags)
        guard answer < 0 else { return .found(Found(answer)) }
        return Self.isAbsence(answer) ? .gone : .unknown
    }

    private static func isAbsence(_ answer: Int32) -> Bool { [-ESTALE, -ENOENT, -ENOTDIR].contains(answer) }

    /// Its path begins with the mount's; nil where the kernel can't write it down (it is too long).
    func isBelow(_ found: Found) -> Bool? {
        guard let text = Self.path(of: found.fd) else { return nil }
        return text == path || text.hasPrefix(path + "/")
    }

    /// Parent and name. Renames go on meanwhile, so it is looked at whether that name leads back to it.
    func position(of found: Found) -> (Position, parent: Found?) {
        for _ in 0..<1000 {
            let answer = cl_open_at(found.fd, "..", Self.flags, 0)
            guard answer >= 0 else { return (Self.isAbsence(answer) ? .gone : .unknown, nil) }
            let parent = Found(answer)
            var handle = cl_handle()
            var mountID: Int32 = 0
            guard cl_handle_of(answer, &handle, &mountID) == 0 else { return (.unknown, nil) }
            guard mountID == self.mountID else { return (.outside, nil) }
            guard let own = try? FileFacts.of(descriptor: found.fd) else { return (.unknown, nil) }
            guard own.links > 0 else { return (.gone, nil) }
            if let name = Self.name(of: found, in: parent, own) {
                return (.inside(parent: DirectoryHandle(fileSystem: fileSystem, handle), name: name), parent)
            }
        }
        return (.unknown, nil)
    }

    private static func name(of found: Found, in parent: Found, _ own: FileFacts) -> [UInt8]? {
        let isIt = { (name: ByteString) in (try? FileFacts.at(name, in: parent.fd))?.isSame(as: own) ?? false }
        if let path = path(of: found.fd), let slash = path.bytes.lastIndex(of: UInt8(ascii: "/")) {
            let name = ByteString(path.bytes[(slash + 1)...])
            return !name.isEmpty && isIt(name) ? name.bytes : nil
        }
        // The path is too long to be written down: the parent is read.
        let answer = cl_open_at(parent.fd, ".", O_RDONLY | O_DIRECTORY, 0)
        guard answer >= 0, let stream = try? DirectoryStream(taking: answer, path: "") else { return nil }
        while let entry = try? stream.next() {
            if entry.isDirectory, isIt(entry.name) { return entry.name.bytes }
        }
        return nil
    }

    private static func path(of fd: Int32) -> ByteString? {
        var buffer = [CChar](repeating: 0, count: 4097)
        let count = cl_path_of(fd, &buffer, buffer.count)
        guard count > 0, count < 4096 else { return nil }
        return ByteString(buffer[..<Int(count)].map { UInt8(bitPattern: $0) })
    }
}
