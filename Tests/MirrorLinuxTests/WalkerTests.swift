internal import CLinux
import Foundation
import MirrorCore
import Synchronization
import Testing

@testable import MirrorLinux

/// What a walk has told, by path.
private final class Walked: Sendable {
    let found = Mutex<[String: EntryFacts]>([:])
    let unfinished = Mutex<Set<RelativePath>>([])

    func take(_ batch: WalkBatch) -> Bool {
        unfinished.withLock { open in
            if batch.isFirst { open.insert(batch.directory) }
            if batch.isLast { open.remove(batch.directory) }
        }
        found.withLock { found in
            for entry in batch.entries {
                let path = batch.directory.appending(entry.name)
                #expect(found.updateValue(entry.facts, forKey: "\(path)") == nil, "told twice: \(path)")
            }
        }
        return true
    }

    var paths: Set<String> { found.withLock { Set($0.keys) } }
}

@Suite struct WalkerTests {
    private func walk(_ order: WalkOrder, openLimit: Int = 200, listLimit: Int = 50_000) -> (Walked, WalkEnd) {
        let walked = Walked()
        let end = TreeWalker(order, openLimit: openLimit, listLimit: listLimit) { walked.take($0) }.run()
        #expect(walked.unfinished.withLock { $0.isEmpty } || end.isCancelled)
        return (walked, end)
    }

    @Test("every name is found once, whatever it is, and links are not followed")
    func findsAll() {
        let scratch = Scratch()
        scratch.makeDirectories("tree/a/b")
        scratch.makeDirectories("outside")
        scratch.write("outside/secret")
        scratch.write("tree/a/line\nfeed")
        scratch.write("tree/a/b/file")
        symlink(scratch.path + "/outside", scratch.path + "/tree/link")
        mkfifo(scratch.path + "/tree/fifo", 0o600)
        let (walked, end) = walk(WalkOrder(root: scratch.bytes("tree")))
        #expect(walked.paths == ["/a", "/a/b", "/a/line\nfeed", "/a/b/file", "/link", "/fifo"])
        #expect(end.directories == 3)
        #expect(end.entries == 6)
        #expect(end.unread.isEmpty)
    }

    @Test("what stat(2) says is what the walk says")
    func facts() throws {
        let scratch = Scratch()
        scratch.makeDirectory("tree")
        scratch.write("tree/file", "four")
        link(scratch.path + "/tree/file", scratch.path + "/tree/other")
        let (walked, _) = walk(WalkOrder(root: scratch.bytes("tree")))
        let facts = try #require(walked.found.withLock { $0["/file"] })
        var status = stat()
        #expect(lstat(scratch.path + "/tree/file", &status) == 0)
        #expect(facts.size == 4 && facts.links == 2 && facts.isRegular && !facts.isDirectory)
        #expect(facts.inode == UInt64(status.st_ino) && facts.device == UInt64(status.st_dev))
        #expect(facts.changed == Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec))
        #expect(facts.modified == Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
    }

    @Test("a walk from below the root tells paths of the root")
    func fromBelow() {
        let scratch = Scratch()
        scratch.makeDirectories("tree/a/b/c")
        scratch.write("tree/a/b/c/file")
        scratch.write("tree/beside")
        var order = WalkOrder(root: scratch.bytes("tree"))
        order.top = "a/b"
        #expect(walk(order).0.paths == ["/a/b/c", "/a/b/c/file"])
    }

    @Test("excluded directories are told and not entered; what is not wanted is not told")
    func leavesOut() {
        let scratch = Scratch()
        scratch.makeDirectories("tree/in/deep")
        scratch.makeDirectories("tree/out/deep")
        scratch.write("tree/in/deep/file")
        scratch.write("tree/out/deep/file")
        var order = WalkOrder(root: scratch.bytes("tree"))
        order.isExcluded = { $0 == "out" }
        #expect(walk(order).0.paths == ["/in", "/in/deep", "/in/deep/file", "/out"])
        order.wants = { !$0.isDirectory }
        #expect(walk(order).0.paths == ["/in/deep/file"])
    }

    @Test("with few open directories and a short list, a wide and deep tree is walked all the same", arguments: [1, 4])
    func boundsHold(threads: Int) {
        let scratch = Scratch()
        var expected = 0
        for one in 0..<40 {
            for two in 0..<40 {
                scratch.makeDirectories("tree/d\(one)/d\(two)")
                scratch.write("tree/d\(one)/d\(two)/f")
                expected += 2
            }
            expected += 1
        }
        let (walked, end) = walk(WalkOrder(root: scratch.bytes("tree"), threads: threads), openLimit: 2, listLimit: 8)
        #expect(walked.paths.count == expected)
        #expect(end.entries == expected)
        #expect(end.unread.isEmpty)
    }

