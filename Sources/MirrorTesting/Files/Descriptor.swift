import Glibc
import MirrorCore

/// Bytes with a zero at the end, as system calls want them.
struct CPath {
    private let bytes: [CChar]

    init(_ path: ByteString) { bytes = path.bytes.map { CChar(bitPattern: $0) } + [0] }

    func withPointer<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("a path has at least its final zero") }
            return try body(start)
        }
    }
}

/// Whole reads and writes on open descriptors.
enum Descriptor {
    static func readAll(_ descriptor: Int32, named name: ByteString) throws -> [UInt8] {
        var all: [UInt8] = []
        var offset: off_t = 0
        while true {
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = pread(descriptor, &chunk, chunk.count, offset)
            guard count >= 0 else { throw SystemCallFailure("read", name) }
            guard count > 0 else { return all }
            all.append(contentsOf: chunk[..<count])
            offset += off_t(count)
        }
    }

    static func writeAll(_ descriptor: Int32, _ bytes: [UInt8], named name: ByteString) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw SystemCallFailure("write", name) }
            rest = rest.dropFirst(count)
        }
    }

    /// The names in an open directory but `.` and `..`, sorted as bytes.
    static func names(_ descriptor: Int32) throws -> [ByteString] {
        // fdopendir takes its descriptor over, so it gets one of its own; opening "." anew also starts at the
        // beginning.
        let own = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard own >= 0, let stream = fdopendir(own) else { throw SystemCallFailure("list", "directory") }
        defer { closedir(stream) }
        var names: [ByteString] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { ByteString($0.prefix { $0 != 0 }) }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// A connected pair that no child inherits by accident.
    static func pair() -> (near: Int32, far: Int32)? {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return socketpair(AF_UNIX, kind, 0, &ends) == 0 ? (ends[0], ends[1]) : nil
    }

    /// An anonymous file in memory: takes a child's whole output without a reader and without a limit of a pipe.
    static func memoryFile(_ content: [UInt8] = []) throws -> Int32 {
        let path = "/dev/shm/.lockstep-output-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemCallFailure("create", ByteString(path)) }
        unlink(path)
        try writeAll(descriptor, content, named: "memory file")
        lseek(descriptor, 0, SEEK_SET)
        return descriptor
    }
}

/// A system call that went wrong, with errno as it was when this value was made.
struct SystemCallFailure: Error, CustomStringConvertible {
    let description: String
    let code: Int32

    init(_ deed: String, _ subject: ByteString) {
        code = errno
        description = "could not \(deed) \"\(subject)\": \(String(cString: strerror(code)))"
    }
}
