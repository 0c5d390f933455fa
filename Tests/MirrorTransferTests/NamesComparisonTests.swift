import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer
import Testing

/// A directory of which only the names right in it are in question (`Change.isShallow`), with the real rsync.
@Suite("A comparison of the names in a directory")
struct NamesComparisonTests {
    enum Form: CaseIterable { case listed, named }

    private static func names(in path: RelativePath) -> Change {
        var change = Change(path, isSubtree: true)
        change.isShallow = true
        return change
    }

    private func bring(
        _ changes: [Change], _ form: Form, _ bench: TransferBench, deletes: Bool = true, excludes: [ByteString] = []
    ) async throws {
        var sync = SyncSettings(name: "s", source: bench.source.root, target: bench.target.root + "/")
        sync.excludes = excludes
        var rsync = RsyncSettings()
        rsync.words = ["-a"]
        sync.transfer = .rsync(rsync)
        var look = SourceLook(bench.source.root)
        let paths = look.list(changes, findsObstacles: true)
        let job = bench.job(.changes(changes), deletes: deletes)
        let words = RsyncWords(sync: sync)
        let calls = form == .listed ? [words.listed(paths, of: job)] : try #require(words.named(paths, of: job))
        for call in calls {
            let command = Command(
                executable: "/usr/bin/rsync", arguments: ["rsync"] + call.words, input: call.input)
            let end = await bench.kernel.run(command)
            #expect(end.ending == .exited(0), "\(ByteString(end.errors))")
        }
    }

    private func twins(_ make: (DirectoryTree) throws -> Void) throws -> TransferBench {
        let bench = try TransferBench()
        for tree in [bench.source, bench.target] { try make(tree) }
        return bench
    }

    @Test("brings and deletes names, and leaves alone what lies in directories that stand", arguments: Form.allCases)
    func names(form: Form) async throws {
        let bench = try twins { tree in
            for directory in ["d/stands/deep", "d/goes/deep", "e"] as [ByteString] {
                try tree.makeDirectories(directory)
            }
            for file in ["d/f", "d/gone", "d/stands/f", "d/stands/deep/f", "d/goes/deep/f", "e/f"] as [ByteString] {
                try tree.write(file, "same")
            }
        }
        try bench.source.remove("d/gone")
        try bench.source.removeAll("d/goes")
        try bench.source.write("d/new", "new")
        // Nobody asks for these.
        try bench.source.remove("d/stands/f")
        try bench.source.write("d/stands/deep/f", "another")
        try bench.source.remove("e/f")
        try await bring([Self.names(in: "d")], form, bench)
        #expect(try bench.target.names("d").sorted() == ["f", "new", "stands"])
        #expect(try bench.target.names("d/stands").sorted() == ["deep", "f"])
        #expect(try bench.target.read("d/stands/deep/f") == "same")
        #expect(try bench.target.names("e") == ["f"])
    }

    @Test("of the source itself, is no comparison of everything", arguments: Form.allCases)
    func root(form: Form) async throws {
        let bench = try twins { tree in
            try tree.makeDirectories("stands")
            try tree.makeDirectories("goes")
            for file in ["stands/f", "goes/f", "gone"] as [ByteString] { try tree.write(file, "same") }
        }
        try bench.source.removeAll("goes")
        try bench.source.remove("gone")
        try bench.source.remove("stands/f")
        try await bring([Self.names(in: .root)], form, bench)
        #expect(try bench.target.names() == ["stands"])
        #expect(try bench.target.names("stands") == ["f"])
    }

    @Test("a name that was a directory and is a file, and the other way round", arguments: Form.allCases)
    func kinds(form: Form) async throws {
        let bench = try twins { tree in
            try tree.makeDirectories("d/one/deep")
            try tree.write("d/one/deep/f", "x")
            try tree.write("d/two", "x")
        }
        try bench.source.removeAll("d/one")
        try bench.source.write("d/one", "a file")
        try bench.source.remove("d/two")
        try bench.source.makeDirectory("d/two")
        try await bring([Self.names(in: "d")], form, bench)
        #expect(try bench.target.read("d/one") == "a file")
        #expect(try bench.target.status("d/two")?.kind == .directory)
    }

    @Test("what is excluded stays; what is never deleted stays", arguments: Form.allCases)
    func leaves(form: Form) async throws {
        let bench = try twins { tree in
            try tree.makeDirectories("d/kept")
            for file in ["d/kept/f", "d/f.log", "d/f"] as [ByteString] { try tree.write(file, "x") }
        }
        for name in ["d/kept", "d/f.log", "d/f"] as [ByteString] { try bench.source.removeAll(name) }
        try await bring([Self.names(in: "d")], form, bench, deletes: false)
        #expect(try bench.target.names("d").sorted() == ["f", "f.log", "kept"])
        try await bring([Self.names(in: "d")], form, bench, excludes: ["*.log", "/d/kept/"])
        #expect(try bench.target.names("d").sorted() == ["f.log", "kept"])
        #expect(try bench.target.names("d/kept") == ["f"])
    }

    @Test(
        "on random trees, every directory whose names differ has the source's, and nothing else is touched",
        arguments: 1...8, Form.allCases)
    func randomTrees(seed: Int, form: Form) async throws {
        let bench = try TransferBench()
        var writer = RandomWriter(bench.source, seed: UInt64(seed) + 40)
        writer.run(300)
        try await ChildProcess.run(["rsync", "-a", bench.source.root + "/", bench.target.root + "/"])
        let before = try bench.source.everything()
        writer.run(150)
        let now = try bench.source.everything()
        var directories: Set<RelativePath> = []
        for path in Set(before.keys).symmetricDifference(now.keys) {
            guard let relative = RelativePath(path.bytes), var parent = relative.parent else { continue }
            while !parent.isRoot, now[parent.byteString]?.kind != .directory { parent = parent.parent ?? .root }
            directories.insert(parent)
        }
        for (path, status) in now where status.kind == .directory && before[path]?.kind != .directory {
            if let relative = RelativePath(path.bytes) { directories.insert(relative) }
        }
        try await bring(directories.sorted().map(Self.names), form, bench)
        let target = try bench.target.everything()
        for directory in directories {
            let place = directory.byteString
            guard now[place]?.kind == .directory || directory.isRoot else { continue }
            #expect(try bench.target.names(place).sorted() == bench.source.names(place).sorted(), "\(directory)")
        }
        #expect(Set(target.keys) == Set(now.keys))
        for (path, status) in before where status.kind == .file && now[path]?.kind == .file {
            guard let parent = RelativePath(path.bytes)?.parent, !directories.contains(parent) else { continue }
            #expect(target[path]?.modifiedNanoseconds == status.modifiedNanoseconds, "\(path)")
        }
    }
}