    @Test("a tree that is deeper than any path is walked to its end")
    func veryDeep() throws {
        let scratch = Scratch()
        scratch.makeDirectory("tree")
        let levels = 3000
        var current = open(scratch.path + "/tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for _ in 0..<levels {
            #expect(mkdirat(current, "dir", 0o755) == 0)
            let next = openat(current, "dir", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            close(current)
            current = next
        }
        close(current)
        let (walked, end) = walk(WalkOrder(root: scratch.bytes("tree")))
        #expect(walked.paths.count == levels)
        #expect(end.directories == levels + 1)
        // Foundation can't remove it.
        let removal = try Process.run(URL(fileURLWithPath: "/bin/rm"), arguments: ["-rf", scratch.path])
        removal.waitUntilExit()
    }

    @Test("a link that takes a directory's place all the time never leads out of the source")
    func staysInside() {
        let scratch = Scratch()
        scratch.makeDirectories("outside/deep")
        scratch.write("outside/deep/secret")
        for name in 0..<20 { scratch.makeDirectories("tree/d\(name)/deep") }
        symlink(scratch.path + "/outside", scratch.path + "/link")
        let isDone = Mutex(false)
        let path = scratch.path
        let swapper = Thread {
            var round = 0
            while !isDone.withLock({ $0 }) {
                _ = cl_rename(path + "/tree/d\(round % 20)", path + "/link", 2)
                _ = cl_rename(path + "/tree/d\(round % 20)", path + "/link", 2)
                round += 1
            }
        }
        swapper.start()
        for _ in 0..<200 {
            let (walked, _) = walk(WalkOrder(root: scratch.bytes("tree"), threads: 2), openLimit: 1)
            #expect(!walked.paths.contains { $0.hasSuffix("secret") })
        }
        isDone.withLock { $0 = true }
    }

    @Test("a walk that is cancelled ends, also while it waits for its rate")
    func cancelled() async {
        let scratch = Scratch()
        scratch.makeDirectory("tree")
        for name in 0..<100 { scratch.write("tree/f\(name)") }
        var order = WalkOrder(root: scratch.bytes("tree"), threads: 2)
        order.entriesPerSecond = 1
        let told = Collected<WalkBatch>()
        let walker = TreeWalker(order) { batch in
            told.append(batch)
            return true
        }
        let ended = Collected<WalkEnd>()
        Thread { ended.append(walker.run()) }.start()
        // All names of the directory come at once, and what comes then waits for a minute and more.
        await expectEventually { told.count == 1 }
        #expect(ended.count == 0)
        walker.cancel()
        await expectEventually { ended.count == 1 }
        #expect(ended.all.first?.isCancelled == true)
    }

    @Test("no more names are looked at in a second than are allowed")
    func rate() {
        let scratch = Scratch()
        for directory in 0..<30 {
            scratch.makeDirectories("tree/d\(directory)")
            for name in 0..<10 { scratch.write("tree/d\(directory)/f\(name)") }
        }
        var order = WalkOrder(root: scratch.bytes("tree"))
        order.entriesPerSecond = 300
        let started = Clock.now()
        let (_, end) = walk(order)
        #expect(end.entries == 330)
        // 30 names come first; each of the others waits for its turn.
        #expect(Clock.now() - started > .milliseconds(900))
    }

    @Test("a directory that may not be read is named")
    func unreadable() async {
        let scratch = Scratch()
        scratch.makeDirectories("tree/closed")
        scratch.write("tree/closed/file")
        chmod(scratch.path, 0o755)
        chmod(scratch.path + "/tree/closed", 0)
        let root = scratch.bytes("tree")
        let ends = Collected<WalkEnd>()
        Thread {
            cl_set_thread_user(65534)
            ends.append(TreeWalker(WalkOrder(root: root, threads: 1)) { _ in true }.run())
        }.start()
        await expectEventually { ends.count == 1 }
        #expect(ends.all.first?.unread == [.init(path: "closed", errno: EACCES)])
        chmod(scratch.path + "/tree/closed", 0o755)
    }

    @Test("a top that is not there is named")
    func missing() {
        let scratch = Scratch()
        let (_, end) = walk(WalkOrder(root: scratch.bytes("none")))
        #expect(end.unread == [.init(path: .root, errno: ENOENT)])
    }
}
