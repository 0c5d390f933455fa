internal import CLinux
import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("What is done to a file and changes nothing", .serialized)
struct UnchangedFileTests {
    private static let kinds: [EventSourceKind] = [.inotify, .fanotify]

    private func openForWriting(_ tree: WatchedTree) {
        let file = open(tree.scratch.path + "/tree/f", O_WRONLY | O_CLOEXEC)
        #expect(file >= 0)
        close(file)
    }

    private func isUnchanged(_ notice: Notice) -> Bool {
        if case .unchanged("f", _) = notice { true } else { false }
    }

    /// A tree whose file is known: a file has to rest before it is looked at, so this takes seconds.
    private func withKnownFile(
        _ kind: EventSourceKind, toldFirst isTold: Bool = false, _ body: (WatchedTree) async throws -> Void
    ) async throws {
        try skipWithout(kind)
        let tree = try WatchedTree(by: kind) {
            $0.makeDirectory("tree")
            if !isTold { $0.write("tree/f", "content") }
        }
        try await withWatchedTree(tree) { tree in
            #expect(await tree.settle())
            if isTold { tree.scratch.write("tree/f", "content") }
            let isKnown = await eventually {
                self.openForWriting(tree)
                _ = await tree.settle()
                return tree.words.all.contains(where: self.isUnchanged)
            }
            #expect(isKnown)
            try await body(tree)
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

    @Test(
        "opened for writing and closed, or given what it has: it is told as unchanged", arguments: kinds, [true, false])
    func unchanged(kind: EventSourceKind, isTold: Bool) async throws {
        try await withKnownFile(kind, toldFirst: isTold) { tree in
            let path = tree.scratch.path + "/tree/f"
            let before = try FileFacts.at(tree.scratch.bytes("tree/f"))
            let told = try await words(tree) {
                openForWriting(tree)
                #expect(chmod(path, mode_t(before.mode)) == 0)
                #expect(chown(path, before.user, before.group) == 0)
                let time = timespec(tv_sec: Int(before.modifiedSeconds), tv_nsec: Int(before.modifiedNanoseconds))
                #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
            }
            #expect(!told.isEmpty && told.allSatisfy(isUnchanged), "\(told)")
        }
    }

    @Test("anything that a target could miss is told", arguments: kinds)
    func changed(kind: EventSourceKind) async throws {
        let deeds: [@Sendable (String) -> Void] = [
            { #expect(chmod($0, 0o604) == 0) },
            { #expect(chown($0, 12, 34) == 0) },
            { #expect(utimes($0, [timeval(tv_sec: 5, tv_usec: 0), timeval(tv_sec: 5, tv_usec: 0)]) == 0) },
            { #expect($0.withCString { cl_set_attribute($0, "user.lockstep", "1", 1) } == 0) },
            { #expect(truncate($0, 3) == 0) },
        ]
        for deed in deeds {
            try await withKnownFile(kind) { tree in
                let told = try await words(tree) { deed(tree.scratch.path + "/tree/f") }
                #expect(!told.isEmpty && !told.contains(where: isUnchanged), "\(told)")
            }
        }
    }

    @Test("content of the same size, with the time set back, is told", arguments: kinds)
    func sameSizeAndTime(kind: EventSourceKind) async throws {
        try await withKnownFile(kind) { tree in
            let path = tree.scratch.path + "/tree/f"
            let before = try FileFacts.at(tree.scratch.bytes("tree/f"))
            let told = try await words(tree) {
                tree.scratch.write("tree/f", "CONTENT")
                let time = timespec(tv_sec: Int(before.modifiedSeconds), tv_nsec: Int(before.modifiedNanoseconds))
                #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
            }
            #expect(told.contains { !isUnchanged($0) } && !told.contains(where: isUnchanged), "\(told)")
        }
    }

    @Test("content that comes through a mapping, without a word and with the same times, is told at its close")
    func mapped() async throws {
        try await withKnownFile(.inotify) { tree in
            let file = open(tree.scratch.path + "/tree/f", O_RDWR | O_CLOEXEC)
            let place = mmap(nil, 7, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
            let bytes = try #require(place).assumingMemoryBound(to: UInt8.self)
            close(file)
            let told = try await words(tree) {
                // Read first: then a file in memory keeps its times when it is written.
                let first = bytes[0]
                bytes[0] = first ^ 1
                munmap(place, 7)
            }
            #expect(!told.isEmpty && !told.contains(where: isUnchanged), "\(told)")
        }
    }

    @Test("a file with another name may have been changed under that, so it is told")
    func linked() async throws {
        try await withKnownFile(.inotify) { tree in
            #expect(link(tree.scratch.path + "/tree/f", tree.scratch.path + "/tree/g") == 0)
            let told = try await words(tree) { openForWriting(tree) }
            #expect(told == [.touched("f", isDirectory: false)])
        }
    }
}
