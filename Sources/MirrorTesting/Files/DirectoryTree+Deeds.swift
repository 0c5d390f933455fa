internal import CLinux
import Glibc
package import MirrorCore

// What programs do to a tree beyond plain writing. As everywhere in a `DirectoryTree`, no link is followed.
extension DirectoryTree {
    /// Writes into a file that is there, from an offset, and leaves the rest of it.
    package func overwrite(_ path: ByteString, at offset: Int, _ content: ByteString) throws {
        try withFile(path, O_WRONLY) { descriptor in
            guard pwrite(descriptor, content.bytes, content.count, off_t(offset)) == content.count else {
                throw SystemCallFailure("overwrite", path)
            }
        }
    }

    package func truncate(_ path: ByteString, to size: Int) throws {
        try withFile(path, O_WRONLY) { descriptor in
            guard ftruncate(descriptor, off_t(size)) == 0 else { throw SystemCallFailure("truncate", path) }
        }
    }

    /// Writes through a mapping that outlives its descriptor: the kernel tells of it when the mapping goes.
    package func writeMapped(_ path: ByteString, _ content: ByteString) throws {
        try withFile(path, O_RDWR) { descriptor in
            var facts = stat()
            guard fstat(descriptor, &facts) == 0, facts.st_size > 0, !content.isEmpty else {
                throw FixtureError("\"\(path)\" has nothing that could be mapped")
            }
            let size = min(Int(facts.st_size), content.count)
            let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
            guard let memory, memory != MAP_FAILED else { throw SystemCallFailure("map", path) }
            content.bytes.withUnsafeBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                memory.copyMemory(from: start, byteCount: size)
            }
            munmap(memory, size)
        }
    }

    /// A file that appears complete: written without a name (O_TMPFILE), then linked.
    package func writeUnnamed(_ path: ByteString, _ content: ByteString, mode: UInt32 = 0o644) throws {
        let (directory, name) = try openParent(of: path)
        defer { Glibc.close(directory) }
        let file = cl_open_at(directory, ".", O_WRONLY | cl_open_unnamed, UInt32(mode))
        try check(file, "open a file without a name for", path)
        defer { Glibc.close(file) }
        try Descriptor.writeAll(file, content.bytes, named: path)
        try check(CPath(name).withPointer { cl_name_unnamed(file, directory, $0) }, "link", path)
    }

    /// A hole, and some bytes at its end.
    package func writeSparse(_ path: ByteString, hole: Int, _ content: ByteString) throws {
        try write(path, "")
        try overwrite(path, at: hole, content)
    }

    package func makeFifo(_ path: ByteString, mode: UInt32 = 0o644) throws {
        try makeSpecial(path, mode: S_IFIFO | mode, device: (0, 0))
    }

    /// A character device; /dev/null is 1, 3.
    package func makeDevice(_ path: ByteString, major: UInt32, minor: UInt32) throws {
        try makeSpecial(path, mode: S_IFCHR | 0o644, device: (major, minor))
    }

    private func makeSpecial(_ path: ByteString, mode: UInt32, device: (UInt32, UInt32)) throws {
        let (directory, name) = try openParent(of: path)
        defer { Glibc.close(directory) }
        let answer = CPath(name).withPointer { cl_make_special(directory, $0, UInt32(mode), device.0, device.1) }
        try check(answer, "create", path)
    }

    /// Both names change places in one step.
    package func exchange(_ first: ByteString, _ second: ByteString) throws {
        try rename(first, to: second, of: self, flags: 2)
    }

    /// Into another tree of the same file system.
    package func move(_ path: ByteString, to new: ByteString, of other: DirectoryTree) throws {
        try rename(path, to: new, of: other, flags: 0)
    }

    private func rename(_ old: ByteString, to new: ByteString, of other: DirectoryTree, flags: UInt32) throws {
        let (oldDirectory, oldName) = try openParent(of: old)
        defer { Glibc.close(oldDirectory) }
        let (newDirectory, newName) = try other.openParent(of: new)
        defer { Glibc.close(newDirectory) }
        let answer = CPath(oldName).withPointer { first in
            CPath(newName).withPointer { cl_rename_at(oldDirectory, first, newDirectory, $0, flags) }
        }
        try check(answer, "rename", old)
    }

    /// The time of modification alone, as `touch -m` does; `setTime` sets both, as `touch` does.
    package func setModified(_ path: ByteString, seconds: Int, nanoseconds: Int = 0) throws {
        let (directory, name) = try openParent(of: path)
        defer { Glibc.close(directory) }
        let answer = CPath(name).withPointer { cl_set_modified(directory, $0, Int64(seconds), Int64(nanoseconds)) }
        try check(answer, "set the time of", path)
    }

    private func withFile(_ path: ByteString, _ flags: Int32, _ body: (Int32) throws -> Void) throws {
        let descriptor = try open(path, flags | O_NONBLOCK)
        defer { Glibc.close(descriptor) }
        try body(descriptor)
    }

    /// For calls that answer -errno.
    func check(_ answer: Int32, _ deed: String, _ path: ByteString) throws {
        guard answer < 0 else { return }
        if answer == -ENOENT { throw PathMissing(path: path) }
        throw FixtureError("could not \(deed) \"\(self.path(path))\": \(String(cString: strerror(-answer)))")
    }
}

extension DirectoryTree {
    /// A file that takes all the space that there is.
    package func fill(_ path: ByteString) throws {
        try write(path, "")
        let descriptor = try open(path, O_WRONLY)
        defer { Glibc.close(descriptor) }
        var size: Int64 = 0
        for piece in [32 << 20, 4 << 20, 256 << 10, 4 << 10] as [Int64] {
            while cl_allocate(descriptor, size + piece) == 0 { size += piece }
        }
    }
}
