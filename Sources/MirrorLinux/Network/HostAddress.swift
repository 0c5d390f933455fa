internal import CLinux
import MirrorCore

/// An address of a host, of either family.
struct HostAddress: Equatable, Sendable {
    /// 4 or 16, in network order.
    let bytes: [UInt8]
    private let scope: UInt32

    fileprivate init(_ address: cl_address) {
        bytes = withUnsafeBytes(of: address.bytes) { Array($0.prefix(Int(address.length))) }
        scope = address.scope
    }

    static func == (left: HostAddress, right: HostAddress) -> Bool { left.bytes == right.bytes }

    var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1]
    }

    /// Starts to connect without blocking: the socket, or -errno.
    func connect(port: UInt16) -> Int32 {
        var address = cl_address()
        address.length = UInt8(bytes.count)
        address.scope = scope
        withUnsafeMutableBytes(of: &address.bytes) { $0.copyBytes(from: bytes) }
        return cl_connect(&address, port)
    }

    /// Asks the resolver, which may block for as long as its configuration lets it; empty when the name is not known.
    static func resolve(_ host: ByteString) -> [HostAddress] {
        host.withCPath { host in list { cl_resolve(host, $0, $1) } }
    }

    static func ofThisMachine() -> [HostAddress] { list { cl_own_addresses($0, $1) } }

    private static func list(_ fill: (UnsafeMutablePointer<cl_address>, Int32) -> Int32) -> [HostAddress] {
        var found = [cl_address](repeating: cl_address(), count: 256)
        let count = fill(&found, Int32(found.count))
        return found.prefix(max(Int(count), 0)).map(HostAddress.init)
    }
}
