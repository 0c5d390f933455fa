import MirrorCore
import MirrorTesting
import MirrorWire
import Testing

/// Values of every kind of message, from a seed.
struct MessageMaker {
    var random: SeededGenerator

    init(seed: Int) { random = SeededGenerator(seed: UInt64(seed)) }

    mutating func number() -> UInt32 {
        UInt32.random(in: 0...(.max >> UInt32.random(in: 0...31, using: &random)), using: &random)
    }
    mutating func bytes(_ limit: Int, from first: UInt8 = 0) -> [UInt8] {
        (0..<Int.random(in: 0...limit, using: &random)).map { _ in UInt8.random(in: first...255, using: &random) }
    }
    mutating func name() -> ByteString { ByteString([UInt8(ascii: "n")] + bytes(20, from: 0x30)) }
    mutating func path() -> RelativePath {
        var path = RelativePath.root
        for _ in 0..<Int.random(in: 0...4, using: &random) { path = path.appending(name().bytes) }
        return path
    }
    mutating func metadata() -> Metadata {
        let kind = Metadata.Kind.allCases.randomElement(using: &random) ?? .regular
        var metadata = Metadata(
            kind: kind, mode: UInt16.random(in: 0...0o7777, using: &random), owner: (number(), number()),
            size: UInt64.random(in: 0...UInt64(Int64.max), using: &random),
            time: (
                Int64.random(in: .min ... .max, using: &random), UInt32.random(in: 0..<1_000_000_000, using: &random)
            ))
        if kind == .blockDevice || kind == .characterDevice { (metadata.major, metadata.minor) = (number(), number()) }
        if Bool.random(using: &random) {
            metadata.attributes = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                ExtendedAttribute(name: name(), value: bytes(100))
            }
        }
        return metadata
    }
    mutating func entry() -> ListedEntry {
        var entry = ListedEntry(name: name(), metadata: metadata())
        if entry.metadata.kind == .symbolicLink { entry.destination = name() }
        (entry.device, entry.inode) = (UInt64(number()), .random(in: 0...(.max), using: &random))
        if Bool.random(using: &random) { entry.inside = digest() }
        return entry
    }
    mutating func digest() -> TreeDigest {
        TreeDigest(high: .random(in: 0...(.max), using: &random), low: UInt64(number()))
    }
    mutating func conditions() -> Order.Conditions {
        Order.Conditions(rawValue: UInt8.random(in: 0...3, using: &random))
    }
    mutating func hello() -> Hello { Hello(preserving: Hello.Preserving(rawValue: number()), window: number()) }

    mutating func order(_ kind: Int) -> Order {
        switch kind {
        case 0: .hello(hello())
        case 1: .put(number(), path(), metadata(), conditions(), content: bytes(300))
        case 2: .begin(number(), path(), metadata(), conditions())
        case 3: .piece(offset: UInt64(number()), content: bytes(300))
        case 4: .commit
        case 5: .abandon
        case 6: .symbolicLink(number(), path(), metadata(), conditions(), destination: name())
        case 7: .special(number(), path(), metadata(), conditions())
        case 8: .hardLink(number(), existing: path(), path(), conditions())
        case 9: .directory(number(), path())
        case 10: .attributes(number(), path(), metadata())
        case 11: .remove(number(), path(), Order.Removal(rawValue: UInt8.random(in: 0...7, using: &random)))
        case 12: .rename(number(), from: path(), path(), .file(metadata()))
        case 13: .rename(number(), from: path(), path(), Bool.random(using: &random) ? .anyFile : .directory)
        case 14: .list(number(), path())
        case 15: .look(number(), path())
        case 16: .store(number())
        case 17: .survey(number(), path())
        case 18:
            .hashes(number(), path(), Order.BlockRule(size: 4096 << UInt32.random(in: 0...6, using: &random), seed: 7))
        case 19: .keep(offset: UInt64(number()), length: .random(in: 0...(.max), using: &random))
        case 20: .count(number(), path(), atMost: number())
        default: .ping(number())
        }
    }
    static let orderKinds = 22

    mutating func answer(_ kind: Int) -> Answer {
        switch kind {
        case 0: .hello(hello())
        case 1:
            .done(
                number(),
                Answer.Effects(
                    madeParents: Bool.random(using: &random), wasThere: Bool.random(using: &random),
                    isNew: Bool.random(using: &random), removed: number()))
        case 2: .failed(number(), errno: number())
        case 3:
            .entries(
                number(), (0..<Int.random(in: 0...5, using: &random)).map { _ in entry() },
                isLast: Bool.random(using: &random))
        case 4: .found(number(), Bool.random(using: &random) ? entry() : nil)
        case 5: .pong(number())
        case 6: .alive
        case 8:
            .blocks(
                number(), size: UInt64(number()),
                (0..<Int.random(in: 0...9, using: &random)).map { _ in
                    ContentHash(high: .random(in: 0...(.max), using: &random), low: UInt64(number()))
                }, isLast: Bool.random(using: &random))
        case 9: .counted(number(), number())
        case 7: .surveyed(number(), Bool.random(using: &random) ? digest() : nil)
        default: .refused(name())
        }
    }
    static let answerKinds = 11
}

