import Glibc
package import MirrorCore

/// Which names mean this machine.
package enum OwnAddresses {
    /// True for an address of one of our interfaces, for anything that resolves to one, and for our own host name.
    /// Asks the resolver: it blocks, so it belongs on a `BlockingPool`. A name that can't be resolved is not ours.
    package static func contains(host: ByteString) -> Bool {
        var host = host
        if host.hasPrefix("["), host.hasSuffix("]") { host = ByteString(host.bytes.dropFirst().dropLast()) }
        if host == "localhost" || host == hostName { return true }
        let own = HostAddress.ofThisMachine()
        return HostAddress.resolve(host).contains { $0.isLoopback || own.contains($0) }
    }

    private static var hostName: ByteString {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, 255) == 0 else { return "" }
        return ByteString(name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
    }
}
