internal import CLinux
import Glibc
package import MirrorCore

/// Asks the domain name system. Blocks for as long as the resolver's configuration lets it, so it belongs into a
/// process of its own.
package enum NameQuestion {
    package enum Failure: Error, Equatable {
        /// There is no such name, or nothing of the kind under it.
        case none
        /// Asking again may help.
        case temporary
        case unreadable(ServiceRecords.Mistake)
    }

    /// A line for each: an address, or for a name of services (`_rsync._tcp.example.org`) a host and its port. Where
    /// there are IPv4 addresses these are all, since a host has both and would be a target twice.
    package static func lines(_ name: ByteString) throws(Failure) -> [ByteString] {
        if name.hasPrefix("_") {
            return try services(name).map { $0.host + ByteString(" \($0.port)") }
        }
        do {
            return try addresses(name, family: 4)
        } catch {
            guard error == .none else { throw error }
            return try addresses(name, family: 6)
        }
    }

    private static func services(_ name: ByteString) throws(Failure) -> [ServiceRecords.Record] {
        var answer = [UInt8](repeating: 0, count: 65_536)
        let length = name.withCPath { cl_query_services($0, &answer, 65_536) }
        guard length >= 0 else { throw length == -ENOENT ? .none : .temporary }
        do throws(ServiceRecords.Mistake) {
            return try ServiceRecords.records(in: Array(answer[..<Int(length)]))
        } catch {
            throw .unreadable(error)
        }
    }

    private static func addresses(_ name: ByteString, family: Int32) throws(Failure) -> [ByteString] {
        var found = [cl_address](repeating: cl_address(), count: 1024)
        let count = name.withCPath { cl_resolve_family($0, family, &found, 1024) }
        guard count >= 0 else { throw count == -ENOENT ? .none : .temporary }
        return found.prefix(Int(count)).map { text(of: $0) }.sorted()
    }

    private static func text(of address: cl_address) -> ByteString {
        var address = address
        var text = [CChar](repeating: 0, count: 64)
        let family = address.length == 4 ? AF_INET : AF_INET6
        _ = withUnsafeBytes(of: &address.bytes) { inet_ntop(family, $0.baseAddress, &text, 64) }
        return ByteString(text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
    }
}
