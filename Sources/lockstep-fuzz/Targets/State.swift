import MirrorCore
import MirrorDaemon
import MirrorStatus

extension FuzzTarget {
    /// What lockstep has written about a source itself, or somebody since.
    static let sourceRecord = FuzzTarget(
        "source-record",
        seeds: [
            "source=/srv/web\nmountPoint=/\nfileSystem=ext4\ndevice=2049\ninode=12\nhasContent=yes\n",
            "source=/srv/web\nmountPoint=/a\\nb\\\\\nfileSystem=ext4\ndevice=18446744073709551615\ninode=1\nhasContent=no\nnew=1\n",
        ],
        words: [
            "source=", "mountPoint=", "device=", "inode=", "hasContent=", "yes", "no", "\n", "\\n", "\\", "=", "-1",
            "+1",
        ]
    ) { input in
        let source: ByteString = "/srv/web"
        if let facts = SourceRecord.facts(in: ByteString(input), source: source) {
            let again = SourceRecord.facts(in: SourceRecord.text(of: facts, source: source), source: source)
            check(again == facts, "\(facts) is \(String(describing: again)) after writing and reading")
        }
        // Any bytes may be a path.
        let path = ByteString(input.filter { $0 != 0 })
        let facts = SourceFacts(mountPoint: path, fileSystem: path, device: 1, inode: 2, hasContent: true)
        check(SourceRecord.facts(in: SourceRecord.text(of: facts, source: path), source: path) == facts, "\(path)")
        let name = SourceRecord.name(for: path)
        check(!name.isEmpty && name.count <= 200 && !name.bytes.contains(0x2f), "the name \(name)")
    }

    /// lsyncd's command line, its words ended by zero bytes.
    static let commandLine = FuzzTarget(
        "command-line",
        seeds: [
            "-nodaemon\0-delay\u{0}5\0/etc/lsyncd.conf", "-rsync\0/a\0h:/b\0-log\0all\0-insist", "--help", "-version",
            "-rsyncssh\0/a\0h\0/b\0-pidfile\0/run/x\0-logfile\0/l\0-sshopts\0-p 22\0-script\0x.lua\0-onepass",
            "-monitor\0inotify",
        ],
        words: [
            "-log", "-delay", "-", "--", "\0", "-help", "--runner", "-direct", "-rsync", "scarce", "Exec", "-monitor",
            "-script",
            "-nodaemon",
        ]
    ) { input in
        let words = input.split(separator: 0, omittingEmptySubsequences: false).map { ByteString($0) }
        switch LsyncdCommandLine.read(words) {
        case .run(let line):
            check((line.configurationFile == nil) == !line.overrides.syncs.isEmpty, "neither a file nor syncs, or both")
        case .print(let text, let code): check(!text.isEmpty && (code == 0 || code == 255), "prints nothing")
        case .refused(let text): check(!text.isEmpty, "refuses without a reason")
        }
    }

    /// Names in log and status.
    static let shown = FuzzTarget(
        "shown", seeds: ["a name", "line\nbreak\u{7f}\u{1}\t"], words: ["\n", "\r", "\u{1b}[0m", "\\#012"]
    ) {
        input in
        let shown = Shown.name(ByteString(input))
        check(shown.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "a control byte in \(shown)")
        check(shown.count >= input.count, "bytes are gone")
    }
}
