package import MirrorCore

/// What tells one machine from another.
package struct MachineIdentity: Sendable, Equatable {
    /// Another one after every boot; containers of one machine share it.
    package var bootID: ByteString
    /// /etc/machine-id, empty where there is none; cloned machines share it.
    package var machineID: ByteString

    package static func ofThisMachine() -> MachineIdentity {
        MachineIdentity(
            bootID: line(of: "/proc/sys/kernel/random/boot_id"), machineID: line(of: "/etc/machine-id"))
    }

    private static func line(of path: String) -> ByteString {
        ByteString(SmallFile.read(path, limit: 256).prefix { $0 != UInt8(ascii: "\n") })
    }
}
