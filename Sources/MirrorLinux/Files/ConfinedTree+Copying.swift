internal import CLinux
import Glibc
package import MirrorCore

// MARK: Copying into it

extension ConfinedTree {
    /// Smaller files are not looked through for holes.
    private static let leastSparse = 1 << 20
    /// Names may have 255 bytes; what is added takes 21.
    private static let longestName = 230

    /// Copies a regular file with its mode, owner and time, under a temporary name beside it and then in one step. The
    /// time is the one from before the reading, so that a write meanwhile leaves a difference that is seen.
    ///
    /// Throws EINTR when `isStopped` says so, and ENOTSUP for what is no regular file (any more).
    package func copyFile(
        _ path: RelativePath, from source: ConfinedTree, isStopped: @escaping () -> Bool
    ) throws(SystemCallError) {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
        let opened = try source.perform("open", path) { errnoResult(cl_open_at($0, $1, flags, 0)) }
        let file = Descriptor(Int32(opened))
        let facts = try FileFacts.of(descriptor: file.number)
        guard facts.kind == .regular else {
            throw SystemCallError(call: "open", path: source.whole(path), errno: ENOTSUP)
        }
        let temporary = try makeTemporary(beside: path)
        do throws(SystemCallError) {
            try fill(temporary.descriptor, from: file.number, facts, path, isStopped)
            try finish(temporary.descriptor, facts, path)
            try perform("rename", path) { directory, name in
                temporary.name.withCPath { Int(renameat(directory, $0, directory, name)) }
            }
            close(temporary.descriptor)
        } catch {
            close(temporary.descriptor)
            _ = try? perform("unlink", path) { directory, _ in
                temporary.name.withCPath { Int(unlinkat(directory, $0, 0)) }
            }
            throw error
        }
    }

    /// A link takes the place of what is there, which is no directory, in one step.
    package func replaceLink(_ path: RelativePath, to destination: ByteString) throws(SystemCallError) {
        let name = Self.temporaryName(for: path.name)
        let temporary = (path.parent ?? .root).appending(name.bytes)
        try makeLink(temporary, to: destination)
        do throws(SystemCallError) {
            try perform("rename", path) { directory, final in
                name.withCPath { Int(renameat(directory, $0, directory, final)) }
            }
        } catch {
            try? remove(temporary, isDirectory: false)
            throw error
        }
    }

    private func makeTemporary(
        beside path: RelativePath
    ) throws(SystemCallError) -> (name: ByteString, descriptor: Int32) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        for _ in 0..<16 {
            let name = Self.temporaryName(for: path.name)
            do throws(SystemCallError) {
                let opened = try perform("open", path) { directory, _ in
                    name.withCPath { errnoResult(cl_open_at(directory, $0, flags, 0o600)) }
                }
                return (name, Int32(opened))
            } catch {
                guard error.errno == EEXIST else { throw error }
            }
        }
        throw SystemCallError(call: "open", path: whole(path), errno: EEXIST)
    }

    /// Hidden, and by its look a stray where a crash leaves it; a comparison with deletions takes it away.
    private static func temporaryName(for name: ByteString) -> ByteString {
        let mark = String(UInt32.random(in: .min ... .max), radix: 36)
        return "." + ByteString(name.bytes.prefix(longestName)) + ByteString(".lockstep-" + mark)
    }

    private func fill(
        _ target: Int32, from source: Int32, _ facts: FileFacts, _ path: RelativePath, _ isStopped: @escaping () -> Bool
    ) throws(SystemCallError) {
        var copying = FileCopying(source: source, target: target, isStopped: isStopped)
        let isDone =
            facts.size < Self.leastSparse ? copying.all(expecting: facts.size) : copying.data(through: facts.size)
        guard isDone else { throw SystemCallError(call: "copy", path: whole(path), errno: copying.error) }
    }

    /// The owner first: the kernel takes the set-user-id bits away with it.
    private func finish(_ target: Int32, _ facts: FileFacts, _ path: RelativePath) throws(SystemCallError) {
        if facts.user != geteuid() || facts.group != getegid() { _ = fchown(target, facts.user, facts.group) }
        guard fchmod(target, facts.mode) == 0, withTimes(of: facts, { futimens(target, $0) }) == 0 else {
            throw SystemCallError(call: "fchmod", path: whole(path), errno: errno)
        }
    }
}

/// -errno of a shim as libc would answer it.
private func errnoResult(_ answer: Int32) -> Int {
    if answer < 0 { errno = -answer }
    return Int(max(answer, -1))
}

/// The bytes of one file into another. The kernel shares blocks where the file system can, and else copies by itself.
private struct FileCopying {
    let source: Int32
    let target: Int32
    let isStopped: () -> Bool
    private(set) var error: Int32 = 0
    private var usesBuffer = false

    private static let chunk = 16 << 20

    init(source: Int32, target: Int32, isStopped: @escaping () -> Bool) {
        self.source = source
        self.target = target
        self.isStopped = isStopped
    }

    /// What is written behind that meanwhile has a notice of its own. Some file systems tell no size before the end.
    mutating func all(expecting size: Int64) -> Bool { copy(size > 0 ? Int(size) : .max) }

    /// Holes stay holes.
    mutating func data(through size: Int64) -> Bool {
        var place: Int64 = 0
        while true {
            let begin = cl_seek_data(source, place)
            if begin == Int64(-ENXIO) { break }
            let end = begin < 0 ? begin : cl_seek_hole(source, begin)
            guard end > 0 else { return fail(Int32(-end)) }
            guard lseek(source, Int(begin), SEEK_SET) == begin, lseek(target, Int(begin), SEEK_SET) == begin else {
                return fail(errno)
            }
            guard copy(Int(end - begin)) else { return false }
            place = end
        }
        let end = lseek(source, 0, SEEK_END)
        return end >= 0 && ftruncate(target, end) == 0 ? true : fail(errno)
    }

    private mutating func copy(_ count: Int) -> Bool {
        var left = count
        while left > 0 {
            if isStopped() { return fail(EINTR) }
            let done = step(min(left, Self.chunk))
            if done == Int64(-EINTR) { continue }
            if done == 0 { return true }
            guard done > 0 else { return fail(Int32(-done)) }
            left -= Int(done)
        }
        return true
    }

    /// Where the kernel does not copy between these two, or finds nothing where a read may find something
    /// (copy_file_range(2), BUGS), the bytes go through our hands; an empty file costs one more read.
    private mutating func step(_ count: Int) -> Int64 {
        if !usesBuffer {
            let done = cl_copy_range(source, target, count)
            if done > 0 || done == Int64(-EINTR) || done == Int64(-ENOSPC) { return done }
            usesBuffer = true
        }
        return copyThroughBuffer(count)
    }

    private func copyThroughBuffer(_ count: Int) -> Int64 {
        withUnsafeTemporaryAllocation(byteCount: min(count, 256 << 10), alignment: 16) { buffer in
            let got = read(source, buffer.baseAddress, buffer.count)
            guard got > 0 else { return got < 0 ? Int64(-errno) : 0 }
            var written = 0
            while written < got {
                let put = write(target, buffer.baseAddress! + written, got - written)
                if put < 0, errno == EINTR { continue }
                guard put > 0 else { return Int64(put < 0 ? -errno : -EIO) }
                written += put
            }
            return Int64(got)
        }
    }

    private mutating func fail(_ errno: Int32) -> Bool {
        error = errno
        return false
    }
}
