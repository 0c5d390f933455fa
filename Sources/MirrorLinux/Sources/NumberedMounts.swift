package import MirrorCore

/// The mounts that this process sees: /proc/self/mountinfo, as proc_pid_mountinfo(5) describes it.
package struct NumberedMounts: Sendable, Equatable {
    package struct Mount: Sendable, Equatable {
        package var id: Int
        package var mountPoint: ByteString
        package var fileSystem: ByteString
    }

    package let mounts: [Mount]

    /// `text` is the content of mountinfo; lines that are not whole are passed over.
    package init(_ text: ByteString) {
        mounts = text.split(separator: UInt8(ascii: "\n")).compactMap(Self.mount)
    }

    package func mount(_ id: Int) -> Mount? { mounts.first { $0.id == id } }

    /// Fields: id, parent, device, root, mount point, options, optional fields, `-`, kind, source, options.
    private static func mount(_ line: ByteString) -> Mount? {
        let fields = line.split(separator: UInt8(ascii: " "))
        guard fields.count > 6, let id = Int(fields[0].description),
            let dash = fields[6...].firstIndex(of: "-"), dash + 1 < fields.count
        else { return nil }
        return Mount(id: id, mountPoint: unescaped(fields[4]), fileSystem: fields[dash + 1])
    }

    /// Blank, tab, line break and backslash stand as `\ooo`, in octal.
    private static func unescaped(_ field: ByteString) -> ByteString {
        var plain: [UInt8] = []
        var rest = field.bytes[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
                plain.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 0x30) })
                rest = rest.dropFirst(3)
            } else {
                plain.append(byte)
            }
        }
        return ByteString(plain)
    }
}
