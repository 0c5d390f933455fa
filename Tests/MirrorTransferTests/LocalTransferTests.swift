import Glibc
import MirrorCore
import MirrorTesting
import MirrorTransfer
import Synchronization
import Testing

@Suite("Transfers with a real rsync to a local target")
struct LocalTransferTests {
    /// Names that mean something to a shell, to rsync's filters, to its lists or to its messages.
    static let nasty: [ByteString] = [
        "a*b", "a?b", "[x]y", "a]b", "back\\slash", "g\\h*i", "we*ird [n]?.txt", "- minus", "+ plus", "-dash",
        "--delete",
        "!", "! bang", "#hash", ";semi", " leading", "trailing ", "new\nline", "tab\tx", "quote\"s'q", "$HOME", "`id`",
        ByteString([0xff, 0xfe, 0x41]), ByteString([0xc3, 0x28]), "ü", "***", "d***", "x\\#012y", "a:b", ".x.AbC123",
        "name \" failed", "...", "~", "(", "merge x", ". dot", "\\", "\\*", "a\\[b", "[", "[!a]", "{a,b}", "%s", "a\rb",
    ]

    private static func list(_ bench: TransferBench, large: Bool, _ paths: [ByteString]) throws -> [ByteString] {
        guard large else { return paths }
        // More than a list may hold, so that the other form is used; they are the same on both sides.
        let count = RsyncWords.listLimit + 1
        try bench.source.makeDirectories("many")
        return paths + (0..<count).map { ByteString("many/\($0)") }
    }

    @Test("odd names arrive, change and go, as files and as directories, in both forms", arguments: [false, true])
    func oddNames(large: Bool) async throws {
        let bench = try TransferBench()
        let transfer = bench.transfer()
        var paths: [ByteString] = []
        for name in Self.nasty {
            try bench.source.write(name, "one")
            try bench.source.makeDirectories("in/" + name)
            try bench.source.write("in/" + name + "/" + name, "inner")
            paths += [name, "in/" + name, "in/" + name + "/" + name]
        }
        try bench.source.write("unlisted", "stays here")
        let all = try Self.list(bench, large: large, paths)
        #expect(await transfer.run(bench.job(all)).result == .done)
        #expect(try bench.target.status("unlisted") == nil)
        try bench.source.remove("unlisted")
        #expect(await transfer.run(bench.job([""])).result == .done)
        #expect(try bench.differences() == "")
        for name in Self.nasty {
            try bench.source.write(name, "two, longer")
            try bench.source.write("in/" + name + "/" + name, "two, longer")
        }
        #expect(await transfer.run(bench.job(all)).result == .done)
        #expect(try bench.differences() == "")
        for name in Self.nasty {
            try bench.source.remove(name)
            try bench.source.removeAll("in/" + name)
        }
        let gone = all.compactMap { RelativePath($0.bytes) }.map { Change($0, mayBeDirectory: true) }
        #expect(await transfer.run(bench.job(.changes(gone))).result == .done)
        #expect(try bench.differences() == "")
    }

