import MirrorCore
import MirrorTesting
import Testing

/// Whoever reaches the port may send anything, as slowly and as often as it likes.
@Suite("The state over HTTP is asked for badly")
struct HTTPRobustnessTests {
    /// True when the server has closed it.
    private func waitForEnd(of connection: RawConnection) async throws -> Bool {
        try await Condition.wait(until: "the server ends it", deadline: .seconds(60)) {
            _ = connection.text
            return connection.isClosed
        }
        return connection.isClosed
    }

    @Test("requests that are none get 400 or an end, and the next one is answered as ever")
    func mistakes() async throws {
        let web = try WebTrial()
        let program = try await web.start()
        let long = String(repeating: "x", count: 200_000)
        let bad = [
            "\r\n\r\n\0", "GET", "GET / HTTP/9.9\r\n\r\n", "get /healthz HTTP/1.1\r\n\r\n",
            "GET nothing HTTP/1.1\r\n\r\n",
            "GET /%zz HTTP/1.1\r\nConnection: close\r\n\r\n", "GET /\(long) HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nX: \(long)\r\n\r\n",
            "GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 5000) + "\r\n",
            "POST /healthz HTTP/1.1\r\nContent-Length: 200000\r\n\r\n\(long)",
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
        ]
        for text in bad {
            let connection = try #require(RawConnection(port: web.port))
            connection.send(ByteString(text))
            #expect(try await waitForEnd(of: connection), "\(text.prefix(60))")
            #expect(!connection.text.hasPrefix("HTTP/1.1 200"), "\(text.prefix(60))")
            #expect(try await web.get("/healthz").status == 200)
        }
        let other = try #require(RawConnection(port: web.port))
        other.send("DELETE /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")
        #expect(try await waitForEnd(of: other) && other.text.hasPrefix("HTTP/1.1 405"))
        try await program.stop()
    }

    @Test("any bytes, cut anywhere, from 400 visitors", arguments: [UInt64(1), 2])
    func anyBytes(seed: UInt64) async throws {
        let web = try WebTrial()
        let program = try await web.start()
        var chance = SeededGenerator(seed: seed)
        let good = "GET /targets/one?max_lag=5s HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"
        for _ in 0..<400 {
            var bytes = Array((good + good).utf8)
            for _ in 0..<Int.random(in: 0..<6, using: &chance) {
                bytes[Int.random(in: 0..<bytes.count, using: &chance)] = UInt8.random(in: .min ... .max, using: &chance)
            }
            let connection = try #require(RawConnection(port: web.port))
            connection.send(ByteString(bytes.prefix(Int.random(in: 0...bytes.count, using: &chance))))
            _ = connection.text
        }
        #expect(try await web.get("/healthz").status == 200)
        #expect(try await web.get("/status.json").status == 200)
        #expect(program.exit == nil)
        try await program.stop()
    }

    @Test("who says nothing, or drips, is hung up on; who comes when it is full waits no longer than that")
    func slowAndMany() async throws {
        let web = try WebTrial()
        let program = try await web.start()
        var crowd: [RawConnection] = []
        for number in 0..<300 {
            guard let connection = RawConnection(port: web.port) else { continue }
            connection.send(number.isMultiple(of: 2) ? "" : "GET /healthz HTT")
            crowd.append(connection)
        }
        // 256 are kept; the others are closed at once, and all of them after ten seconds.
        try await Condition.wait(until: "all are hung up on", deadline: .seconds(120)) {
            crowd.allSatisfy { connection in
                _ = connection.text
                return connection.isClosed
            }
        }
        #expect(try await web.get("/healthz").status == 200)
        #expect(try await web.control.ask("flush").exit == .code(0))
        try await program.stop()
    }

    @Test("two requests behind each other are answered in their order, on one connection")
    func pipeline() async throws {
        let web = try WebTrial()
        let program = try await web.start()
        let connection = try #require(RawConnection(port: web.port))
        connection.send(
            "GET /status.json HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(try await waitForEnd(of: connection))
        let text = connection.text
        let first = try #require(text.firstRange(of: "\"format\":1")).lowerBound
        let second = try #require(text.firstRange(of: "alive")).lowerBound
        #expect(first < second)
        try await program.stop()
    }
}
