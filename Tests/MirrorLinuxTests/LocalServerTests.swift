import Glibc
import MirrorCore
import MirrorLinux
import MirrorTesting
import Synchronization
import Testing

@Suite("Requests of programs of this machine")
struct LocalServerTests {
    /// Answers each request with its words; "hold" is not answered.
    private final class Bench: Sendable {
        let tree: TemporaryTree
        let kernel: KernelThread
        let heard = Mutex<[LocalNews]>([])
        private let server = Mutex<LocalServer?>(nil)
        var path: ByteString { tree.path + "/socket" }

        init() throws {
            tree = try TemporaryTree()
            kernel = try KernelThread()
            kernel.start()
            let server = LocalServer(kernel: kernel) { [weak self] in self?.take($0) }
            try server.open(path)
            self.server.withLock { $0 = server }
        }

        private func take(_ news: LocalNews) {
            heard.withLock { $0.append(news) }
            guard case .asked(let request) = news, request.words.first != "hold" else { return }
            server.withLock { $0 }?.answer(request.id, request.words.joined(separator: "|"))
        }

        func close() {
            server.withLock { $0 }?.close()
            kernel.stop()
        }
    }

    @Test("words come as they are, an answer of any length goes back, many at once")
    func answers() async throws {
        let bench = try Bench()
        defer { bench.close() }
        let path = bench.path
        let long = ByteString([UInt8](repeating: 0x61, count: 60_000))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<30 {
                group.addTask {
                    let words: [ByteString] = [ByteString("n\(number)"), "a b\n", ByteString([0xff, 0x01]), long]
                    let answer = try await BlockingPool.own.run { Result { try LocalSocket.ask(path, words) } }.get()
                    #expect(answer == words.joined(separator: "|"))
                }
            }
            try await group.waitForAll()
        }
        let peers = bench.heard.withLock { $0 }.compactMap { if case .asked(let one) = $0 { one.peer } else { nil } }
        #expect(peers.allSatisfy { $0.user == geteuid() && $0.process == getpid() })
    }

    @Test("with a group its members may write to it, which is to connect, whatever the umask is")
    func groupMode() throws {
        let tree = try TemporaryTree()
        let kernel = try KernelThread()
        kernel.start()
        defer { kernel.stop() }
        let server = LocalServer(kernel: kernel) { _ in }
        try server.open(tree.path + "/socket", group: getegid())
        #expect(try tree.tree.status("socket")?.mode == 0o660)
        server.close()
    }

    @Test("its file is for its owner alone")
    func mode() throws {
        let bench = try Bench()
        defer { bench.close() }
        var facts = stat()
        #expect(stat(bench.path.description, &facts) == 0 && facts.st_mode & 0o777 == 0o600)
    }

    @Test("a request that is too long, is not finished, or is hung up on, harms nobody")
    func hostile() async throws {
        let bench = try Bench()
        defer { bench.close() }
        let flood = try Client(bench.path)
        flood.send([UInt8](repeating: 0x61, count: 200_000))
        try await Condition.wait(until: "the flood is cut off", deadline: .seconds(120)) { flood.isHungUp }
        let waiting = try Client(bench.path)
        waiting.send(Array("hold\0\0".utf8))
        try await Condition.wait(until: "it is heard", deadline: .seconds(120)) { !bench.heard.withLock { $0 }.isEmpty }
        waiting.close()
        try await Condition.wait(until: "the end is heard", deadline: .seconds(120)) {
            bench.heard.withLock { $0 }.contains { if case .hungUp = $0 { true } else { false } }
        }
        let unfinished = try Client(bench.path)
        unfinished.send(Array("sta".utf8))
        let path = bench.path
        #expect(try await BlockingPool.own.run { Result { try LocalSocket.ask(path, ["x"]) } }.get() == "x")
        unfinished.close()
    }

    @Test("a path beyond what a socket's address holds works as any other")
    func longPath() throws {
        let bench = try Bench()
        defer { bench.close() }
        var directory = bench.tree.path
        for _ in 0..<6 {
            directory += "/a-directory-with-a-name-that-is-long"
            mkdir(directory.description, 0o700)
        }
        let server = LocalServer(kernel: bench.kernel) { _ in }
        try server.open(directory + "/socket")
        #expect(access((directory + "/socket").description, F_OK) == 0)
        server.close()
    }
}

/// A raw connection.
private final class Client {
    private var socket: Int32

    init(_ path: ByteString) throws {
        socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = path.bytes.map { CChar(bitPattern: $0) }
        withUnsafeMutableBytes(of: &address.sun_path) { room in
            for (index, byte) in bytes.enumerated() { room[index] = UInt8(bitPattern: byte) }
        }
        let answer = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard answer == 0 else { throw FixtureError("connect: \(errno)") }
    }

    func send(_ bytes: [UInt8]) { _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    var isHungUp: Bool {
        var byte: UInt8 = 0
        let count = recv(socket, &byte, 1, Int32(MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN)
    }

    func close() {
        if socket >= 0 { Glibc.close(socket) }
        socket = -1
    }

    deinit { close() }
}

extension BlockingPool {
    fileprivate static let own = BlockingPool(threads: 8)
}
