internal import CLinux
package import MirrorCore

/// A line of /proc/self/mountinfo; see proc_pid_mountinfo(5).
package struct MountEntry: Sendable, Hashable {
    package var mountPoint: ByteString
    /// `ext4`, `nfs4`, `fuse.sshfs`.
    package var fileSystem: ByteString
    package var source: ByteString
    /// `8:1`.
    package var device: ByteString
}

/// What is mounted in this process's namespace.
package struct MountTable: Sendable, Equatable {
    /// In the kernel's order: what was mounted later over the same place comes later.
    package let entries: [MountEntry]

    package static func read() -> MountTable {
        MountTable(parsing: SmallFile.read("/proc/self/mountinfo", limit: 64 << 20))
    }

    /// What is mounted below a directory. On a host where containers come and go the table is long and changes all the
    /// time, so only the lines in question are taken apart.
    package static func entries(below directory: ByteString) -> Set<MountEntry> {
        entries(below: directory, in: SmallFile.read("/proc/self/mountinfo", limit: 64 << 20))
    }

    package static func entries(below directory: ByteString, in text: [UInt8]) -> Set<MountEntry> {
        let start = directory + "/"
        let needle = [UInt8(ascii: " ")] + escaped(start)
        var found: Set<MountEntry> = []
        text.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            var from = 0
            while true {
                let hit = Int(cl_find(base + from, bytes.count - from, needle, needle.count))
                guard hit >= 0 else { return }
                let place = from + hit
                let begin = bytes[..<place].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
                let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
                // The words may stand in another field.
                if let entry = entry(of: text[begin..<end]), entry.mountPoint.hasPrefix(start) { found.insert(entry) }
                from = end
            }
        }
        return found
    }

    package init(parsing text: [UInt8]) {
        entries = text.split(separator: UInt8(ascii: "\n")).compactMap { Self.entry(of: $0) }
    }

    /// The mount that holds an absolute path without symbolic links.
    package func entry(containing path: ByteString) -> MountEntry? {
        var best: MountEntry?
        for entry in entries where Self.contains(entry.mountPoint, path) {
            // At the same place the later one hides the earlier one.
            if entry.mountPoint.count >= best?.mountPoint.count ?? 0 { best = entry }
        }
        return best
    }

    package static func entry(containing path: ByteString) -> MountEntry? { read().entry(containing: path) }

    private static func contains(_ mountPoint: ByteString, _ path: ByteString) -> Bool {
        guard path.hasPrefix(mountPoint) else { return false }
        let slash = UInt8(ascii: "/")
        return path.count == mountPoint.count || mountPoint.bytes.last == slash
            || path.bytes[mountPoint.count] == slash
    }

    private static func entry(of line: ArraySlice<UInt8>) -> MountEntry? {
        let fields = line.split(separator: UInt8(ascii: " "))
        // Between the sixth field and the dash stand as many optional ones as there are.
        guard fields.count > 6, let dash = fields[6...].firstIndex(where: { $0.elementsEqual([0x2d]) }),
            fields.count > dash + 2
        else { return nil }
        return MountEntry(
            mountPoint: unescaped(fields[4]), fileSystem: unescaped(fields[dash + 1]),
            source: unescaped(fields[dash + 2]), device: ByteString(fields[2]))
    }

    /// Spaces, tabs, line feeds and backslashes are written as three octal digits; see mangle_path in the kernel.
    private static func escaped(_ path: ByteString) -> [UInt8] {
        path.bytes.flatMap { byte -> [UInt8] in
            guard [0x20, 0x09, 0x0a, 0x5c].contains(byte) else { return [byte] }
            return [0x5c, 0x30 + (byte >> 6), 0x30 + (byte >> 3 & 7), 0x30 + (byte & 7)]
        }
    }

    private static func unescaped(_ field: ArraySlice<UInt8>) -> ByteString {
        var plain: [UInt8] = []
        var rest = field
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            let isEscape = byte == UInt8(ascii: "\\") && digits.count == 3 && digits.allSatisfy { 0x30...0x37 ~= $0 }
            plain.append(isEscape ? digits.reduce(0) { $0 &* 8 &+ ($1 - 0x30) } : byte)
            if isEscape { rest = rest.dropFirst(3) }
        }
        return ByteString(plain)
    }
}
