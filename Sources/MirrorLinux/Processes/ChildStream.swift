import Glibc

/// Our end of one of a child's output pipes.
final class ChildStream {
    enum Piece {
        case bytes([UInt8])
        case nothing
        case closed
    }

    let name: OutputStream
    private(set) var kept: KeptOutput
    private var descriptor: Descriptor

    init(_ name: OutputStream, _ descriptor: consuming Descriptor, limit: Int) {
        self.name = name
        self.descriptor = consume descriptor
        kept = KeptOutput(limit: limit)
    }

    var isClosed: Bool { !descriptor.isOpen }
    var fd: Int32 { descriptor.number }

    func close() { descriptor = Descriptor(-1) }

    func readOnce() -> Piece {
        guard !isClosed else { return .closed }
        var answer = 0
        var error: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
            answer = read(fd, buffer.baseAddress, buffer.count)
            error = errno
            count = max(answer, 0)
        }
        if answer > 0 {
            kept.append(bytes[...])
            return .bytes(bytes)
        }
        return answer < 0 && (error == EAGAIN || error == EINTR) ? .nothing : .closed
    }
}
