import Glibc
import MirrorCore
import Synchronization

/// The one child that a fixture has at a time; shared between tests' tasks.
final class Running: Sendable {
    private let child = Mutex<ChildProcess?>(nil)

    var current: ChildProcess? { child.withLock { $0 } }
    func set(_ next: ChildProcess) { child.withLock { $0 = next } }
    func take() -> ChildProcess? {
        child.withLock { child in
            defer { child = nil }
            return child
        }
    }
}

/// A port of this machine's loopback that nobody used a moment ago.
package enum FreePort {
    package static func find() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(descriptor, raw, length) == 0 ? getsockname(descriptor, raw, &length) : -1
            }
        }
        guard result == 0 else { throw SystemCallFailure("find a free port on", "127.0.0.1") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
