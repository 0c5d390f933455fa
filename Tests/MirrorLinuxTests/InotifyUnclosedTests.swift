internal import CLinux
import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("Files that change without being open")
struct InotifyUnclosedTests {
    private func watched() throws -> WatchedTree {
        try WatchedTree {
            $0.makeDirectories("tree/d")
            $0.write("tree/f", "content")
        }
    }

    @Test("a time of modification that is set alone is told, of a file, a directory and the root")
    func modifiedAlone() async throws {
        try await withWatchedTree(try watched()) { tree in
            for (name, told) in [
                ("tree/f", Notice.file("f")), ("tree/d", .touched("d", isDirectory: true)),
                ("tree", .touched("", isDirectory: true)),
            ] {
                try await tree.expect([told]) {
                    let path = tree.scratch.bytes(name)
                    #expect(path.withCPath { cl_set_modified(cl_at_current, $0, 1_000_000_000, 0) } == 0)
                }
            }
        }
    }

    @Test("truncate(2), which opens nothing, is told")
    func truncated() async throws {
        try await withWatchedTree(try watched()) { tree in
            try await tree.expect([.file("f")]) { #expect(truncate(tree.scratch.path + "/tree/f", 2) == 0) }
        }
    }

    @Test("a file that stays open for writing is not told before it is closed, also where it is written often")
    func staysOpen() async throws {
        try await withWatchedTree(try watched()) { tree in
            let file = open(tree.scratch.path + "/tree/f", O_WRONLY | O_CLOEXEC)
            for _ in 0..<5 {
                let told = try await tree.told { write(file, "y", 1) }
                #expect(told == [])
            }
            close(file)
            await expectEventually { tree.notices.all.contains(.file("f")) }
        }
    }

    @Test("a mapping keeps a file open after its descriptor is closed")
    func mapped() async throws {
        try await withWatchedTree(try watched()) { tree in
            let file = open(tree.scratch.path + "/tree/f", O_RDWR | O_CLOEXEC)
            let memory = mmap(nil, 7, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
            let told = try await tree.told {
                write(file, "y", 1)
                close(file)
            }
            #expect(told == [])
            memory?.storeBytes(of: UInt8(ascii: "z"), as: UInt8.self)
            munmap(memory, 7)
            await expectEventually { tree.notices.all.contains(.file("f")) }
        }
    }
}
