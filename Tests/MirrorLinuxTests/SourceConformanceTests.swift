import MirrorCore
import MirrorTesting
import Testing

@testable import MirrorLinux

/// One list of things that can happen to a tree, and the names that every source has to call dirty for each.
@Suite("Every event source tells the same", .serialized)
struct SourceConformanceTests {
    /// All deeds in one watched tree, each in a directory of its own.
    @Test("the same deeds make the same names dirty", arguments: SourceUnderTest.all, FileSystem.allCases)
    func deeds(_ kind: SourceUnderTest, _ system: FileSystem) async throws {
        let mounted: MountedFileSystem
        do { mounted = try await MountedFileSystem(system) } catch { try Test.cancel("\(error)") }
        if let obstacle = kind.obstacle(mounted.path) { try Test.cancel("\(kind.name) on \(system): \(obstacle)") }
        let place = DirectoryTree(mounted.path)
        let (tree, yard) = (try place.fresh("tree"), try place.fresh("yard"))
        for (number, deed) in Deed.all.enumerated() {
            let name = ByteString("\(number)")
            try deed.prepare(tree.fresh(name), yard.fresh(name))
        }
        try await withKernel { kernel in
            let notices = Collected<Notice>()
            let order = WatchOrder(kernel: kernel, root: tree.root) { for notice in $0 { notices.append(notice) } }
            let source = try kind.make(order)
            // A queue that runs over would make everything dirty.
            try await QueueLength.keep {
                source.start()
                await caughtUp(source)
            }
            // The comparison at the start sees to everything before; a source may tell of it too.
            let before = notices.count
            for (number, deed) in Deed.all.enumerated() {
                let name = ByteString("\(number)")
                try deed.act(DirectoryTree(tree.path(name)), DirectoryTree(yard.path(name)))
            }
            for (number, deed) in Deed.all.enumerated() where !kind.unseen.contains(deed.name) {
                await check(deed, number, source, mayTellMore: kind.mayTellMore) {
                    Array(notices.all.dropFirst(before))
                }
            }
            source.stop()
        }
    }

    /// A child that another test starts holds files open until it executes its program, so ends of writing may come
    /// late.
    private func check(
        _ deed: Deed, _ number: Int, _ source: any EventSource, mayTellMore: Bool, told: () -> [Notice]
    ) async {
        let expected = DirtyNames(deed.dirty)
        let place = RelativePath(uncheckedBytes: Array("\(number)".utf8))
        var dirty = DirtyNames([] as [Notice])
        let isRight = await eventually(within: .seconds(20)) {
            await caughtUp(source)
            dirty = DirtyNames(told()).below(place)
            if mayTellMore { return dirty.covers(expected) }
            return dirty.without(directoriesOf: expected) == expected
        }
        let notices = told().filter { "\($0)".contains("/\(number)/") }
        #expect(isRight, "\(deed.name): \(dirty) instead of \(expected); \(notices)")
    }

    private func caughtUp(_ source: any EventSource) async {
        await withCheckedContinuation { continuation in source.catchUp { continuation.resume() } }
    }
}

extension DirectoryTree {
    /// A new directory in this one.
    fileprivate func fresh(_ name: ByteString) throws -> DirectoryTree {
        try makeDirectory(name)
        return DirectoryTree(path(name))
    }
}
