package import MirrorCore

/// The files under examples/; the article's two are kept byte for byte.
package enum Examples {
    package static func lsyncd() throws -> ByteString { try DirectoryTree(root()).read("examples/lsyncd.conf") }
    package static func nginx() throws -> ByteString { try DirectoryTree(root()).read("examples/nginx.conf") }

    /// The article's balancer, which leaves out who lags.
    package static func nginxByLag() throws -> ByteString { try DirectoryTree(root()).read("examples/nginx-lag.conf") }
    package static func haproxy() throws -> ByteString { try DirectoryTree(root()).read("examples/haproxy.cfg") }

    /// The project's directory: the nearest one above the running program that holds the package.
    package static func root() throws -> ByteString {
        var place = LockstepProcess.buildDirectory
        while let cut = place.bytes.lastIndex(of: UInt8(ascii: "/")), cut > 0 {
            place = ByteString(place.bytes.prefix(upTo: cut))
            if try DirectoryTree(place).status("Package.swift") != nil { return place }
        }
        throw FixtureError("the project's directory is not above \(LockstepProcess.buildDirectory)")
    }
}
