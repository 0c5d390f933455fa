import Glibc
import MirrorCore
import MirrorReceiver
import MirrorTesting
import MirrorWire
import Testing

private let directory = Metadata(kind: .directory, mode: 0o751, owner: (12, 34), time: (77, 5))

@Suite("The receiver of the stream")
struct ReceiverTests {
    @Test("a file arrives with content, mode, owner and time to the nanosecond, its directories are made")
    func put() throws {
        let bench = try ReceiverBench()
        let metadata = Metadata(
            kind: .regular, mode: 0o2640, owner: (12, 34), size: 4, time: (1_000_000_000, 123_456_789))
        #expect(
            try bench.effects { .put($0, "a/b/c", metadata, [], content: Array("text".utf8)) }
                == Answer.Effects(madeParents: true, isNew: true))
        let status = try #require(try bench.target.status("a/b/c"))
        #expect(try bench.target.read("a/b/c") == "text")
        #expect((status.modifiedSeconds, status.modifiedNanoseconds) == (1_000_000_000, 123_456_789))
        if geteuid() == 0 { #expect((status.user, status.group, status.mode) == (12, 34, 0o2640)) }
        #expect(try bench.target.status("a")?.mode == 0o700)
        // The same once more: content and time are there.
        #expect(
            try bench.effects { .put($0, "a/b/c", metadata, .trustsTime, content: Array("next".utf8)) }?.wasThere
                == true)
        #expect(try bench.target.read("a/b/c") == "text")
        #expect(try bench.effects { .put($0, "a/b/c", metadata, [], content: Array("next".utf8)) }?.wasThere == false)
        #expect(try bench.target.read("a/b/c") == "next")
        // A time that says too little: the content decides, and what is equal stays the file that it is.
        let before = try bench.target.status("a/b/c")?.inode
        #expect(try bench.effects { .put($0, "a/b/c", metadata, [], content: Array("next".utf8)) }?.wasThere == true)
        #expect(try bench.target.status("a/b/c")?.inode == before)
        #expect(try bench.effects { .put($0, "a/b/c", metadata, [], content: Array("nexT".utf8)) }?.wasThere == false)
        #expect(try bench.target.read("a/b/c") == "nexT")
        #expect(try bench.leftovers() == [])
    }

    @Test(
        "without `perms`, `owner` and `times` a new file gets the mode that the umask leaves, an old one keeps its own")
    func preservesNothing() throws {
        let bench = try ReceiverBench([])
        #expect(try bench.put("new", "x", mode: 0o4777) == 0)
        let mask = umask(0)
        umask(mask)
        let made = try #require(try bench.target.status("new"))
        #expect((made.mode, made.user) == (0o777 & ~mask, geteuid()))
        #expect(made.modifiedSeconds > 1000)
        try bench.target.write("old", "before", mode: 0o604)
        try bench.target.changeMode("old", 0o604)
        #expect(try bench.put("old", "after", mode: 0o777) == 0)
        #expect(try bench.target.status("old")?.mode == 0o604)
        #expect(try bench.target.read("old") == "after")
    }

    @Test(
        "a file in pieces is not there before its end, and never when it is given up, by an order or by the end"
    )
    func pieces() throws {
        let bench = try ReceiverBench()
        let metadata = Metadata(kind: .regular, size: 3_000_000, time: (5, 6))
        try bench.target.write("f", "before")
        try bench.send(.begin(1, "f", metadata, []))
        try bench.send(.piece(offset: 2_000_000, content: Array("end".utf8)))
        #expect(try bench.target.read("f") == "before")
        #expect(try bench.leftovers().count == 1)
        #expect(try bench.ask { _ in .commit } == .done(1, Answer.Effects()))
        let status = try #require(try bench.target.status("f"))
        #expect(status.size == 3_000_000 && status.blocks < 1000 && status.modifiedSeconds == 5)
        try bench.send(.begin(2, "f", metadata, []))
        try bench.send(.piece(offset: 0, content: [1]))
        #expect(try bench.ask { _ in .abandon } == .failed(2, errno: UInt32(ECANCELED)))
        #expect(try bench.leftovers() == [])
        try bench.send(.begin(3, "f", metadata, []))
        try bench.send(.piece(offset: 0, content: [1]))
        #expect(try bench.leftovers().count == 1)
        bench.end()
        #expect(try bench.leftovers() == [])
        #expect(try bench.target.status("f")?.size == 3_000_000)
    }

    @Test("parts of the old file are kept only while it is the file whose hashes were given, and only what it has")
    func keptParts() throws {
        let bench = try ReceiverBench()
        let old = ByteString([UInt8](repeating: 1, count: 8192) + [UInt8](repeating: 2, count: 1000))
        #expect(try bench.put("f", old) == 0)
        let rule = Order.BlockRule(size: 4096, seed: 7)
        guard case .blocks(_, 9192, let hashes, true) = try bench.ask({ .hashes($0, "f", rule) }) else {
            Issue.record("no hashes")
            return
        }
        #expect(hashes.count == 3 && hashes[0] == hashes[1] && hashes[1] != hashes[2])
        let file = Metadata(kind: .regular, mode: 0o600, owner: (12, 34), size: 9192, time: (2000, 1))
        func change(_ parts: [Order]) throws -> Int32? {
            try bench.send(.begin(99, "f", file, .keepsBlocks))
            for part in parts { try bench.send(part) }
            return try bench.refusal { _ in .commit }
        }
        let piece = Order.piece(offset: 4096, content: [UInt8](repeating: 3, count: 4096))
        #expect(try change([.keep(offset: 0, length: 4096), piece, .keep(offset: 8192, length: 1000)]) == 0)
        let new = ByteString(
            [UInt8](repeating: 1, count: 4096) + [UInt8](repeating: 3, count: 4096) + [UInt8](repeating: 2, count: 1000)
        )
        #expect(try bench.target.read("f") == new)
        // Its hashes are used up; and beyond its end there is nothing to keep.
        #expect(try change([.keep(offset: 0, length: 4096)]) == ESTALE)
        _ = try bench.ask { .hashes($0, "f", rule) }
        #expect(try change([.keep(offset: 8192, length: 5000)]) == ESTALE)
        _ = try bench.ask { .hashes($0, "f", rule) }
        #expect(try change([.keep(offset: .max, length: 2)]) == EINVAL)
        _ = try bench.ask { .hashes($0, "f", rule) }
        try bench.target.write("f", "another")
        #expect(try change([.keep(offset: 0, length: 4)]) == ESTALE)
        #expect(try bench.target.read("f") == "another")
        #expect(try bench.refusal { .hashes($0, "none", rule) } == ENOENT)
        #expect(throws: Receiver.Refusal.self) { try bench.send(.keep(offset: 0, length: 1)) }
        #expect(try bench.leftovers() == [])
    }

    @Test("pieces of a file that could not be begun are dropped, and its end says why")
    func piecesOfNothing() throws {
        let bench = try ReceiverBench()
        try bench.target.write("file", "")
        try bench.send(.begin(1, "file/below", Metadata(kind: .regular), []))
        try bench.send(.piece(offset: 0, content: [1, 2, 3]))
        #expect(try bench.ask { _ in .commit } == .failed(1, errno: UInt32(ENOTDIR)))
        #expect(try bench.put("other", "x") == 0)
    }

    @Test("links, fifos and sockets; what is the same stays the same file; what differs is replaced")
    func otherKinds() throws {
        let bench = try ReceiverBench()
        let link = Metadata(kind: .symbolicLink, time: (9, 8))
        #expect(try bench.refusal { .symbolicLink($0, "l", link, [], destination: "../outside/x") } == 0)
        #expect(try bench.target.destination("l") == "../outside/x")
        #expect(try bench.target.status("l")?.modifiedNanoseconds == 8)
        #expect(try bench.effects { .symbolicLink($0, "l", link, [], destination: "../outside/x") }?.wasThere == true)
        #expect(try bench.refusal { .symbolicLink($0, "l", link, [], destination: "y") } == 0)
        #expect(try bench.target.destination("l") == "y")
        for kind in [Metadata.Kind.fifo, .socket] {
            let metadata = Metadata(kind: kind, mode: 0o620, time: (3, 4))
            #expect(try bench.refusal { .special($0, "s", metadata, []) } == 0)
            #expect(try bench.target.status("s")?.mode == 0o620)
            #expect(try bench.effects { .special($0, "s", metadata, []) }?.wasThere == true)
        }
        #expect(try bench.refusal { .special($0, "s", Metadata(kind: .directory), []) } == EINVAL)
        #expect(try bench.put("l", "a file now") == 0)
        #expect(try bench.target.status("l")?.kind == .file)
        #expect(try bench.outside.names() == [])
    }

    @Test("hard links: another name of the same file, in one step")
    func hardLinks() throws {
        let bench = try ReceiverBench()
        #expect(try bench.put("a", "one") == 0)
        try bench.target.write("b", "two")
        #expect(try bench.refusal { .hardLink($0, existing: "a", "b", []) } == 0)
        #expect(try bench.target.status("a")?.inode == bench.target.status("b")?.inode)
        #expect(try bench.effects { .hardLink($0, existing: "a", "b", []) }?.wasThere == true)
        #expect(try bench.refusal { .hardLink($0, existing: "none", "b", []) } == ENOENT)
        #expect(try bench.refusal { .hardLink($0, existing: "a", "new/c", []) } == 0)
        #expect(try bench.leftovers() == [])
    }

    @Test("a directory in the way goes only where that is allowed; a file gives way to a directory")
    func obstacles() throws {
        let bench = try ReceiverBench()
        try bench.target.makeDirectories("d/e")
        try bench.target.write("d/e/f", "x")
        #expect(try bench.put("d", "file") == ENOTEMPTY)
        #expect(try bench.target.read("d/e/f") == "x")
        #expect(try bench.leftovers() == [])
        #expect(try bench.put("d", "file", .clearsDirectory) == 0)
        #expect(try bench.target.read("d") == "file")
        #expect(try bench.refusal { .directory($0, "d") } == 0)
        #expect(try bench.refusal { .directory($0, "d") } == 0)
        #expect(try bench.refusal { .attributes($0, "d", directory) } == 0)
        let status = try #require(try bench.target.status("d"))
        #expect(
            (status.kind, status.mode, status.modifiedSeconds, status.modifiedNanoseconds) == (.directory, 0o751, 77, 5)
        )
        #expect(try bench.refusal { .attributes($0, "d", Metadata(kind: .regular)) } == ESTALE)
        #expect(try bench.refusal { .attributes($0, .root, directory) } == 0)
        #expect(try bench.target.status("d")?.mode == 0o751)
        #expect(try bench.put(.root, "x") != 0)
    }

    @Test("what is removed is what may be removed, and never the root")
    func removal() throws {
        let bench = try ReceiverBench()
        try bench.target.makeDirectories("d/e")
        try bench.target.write("d/e/f", "x")
        try bench.target.write("g", "x")
        #expect(try bench.refusal { .remove($0, "d", .file) } == EISDIR)
        #expect(try bench.refusal { .remove($0, "d", [.file, .emptyDirectory]) } == ENOTEMPTY)
        #expect(try bench.refusal { .remove($0, "g", [.tree, .emptyDirectory]) } == ENOTDIR)
        #expect(try bench.refusal { .remove($0, .root, [.tree, .file]) } == EBUSY)
        #expect(try bench.effects { .remove($0, "d", [.tree, .file]) }?.removed == 3)
        #expect(try bench.effects { .remove($0, "g", .file) }?.removed == 1)
        #expect(try bench.effects { .remove($0, "g", .file) }?.removed == 0)
        #expect(try bench.target.names() == [])
    }

    @Test("a rename happens where the old name is what it has to be, and the new one may go")
    func renames() throws {
        let bench = try ReceiverBench()
        #expect(try bench.put("a", "one") == 0)
        let metadata = Metadata(kind: .regular, size: 3, time: (1000, 123_456_789))
        let later = Metadata(kind: .regular, size: 3, time: (1000, 123_456_780))
        #expect(try bench.refusal { .rename($0, from: "a", "x/b", .file(later)) } == ESTALE)
        #expect(try bench.refusal { .rename($0, from: "a", "x/b", .directory) } == ESTALE)
        #expect(try bench.refusal { .rename($0, from: "none", "b", .anyFile) } == ENOENT)
        #expect(try bench.refusal { .rename($0, from: "a", "x/b", .file(metadata)) } == 0)
        #expect(try bench.target.read("x/b") == "one")
        #expect(try bench.refusal { .rename($0, from: "x", "y", .directory) } == 0)
        try bench.target.makeDirectory("z")
        #expect(try bench.refusal { .rename($0, from: "y", "z", .directory) } == ESTALE)
        #expect(try bench.refusal { .rename($0, from: "y/b", "z", .anyFile) } == ESTALE)
        #expect(try bench.refusal { .rename($0, from: .root, "q", .directory) } == EBUSY)
        #expect(try bench.target.read("y/b") == "one")
    }

    @Test("a directory is listed in the order of its names, in as many messages as it takes")
    func lists() throws {
        let bench = try ReceiverBench()
        for number in 0..<5000 { try bench.target.write(ByteString("n\(number)"), "") }
        try bench.target.makeLink("link", to: "somewhere")
        let entries = try bench.list(.root)
        #expect(entries.map(\.name) == (try bench.target.names()))
        #expect(entries.first { $0.name == "link" }?.destination == "somewhere")
        #expect(try bench.ask { .list($0, "none") } == .failed(2, errno: UInt32(ENOENT)))
        #expect(try bench.ask { .look($0, "none/below") } == .found(3, nil))
        guard case .found(_, let entry?) = try bench.ask({ .look($0, "n1") }) else {
            Issue.record("not found")
            return
        }
        #expect(entry.inode == UInt64(try bench.target.status("n1")?.inode ?? 0))
    }

    @Test("extended attributes and access lists become what the sender has, and no more")
    func attributes() throws {
        let bench = try ReceiverBench()
        try bench.outside.write("model", "")
        try bench.outside.setAttribute("model", "user.kept", "value")
        try bench.outside.setAccess("model", users: [(7, 4)])
        let model = try bench.outside.attributes("model")
        var metadata = Metadata(kind: .regular, mode: 0o644, time: (1, 2))
        metadata.attributes = model.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value.bytes) }
        metadata.mode = UInt16(try #require(try bench.outside.status("model")).mode)
        #expect(try bench.refusal { .put($0, "f", metadata, [], content: []) } == 0)
        #expect(try bench.target.attributes("f") == model)
        metadata.attributes = []
        #expect(try bench.refusal { .attributes($0, "f", metadata) } == 0)
        #expect(try bench.target.attributes("f").isEmpty)
    }
}
