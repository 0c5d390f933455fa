import Glibc
import MirrorCore
import MirrorLinux
import MirrorReceiver
import MirrorTesting
import MirrorWire
import Synchronization
import Testing

@Suite("Nothing leads out of the receiver's root")
struct ConfinementTests {
    @Test("a link at the target in place of a directory is not followed, whatever the order")
    func plantedDirectory() throws {
        let bench = try ReceiverBench()
        try bench.outside.write("secret", "secret")
        try bench.target.makeLink("d", to: bench.outside.root)
        let before = try bench.outside.everything()
        #expect(try bench.put("d/new", "x") == ELOOP)
        #expect(try bench.put("d/secret", "x") == ELOOP)
        #expect(try bench.effects { .remove($0, "d/secret", [.file, .tree]) }?.removed == 0)
        #expect(try bench.refusal { .rename($0, from: "d/secret", "stolen", .anyFile) } == ENOENT)
        #expect(try bench.refusal { .hardLink($0, existing: "d/secret", "stolen", []) } == ENOENT)
        #expect(try bench.refusal { .attributes($0, "d/secret", Metadata(kind: .regular, mode: 0o777)) } == ELOOP)
        #expect(try bench.refusal { .directory($0, "d/sub") } == ELOOP)
        #expect(try bench.ask { .list($0, "d") } == .failed(8, errno: UInt32(ELOOP)))
        #expect(try bench.ask { .look($0, "d/secret") } == .found(9, nil))
        #expect(try bench.outside.everything() == before)
        // The link itself is what is removed and replaced.
        #expect(try bench.refusal { .directory($0, "d") } == 0)
        #expect(try bench.target.status("d")?.kind == .directory)
        #expect(try bench.outside.everything() == before)
    }

