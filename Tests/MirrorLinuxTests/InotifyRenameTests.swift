internal import CLinux
import Foundation
import MirrorCore
import Testing

@testable import MirrorLinux

@Suite("Watching renames")
struct InotifyRenameTests {
    private func exchange(_ tree: WatchedTree, _ one: String, _ other: String) {
        let answer = tree.scratch.bytes("tree/" + one).withCPath { one in
            tree.scratch.bytes("tree/" + other).withCPath { cl_rename(one, $0, 2) }
        }
        #expect(answer == 0)
    }

    @Test("a rename inside the tree is one notice, for files and directories")
    func inside() async throws {
        let tree = try WatchedTree {
            $0.makeDirectories("tree/a/deep/er")
            $0.makeDirectory("tree/b")
            $0.write("tree/f")
        }
        try await withWatchedTree(tree) { tree in
            let file = try await tree.told { tree.scratch.rename("tree/f", "tree/b/g") }
            #expect(file == [.renamed(from: "f", to: "b/g", isDirectory: false)])
            let directory = try await tree.told { tree.scratch.rename("tree/a", "tree/b/c") }
            #expect(directory == [.renamed(from: "a", to: "b/c", isDirectory: true)])
            try await tree.expect([.file("b/c/deep/er/x")]) { tree.scratch.write("tree/b/c/deep/er/x") }
        }
    }

    @Test("what comes from outside is told to its last name, what goes outside is silent afterwards")
    func acrossTheBorder() async throws {
        let tree = try WatchedTree {
            $0.makeDirectory("tree")
            $0.makeDirectories("outside/d/e")
            $0.write("outside/d/e/f")
            $0.write("outside/g")
        }
        try await withWatchedTree(tree) { tree in
            let came = try await tree.told { tree.scratch.rename("outside/d", "tree/d") }
            #expect(came.first == .directoryAppeared("d", moved: true))
            #expect(came.contains(.directoryAppeared("d/e", moved: true)) && came.contains(.fileArrived("d/e/f")))
            try await tree.expect([.fileArrived("g")]) { tree.scratch.rename("outside/g", "tree/g") }
            let went = try await tree.told { tree.scratch.rename("tree/d", "outside/d") }
            #expect(went == [.disappeared("d", isDirectory: true)])
            try await tree.expect([]) { tree.scratch.write("outside/d/e/h") }
            #expect(await tree.source.watchedDirectories(limit: 0).count == 1)
        }
    }

    @Test("a rename over an empty directory or a file leaves the watches right")
    func overExisting() async throws {
        let tree = try WatchedTree {
            $0.makeDirectories("tree/a/in")
            $0.makeDirectory("tree/b")
            $0.write("tree/f")
            $0.write("tree/g")
        }
        try await withWatchedTree(tree) { tree in
            let told = try await tree.told { tree.scratch.rename("tree/a", "tree/b") }
            #expect(told.contains(.renamed(from: "a", to: "b", isDirectory: true)))
            try await tree.expect([.file("b/in/x")]) { tree.scratch.write("tree/b/in/x") }
            let file = try await tree.told { tree.scratch.rename("tree/f", "tree/g") }
            #expect(file == [.renamed(from: "f", to: "g", isDirectory: false)])
            #expect(await tree.source.watchedDirectories(limit: 0).count == 3)
        }
    }

