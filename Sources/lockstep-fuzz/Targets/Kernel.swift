import MirrorCore
import MirrorLinux

extension FuzzTarget {
    /// /proc/self/mountinfo, by both of its readers.
    static let mounts = FuzzTarget(
        "mounts",
        seeds: [
            """
            22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
            35 22 0:31 / /srv/my\\040disk rw shared:5 master:2 - fuse.sshfs u@h:/d rw,user_id=0
            36 22 0:32 /sub /srv/web rw - tmpfs tmpfs rw,size=10k
            """
        ],
        words: [
            " - ", "\\040", "\\134", "\\777", "\\09", " ", "\n", "/", "0:1", "shared:1", "-", "\0",
            "99999999999999999999",
        ]
    ) { input in
        let table = MountTable(parsing: input)
        for path in ["/", "/srv/web/x", "", "/srv/my disk"] as [ByteString] {
            if let entry = table.entry(containing: path) {
                check(path.hasPrefix(entry.mountPoint), "\(entry.mountPoint) holds \(path)")
            }
        }
        let numbered = NumberedMounts(ByteString(input))
        for mount in numbered.mounts { check(numbered.mount(mount.id) != nil, "mount \(mount.id)") }
        check(numbered.mounts.count <= table.entries.count + input.count, "more mounts than lines")
    }

    /// Records of inotify(7). The kernel writes whole ones; whatever stands there, nothing behind the buffer is read.
    static let inotify = FuzzTarget(
        "inotify",
        seeds: [
            "\u{1}\0\0\0\0\u{1}\0\0\0\0\0\0\u{10}\0\0\0name\0\0\0\0\0\0\0\0\0\0\0\0",
            "\u{1}\0\0\0\u{40}\0\0\u{40}\u{7}\0\0\0\u{10}\0\0\0d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                + "\u{2}\0\0\0\u{7f}\0\0\u{40}\u{7}\0\0\0\0\0\0\0",
        ],
        words: [
            "\0\0\0\0", "\u{10}\0\0\0", "\u{40}\0\0\0", "\0\u{40}\0\0", "\u{7f}\u{7f}\u{7f}\u{7f}",
            "a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        ]
    ) { input in
        var events: [RawEvent] = []
        input.withUnsafeBytes { RawEvent.decode($0, into: &events) }
        check(events.count <= input.count / 16, "\(events.count) records in \(input.count) bytes")
        check(events.allSatisfy { !$0.name.contains(0) }, "a zero byte in a name")
    }
}
