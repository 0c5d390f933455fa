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

    /// Events of fanotify(7): a header, and records of a handle and a name. Nothing behind the buffer is read, and no
    /// name leads out of its directory.
    static let fanotify = FuzzTarget(
        "fanotify",
        seeds: [
            // A new file: the directory's handle with the name, and the file's own.
            "\u{5c}\0\0\0\u{3}\0\u{18}\0\u{8}\u{1}\0\0\0\0\0\0\u{7f}\u{7f}\u{7f}\u{7f}\u{7}\0\0\0"
                + "\u{2}\0\u{24}\0FILESYST\u{c}\0\0\0\u{1}\0\0\0HANDLE-BYTESf\0\0\0"
                + "\u{1}\0\u{20}\0FILESYST\u{c}\0\0\0\u{1}\0\0\0HANDLE-OTHER",
            // A rename: both directories with their names.
            "\u{60}\0\0\0\u{3}\0\u{18}\0\0\0\0\u{10}\0\0\0\0\u{7f}\u{7f}\u{7f}\u{7f}\u{7}\0\0\0"
                + "\u{a}\0\u{24}\0FILESYST\u{c}\0\0\0\u{1}\0\0\0HANDLE-BYTESold\0"
                + "\u{c}\0\u{24}\0FILESYST\u{c}\0\0\0\u{1}\0\0\0HANDLE-BYTESnew\0",
        ],
        words: [
            "\0\0\0\0", "\u{18}\0\0\0\u{3}\0\u{18}\0", "\u{2}\0\u{24}\0", "\u{1}\0\u{20}\0", "\u{a}\0", "\u{c}\0",
            "FILESYST\u{c}\0\0\0", "\u{7f}\0\0\0", "\u{7f}\u{7f}\u{7f}\u{7f}", "..\0\0", "./a\0", "a/b\0",
        ]
    ) { input in
        var events: [FanotifyEvent] = []
        let isWhole = input.withUnsafeBytes { FanotifyEvent.decode($0, into: &events) }
        check(events.count <= input.count / 24, "\(events.count) events in \(input.count) bytes")
        check(!isWhole || input.isEmpty || !events.isEmpty, "bytes that are no event are read as whole ones")
        for name in events.flatMap({ [$0.name, $0.newName] }).compactMap({ $0 }) {
            check(!name.name.isEmpty && !name.name.contains(0), "an empty name, or a zero byte in it")
            check(!name.name.contains(UInt8(ascii: "/")) && name.name != Array("..".utf8), "a name leads elsewhere")
        }
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
