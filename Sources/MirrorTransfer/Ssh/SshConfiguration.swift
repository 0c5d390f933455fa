package import MirrorCore

/// What ssh would do for a host, as `ssh -G` tells (ssh(1)).
package struct SshConfiguration: Sendable, Equatable {
    package private(set) var hostName: ByteString?
    package private(set) var port: UInt16 = 22
    /// The person has configured multiplexing for this host.
    package private(set) var multiplexes = false
    /// The host is reached through another one or a program, so its own port says nothing here.
    package private(set) var usesProxy = false

    package init(_ output: [ByteString]) {
        for line in output {
            guard let blank = line.bytes.firstIndex(of: UInt8(ascii: " ")) else { continue }
            let value = ByteString(Array(line.bytes[(blank + 1)...]))
            switch ByteString(Array(line.bytes[..<blank])) {
            case "hostname": hostName = value
            case "port": port = UInt16(value.description) ?? 22
            case "controlmaster" where value != "false" && value != "no": multiplexes = true
            case "controlpath" where value != "none": multiplexes = true
            case "proxyjump" where value != "none": usesProxy = true
            case "proxycommand" where value != "none": usesProxy = true
            default: break
            }
        }
    }
}