    @Test("exchanged directories report under each other's names, also a directory exchanged with a file")
    func exchanged() async throws {
        let tree = try WatchedTree {
            $0.makeDirectories("tree/a/one")
            $0.makeDirectories("tree/p/b/two")
            $0.write("tree/f")
        }
        try await withWatchedTree(tree) { tree in
            let told = try await tree.told { exchange(tree, "a", "p/b") }
            #expect(
                told == [
                    .renamed(from: "a", to: "p/b", isDirectory: true),
                    .renamed(from: "p/b", to: "a", isDirectory: true),
                ])
            try await tree.expect([.file("a/two/x")]) { tree.scratch.write("tree/a/two/x") }
            try await tree.expect([.file("p/b/one/x")]) { tree.scratch.write("tree/p/b/one/x") }
            _ = try await tree.told { exchange(tree, "f", "a") }
            try await tree.expect([.file("f/two/y")]) { tree.scratch.write("tree/f/two/y") }
            try await tree.expect([.file("a")]) { tree.scratch.write("tree/a") }
        }
    }

    @Test("there and back over an empty directory is not taken for an exchange")
    func thereAndBack() async throws {
        let tree = try WatchedTree {
            $0.makeDirectories("tree/a/one")
            $0.makeDirectory("tree/b")
        }
        try await withWatchedTree(tree) { tree in
            _ = try await tree.told {
                try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
                    // While the thread is held, both renames arrive in one read.
                    tree.kernel.perform {
                        tree.scratch.rename("tree/a", "tree/b")
                        tree.scratch.rename("tree/b", "tree/a")
                        done.resume()
                    }
                }
            }
            try await tree.expect([.file("a/one/x")]) { tree.scratch.write("tree/a/one/x") }
            #expect(await tree.source.watchedDirectories(limit: 0).count == 3)
        }
    }

    @Test("a directory deleted and made again at once is watched anew")
    func recreated() async throws {
        let tree = try WatchedTree { $0.makeDirectories("tree/d") }
        try await withWatchedTree(tree) { tree in
            _ = try await tree.told {
                for _ in 0..<200 {
                    rmdir(tree.scratch.path + "/tree/d")
                    tree.scratch.makeDirectory("tree/d")
                }
            }
            try await tree.expect([.file("d/x")]) { tree.scratch.write("tree/d/x") }
            #expect(await tree.source.watchedDirectories(limit: 0).count == 2)
        }
    }

    @Test("a directory renamed while it is being listed is listed to its end under its new name")
    func renamedWhileListed() async throws {
        var pace = WatchedTree.fastPace
        pace.slice = .zero
        let tree = try WatchedTree(pace: pace) {
            $0.makeDirectory("tree")
            for inner in 0..<300 { $0.makeDirectories("outside/big/d\(inner)/e") }
        }
        try await withWatchedTree(tree) { tree in
            let told = try await tree.told {
                tree.scratch.rename("outside/big", "tree/big")
                for turn in 0..<20 {
                    tree.scratch.rename("tree/big\(turn == 0 ? "" : "\(turn - 1)")", "tree/big\(turn)")
                }
            }
            let isRenamed = told.contains { if case .renamed = $0 { true } else { false } }
            #expect(isRenamed)
            #expect(await tree.source.watchedDirectories(limit: 0).count == 602)
            for inner in [0, 150, 299] {
                let path = RelativePath(uncheckedBytes: Array("big19/d\(inner)/e/x".utf8))
                try await tree.expect([.file(path)]) { tree.scratch.write("tree\(path)") }
            }
        }
    }

    @Test("a directory made and renamed before anybody looked is watched under its new name")
    func renamedAtOnce() async throws {
        try await withWatchedTree(try WatchedTree()) { tree in
            _ = try await tree.told {
                for turn in 0..<300 {
                    tree.scratch.makeDirectories("tree/a/n")
                    tree.scratch.rename("tree/a", "tree/b\(turn)")
                    tree.scratch.rename("tree/b\(turn)/n", "tree/b\(turn)/m")
                }
            }
            #expect(await tree.source.watchedDirectories(limit: 0).count == 601)
            try await tree.expect([.file("b299/m/x")]) { tree.scratch.write("tree/b299/m/x") }
        }
    }

    @Test("halves of a rename are put together over other events, and alone after the wait")
    func pairing() {
        var pairing = EventPairing(patience: .milliseconds(10), utmost: .milliseconds(25)) { false }
        let from = RawEvent(watch: 1, mask: UInt32(IN_MOVED_FROM), cookie: 7, name: [1])
        let to = RawEvent(watch: 2, mask: UInt32(IN_MOVED_TO), cookie: 7, name: [2])
        let other = RawEvent(watch: 1, mask: UInt32(IN_CLOSE_WRITE), name: [3])
        let start = Moment(nanoseconds: 1000)
        pairing.add([from, other], at: start)
        #expect(pairing.next(at: start) == .waiting(until: start + .milliseconds(10)))
        pairing.add([other, to], at: start)
        #expect(pairing.next(at: start) == .renamed(from: from, to: to))
        #expect(pairing.next(at: start) == .single(other))
        #expect(pairing.next(at: start) == .single(other))
        #expect(pairing.next(at: start) == .nothing && pairing.isEmpty)
        pairing.add([from], at: start)
        #expect(pairing.next(at: start + .milliseconds(10)) == .single(from))
        pairing.add([to], at: start)
        #expect(pairing.next(at: start) == .single(to))
    }

    @Test("while threads wait for a processor the other half is waited for longer, and not for ever")
    func crowdedPairing() {
        var isCrowded = true
        var pairing = EventPairing(patience: .milliseconds(10), utmost: .milliseconds(25)) { isCrowded }
        let from = RawEvent(watch: 1, mask: UInt32(IN_MOVED_FROM), cookie: 7, name: [1])
        let to = RawEvent(watch: 2, mask: UInt32(IN_MOVED_TO), cookie: 7, name: [2])
        let start = Moment(nanoseconds: 1000)
        pairing.add([from], at: start)
        #expect(pairing.next(at: start + .milliseconds(10)) == .waiting(until: start + .milliseconds(20)))
        #expect(pairing.next(at: start + .milliseconds(20)) == .waiting(until: start + .milliseconds(25)))
        pairing.add([to], at: start + .milliseconds(24))
        #expect(pairing.next(at: start + .milliseconds(25)) == .renamed(from: from, to: to))
        pairing.add([from, from], at: start)
        #expect(pairing.next(at: start + .milliseconds(25)) == .single(from))
        isCrowded = false
        #expect(pairing.next(at: start + .milliseconds(10)) == .single(from))
        #expect(pairing.isEmpty)
    }

    @Test("processors are crowded when more threads can run than there are")
    func processors() {
        let load = [UInt8]("0.30 1.93 2.52 3/901 12345\n".utf8)
        #expect(Processors.areCrowded(load: load, processors: 2))
        #expect(!Processors.areCrowded(load: load, processors: 3))
        #expect(!Processors.areCrowded(load: [], processors: 1))
        #expect(SmallFile.read("/proc/loadavg").split(separator: UInt8(ascii: " ")).count == 5)
    }
}
