import MirrorCore
import MirrorHTTP
import MirrorLinux
import MirrorStatus

/// What is to be had over HTTP, each from what the loop has told. docs/http.md is the reader's side.
struct StatusSite: HTTPSite {
    /// What a target may lag behind where nobody says.
    private static let lagLimit = Duration.seconds(5)

    private let first: StatusBoard.Names
    let board: StatusBoard
    private let asks: LoopQuestions
    private let feed: PageFeed
    private let configuration: ByteString?
    private let began: Moment

    init(_ settings: Settings, _ options: DaemonOptions, board: StatusBoard, asks: LoopQuestions, began: Moment) {
        self.board = board
        self.asks = asks
        self.began = began
        first = StatusBoard.Names(settings: settings, words: Narrator.words(settings))
        configuration = options.configurationFile
        let configuration = options.configurationFile
        feed = PageFeed(settings, board: board, words: first.words) { .now($0, since: began, configuration) }
    }

    private var names: StatusBoard.Names { board.names ?? first }
    private var settings: Settings { names.settings }
    private var words: ProblemText { names.words }

    func reply(to request: HTTPRequest) -> HTTPReply {
        guard request.method != .other else {
            var answer = HTTPAnswer.text(405, "GET and HEAD are all that is taken here\n")
            answer.fields["Allow"] = "GET, HEAD"
            return .answer(answer)
        }
        if let refusal = Doorkeeper(settings.http).refusal(of: request) { return .answer(refusal) }
        switch request.path.first {
        case nil: return page()
        case "events" where request.path.count == 1: return request.method == .head ? page() : .events
        case "healthz" where request.path.count == 1: return verdict(.life(board.health, at: Clock.now()))
        case "readyz" where request.path.count == 1:
            return verdict(.readiness(board.health, at: Clock.now(), words))
        case "targets" where request.path.count >= 2: return target(request)
        case "status.json" where request.path.count == 1: return status()
        case "metrics" where request.path.count == 1: return metrics()
        case "explain" where request.path.count == 1: return explain(request)
        default:
            return .answer(.text(404, "there is nothing here; see /, /healthz, /readyz, /targets/NAME, /status.json\n"))
        }
    }

    func tick() { feed.tick() }

    func event(isFirst: Bool) -> ByteString { feed.event(isFirst: isFirst) }

    private func page() -> HTTPReply {
        var answer = HTTPAnswer(200, "text/html; charset=utf-8", StatusPage.html)
        answer.fields["Content-Security-Policy"] =
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
            + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        answer.fields["Referrer-Policy"] = "no-referrer"
        return .answer(answer)
    }

    private func verdict(_ verdict: HealthVerdict) -> HTTPReply {
        .answer(.text(verdict.isGood ? 200 : 503, settings.redaction.apply(verdict.text)))
    }

    /// A target may be a path, with its slashes as they are.
    private func target(_ request: HTTPRequest) -> HTTPReply {
        let name = Array(request.path.dropFirst()).joined(separator: "/")
        guard case .success(let targets) = TargetChoice(syncs: settings.syncs).targets(named: [name]) else {
            return .answer(.text(404, "no target is called \"" + settings.redaction.apply(Shown.name(name)) + "\"\n"))
        }
        var limit = Self.lagLimit
        if let wanted = request.query["max_lag"] {
            guard let parsed = LagLimit.parse(wanted) else {
                return .answer(.text(400, "max_lag is a time, such as 5s, 500ms or 2m\n"))
            }
            limit = parsed
        }
        let now = Clock.now()
        guard let health = board.health else { return verdict(.life(nil, at: now)) }
        return verdict(.targets(targets, limit: limit, health, at: now, words))
    }

    private func status() -> HTTPReply {
        whole { [names] telling in
            let (settings, words) = (names.settings, names.words)
            let facts = ProgramFacts.now(telling.status.moment, since: began, configuration)
            let text = StatusJSON.render(telling.status, facts, words: words)
            return HTTPAnswer(200, "application/json", settings.redaction.apply(text))
        }
    }

    private func metrics() -> HTTPReply {
        whole { [settings] telling in
            let facts = ProgramFacts.now(telling.status.moment, since: began, configuration)
            let text = MetricsText.render(telling.status, telling.metrics, facts, settings.redaction)
            return HTTPAnswer(200, "text/plain; version=0.0.4; charset=utf-8", text)
        }
    }

    /// From a status that is fresh. A loop that hangs tells none, and whoever asks is not left waiting.
    private func whole(_ render: @escaping @Sendable (StatusBoard.Telling) -> HTTPAnswer) -> HTTPReply {
        let life = HealthVerdict.life(board.health, at: Clock.now())
        guard life.isGood else { return verdict(life) }
        return .later { [board] finish in
            board.read { telling in
                finish { telling.map(render) ?? .text(503, "the program ends\n") }
            }
        }
    }

    private func explain(_ request: HTTPRequest) -> HTTPReply {
        guard let path = request.query["path"], path.hasPrefix("/"), !path.bytes.contains(0) else {
            return .answer(.text(400, "path=/… is the path that is asked about\n"))
        }
        let question = ControlRequest.explain(path: path, isDirectory: path.hasSuffix("/"))
        return .later { [asks] finish in
            let isAsked = asks.ask(question) { answer in
                finish { .text(answer.code == 0 ? 200 : 404, answer.text) }
            }
            if !isAsked { finish { .text(503, "too many ask already\n") } }
        }
    }
}

/// Who may ask.
struct Doorkeeper {
    private let http: HTTPSettings?

    init(_ http: HTTPSettings?) { self.http = http }

    /// nil for who may.
    func refusal(of request: HTTPRequest) -> HTTPAnswer? {
        if let token = http?.token {
            let shown = request.fields["authorization"].map { ByteString(String($0.trimmingPrefix("Bearer "))) }
            guard let given = shown ?? request.query["token"], Self.isEqual(given.bytes, token.bytes) else {
                var answer = HTTPAnswer.text(401, "a token is wanted: Authorization: Bearer …, or ?token=…\n")
                answer.fields["WWW-Authenticate"] = "Bearer"
                return answer
            }
            return nil
        }
        return isFromElsewhere(request) ? .text(421, "asked for under the name of another host\n") : nil
    }

    /// A page of some other site may point a name of its own at this machine's loopback, and would then read through a
    /// browser what is told to this machine alone. Programs say an address, localhost, or a name without a dot.
    private func isFromElsewhere(_ request: HTTPRequest) -> Bool {
        guard http?.isLocal == true, let host = request.fields["host"] else { return false }
        let name = host.hasPrefix("[") ? Substring("") : host.split(separator: ":").first ?? ""
        return name.contains(".") && !name.allSatisfy { $0.isNumber || $0 == "." }
    }

    /// Takes as long for a wrong guess as for a better one.
    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        var difference = UInt8(truncatingIfNeeded: left.count == right.count ? 0 : 1)
        for (index, byte) in left.enumerated() where !right.isEmpty { difference |= byte ^ right[index % right.count] }
        return difference == 0 && !right.isEmpty
    }
}
