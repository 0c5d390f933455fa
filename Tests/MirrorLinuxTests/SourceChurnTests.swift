import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("Watching churn", .serialized)
struct SourceChurnTests {
    @Test(
        "whatever happens at full speed, every difference is told and every directory stays watched",
        arguments: [EventSourceKind.inotify, .fanotify], 1...8)
    func churn(kind: EventSourceKind, seed: Int) async throws {
        try skipWithout(kind)

        var pace = WatchedTree.fastPace
        if seed % 2 == 0 { pace.slice = .zero }
        let tree = try WatchedTree(by: kind, pace: pace) { scratch in
            scratch.makeDirectory("tree")
            scratch.makeDirectory("outside")
            var before = Self.churn(scratch, seed: UInt64(seed) &* 1000)
            before.run(300)
        }
        try await withWatchedTree(tree) { tree in
            let isSettled = await tree.settle()
            #expect(isSettled)
            let told = tree.notices.count
            let before = TreePicture(of: tree.scratch.bytes("tree"))
            await churn(tree, writers: 1 + seed % 3, seed: UInt64(seed))
            let isSettledAfter = await tree.settle()
            #expect(isSettledAfter)
            let after = TreePicture(of: tree.scratch.bytes("tree"))
            let covered = Covered(Array(tree.notices.all.dropFirst(told)))
            let missed = after.differences(from: before).filter { !covered.contains($0) }
            #expect(missed == [], "seed \(seed)")
            try await probe(tree, after, seed, kind)
        }
    }

    /// Several at once, each with its own chance, in the same tree.
    private func churn(_ tree: WatchedTree, writers: Int, seed: UInt64) async {
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                group.addTask {
                    var churn = Self.churn(tree.scratch, seed: seed &* 100 &+ UInt64(writer))
                    churn.run(2500 / writers)
                }
            }
        }
    }

    /// A new file in each directory has to be told under its own name, and under no other.
    private func probe(_ tree: WatchedTree, _ picture: TreePicture, _ seed: Int, _ kind: EventSourceKind) async throws {
        let before = tree.notices.count
        let name = Array("probe".utf8)
        let expected = Set(picture.directories.map { $0.appending(name) })
        for path in expected { tree.scratch.bytes("tree/").touch(path) }
        let isSettled = await tree.settle()
        #expect(isSettled)
        let told = Set(
            tree.notices.all.dropFirst(before).compactMap { notice -> RelativePath? in
                guard case .touched(let path, _) = notice, path.name.bytes == name else { return nil }
                return path
            })
        #expect(expected.subtracting(told) == [], "not told, seed \(seed)")
        #expect(told.subtracting(expected) == [], "told wrongly, seed \(seed)")
        guard kind == .inotify else { return }
        let watched = await tree.source.watchedDirectories(limit: .max)
        #expect(Set(watched.list.map(\.1)) == Set(picture.directories), "seed \(seed)")
        #expect(watched.count == picture.directories.count, "seed \(seed)")
    }

    private static func churn(_ scratch: Scratch, seed: UInt64) -> Churn {
        Churn(root: scratch.bytes("tree"), outside: scratch.bytes("outside"), seed: seed)
    }
}

extension ByteString {
    /// Makes the file if it is not there.
    fileprivate func touch(_ path: RelativePath) {
        let file = (self + path.byteString).withCPath { open($0, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600) }
        if file >= 0 { close(file) }
    }
}
