import MirrorCore
import MirrorTransfer
import Testing

@Suite("Messages of rsync")
struct RsyncMessagesTests {
    struct Case: Sendable {
        var line: ByteString
        var path: RelativePath
        var kind: PathFailure.Kind
        var isDirectory = false
    }

    static let cases: [Case] = [
        Case(
            line: "rsync: [sender] send_files failed to open \"/src/a/x\": Permission denied (13)", path: "a/x",
            kind: .unreadable),
        Case(line: "rsync: send_files failed to open \"/src/x\": Permission denied (13)", path: "x", kind: .unreadable),
        Case(line: "file has vanished: \"/src/a b\"", path: "a b", kind: .vanished),
        Case(line: "directory has vanished: \"/src/d\"", path: "d", kind: .vanished, isDirectory: true),
        Case(
            line: "rsync: [sender] link_stat \"/src/x\" failed: No such file or directory (2)", path: "x",
            kind: .vanished),
        Case(
            line: "rsync: [receiver] mkstemp \"/tgt/d/.x.AbC123\" failed: No space left on device (28)", path: "d/x",
            kind: .noSpace),
        Case(line: "rsync: mkstemp \"/tgt/.x.AbC123\" failed: Permission denied (13)", path: "x", kind: .other),
        Case(
            line: "rsync: [receiver] write failed on \"/tgt/x\": No space left on device (28)", path: "x",
            kind: .noSpace),
        Case(
            line: "rsync: [sender] opendir \"/src/d\" failed: Permission denied (13)", path: "d", kind: .unreadable,
            isDirectory: true),
        Case(
            line: "rsync: [sender] readlink_stat(\"/src/x\") failed: Permission denied (13)", path: "x",
            kind: .unreadable),
        Case(
            line: "rsync: [generator] recv_generator: mkdir \"/tgt/d\" failed: Permission denied (13)", path: "d",
            kind: .other, isDirectory: true),
        Case(
            line: "rsync: [generator] failed to set permissions on \"/tgt/x\": Operation not permitted (1)", path: "x",
            kind: .other),
        Case(
            line: "rsync: [generator] failed to set times on \"/tgt/.\": Operation not permitted (1)", path: "",
            kind: .other),
        Case(
            line: "rsync: [generator] delete_file: unlink(d/x) failed: Permission denied (13)", path: "d/x",
            kind: .other),
        Case(
            line: "rsync: [generator] delete_file: rmdir(d) failed: Directory not empty (39)", path: "d", kind: .other),
        Case(line: "cannot delete non-empty directory: d/e", path: "d/e", kind: .other),
        Case(
            line: "rsync: [generator] symlink \"/tgt/l\" -> \"a\\#012b\" failed: Permission denied (13)", path: "l",
            kind: .other),
        Case(
            line: "rsync: [receiver] rename \"/tgt/d/.x.AbC123\" -> \"d/x\" failed: Is a directory (21)", path: "d/x",
            kind: .other),
        Case(
            line: "rsync: [sender] send_files failed to open \"/src/new\\#012line\\#134#012\": Permission denied (13)",
            path: "new\nline\\#012", kind: .unreadable),
        // rsync escapes what looks like an escape, and this does not: the name really is so.
        Case(
            line: "rsync: [sender] send_files failed to open \"/src/x\\#-12\\#+01\\#777\\#9\": Permission denied (13)",
            path: "x\\#-12\\#+01\\#777\\#9", kind: .unreadable),
        Case(
            line: "rsync: [receiver] rename \"/tgt/d/.x.AbC123\" -> \"d/x\": Device or resource busy (16)", path: "d/x",
            kind: .other),
        Case(line: "could not make way for new regular file: d/x", path: "d/x", kind: .other),
        Case(line: "ERROR: d/x failed verification -- update discarded.", path: "d/x", kind: .other),
        Case(line: "rsync: read errors mapping \"/src/x\": Input/output error (5)", path: "x", kind: .unreadable),
        Case(line: "rsync: [generator] link \"/tgt/h2\" => h1 failed: Too many links (31)", path: "h2", kind: .other),
        Case(
            line: "rsync: [generator] recv_generator: failed to stat \"/tgt/x\": Permission denied (13)", path: "x",
            kind: .other),
        Case(
            line: "rsync: [sender] send_files failed to open \"/src/say \"hi\" failed\": Permission denied (13)",
            path: "say \"hi\" failed", kind: .unreadable),
        Case(line: "rsync: [generator] chown \"/tgt/x\" failed: Operation not permitted (1)", path: "x", kind: .other),
    ]

    @Test("a line names its path, absolute at the source, absolute or relative at the target", arguments: cases)
    func mapped(_ example: Case) throws {
        let (complaints, unclear) = RsyncMessages(source: "/src", target: "host:/tgt/").read([example.line])
        let complaint = try #require(complaints.first, "\(example.line)")
        #expect(complaint.path == example.path, "\(example.line)")
        #expect(complaint.kind == example.kind, "\(example.line)")
        #expect(complaint.isDirectory == example.isDirectory, "\(example.line)")
        #expect(unclear.isEmpty)
    }