@Suite("Messages of the stream")
struct WireTests {
    private func frames(_ bytes: [UInt8], pieces: Int) throws -> [[UInt8]] {
        var reader = FrameReader()
        var found: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            reader.append(bytes[start..<min(start + pieces, bytes.count)])
            while let message = try reader.next() { found.append(Array(message)) }
        }
        #expect(reader.pending == 0)
        return found
    }

    @Test(
        "every order and every answer is the same after writing and reading, however the stream is cut",
        arguments: 0..<50)
    func roundTrip(seed: Int) throws {
        var maker = MessageMaker(seed: seed)
        let orders = (0..<MessageMaker.orderKinds).map { maker.order($0) }
        let answers = (0..<MessageMaker.answerKinds).map { maker.answer($0) }
        var bytes: [UInt8] = []
        for order in orders { order.append(to: &bytes) }
        let read = try frames(bytes, pieces: seed * seed + 1).map { message throws(WireError) in try Order(message[...])
        }
        #expect(read == orders)
        bytes = []
        for answer in answers { answer.append(to: &bytes) }
        let heard = try frames(bytes, pieces: seed + 1).map { message throws(WireError) in try Answer(message[...]) }
        #expect(heard == answers)
    }

    @Test("a file that was encoded for all is the same put for each", arguments: 0..<20)
    func encodedOnce(seed: Int) {
        var maker = MessageMaker(seed: seed)
        let (path, metadata, content) = (maker.path(), maker.metadata(), maker.bytes(5000))
        let file = EncodedFile(path, metadata, content: content)
        for _ in 0..<3 {
            let (id, conditions) = (maker.number(), maker.conditions())
            var (once, alone): ([UInt8], [UInt8]) = ([1, 2], [1, 2])
            file.append(id, conditions, to: &once)
            Order.put(id, path, metadata, conditions, content: content).append(to: &alone)
            #expect(once == alone)
        }
    }

    @Test("a message that is cut short or has bytes too many is an error, wherever it is cut", arguments: 0..<20)
    func cut(seed: Int) throws {
        var maker = MessageMaker(seed: seed)
        for kind in 0..<MessageMaker.orderKinds {
            var frame: [UInt8] = []
            maker.order(kind).append(to: &frame)
            let message = frame[4...]
            for count in 0..<message.count {
                #expect(throws: WireError.self) { try Order(message.prefix(count)) }
            }
            #expect(throws: WireError.trailing) { try Order(ArraySlice(Array(message) + [0])) }
        }
    }

    @Test("paths that lead anywhere else than below the root, or are written otherwise, are refused")
    func paths() throws {
        for path in ["..", "a/..", "../a", "/a", "a/", "a//b", ".", "a/./b", "a\0b"] {
            let bytes = Array(path.utf8)
            let message: [UInt8] = [10, 1, UInt8(bytes.count)] + bytes
            #expect(throws: WireError.outOfRange(.path), "\(path)") { try Order(message[...]) }
        }
        let plain: [UInt8] = [10, 1, 3] + Array("a/b".utf8)
        #expect(try Order(plain[...]) == .directory(1, "a/b"))
    }

    @Test("names in a list are single names")
    func names() {
        for name in ["..", ".", "", "a/b", "a\0"] {
            var frame: [UInt8] = []
            Answer.found(1, ListedEntry(name: ByteString(name), metadata: Metadata(kind: .regular))).append(to: &frame)
            #expect(throws: WireError.outOfRange(.name)) { try Answer(frame[4...]) }
        }
    }

    @Test("a length beyond its bound is refused before anything of that size is kept")
    func bounds() {
        var reader = FrameReader()
        reader.append([0xff, 0xff, 0xff, 0x7f])
        #expect(throws: WireError.outOfRange(.frame)) { _ = try reader.next() }
        var empty = FrameReader()
        empty.append([0, 0, 0, 0])
        #expect(throws: WireError.outOfRange(.frame)) { _ = try empty.next() }
        // A path that says that it has 2^60 bytes; a number that is longer than it has to be; a list of 2^30 entries.
        let path: [UInt8] = [10, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]
        #expect(throws: WireError.outOfRange(.path)) { _ = try Order(path[...]) }
        let long: [UInt8] = [17, 0x81, 0]
        #expect(throws: WireError.outOfRange(.number)) { _ = try Order(long[...]) }
        let list: [UInt8] = [68, 1, 1, 0x80, 0x80, 0x80, 0x80, 0x04]
        #expect(throws: WireError.outOfRange(.count)) { _ = try Answer(list[...]) }
    }
}

@Suite("the hash of some bytes")
struct ContentHashTests {
    private func hash(_ text: String, seed: UInt64 = 0) -> UInt64 {
        Array(text.utf8).withUnsafeBytes { ContentHash.hash($0, seed: seed) }
    }

    @Test("is XXH64, as its author's own tool has it")
    func known() {
        #expect(hash("") == 0xEF46_DB37_51D8_E999)
        #expect(hash("abc") == 0x44BC_2CF5_AD77_0999)
        #expect(hash("abcdefghijklmnopqrstuvwxyz") == 0xCFE1_F278_FA89_835C)
        #expect(
            hash("12345678901234567890123456789012345678901234567890123456789012345678901234567890")
                == 0xE04A_477F_19EE_145D)
    }

    @Test("differs with every byte, with the length and with the seed")
    func differs() {
        var seen: Set<ContentHash> = []
        var bytes = [UInt8](repeating: 0, count: 100)
        for index in bytes.indices {
            bytes[index] = 1
            bytes.withUnsafeBytes { _ = seen.insert(ContentHash($0)) }
            bytes[index] = 0
            bytes[..<index].withUnsafeBytes { _ = seen.insert(ContentHash($0)) }
            bytes.withUnsafeBytes { _ = seen.insert(ContentHash($0, seed: UInt64(index) + 1)) }
        }
        #expect(seen.count == 300)
        #expect(seen.allSatisfy { $0.text.utf8.count == 32 })
    }
}
