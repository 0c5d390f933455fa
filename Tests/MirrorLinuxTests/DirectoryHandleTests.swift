internal import CLinux
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("Handles of directories")
struct DirectoryHandleTests {
    @Test("every byte of a handle counts, at every length that the kernel gives")
    func everyByte() {
        for length in [0, 1, 7, 8, 9, 12, 20, 23, 24, 25, 32, 127, 128] {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
            let handle = Self.handle(bytes)
            #expect(handle == Self.handle(bytes))
            #expect(DirectoryHandle(fileSystem: 5, handle.kernelForm) == handle)
            #expect(handle.kernelForm.length == UInt32(length))
            for index in bytes.indices {
                var other = bytes
                other[index] ^= 0x80
                #expect(Self.handle(other) != handle, "byte \(index) of \(length)")
            }
            #expect(Self.handle(bytes + [0]) != handle)
        }
        #expect(Self.handle([1, 2], type: 2) != Self.handle([1, 2], type: 1))
        #expect(Self.handle([1, 2], fileSystem: 6) != Self.handle([1, 2]))
    }

    private static func handle(_ bytes: [UInt8], fileSystem: UInt64 = 5, type: Int32 = 1) -> DirectoryHandle {
        bytes.withUnsafeBytes { DirectoryHandle(fileSystem: fileSystem, type: type, bytes: $0) }
    }
}
