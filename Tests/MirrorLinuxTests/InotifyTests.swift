import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("Watching a tree")
struct InotifyTests {
    @Test("the walk at the start tells only that the watches stand")
    func start() async throws {
        let tree = try WatchedTree {
            $0.makeDirectories("tree/a/b/c")
            $0.makeDirectory("tree/d")
            $0.write("tree/a/b/file")
            symlink("a", $0.path + "/tree/link")
        }
        try await withWatchedTree(tree) { tree in
            #expect(await tree.settle())
            #expect(tree.notices.all == [.live(directories: 5)])
            let (count, list) = await tree.source.watchedDirectories(limit: 3)
            #expect(count == 5 && list.count == 3)
            #expect(
                Set(await tree.source.watchedDirectories(limit: 9).list.map(\.1)) == ["", "a", "a/b", "a/b/c", "d"])
        }
    }

    @Test("writing, changing attributes and deleting a file are told by its name")
    func files() async throws {
        try await withWatchedTree(try WatchedTree()) { tree in
            let scratch = tree.scratch
            try await tree.expect([.file("f")]) { scratch.write("tree/f") }
            try await tree.expect([.file("f")]) { chmod(scratch.path + "/tree/f", 0o600) }
            try await tree.expect([.file("s")]) { symlink("f", scratch.path + "/tree/s") }
            try await tree.expect([.file("p")]) { mkfifo(scratch.path + "/tree/p", 0o600) }
            let gone = try await tree.told { unlink(scratch.path + "/tree/f") }
            #expect(gone == [.disappeared("f", isDirectory: false)])
        }
    }

    @Test("who wants to catch up is called when everything before has been told, new directories and all")
    func catchUp() async throws {
        try await withWatchedTree(try WatchedTree()) { tree in
            #expect(await tree.settle())
            for number in 0..<50 {
                let directory = "tree/d\(number)"
                tree.scratch.makeDirectories(directory + "/e")
                tree.scratch.write(directory + "/e/f")
                let told = await withCheckedContinuation { continuation in
                    tree.source.catchUp { [notices = tree.notices] in continuation.resume(returning: notices.all) }
                }
                #expect(told.contains(.file(RelativePath(uncheckedBytes: Array("d\(number)/e/f".utf8)))))
            }
        }
    }

    @Test("a directory whose event is read seconds late is told like one that came with content")
    func heldUp() async throws {
        try await withWatchedTree(try WatchedTree()) { tree in
            #expect(await tree.settle())
            let isReleased = Collected<Bool>()
            // The thread that reads the kernel's queue is held up.
            tree.kernel.perform { while isReleased.count == 0 { sched_yield() } }
            tree.scratch.makeDirectory("tree/late")
            let made = time(nil)
            await expectEventually { time(nil) - made > 2 }
            isReleased.append(true)
            await expectEventually { tree.notices.all.contains(.directoryAppeared("late", moved: true)) }
            #expect(!tree.notices.all.contains(.directory("late")))
        }
    }

    @Test("names are bytes: line feeds, stars, invalid UTF-8, 255 of them")
    func oddNames() async throws {
        try await withWatchedTree(try WatchedTree()) { tree in
            for name in [[0x0a, 0x2a, 0x5b], [0xff, 0xfe], [UInt8](repeating: 0xe9, count: 255)] {
                let path = RelativePath(uncheckedBytes: name)
                let told = try await tree.told {
                    let full = tree.scratch.bytes("tree/") + ByteString(name)
                    _ = full.withCPath { mkdir($0, 0o755) }
                    let inner = full + "/f"
                    close(inner.withCPath { open($0, O_CREAT | O_WRONLY | O_CLOEXEC, 0o644) })
                }
                #expect(told.first == .directory(path))
                #expect(told.contains(.file(path.appending([0x66]))))
            }
        }
    }

    @Test("the mode decides whether a write or the close of a file is told")
    func modes() async throws {
        for (mode, onWrite, onClose) in [
            (InotifyMode.closeWrite, 0, 1), (.modify, 1, 0), (.closeWriteOrModify, 1, 1),
        ] {
            let tree = try WatchedTree(mode: mode) {
                $0.makeDirectory("tree")
                $0.write("tree/f")
            }
            try await withWatchedTree(tree) { tree in
                let file = open(tree.scratch.path + "/tree/f", O_WRONLY | O_CLOEXEC)
                #expect(await tree.settle())
                write(file, "y", 1)
                #expect(await tree.settle())
                #expect(tree.words.all.count { $0 == .file("f") } == onWrite)
                // A child that another test starts just now may hold the file open a moment longer.
                close(file)
                let count = onWrite + onClose
                await expectEventually { tree.words.all.count { $0 == .file("f") } >= count }
            }
        }
    }

    @Test("attributes of a directory are told once, of the root too")
    func directoryAttributes() async throws {
        let tree = try WatchedTree { $0.makeDirectories("tree/d") }
        try await withWatchedTree(tree) { tree in
            let told = try await tree.told { chmod(tree.scratch.path + "/tree/d", 0o700) }
            #expect(told == [.touched("d", isDirectory: true)])
            let root = try await tree.told { chmod(tree.scratch.path + "/tree", 0o700) }
            #expect(root == [.touched("", isDirectory: true)])
        }
    }

    @Test("directories made at once with files in them are told to the last name, thousands of times")
    func newDirectories() async throws {
        try await withWatchedTree(try WatchedTree()) { tree in
            let told = try await tree.told {
                for round in 0..<1000 {
                    let base = "tree/r\(round)"
                    for directory in ["", "/a", "/a/b", "/a/b/c"] { tree.scratch.makeDirectory(base + directory) }
                    tree.scratch.write(base + "/a/b/c/one")
                    tree.scratch.write(base + "/a/two")
                }
            }
            let names = Set(told.map { "\($0)" })
            for round in 0..<1000 {
                let base = RelativePath(uncheckedBytes: Array("r\(round)".utf8))
                let isTold = names.contains("\(Notice.directory(base))")
                #expect(isTold, "\(base)")
                for name in ["a/b/c/one", "a/two"] {
                    let path = RelativePath(uncheckedBytes: base.bytes + Array("/\(name)".utf8))
                    let isTold = names.contains("\(Notice.file(path))")
                    #expect(isTold, "\(path)")
                }
            }
            #expect(await tree.source.watchedDirectories(limit: 0).count == 4001)
        }
    }

    @Test("our own files, what stands in their place and our own directories are not told")
    func ownFiles() async throws {
        let tree = try WatchedTree(ignored: ["log/status", "state"]) { $0.makeDirectories("tree/log") }
        try await withWatchedTree(tree) { tree in
            let told = try await tree.told {
                for _ in 0..<3 { try ReplaceableFile.write(tree.scratch.bytes("tree/log/status"), [1, 2]) }
                tree.scratch.makeDirectories("tree/state/deep")
                tree.scratch.write("tree/state/deep/f")
                unlink(tree.scratch.path + "/tree/log/status")
            }
            #expect(told == [])
            try await tree.expect([.file("log/status2")]) { tree.scratch.write("tree/log/status2") }
            let moved = try await tree.told { tree.scratch.rename("tree/log/status2", "tree/log/status") }
            #expect(moved == [.disappeared("log/status2", isDirectory: false)])
        }
    }

    @Test("excluded directories are not watched, and are when a rename makes them wanted")
    func exclusions() async throws {
        let tree = try WatchedTree(excluded: ["a/tmp", "no"]) {
            $0.makeDirectories("tree/a/tmp/x")
            $0.makeDirectories("tree/no/y")
        }
        try await withWatchedTree(tree) { tree in
            #expect(await tree.settle())
            #expect(tree.notices.all == [.live(directories: 2)])
            try await tree.expect([]) { tree.scratch.write("tree/a/tmp/f") }
            let renamed = try await tree.told { tree.scratch.rename("tree/a", "tree/b") }
            #expect(renamed.first == .renamed(from: "a", to: "b", isDirectory: true))
            #expect(renamed.contains(.fileArrived("b/tmp/f")))
            try await tree.expect([.file("b/tmp/x/g")]) { tree.scratch.write("tree/b/tmp/x/g") }
            let wanted = try await tree.told { tree.scratch.rename("tree/no", "tree/yes") }
            #expect(wanted.contains(.directoryAppeared("yes/y", moved: true)))
            _ = try await tree.told { tree.scratch.rename("tree/yes", "tree/no") }
            try await tree.expect([]) { tree.scratch.write("tree/no/y/h") }
        }
    }

    @Test("a path longer than the kernel takes at once is watched and told")
    func deepPath() async throws {
        try await withWatchedTree(try WatchedTree()) { tree in
            let name = [UInt8](repeating: 0x64, count: 250)
            var path = RelativePath.root
            let told = try await tree.told {
                var current = open(tree.scratch.path + "/tree", O_RDONLY | O_DIRECTORY)
                for _ in 0..<25 {
                    path = path.appending(name)
                    ByteString(name).withCPath { name in
                        #expect(mkdirat(current, name, 0o755) == 0)
                        let next = openat(current, name, O_RDONLY | O_DIRECTORY)
                        close(current)
                        current = next
                    }
                }
                close(openat(current, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0o644))
                close(current)
            }
            #expect(told.contains(.file(path.appending(Array("file".utf8)))))
            #expect(await tree.source.watchedDirectories(limit: 0).count == 26)
        }
    }
}
