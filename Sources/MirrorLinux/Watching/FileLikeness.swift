internal import CLinux
import Glibc
import MirrorCore

/// Everything of a file that a mirror could show, in short.
struct FileLikeness: Equatable {
    /// Larger files are not read for this.
    static let largest: Int64 = 1 << 18

    private let mode: UInt32
    private let user: UInt32
    private let group: UInt32
    private let size: Int64
    private let seconds: Int64
    private let nanoseconds: UInt32
    private let content: Int
    private let attributes: Int

    /// nil where it is no regular file, has other names, is too large, or can't be read. `rested`: nil too where
    /// anything of it changed within the last second, or in the future.
    init?(_ path: ByteString, rested isRested: Bool = false) {
        let flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY
        guard let before = try? FileFacts.at(path), before.kind == .regular, before.links == 1,
            before.size <= Self.largest, !isRested || Self.isRested(before)
        else { return nil }
        let answer = path.withCPath { cl_open_at(cl_at_current, $0, flags, 0) }
        guard answer >= 0 else { return nil }
        let file = Descriptor(answer)
        guard let content = Self.content(of: file.number), let facts = try? FileFacts.of(descriptor: file.number),
            facts == before, let attributes = Self.attributes(of: path)
        else { return nil }
        (mode, user, group, size) = (facts.mode, facts.user, facts.group, facts.size)
        (seconds, nanoseconds) = (facts.modifiedSeconds, facts.modifiedNanoseconds)
        (self.content, self.attributes) = (content, attributes)
    }

    private static func isRested(_ facts: FileFacts) -> Bool {
        let changed = facts.changedSeconds * 1_000_000_000 + Int64(facts.changedNanoseconds)
        return cl_wall_time() - changed >= 1_000_000_000
    }

    private static func content(of fd: Int32) -> Int? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var hasher = Hasher()
        var total = 0
        while total <= largest {
            let count = read(fd, &buffer, buffer.count)
            guard count > 0 else { return count == 0 ? hasher.finalize() : nil }
            buffer.withUnsafeBytes { hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            total += count
        }
        return nil
    }

    /// Access control lists are among them; see acl(5).
    private static func attributes(of path: ByteString) -> Int? {
        var names = [CChar](repeating: 0, count: 4096)
        let length = path.withCPath { cl_attributes($0, &names, names.count) }
        guard length > 0 else { return length == 0 || length == -Int64(ENOTSUP) ? 0 : nil }
        guard length <= names.count else { return nil }
        var hasher = Hasher()
        var value = [UInt8](repeating: 0, count: 4096)
        for name in names[..<Int(length)].split(separator: 0) {
            let size = path.withCPath { path in
                (Array(name) + [0]).withUnsafeBufferPointer { cl_attribute(path, $0.baseAddress, &value, value.count) }
            }
            guard size >= 0, size <= value.count else { return nil }
            for character in name { hasher.combine(character) }
            value.withUnsafeBytes { hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[..<Int(size)])) }
        }
        return hasher.finalize()
    }
}
