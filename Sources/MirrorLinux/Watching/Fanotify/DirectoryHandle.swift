internal import CLinux

/// A directory for as long as it lives, whatever its name: the file system and all bytes of its handle. Those of ext4
/// have 8 bytes, of XFS and tmpfs 12, of btrfs 20, of overlayfs more; up to 24 are kept without an allocation.
package struct DirectoryHandle: Hashable, Sendable {
    /// f_fsid of statfs(2).
    package let fileSystem: UInt64
    private let type: Int32
    private let length: UInt32
    private let first: UInt64
    private let second: UInt64
    private let third: UInt64
    private let rest: [UInt8]

    /// Of the kernel no handle is longer.
    package static let longest = 128

    /// At most `longest` bytes.
    init(fileSystem: UInt64, type: Int32, bytes: UnsafeRawBufferPointer) {
        self.fileSystem = fileSystem
        self.type = type
        length = UInt32(bytes.count)
        first = Self.word(of: bytes, at: 0)
        second = Self.word(of: bytes, at: 8)
        third = Self.word(of: bytes, at: 16)
        rest = bytes.count > 24 ? Array(bytes[24...]) : []
    }

    init(fileSystem: UInt64, _ handle: cl_handle) {
        self = withUnsafeBytes(of: handle.bytes) { bytes in
            DirectoryHandle(
                fileSystem: fileSystem, type: handle.type,
                bytes: UnsafeRawBufferPointer(rebasing: bytes[..<min(Int(handle.length), bytes.count)]))
        }
    }

    var kernelForm: cl_handle {
        var handle = cl_handle()
        handle.type = type
        handle.length = length
        withUnsafeMutableBytes(of: &handle.bytes) { bytes in
            bytes.storeBytes(of: first, toByteOffset: 0, as: UInt64.self)
            bytes.storeBytes(of: second, toByteOffset: 8, as: UInt64.self)
            bytes.storeBytes(of: third, toByteOffset: 16, as: UInt64.self)
            for (index, byte) in rest.enumerated() { bytes[24 + index] = byte }
        }
        return handle
    }

    private static func word(of bytes: UnsafeRawBufferPointer, at start: Int) -> UInt64 {
        guard start < bytes.count else { return 0 }
        if start + 8 <= bytes.count { return bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self) }
        var word: UInt64 = 0
        withUnsafeMutableBytes(of: &word) { $0.copyBytes(from: bytes[start...]) }
        return word
    }
}