    @Test("a target below a directory that only the far side knows, and a module, are mapped too")
    func otherTargets() {
        let home: ByteString = "rsync: [receiver] mkstemp \"/home/u/site/d/.x.AbC123\" failed: Permission denied (13)"
        #expect(RsyncMessages(source: "/src", target: "u@h:site/").read([home]).complaints.map(\.path) == ["d/x"])
        let module: ByteString = "rsync: [receiver] mkstemp \"sub/d/.x.AbC123\" (in mod) failed: Permission denied (13)"
        #expect(RsyncMessages(source: "/src", target: "h::mod/sub/").read([module]).complaints.map(\.path) == ["d/x"])
        let rooted: ByteString = "rsync: [receiver] mkstemp \"/.x.AbC123\" (in mod) failed: Permission denied (13)"
        #expect(RsyncMessages(source: "/src", target: "rsync://h/mod/").read([rooted]).complaints.map(\.path) == ["x"])
    }

    @Test("summaries and notes are about no path, and a temporary file elsewhere is unclear")
    func unmapped() {
        let messages = RsyncMessages(source: "/src", target: "/tgt/")
        let notes: [ByteString] = [
            "rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1207) [sender=3.2.7]",
            "IO error encountered -- skipping file deletion", "skipping non-regular file \"x\"",
            "*** Skipping any contents from this failed directory ***", "sending incremental file list",
            "WARNING: x failed verification -- update discarded (will try again).",
        ]
        #expect(messages.read(notes).complaints.isEmpty)
        #expect(messages.read(notes).unclear.isEmpty)
        let elsewhere: ByteString = "rsync: [receiver] mkstemp \"/scratch/.x.AbC123\" failed: Permission denied (13)"
        #expect(messages.read([elsewhere]).unclear == [elsewhere])
    }
}

@Suite("What a run means for the paths of its job")
struct RsyncVerdictTests {
    private static let summary: ByteString = "rsync error: some files/attrs were not transferred (code 23) at main.c(1)"

    private func result(
        _ paths: [ListedPath]?, _ ending: RunEvidence.Ending, _ errors: [ByteString], codes: ExitCodes = .rsync
    ) -> Outcome.Result {
        var sync = SyncSettings(name: "s", source: "/src", target: "/tgt/")
        sync.exitCodes = codes
        let scope = paths.map { Job.Scope.changes($0.map(\.change)) } ?? .everything
        let job = Job(id: JobID(1), target: TargetID(0), scope: scope)
        return RsyncVerdict(sync: sync, job: job, paths: paths ?? [])
            .result(RunEvidence(ending, errors: errors + [Self.summary]))
    }

    private func changes(_ result: Outcome.Result) -> [Change]? {
        if case .partial(let failures) = result { failures.map(\.change) } else { nil }
    }

    private let files = ["a", "b", "d/c"].map { ListedPath(Change(RelativePath(stringLiteral: $0)), .other) }

    @Test("the paths that the messages name stay owed, the others do not")
    func named() {
        let line: ByteString = "rsync: [sender] send_files failed to open \"/src/b\": Permission denied (13)"
        #expect(changes(result(files, .exited(23), [line])) == [Change("b")])
        let vanished = result(files, .exited(24), ["file has vanished: \"/src/a\""])
        #expect(
            vanished == .partial([PathFailure(Change("a"), kind: .vanished, text: "file has vanished: \"/src/a\"")]))
    }

    @Test("a directory that can't be made keeps all below it owed")
    func directories() {
        let line: ByteString = "rsync: [generator] recv_generator: mkdir \"/tgt/d\" failed: Permission denied (13)"
        #expect(changes(result(files, .exited(23), [line])) == [Change("d/c")])
        #expect(changes(result(nil, .exited(23), [line])) == [Change("d", isSubtree: true)])
    }

    @Test("where no path can be told, the whole batch stays owed")
    func unclear() {
        #expect(changes(result(files, .exited(23), [])) == files.map(\.change))
        guard case .failed = result(nil, .exited(23), []) else {
            Issue.record("a comparison of everything without a named path has failed")
            return
        }
    }

    @Test("what is left of a deleted directory means the directory itself")
    func deletions() {
        let gone = Change("d", mayBeDirectory: true)
        let line: ByteString = "rsync: [generator] delete_file: unlink(d/x/y) failed: Permission denied (13)"
        #expect(changes(result([ListedPath(gone, .absent)], .exited(23), [line])) == [gone])
        let subtree = ListedPath(Change("d", isSubtree: true), .directory)
        #expect(changes(result([subtree], .exited(23), [line])) == [Change("d/x/y")])
    }

    @Test("a table of the person's own decides alone, but for 23 and 24")
    func customTable() {
        let codes = ExitCodes(table: [0: .again, 5: .ok, 23: .ok], isCustom: true)
        #expect(result(files, .exited(5), [], codes: codes) == .done)
        guard case .failed = result(files, .exited(0), [], codes: codes) else {
            Issue.record("0 means again in this table")
            return
        }
        #expect(changes(result(files, .exited(23), [], codes: codes)) == files.map(\.change))
    }

    @Test("a killed program has not succeeded")
    func killed() {
        guard case .failed(let failure) = result(files, .killed(signal: 9), []) else {
            Issue.record("a killed program is a failure")
            return
        }
        #expect(failure.cause == .killed(signal: 9))
    }
}
