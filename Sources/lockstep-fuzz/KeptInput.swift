import Glibc

/// The input that is being tried, in a file that outlives a crash of this program.
struct KeptInput {
    private let memory: UnsafeMutableRawPointer
    private static let size = 1 << 16

    /// `path` is overwritten.
    init(at path: String) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0, ftruncate(descriptor, Self.size) == 0,
            let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED
        else { preconditionFailure("cannot keep inputs in \(path)") }
        close(descriptor)
        self.memory = memory
    }

    func keep(_ input: [UInt8]) {
        let count = min(input.count, Self.size - 8)
        input.withUnsafeBytes { bytes in
            memory.storeBytes(of: UInt64(count), as: UInt64.self)
            if count > 0 { memory.advanced(by: 8).copyMemory(from: bytes.baseAddress!, byteCount: count) }
        }
    }

    /// What a run that crashed has left.
    static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: size)
        guard fread(&bytes, 1, size, file) == size else { return nil }
        let count = bytes.withUnsafeBytes { $0.load(as: UInt64.self) }
        return count <= UInt64(size - 8) ? Array(bytes[8..<(8 + Int(count))]) : nil
    }
}
