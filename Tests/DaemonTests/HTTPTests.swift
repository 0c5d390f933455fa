import Glibc
import MirrorCore
import MirrorDaemon
import MirrorLinux
import MirrorTesting
import Testing

/// A program that serves its state, and who asks for it.
struct WebTrial {
    let control: ControlTrial
    let port: UInt16

    init() throws {
        control = try ControlTrial()
        port = try #require(FreeLocalPort.find())
    }

    func start(settings: String = "", second: String? = nil, sync: String = "") async throws -> LockstepProcess {
        try control.write(settings: "http = \(port), \(settings)", second: second, sync: sync)
        let program = try control.trial.start("run", "conf")
        try await Condition.wait(
            until: "it serves", deadline: .seconds(60), state: { program.errors + program.output },
            holds: {
                // Before the loop's first word everybody is told 503.
                let status = try await RawAnswer.get("/healthz", port: port)?.status
                return status == 200 || status == 401
            })
        return program
    }

    func get(_ target: String, _ fields: String...) async throws -> RawAnswer {
        try #require(try await RawAnswer.get(target, port: port, fields: fields))
    }

    func wait(for status: Int, at target: String) async throws {
        var last = ""
        try await Condition.wait(
            until: "\(target) answers \(status)", deadline: .seconds(60), state: { last },
            holds: {
                let answer = try await RawAnswer.get(target, port: port)
                last = "\(String(describing: answer))"
                return answer?.status == status
            })
    }
}

@Suite("The state over HTTP")
struct HTTPTests {
    @Test("a target is well while its lag is below the limit, and says in a line why it is not")
    func targets() async throws {
        let web = try WebTrial()
        let program = try await web.start()
        try await web.wait(for: 200, at: "/readyz")
        #expect(try await web.get("/healthz").status == 200)
        #expect(try await web.control.ask("flush").exit == .code(0))
        try await web.wait(for: 200, at: "/targets/one?max_lag=1ms")
        #expect(try await web.control.ask("pause", "two").exit == .code(0))
        #expect(try await web.get("/targets/two?max_lag=1s").status == 200)
        try web.control.trial.source.write("late", "1")
        try await web.wait(for: 503, at: "/targets/two?max_lag=1s")
        let late = try await web.get("/targets/two?max_lag=1s")
        #expect(late.body.contains("two -> ") && late.body.contains("behind, 1.0 s allowed"), "\(late)")
        #expect(try await web.get("/targets/two?max_lag=1h").status == 200)
        // By its own path, with slashes and without escapes.
        #expect(try await web.get("/targets/\(web.control.second.root)?max_lag=1s").status == 503)
        try await web.wait(for: 200, at: "/targets/one?max_lag=1s")
        #expect(try await web.control.ask("resume", "two").exit == .code(0))
        try await web.wait(for: 200, at: "/targets/two?max_lag=1s")
        #expect(try await web.get("/targets/three").status == 404)
        #expect(try await web.get("/targets/two?max_lag=soon").status == 400)
        try await program.stop()
        #expect(RawConnection(port: web.port) == nil)
    }

    @Test("a target whose first comparison has not come through is not well, however new the program is")
    func notStarted() async throws {
        let web = try WebTrial()
        let program = try await web.start(second: "127.0.0.77:/nowhere")
        try await web.wait(for: 200, at: "/targets/one")
        let answer = try await web.get("/targets/two?max_lag=1h")
        #expect(answer.status == 503)
        #expect(answer.body.contains("its comparison at the start is not done"), "\(answer)")
        #expect(try await web.get("/readyz").body.contains("two -> 127.0.0.77:/nowhere/"))
        try await program.stop()
    }

    @Test("it reads its configuration again, and ends, whoever is connected")
    func connected() async throws {
        let web = try WebTrial()
        let program = try await web.start()
        for round in 0..<2 {
            let visitors = try ["/events", "/healthz", "/status.json", ""].map { target in
                let connection = try #require(RawConnection(port: web.port))
                if !target.isEmpty { connection.send(ByteString("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")) }
                return connection
            }
            try await Condition.wait(until: "the events have begun", deadline: .seconds(60)) {
                visitors[0].text.contains("data: ") && visitors[1].text.contains("alive")
            }
            program.signal(round == 0 ? SIGHUP : SIGTERM)
            try await Condition.wait(until: "all are hung up on", deadline: .seconds(60)) {
                visitors.allSatisfy { visitor in
                    _ = visitor.text
                    return visitor.isClosed
                }
            }
            if round == 0 { try await web.wait(for: 200, at: "/readyz") }
        }
        #expect(try await program.waitForExit() == .code(143))
    }