    @Test("a path that has become something else arrives, whatever the target still has", arguments: [false, true])
    func typeChanges(large: Bool) async throws {
        let bench = try TransferBench()
        let kinds = ["file", "directory", "link", "nothing"] as [ByteString]
        var changes: [Change] = []
        for before in kinds {
            for after in kinds where before != after {
                let path = before + "-" + after
                try make(before, path, in: bench.target)
                try make(after, path, in: bench.source)
                changes.append(Change(RelativePath(uncheckedBytes: path.bytes), mayBeDirectory: true))
                if after == "directory" { changes.append(Change(RelativePath(uncheckedBytes: (path + "/new").bytes))) }
            }
        }
        changes += try Self.list(bench, large: large, []).map { Change(RelativePath(uncheckedBytes: $0.bytes)) }
        try bench.source.makeDirectories("elsewhere")
        try bench.target.makeDirectories("elsewhere")
        let outcome = await bench.transfer().run(bench.job(.changes(changes)))
        #expect(outcome.result == .done)
        if large { try bench.source.removeAll("many") }
        #expect(await bench.transfer().run(bench.job(["many"])).result == .done)
        #expect(
            try TreeComparison.differences(bench.source, bench.target, checking: .mode).joined(separator: "\n") == "")
    }

    private func make(_ kind: ByteString, _ path: ByteString, in tree: DirectoryTree) throws {
        switch kind {
        case "file": try tree.write(path, "content")
        case "link": try tree.makeLink(path, to: "elsewhere")
        case "directory":
            // What only the target has must go with the directory.
            let isTarget = tree.root.hasSuffix("target")
            try tree.makeDirectories(path + (isTarget ? "/old/deep" : ""))
            try tree.write(path + (isTarget ? "/old/deep/file" : "/new"), "inside")
        default: break
        }
    }

    @Test("two writes of one size in one second both arrive")
    func sameSecond() async throws {
        let bench = try TransferBench()
        let transfer = bench.transfer()
        for round in 0..<20 {
            let path = ByteString("f\(round)")
            try bench.source.write(path, "old")
            try bench.source.setTime(path, seconds: 1_700_000_000, nanoseconds: 1)
            #expect(await transfer.run(bench.job([path])).result == .done)
            try bench.source.write(path, "new")
            try bench.source.setTime(path, seconds: 1_700_000_000, nanoseconds: 2)
            #expect(await transfer.run(bench.job([path], exactly: true)).result == .done)
            #expect(try bench.target.read(path) == "new")
        }
    }

    @Test("a comparison of everything deletes, and a rehearsal only counts")
    func everything() async throws {
        let bench = try TransferBench()
        try bench.source.write("a", "1")
        try bench.target.write("b", "2")
        try bench.target.makeDirectories("c/d")
        var job = bench.job()
        job.isRehearsal = true
        let rehearsal = await bench.transfer(words: ["-aq"]).run(job)
        #expect(rehearsal.result == .done)
        #expect(rehearsal.deletions == 3)
        #expect(try bench.target.names() == ["b", "c"])
        #expect(await bench.transfer().run(bench.job(deletes: false)).result == .done)
        #expect(try bench.target.names() == ["a", "b", "c"])
        #expect(await bench.transfer().run(bench.job()).result == .done)
        #expect(try bench.differences() == "")
    }

    @Test("below a compared directory, what the sync excludes is neither sent nor deleted", arguments: [false, true])
    func excludesBelowSubtrees(large: Bool) async throws {
        let bench = try TransferBench()
        for tree in [bench.source, bench.target] { try tree.makeDirectories("d/e") }
        try bench.source.write("d/new.o", "not sent")
        try bench.source.write("d/e/new", "sent")
        try bench.target.write("d/old.o", "not deleted")
        try bench.target.write("d/e/old", "deleted")
        try bench.target.makeDirectories("gone/deep")
        try bench.target.write("gone/deep/keep.o", "not deleted")
        try bench.target.write("gone/deep/drop", "deleted")
        let changes =
            [Change("d", isSubtree: true), Change("gone", mayBeDirectory: true)]
            + (try Self.list(bench, large: large, []).map { Change(RelativePath(uncheckedBytes: $0.bytes)) })
        let transfer = bench.transfer { sync, _, _ in sync.excludes = ["*.o", "# no rule", ""] }
        #expect(await transfer.run(bench.job(.changes(changes))).result == .done)
        let left = Set(try bench.target.everything().keys).subtracting(["many"])
        #expect(left == ["d", "d/e", "d/e/new", "d/old.o", "gone", "gone/deep", "gone/deep/keep.o"])
    }

    @Test("a target that takes no other words gets lsyncd's own, and keeps them")
    func exactWords() async throws {
        let bench = try TransferBench()
        let wrapper = try bench.wrapper(
            """
            case " $* " in *--modify-window*) echo 'rsync: --modify-window=-1: unknown option' >&2; exit 1;; esac
            exec rsync "$@"
            """)
        let transfer = bench.transfer { _, rsync, _ in rsync.binary = wrapper }
        try bench.source.write("a", "1")
        #expect(await transfer.run(bench.job(["a"], exactly: true)).result == .done)
        #expect(await transfer.run(bench.job(["a"], exactly: true)).result == .done)
        let extended = try bench.calls().map { $0.description.contains("--modify-window=-1") }
        #expect(extended == [true, false, false])
        #expect(try bench.target.read("a") == "1")
    }

    @Test("more than a thousand paths go in one call of linear cost, and land as the list would have them")
    func largeBatch() async throws {
        let bench = try TransferBench()
        let wrapper = try bench.wrapper()
        var paths: [ByteString] = []
        for number in 0..<3000 {
            let path = ByteString("d\(number % 7)/f\(number)")
            try bench.source.makeDirectories(ByteString("d\(number % 7)"))
            try bench.source.write(path, "x")
            paths.append(path)
        }
        let transfer = bench.transfer { _, rsync, _ in rsync.binary = wrapper }
        let outcome = await transfer.run(bench.job(paths))
        #expect(outcome.result == .done)
        #expect(outcome.exitCode == 0)
        #expect(try bench.differences() == "")
        #expect(try bench.calls().count == 1)
        #expect(try bench.calls().first?.description.contains("--delete-missing-args") == true)
        for path in paths { try bench.source.remove(path) }
        #expect(await transfer.run(bench.job(paths)).result == .done)
        #expect(try bench.differences() == "")
    }

    @Test("lines of rsync's output are handed on")
    func output() async throws {
        let bench = try TransferBench()
        try bench.source.write("hello there", "1")
        #expect(await bench.transfer(words: ["-rltv"]).run(bench.job()).result == .done)
        #expect(bench.lines.withLock { $0 }.contains("hello there"))
    }
}

@Suite("Files above batchSizeLimit")
struct LargeFileTests {
    @Test("each has a transfer of its own behind the others, and all arrive", arguments: [1, 3])
    func alone(processes: Int) async throws {
        let bench = try TransferBench()
        let wrapper = try bench.wrapper()
        let transfer = bench.transfer { sync, rsync, _ in
            rsync.binary = wrapper
            sync.batchSizeLimit = 1000
            sync.maxProcesses = processes
        }
        for (name, size) in [("a", 1000), ("b", 1001), ("c", 5000), ("d", 0)] {
            try bench.source.write(ByteString(name), ByteString([UInt8](repeating: 1, count: size)))
        }
        try bench.target.write("gone", "x")
        #expect(await transfer.run(bench.job(["a", "b", "c", "d", "gone"])).result == .done)
        #expect(try bench.calls().count == 3)
        #expect(try bench.differences() == "")
        try bench.source.write("b", ByteString([UInt8](repeating: 2, count: 2000)))
        #expect(await transfer.run(bench.job(["b"])).result == .done)
        #expect(try bench.calls().count == 4)
        #expect(try bench.differences() == "")
    }
}
