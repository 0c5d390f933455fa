internal import CLinux
import Glibc
import MirrorCore

/// Looks at every name below a directory, with several threads.
///
/// Directories are opened by name in their open parent, and never through a symbolic link, so a rename above, or a link
/// that takes a directory's place, leads it nowhere else. The paths that it tells are those of the moment at which a
/// directory was opened; what moves meanwhile is told by whoever watches.
package final class TreeWalker: Sendable {
    private let order: WalkOrder
    private let sink: @Sendable (WalkBatch) -> Bool
    private let queue: WalkQueue
    private let openNodes: OpenCount

    private static let bufferSize = 32 << 10

    /// `sink` gets what is found, from several threads at once; batches of one directory follow each other. Where it
    /// answers false, the walk is cancelled.
    ///
    /// - Parameters:
    ///   - openLimit: directories that are open for their children's sake; more are found again from the root.
    ///   - listLimit: beyond, a directory with many names is put back half read.
    package init(
        _ order: WalkOrder, openLimit: Int = 200, listLimit: Int = 50_000,
        _ sink: @escaping @Sendable (WalkBatch) -> Bool
    ) {
        self.order = order
        self.sink = sink
        queue = WalkQueue(limit: listLimit)
        openNodes = OpenCount(limit: openLimit)
    }

    /// Blocks until it is over. Once.
    package func run() -> WalkEnd {
        let helpers = (1..<order.threads).map { _ in SystemThread(named: "walk") { self.work() } }
        work()
        for helper in helpers { helper.join() }
        return queue.result
    }

    /// From any thread; `run` returns soon.
    package func cancel() { queue.cancel() }

    private func work() {
        var buffer = ListBuffer(size: Self.bufferSize)
        while let item = queue.next() {
            switch item {
            case .resume(let node): list(node, &buffer, isFirst: false)
            case .open(let parent, let name):
                if let node = open(name, in: parent) { list(node, &buffer, isFirst: true) }
            }
            queue.finish()
        }
    }

    // MARK: Opening

    private func open(_ name: [UInt8], in parent: WalkNode?) -> WalkNode? {
        let path = parent.map { $0.path.appending(name) } ?? order.top
        let answer = parent.map { openChild(name, of: $0) } ?? openFromRoot(order.top)
        guard answer >= 0 else {
            // What has gone since is no directory any more; whoever watches tells that.
            if parent == nil || !InotifySource.isAbsence(-answer) { queue.noteUnread(path, -answer) }
            return nil
        }
        var entry = cl_entry()
        let error = cl_entry_at(answer, "", &entry)
        guard error == 0 else {
            close(answer)
            queue.noteUnread(path, -error)
            return nil
        }
        let own = EntryFacts(entry)
        var type = parent?.fileSystem ?? 0
        if parent?.own.device != own.device { _ = cl_open_file_system_type(answer, &type) }
        guard order.enters(own, type) else {
            close(answer)
            queue.noteUnread(path, EXDEV)
            return nil
        }
        queue.countDirectory()
        return WalkNode(path: path, own: own, fileSystem: type, taking: answer, openNodes)
    }

    private static let flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK

    private func openChild(_ name: [UInt8], of parent: WalkNode) -> Int32 {
        func open(in directory: Int32) -> Int32 {
            ByteString(name).withCPath { cl_open_at(directory, $0, Self.flags | O_NOFOLLOW, 0) }
        }
        guard !parent.staysOpen else { return open(in: parent.fd) }
        let again = openFromRoot(parent.path)
        guard again >= 0 else { return again }
        let directory = Descriptor(again)
        var entry = cl_entry()
        guard cl_entry_at(directory.number, "", &entry) == 0, entry.inode == parent.own.inode,
            entry.device == parent.own.device
        else { return -ENOENT }
        return open(in: directory.number)
    }

    /// Name by name. The root's own path may end in a link; what lies below never does.
    private func openFromRoot(_ path: RelativePath) -> Int32 {
        let root = order.root.isEmpty ? "/" : order.root
        var current = root.withCPath { cl_open_at(cl_at_current, $0, Self.flags, 0) }
        for name in path.bytes.split(separator: UInt8(ascii: "/")) {
            guard current >= 0 else { return current }
            let above = Descriptor(current)
            current = ByteString(Array(name)).withCPath {
                cl_open_at(above.number, $0, Self.flags | O_NOFOLLOW, 0)
            }
        }
        return current
    }

    // MARK: Reading

    /// To its end, or until so much waits that it is put back.
    private func list(_ node: WalkNode, _ buffer: inout ListBuffer, isFirst: Bool) {
        var isFirst = isFirst
        while true {
            let count = buffer.fill(from: node.fd)
            guard count > 0 else {
                if count < 0 {
                    node.isWhole = false
                    queue.noteUnread(node.path, -count)
                }
                tell(node, [], isFirst: isFirst, isLast: true)
                node.finish()
                return
            }
            let (entries, below, looked) = read(node, buffer)
            tell(node, entries, isFirst: isFirst, isLast: false)
            isFirst = false
            let isPutBack = !below.isEmpty && queue.isLong
            queue.add((isPutBack ? [.resume(node)] : []) + below.map { .open(node, name: $0) })
            if !pause(queue.count(looked, rate: order.entriesPerSecond)) || isPutBack { return }
        }
    }

    private func tell(_ node: WalkNode, _ entries: [WalkBatch.Entry], isFirst: Bool, isLast: Bool) {
        guard isFirst || isLast || !entries.isEmpty else { return }
        let batch = WalkBatch(
            directory: node.path, own: node.own, fileSystem: node.fileSystem, entries: entries, isFirst: isFirst,
            isLast: isLast, isWhole: node.isWhole)
        if !sink(batch) { queue.cancel() }
    }

    private func read(_ node: WalkNode, _ buffer: borrowing ListBuffer)
        -> (entries: [WalkBatch.Entry], below: [[UInt8]], looked: Int)
    {
        var entries: [WalkBatch.Entry] = []
        var below: [[UInt8]] = []
        var (looked, refusal) = (0, Int32(0))
        var entry = cl_entry()
        buffer.forEachName { name in
            let error = cl_entry_at(node.fd, name, &entry)
            looked += 1
            guard error == 0 else {
                if error != -ENOENT { refusal = -error }
                return
            }
            let facts = EntryFacts(entry)
            let isWanted = order.wants(facts)
            guard isWanted || facts.isDirectory else { return }
            let bytes = Array(UnsafeRawBufferPointer(start: name, count: strlen(name)))
            if isWanted { entries.append(.init(name: bytes, facts: facts)) }
            if facts.isDirectory, !order.isExcluded(node.path.appending(bytes)) { below.append(bytes) }
        }
        if refusal != 0 {
            node.isWhole = false
            queue.noteUnread(node.path, refusal)
        }
        return (entries, below, looked)
    }

    /// False: the walk is cancelled.
    private func pause(_ time: Duration) -> Bool {
        let end = Clock.now() + time
        while !queue.isCancelled {
            let left = end - Clock.now()
            guard left > .zero else { return true }
            usleep(UInt32(min(left, .milliseconds(20)).wholeNanoseconds / 1000 + 1))
        }
        return false
    }
}

/// Records of getdents64(2).
struct ListBuffer: ~Copyable {
    private let memory: UnsafeMutableRawBufferPointer
    private var filled = 0

    init(size: Int) { memory = .allocate(byteCount: size, alignment: 8) }
    deinit { memory.deallocate() }

    /// The number of bytes, 0 at the directory's end, or -errno.
    mutating func fill(from directory: Int32) -> Int32 {
        let count = cl_list(directory, memory.baseAddress, memory.count)
        filled = max(Int(count), 0)
        return Int32(count)
    }

    /// Each name but `.` and `..`, ended by a zero. A record is its inode, its place, its length (two bytes at 16), its
    /// type, and the name from 19 on.
    func forEachName(_ body: (UnsafePointer<CChar>) -> Void) {
        var offset = 0
        while offset + 19 < filled, let base = memory.baseAddress {
            let length = Int(memory.loadUnaligned(fromByteOffset: offset + 16, as: UInt16.self))
            guard length > 19, offset + length <= filled else { return }
            let name = (base + offset + 19).assumingMemoryBound(to: CChar.self)
            if strcmp(name, ".") != 0, strcmp(name, "..") != 0 { body(name) }
            offset += length
        }
    }
}