    @Test("a link under the very name is replaced, and what it points to stays as it is")
    func plantedFile() throws {
        let bench = try ReceiverBench()
        try bench.outside.write("secret", "secret", mode: 0o600)
        let before = try bench.outside.everything()
        for name in ["f", "g", "h"] as [ByteString] {
            try bench.target.makeLink(name, to: bench.outside.root + "/secret")
        }
        #expect(try bench.put("f", "new", mode: 0o777) == 0)
        #expect(
            try bench.refusal { .attributes($0, "g", Metadata(kind: .symbolicLink, owner: (9, 9), time: (1, 1))) } == 0)
        #expect(try bench.effects { .remove($0, "h", .file) }?.removed == 1)
        #expect(try bench.outside.everything() == before)
        #expect(try bench.target.read("f") == "new")
    }

    @Test("a directory that is exchanged for a link outside again and again leads nothing out")
    func race() async throws {
        let bench = try ReceiverBench()
        try bench.target.makeDirectory("d")
        try bench.target.makeLink("link", to: bench.outside.root)
        try bench.outside.write("keep", "kept")
        let before = try bench.outside.everything()
        let churn = Churn()
        let target = bench.target
        async let exchanges = churn.run { try? target.exchange("d", "link") }
        var arrived = 0
        var round = 0
        let end = ContinuousClock.now + .seconds(120)
        while round < 5000 || churn.count < 500, ContinuousClock.now < end {
            round += 1
            // The other one needs a thread too.
            if round.isMultiple(of: 100) { await Task.yield() }
            if (try? bench.put("d/new", "x")) == 0 { arrived += 1 }
            _ = try? bench.effects { .remove($0, "d/keep", .file) }
            if round.isMultiple(of: 10) { _ = try? bench.effects { .remove($0, "d/new", .file) } }
        }
        churn.stop()
        #expect(await exchanges > 100)
        #expect(arrived > 0)
        #expect(try bench.outside.everything() == before)
    }

    @Test("bytes that are no orders end the connection, and nothing is left behind", arguments: 0..<40)
    func hostileBytes(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let place = try TemporaryTree(.memory)
        let target = try place.directory("target")
        var bytes: [UInt8] = []
        Order.hello(Hello(preserving: .all)).append(to: &bytes)
        let file = Metadata(kind: .regular, size: 1 << 40, time: (1, 1))
        Order.begin(1, "huge", file, []).append(to: &bytes)
        Order.piece(offset: 1 << 50, content: [1]).append(to: &bytes)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            Order.put(2, "a/../b", file, [], content: [1, 2, 3]).append(to: &bytes)
        }
        if seed.isMultiple(of: 2) {
            for _ in 0..<5 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
        }
        bytes += (0..<Int.random(in: 0...2000, using: &random)).map { _ in .random(in: 0...255, using: &random) }
        try place.tree.write("input", ByteString(bytes))
        let input = (place.path + "/input").withCPath { open($0, O_RDONLY) }
        let output = open("/dev/null", O_WRONLY)
        defer { for descriptor in [input, output] { close(descriptor) } }
        let end = ReceivingSession.run(root: try BeneathTree(target.root), input: input, output: output)
        #expect(end != .broken(errno: EBADF))
        #expect(try target.names().filter(TemporaryName.isTemporary) == [])
        #expect(try place.tree.names() == ["input", "target"])
    }

    @Test("an order that comes slowly keeps the sender patient; one that is idle says nothing")
    func signsOfLife() throws {
        let place = try TemporaryTree(.memory)
        var (down, up): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        #expect(pipe(&down) == 0 && pipe(&up) == 0)
        let (input, output) = (down[0], up[1])
        let root = try BeneathTree(place.path)
        let session = Session(root, input, output)
        SystemThread(named: "session") { session.run() }
        defer { for descriptor in [down[1], up[0]] { close(descriptor) } }
        var bytes: [UInt8] = []
        Order.hello(Hello(preserving: .all)).append(to: &bytes)
        Order.put(1, "a", Metadata(kind: .regular, time: (1, 1)), [], content: [1, 2, 3]).append(to: &bytes)
        write(down[1], bytes, bytes.count - 1)
        // Only the greeting is answered; then a sign comes while the rest of the order does not.
        #expect(try nextAnswer(up[0]) == .hello(Hello(preserving: .all)))
        write(down[1], [bytes[bytes.count - 1]], 1)
        var answer = try nextAnswer(up[0])
        while answer == .alive { answer = try nextAnswer(up[0]) }
        #expect(answer == .done(1, Answer.Effects(isNew: true)))
        bytes = []
        Order.ping(2).append(to: &bytes)
        write(down[1], bytes, bytes.count - 1)
        #expect(try nextAnswer(up[0]) == .alive)
        write(down[1], [bytes[bytes.count - 1]], 1)
        answer = try nextAnswer(up[0])
        while answer == .alive { answer = try nextAnswer(up[0]) }
        #expect(answer == .pong(2))
    }

    /// A tree belongs to one thread, which is the session's here.
    private final class Session: @unchecked Sendable {
        private let root: BeneathTree
        private let (input, output): (Int32, Int32)

        init(_ root: BeneathTree, _ input: Int32, _ output: Int32) {
            self.root = root
            (self.input, self.output) = (input, output)
        }

        func run() {
            _ = ReceivingSession.run(root: root, input: input, output: output, pulses: true)
            for descriptor in [input, output] { close(descriptor) }
        }
    }

    private func nextAnswer(_ descriptor: Int32) throws -> Answer {
        func bytes(_ count: Int) throws -> [UInt8] {
            var found: [UInt8] = []
            while found.count < count {
                var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard Glibc.poll(&poll, 1, 60_000) > 0 else { throw FixtureError("no answer came") }
                var byte: UInt8 = 0
                guard read(descriptor, &byte, 1) == 1 else { throw FixtureError("the session has ended") }
                found.append(byte)
            }
            return found
        }
        let length = try bytes(4).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        return try Answer(bytes(length)[...])
    }

    @Test("what does not begin with a greeting, or speaks another version, is not served")
    func greeting() throws {
        let place = try TemporaryTree(.memory)
        let receiver = Receiver(root: try BeneathTree(place.path)) { _ in }
        #expect(throws: Receiver.Refusal.self) { try receiver.take(.list(1, .root)) }
        var hello = Hello(preserving: [])
        hello.version = Hello.version + 1
        #expect(throws: Receiver.Refusal.self) { try receiver.take(.hello(hello)) }
        hello.version = Hello.version
        try receiver.take(.hello(hello))
        #expect(throws: Receiver.Refusal.self) { try receiver.take(.hello(hello)) }
        #expect(throws: Receiver.Refusal.self) { try receiver.take(.commit) }
        #expect(throws: Receiver.Refusal.self) { try receiver.take(.piece(offset: 0, content: [])) }
    }

    @Test("names of temporary files are known by their look")
    func temporaryNames() {
        for name in [".f.lockstep-1", ".f.lockstep-zzzzzzz", "..lockstep-0"] as [ByteString] {
            #expect(TemporaryName.isTemporary(name), "\(name)")
        }
        for name in ["f.lockstep-1", ".f.lockstep-", ".f.lockstep-A", ".f.lockstep-12345678", ".lockstep", ".f"]
            as [ByteString]
        {
            #expect(!TemporaryName.isTemporary(name), "\(name)")
        }
    }
}

/// Something that goes on beside the test until it is told to end.
private final class Churn: Sendable {
    private let isOver = Atomic(false)
    private let done = Atomic(0)

    var count: Int { done.load(ordering: .relaxed) }

    func stop() { isOver.store(true, ordering: .relaxed) }

    /// How often it was done.
    @concurrent func run(_ deed: @Sendable () -> Void) async -> Int {
        while !isOver.load(ordering: .relaxed) {
            deed()
            done.add(1, ordering: .relaxed)
        }
        return count
    }
}