    @Test("status.json is what lockstep status --json says; explain is what lockstep explain says")
    func status() async throws {
        let web = try WebTrial()
        let program = try await web.start()
        #expect(try await web.control.ask("flush").exit == .code(0))
        let served = try await web.get("/status.json")
        let told = try await web.control.ask("status", "--json").output
        #expect(served.status == 200 && served.head.contains("Content-Type: application/json"), "\(served.head)")
        let parts = [
            "\"format\":1", "\"inStep\":true", "\"name\":\"one\"", "\"pid\":\(program.identifier)", "\"owed\":0",
        ]
        for part in parts { #expect(served.body.contains(part) && told.contains(part), "\(part) in \(served.body)") }
        let path = "\(web.control.trial.source.root)/first"
        let explained = try await web.get("/explain?path=\(path)")
        #expect(explained.body == (try await web.control.ask("explain", ByteString(path)).output))
        #expect(try await web.get("/explain?path=/nowhere").status == 404)
        #expect(try await web.get("/explain?path=relative").status == 400)
        try await program.stop()
    }

    @Test("a token is wanted for everything where there is one, and is shown nowhere")
    func token() async throws {
        let web = try WebTrial()
        let program = try await web.start(settings: "httpToken = \"open-sesame\",")
        for target in ["/", "/healthz", "/readyz", "/status.json", "/targets/one", "/events", "/metrics"] {
            #expect(try await web.get(target).status == 401, "\(target)")
        }
        #expect(try await web.get("/healthz?token=open-sesame").status == 200)
        #expect(try await web.get("/healthz", "Authorization: Bearer open-sesame").status == 200)
        #expect(try await web.get("/healthz", "Authorization: Bearer open-sesamo").status == 401)
        #expect(try await web.get("/healthz?token=").status == 401)
        #expect(!(program.output + program.errors).contains("sesame"))
        try await program.stop()
    }

    @Test("what is served to this machine alone is not to be had under another site's name")
    func otherNames() async throws {
        let web = try WebTrial()
        let program = try await web.start()
        func asked(as host: String) async throws -> Int? {
            let connection = try #require(RawConnection(port: web.port))
            connection.send(ByteString("GET /healthz HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"))
            try await Condition.wait(until: "it is answered", deadline: .seconds(60)) {
                _ = connection.text
                return connection.isClosed
            }
            return connection.text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        }
        for good in ["localhost:\(web.port)", "127.0.0.1", "[::1]:80", "lockstep"] {
            #expect(try await asked(as: good) == 200, "\(good)")
        }
        #expect(try await asked(as: "evil.example:\(web.port)") == 421)
        try await program.stop()
    }

    @Test("a port that is taken is a problem that everybody can see, and is over when the port is free")
    func takenPort() async throws {
        let web = try WebTrial()
        let other = try await web.start()
        let second = try WebTrial()
        try second.control.write(settings: "http = \(web.port)")
        let program = try await second.control.start()
        try await Condition.wait(until: "the problem is told", deadline: .seconds(60)) {
            try await second.control.ask("status").output.contains("it cannot listen there (Address already in use)")
        }
        #expect(try await second.control.ask("flush").exit == .code(0))
        #expect(try second.control.second.read("first") == "1")
        try await other.stop()
        try await Condition.wait(until: "it serves after all", deadline: .seconds(60)) {
            try await RawAnswer.get("/healthz", port: web.port)?.status == 200
        }
        try await Condition.wait(until: "the problem is over", deadline: .seconds(60)) {
            try await !second.control.ask("status").output.contains("cannot listen")
        }
        try await program.stop()
    }

    @Test("--http puts a configuration's state where it is wanted, whatever the file says")
    func commandLine() async throws {
        let web = try WebTrial()
        try web.control.write(settings: "http = 1")
        let program = try web.control.trial.start("run", "--http", ByteString("127.0.0.1:\(web.port)"), "conf")
        try await Condition.wait(
            until: "it serves", deadline: .seconds(60), state: { program.errors + program.output },
            holds: { RawConnection(port: web.port) != nil })
        try await web.wait(for: 200, at: "/readyz")
        try await program.stop()
        #expect(try await web.control.trial.run("run", "--http", "everywhere", "conf").exit == .code(64))
    }
}
