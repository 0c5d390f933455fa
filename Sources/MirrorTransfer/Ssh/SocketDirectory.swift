import Glibc
import MirrorCore

/// A directory that nobody else can read, for the sockets of master connections.
struct SocketDirectory: Sendable {
    let path: ByteString

    /// sun_path holds 108 bytes, and ssh makes its socket under a name that is 17 longer first (unix(7)).
    private static let longestPath = 80

    /// The first of these in which it can be made; nil when none takes it.
    init?(environment: ProgramEnvironment) {
        let places = [environment["XDG_RUNTIME_DIR"], "/run", "/tmp"].compactMap { $0 }
        for place in places where place.hasPrefix("/") && !place.bytes.contains(where: Self.isUnsafe) {
            let template = place + "/lockstep-XXXXXX"
            guard template.count <= Self.longestPath else { continue }
            var name = template.bytes.map { CChar(bitPattern: $0) } + [0]
            if mkdtemp(&name) != nil {
                path = ByteString(name.dropLast().map { UInt8(bitPattern: $0) })
                return
            }
        }
        return nil
    }

    /// What rsync would split, or ssh would expand.
    private static func isUnsafe(_ byte: UInt8) -> Bool {
        byte <= UInt8(ascii: " ") || "'\"%$".utf8.contains(byte)
    }

    func socket(_ number: UInt64) -> ByteString { path + ByteString("/\(number)") }

    func remove(socket number: UInt64) { _ = Self.withPath(socket(number)) { unlink($0) } }

    func remove() { _ = Self.withPath(path) { rmdir($0) } }

    private static func withPath<Value>(_ path: ByteString, _ body: (UnsafePointer<CChar>) -> Value) -> Value {
        (path.bytes + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
        }
    }
}
