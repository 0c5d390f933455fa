import MirrorCore
import MirrorLinux
import MirrorTesting
import MirrorTransfer
import Testing

@Suite("Both forms of a batch have the same effect")
struct EqualEffectTests {
    private static let words: [ByteString] = ["-a"]

    @Test("on random trees, with random changes of which some are not listed", arguments: 1...12)
    func randomTrees(seed: Int) async throws {
        let bench = try TransferBench()
        var writer = RandomWriter(bench.source, seed: UInt64(seed))
        writer.run(300)
        let other = try bench.scratch.directory("other")
        for target in [bench.target, other] {
            try await ChildProcess.run(["rsync", "-a", bench.source.root + "/", target.root + "/"])
        }
        let before = try bench.source.everything()
        writer.run(200)
        var random = SeededGenerator(seed: UInt64(seed) + 1000)
        let excludes: [ByteString] = seed % 3 == 0 ? ["*1*"] : []
        let deletes = seed % 4 != 1
        let matcher = PathMatcher(excludes: excludes)
        let changes = try changes(since: before, in: bench.source, random: &random).filter {
            !matcher.excludes($0.path, isDirectory: $0.mayBeDirectory)
        }
        var sync = SyncSettings(name: "s", source: bench.source.root, target: bench.target.root + "/")
        sync.excludes = excludes
        var rsync = RsyncSettings()
        rsync.words = Self.words
        sync.transfer = .rsync(rsync)
        var look = SourceLook(bench.source.root)
        let paths = look.list(changes, findsObstacles: true)
        let job = bench.job(.changes(changes), deletes: deletes)
        try await run([RsyncWords(sync: sync).listed(paths, of: job)], bench)
        sync.target = other.root + "/"
        let limit = seed % 2 == 0 ? 900_000 : 2000
        try await run(#require(RsyncWords(sync: sync).named(paths, of: job, argumentBytes: limit)), bench)
        let differences = try TreeComparison.differences(
            bench.target, other, checking: [.mode, .user, .group, .seconds, .nanoseconds])
        #expect(differences == [])
        #expect(try untouched(before, changes, bench.target) == [])
    }

    private func run(_ calls: [RsyncCall], _ bench: TransferBench) async throws {
        for call in calls {
            let command = Command(
                executable: "/usr/bin/rsync", arguments: ["rsync"] + call.words, input: call.input)
            let end = await bench.kernel.run(command)
            #expect(end.ending == .exited(0), "\(ByteString(end.errors))")
        }
    }

    /// Everything that differs from before; a fourth of what only has another content is left out, and some directories
    /// are marks on their subtrees.
    private func changes(
        since before: [ByteString: FileStatus], in tree: DirectoryTree, random: inout SeededGenerator
    ) throws -> [Change] {
        let now = try tree.everything()
        var changes: [Change] = []
        for path in Set(before.keys).union(now.keys).sorted() {
            let (old, new) = (before[path], now[path])
            guard old != new, let relative = RelativePath(path.bytes) else { continue }
            if old?.kind == .file, new?.kind == .file, Int.random(in: 0..<4, using: &random) == 0 { continue }
            let wasDirectory = old?.kind == .directory || new?.kind == .directory
            let isSubtree = new?.kind == .directory && Int.random(in: 0..<5, using: &random) == 0
            changes.append(Change(relative, isSubtree: isSubtree, mayBeDirectory: wasDirectory))
        }
        return changes.shuffled(using: &random)
    }

    /// Files that no change names, directly or as part of a subtree, and that are not as they were.
    private func untouched(
        _ before: [ByteString: FileStatus], _ changes: [Change], _ target: DirectoryTree
    ) throws -> [ByteString] {
        let now = try target.everything()
        return before.keys.filter { path in
            guard let relative = RelativePath(path.bytes), before[path]?.kind == .file else { return false }
            let isNamed = changes.contains { change in
                change.path == relative
                    || ((change.isSubtree || change.mayBeDirectory) && change.path.contains(relative))
            }
            guard !isNamed, let old = before[path], let new = now[path] else { return !isNamed && now[path] == nil }
            return old.size != new.size || old.modifiedNanoseconds != new.modifiedNanoseconds
        }
    }
}
