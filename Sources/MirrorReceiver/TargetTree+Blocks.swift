internal import CLinux
import Glibc
import MirrorCore
import MirrorLinux
import MirrorWire

// MARK: Parts of the file that stands there

extension TargetTree {
    /// Hands out the hashes of the file's blocks in parts, and answers which file that was.
    func hash(
        _ path: RelativePath, _ rule: Order.BlockRule, _ give: (UInt64, [ContentHash], Bool) -> Void
    ) throws(SystemCallError) -> FoundFile {
        let descriptor = try tree.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        defer { close(descriptor) }
        guard let found = FoundFile(descriptor: descriptor), found.metadata.kind == .regular else {
            throw tree.failure("open", path, ESTALE)
        }
        let (size, step) = (found.metadata.size, Int(rule.size))
        guard size / UInt64(step) < UInt64(WireLimits.blocks) else { throw tree.failure("read", path, EFBIG) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: step, alignment: 16)
        defer { buffer.deallocate() }
        var hashes: [ContentHash] = []
        var offset: UInt64 = 0
        while offset < size {
            let count = Int(min(UInt64(step), size - offset))
            let block = UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
            guard try fill(block, descriptor, Int(offset), path) else { throw tree.failure("read", path, ESTALE) }
            hashes.append(ContentHash(UnsafeRawBufferPointer(block), seed: rule.seed))
            offset += UInt64(count)
            if hashes.count == WireLimits.entriesInMessage {
                give(size, hashes, false)
                hashes = []
            }
        }
        give(size, hashes, true)
        return found
    }

    /// False where the file ends before.
    private func fill(
        _ buffer: UnsafeMutableRawBufferPointer, _ descriptor: Int32, _ offset: Int, _ path: RelativePath
    ) throws(SystemCallError) -> Bool {
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, offset + done)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw tree.failure("read", path, errno) }
            if count == 0 { return false }
            done += count
        }
        return true
    }

    /// The file whose blocks were hashed, if it is still the same.
    func basis(_ path: RelativePath, _ hashed: FoundFile?) throws(SystemCallError) -> Int32 {
        guard let hashed else { throw tree.failure("open", path, ESTALE) }
        let descriptor = try tree.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard FoundFile(descriptor: descriptor) == hashed else {
            close(descriptor)
            throw tree.failure("open", path, ESTALE)
        }
        return descriptor
    }

    /// Bytes of the old file, in the same place of the new one. Where both can share them on the disk, they do.
    func keep(_ offset: UInt64, _ length: UInt64, in file: inout IncomingFile) {
        guard let temporary = file.temporary else { return }
        do throws(SystemCallError) {
            guard let basis = file.basis, let place = Int64(exactly: offset), let count = Int64(exactly: length),
                !place.addingReportingOverflow(count).overflow
            else { throw tree.failure("copy_file_range", file.path, EINVAL) }
            var (next, left) = (place, count)
            while left > 0 {
                let copied = try copy(from: basis, to: temporary.descriptor, at: next, min(left, 16 << 20), file.path)
                (next, left) = (next + copied, left - copied)
            }
            file.end = max(file.end, UInt64(next))
        } catch {
            abandon(&file, error)
        }
    }

    private func copy(
        from basis: Int32, to target: Int32, at offset: Int64, _ count: Int64, _ path: RelativePath
    ) throws(SystemCallError) -> Int64 {
        let answer = cl_copy_range_at(basis, target, offset, Int(count))
        if answer > 0 { return answer }
        if answer == 0 { throw tree.failure("copy_file_range", path, ESTALE) }
        guard [-Int64(EXDEV), -Int64(EINVAL), -Int64(ENOSYS), -Int64(EOPNOTSUPP)].contains(answer) else {
            throw tree.failure("copy_file_range", path, Int32(-answer))
        }
        // A file system that can't: through our hands.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(min(count, 128 << 10)), alignment: 16)
        defer { buffer.deallocate() }
        guard try fill(buffer, basis, Int(offset), path) else { throw tree.failure("read", path, ESTALE) }
        try write([UInt8](buffer), at: offset, target, path)
        return Int64(buffer.count)
    }
}
