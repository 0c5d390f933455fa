internal import CLinux
import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("Files that are written, and files that change without being open")
struct InotifyUnclosedTests {
    private func watched() throws -> WatchedTree {
        try WatchedTree {
            $0.makeDirectories("tree/d")
            $0.write("tree/f", "content")
        }
    }

    /// The source's very words.
    private func words(_ tree: WatchedTree, _ body: () -> Void) async throws -> [Notice] {
        #expect(await tree.settle())
        let before = tree.words.count
        body()
        #expect(await tree.settle())
        return Array(tree.words.all.dropFirst(before))
    }

    @Test("a time of modification that is set alone is told, of a file, a directory and the root")
    func modifiedAlone() async throws {
        try await withWatchedTree(try watched()) { tree in
            for (name, told) in [
                ("tree/f", Notice.writing("f")), ("tree/d", .touched("d", isDirectory: true)),
                ("tree", .touched("", isDirectory: true)),
            ] {
                let words = try await words(tree) {
                    let path = tree.scratch.bytes(name)
                    #expect(path.withCPath { cl_set_modified(cl_at_current, $0, 1_000_000_000, 0) } == 0)
                }
                #expect(words == [told])
            }
        }
    }

    @Test("truncate(2), which opens nothing, is told")
    func truncated() async throws {
        try await withWatchedTree(try watched()) { tree in
            let words = try await words(tree) { #expect(truncate(tree.scratch.path + "/tree/f", 2) == 0) }
            #expect(words == [.writing("f")])
            #expect(FileLook.at(tree.scratch.bytes("tree/f")) == .ready)
        }
    }

    @Test("attributes alone say nothing of whether a file is ready")
    func attributes() async throws {
        try await withWatchedTree(try watched()) { tree in
            let words = try await words(tree) { #expect(chmod(tree.scratch.path + "/tree/f", 0o600) == 0) }
            #expect(words == [.happened(.attributes, "f", isDirectory: false)])
        }
    }

    @Test("a file is told as being written until it is closed, a new one too; a look tells that it is open")
    func staysOpen() async throws {
        for name in ["f", "new"] {
            try await withWatchedTree(try watched()) { tree in
                var file: Int32 = -1
                let path = RelativePath(name.utf8)!
                let opened = try await words(tree) {
                    file = open(tree.scratch.path + "/tree/" + name, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
                }
                #expect(opened == (name == "new" ? [.writing(path)] : []))
                for _ in 0..<5 {
                    #expect(try await words(tree) { write(file, "y", 1) } == [.writing(path)])
                    #expect(FileLook.at(tree.scratch.bytes("tree/" + name)) == .open)
                }
                close(file)
                await expectEventually { tree.words.all.contains(.touched(path, isDirectory: false)) }
            }
        }
    }

    @Test("links, fifos and what is gone are ready, and a look opens nothing but files")
    func withoutClose() async throws {
        try await withWatchedTree(try watched()) { tree in
            let path = tree.scratch.path + "/tree/"
            let words = try await words(tree) {
                #expect(symlink("f", path + "link") == 0)
                #expect(mkfifo(path + "fifo", 0o600) == 0)
                #expect(link(path + "f", path + "second") == 0)
            }
            #expect(words == [.writing("link"), .writing("fifo"), .writing("second")])
            for name in ["link", "fifo", "second", "gone", "f/below"] {
                #expect(FileLook.at(tree.scratch.bytes("tree/" + name)) == .ready, "\(name)")
            }
        }
    }

    @Test("a mapping keeps a file open after its descriptor is closed, and its end is told")
    func mapped() async throws {
        try await withWatchedTree(try watched()) { tree in
            let file = open(tree.scratch.path + "/tree/f", O_RDWR | O_CLOEXEC)
            let memory = mmap(nil, 7, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
            let words = try await words(tree) {
                write(file, "y", 1)
                close(file)
            }
            #expect(words == [.writing("f")])
            #expect(FileLook.at(tree.scratch.bytes("tree/f")) == .open)
            memory?.storeBytes(of: UInt8(ascii: "z"), as: UInt8.self)
            munmap(memory, 7)
            await expectEventually { tree.words.all.contains(.file("f")) }
        }
    }
}
