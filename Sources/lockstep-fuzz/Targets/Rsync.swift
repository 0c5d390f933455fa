import MirrorCore
import MirrorLinux
import MirrorTransfer
import Synchronization

extension FuzzTarget {
    private static let messages = """
        rsync: [sender] opendir "/src/dir" failed: Permission denied (13)
        rsync: [generator] recv_generator: mkdir "/tgt/d" failed: No space left on device (28)
        rsync: [receiver] mkstemp "/tgt/d/.f.AbCdEf" failed: Permission denied (13)
        file has vanished: "/src/a b"
        rsync: [sender] send_files failed to open "/src/x\\#012y": Permission denied (13)
        rsync: [receiver] rename "/tgt/.f.AbCdEf" -> "f": Device or resource busy (16)
        cannot delete non-empty directory: d
        delete_file: rmdir(d) failed: Directory not empty (39)
        could not make way for new regular file: d
        rsync: link_stat "/a" (in mod) failed: No such file or directory (2)
        rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1338) [sender=3.2.7]
        ssh: connect to host h port 22: Connection refused
        @ERROR: auth failed on module m
        rsync: read errors mapping "/src/f": Input/output error (5)
        rsync: connection unexpectedly closed (0 bytes received so far) [sender]
        """
    private static let messageWords = [
        "rsync: ", "[sender] ", "[receiver] ", "[generator] ", "\"", "\\#012", "\\#-12", "\\#+01", "\\#", " failed: ",
        " (13)",
        " (in m)", " -> ", " => ", "file has vanished: ", "opendir ", "mkstemp ", "mkdir ", "delete_file: unlink(", ")",
        "/src/", "/src", "/tgt/", "..", ".", "//", "\n", "\r", "\0", "cannot delete ", "\",\"", "readlink_stat(",
        "\u{e9}",
        "could not make way for ", ": ", "[4096 bytes left out]", "/.", "\"/src\"", ".AbCdEf", "/././",
    ]
    private static let targets: [ByteString] = [
        "/tgt/", "host:tgt/", "host:~/", "h::mod/sub/", "rsync://h:7/mod", "./t/", "host:", "/",
    ]

    /// What a child said and how it ended: a verdict that never forgets a path and never invents one.
    static let rsyncMessages = FuzzTarget(
        "rsync-messages",
        seeds: ["\u{17}\u{0}" + messages, "\u{18}\u{1}" + messages, "\u{b}\u{2}" + messages, "\u{0}\u{3}x"]
            + messages.split(separator: "\n").map { "\u{17}\u{4}" + $0 }, words: messageWords, shortCount: 5000
    ) { input in
        var reader = InputReader(input)
        let code = reader.byte()
        let shape = reader.byte()
        let cut = reader.rest.count * Int(shape) / 256
        let lines = RunEvidence.lines(Array(reader.rest.dropFirst(cut)))
        let ending: RunEvidence.Ending = shape & 64 == 0 ? .exited(Int32(code)) : .killed(signal: Int32(code & 63))
        var evidence = RunEvidence(ending, output: RunEvidence.lines(Array(reader.rest.prefix(cut))), errors: lines)
        evidence.isCut = shape & 32 != 0
        let target = targets[Int(shape & 7)]
        let sync = SyncSettings(name: "s", source: shape & 16 == 0 ? "/src" : "", target: target)
        for (path, complaint) in RsyncMessages(source: sync.source, target: target).read(lines).complaints
            .map({ ($0.path, $0) })
        {
            check(isPlain(path), "a path that is none: \(path) in \(complaint.text)")
        }
        _ = FailureDiagnosis.diagnose(evidence)
        judge(sync, evidence)
    }

    private static func judge(_ sync: SyncSettings, _ evidence: RunEvidence) {
        let listed = ["a b", "d", "d/f", "x", "src/f"].map { Change(RelativePath(uncheckedBytes: Array($0.utf8))) }
        for scope in [Job.Scope.everything, .changes(listed)] {
            let job = Job(id: JobID(1), target: TargetID(0), scope: scope)
            let paths = listed.map { ListedPath($0, .other) }
            let result = RsyncVerdict(sync: sync, job: job, paths: paths).result(evidence)
            switch result {
            case .done: check(evidence.ending == .exited(0), "\(evidence.ending) is a success")
            case .partial(let failures):
                check(!failures.isEmpty, "partial without a path")
                check(failures.allSatisfy { isPlain($0.change.path) }, "a path that is none")
                check(Set(failures.map(\.change)).count == failures.count, "a change twice")
            case .failed: check(evidence.ending != .exited(0), "a success is a failure")
            case .stopped, .sourceSuspect: check(false, "nobody stopped it")
            }
        }
    }

    private static func isPlain(_ path: RelativePath) -> Bool { RelativePath(path.bytes) == path }

    /// However the output is cut into reads, its lines are the same, and so is the count of deletions.
    static let rsyncOutput = FuzzTarget(
        "rsync-output",
        seeds: ["\u{3}*deleting a\n*deleting b/\n>f+++ x\nrest", "\u{1}\n\n*deleting \n", "\u{9}no end"],
        words: ["*deleting ", "\n", "\r\n", "\0", "*"], shortCount: 10_000
    ) { input in
        let size = Int(input.first ?? 0) + 1
        let bytes = Array(input.dropFirst())
        let whole = Lines.of([bytes])
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            pieces.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        let cut = Lines.of(pieces)
        check(whole == cut, "\(cut) instead of \(whole)")
        let expected = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        check(bytes.count > 60_000 || whole.lines.count >= expected.count - 1, "lines are missing")
    }
}

private struct Lines: Equatable {
    var lines: [ByteString]
    var deletions: Int

    static func of(_ pieces: [[UInt8]]) -> Lines {
        let lines = Mutex<[ByteString]>([])
        let output = OutputLines { line in lines.withLock { $0.append(line) } }
        for piece in pieces { output.take(.standard, piece) }
        output.finish()
        return Lines(lines: lines.withLock { $0 }, deletions: output.deletions)
    }
}
