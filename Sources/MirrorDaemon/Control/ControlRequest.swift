package import MirrorCore

/// What a person or a script asks a running program for, as it comes in through the control socket: the name of the
/// request, then `key=value` words.
package enum ControlRequest: Sendable, Equatable {
    /// Which program is this?
    case hello
    case status(asJSON: Bool)
    /// As lines of fields, for `lockstep status --watch`.
    case live
    /// Wait until all that was written before is at the targets. `token`: do not wait, give a token for `wait`.
    case flush(targets: [ByteString], timeout: Duration, token: Bool)
    case wait(token: ByteString, timeout: Duration)
    case pause(targets: [ByteString], length: Duration?)
    case resume(targets: [ByteString])
    case resync(targets: [ByteString], path: ByteString?)
    case explain(path: ByteString, isDirectory: Bool)
    case reload
    /// A target joins, with the settings of the sync of this name.
    case addTarget(ByteString, like: ByteString?)
    /// At least one name. `drains`: what is owed still goes there.
    case leave(targets: [ByteString], drains: Bool)
    /// What targets that joined hold may be deleted.
    case acceptTargets([ByteString])
    /// Everything that is known, for a capsule.
    case capsule

    /// It changes nothing and waits for nothing: reading needs less than steering.
    package var isALook: Bool {
        switch self {
        case .hello, .status, .live, .explain: true
        case .flush, .wait, .pause, .resume, .resync, .reload, .addTarget, .leave, .acceptTargets, .capsule:
            false
        }
    }

    /// How long a program that is well may take to answer; one that waits with whoever asked takes so much longer.
    package var patience: Duration {
        switch self {
        case .flush(_, let timeout, _), .wait(_, let timeout): timeout + Self.patience
        default: Self.patience
        }
    }

    private static let patience = Duration.seconds(30)

    package static let defaultTimeout = Duration.seconds(300)

    package var words: [ByteString] {
        func named(_ targets: [ByteString]) -> [ByteString] { targets.map { "target=" + $0 } }
        func seconds(_ key: ByteString, _ duration: Duration) -> ByteString {
            key + ByteString("=\(max(duration.wholeNanoseconds, 0) / 1_000_000)")
        }
        switch self {
        case .hello: return ["hello"]
        case .live: return ["live"]
        case .capsule: return ["capsule"]
        case .status(let asJSON): return asJSON ? ["status", "json=1"] : ["status"]
        case .flush(let targets, let timeout, let token):
            return ["flush", seconds("timeout", timeout)] + (token ? ["token=1"] : []) + named(targets)
        case .wait(let token, let timeout): return ["wait", "token=" + token, seconds("timeout", timeout)]
        case .pause(let targets, let length):
            return ["pause"] + (length.map { [seconds("length", $0)] } ?? []) + named(targets)
        case .resume(let targets): return ["resume"] + named(targets)
        case .resync(let targets, let path): return ["resync"] + (path.map { ["path=" + $0] } ?? []) + named(targets)
        case .explain(let path, let isDirectory):
            return ["explain", "path=" + path] + (isDirectory ? ["directory=1"] : [])
        case .reload: return ["reload"]
        case .addTarget(let target, let like):
            return ["targets-add", "target=" + target] + (like.map { ["like=" + $0] } ?? [])
        case .leave(let targets, let drains): return [drains ? "targets-drain" : "targets-remove"] + named(targets)
        case .acceptTargets(let targets): return ["targets-accept"] + named(targets)
        }
    }

    /// nil for anything that is no request: it comes from another version, or is no client of ours.
    package init?(_ words: [ByteString]) {
        var values: [ByteString: [ByteString]] = [:]
        for word in words.dropFirst() {
            guard let cut = word.bytes.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            values[ByteString(word.bytes[..<cut]), default: []].append(ByteString(word.bytes[(cut + 1)...]))
        }
        func duration(_ key: ByteString) -> Duration? {
            values[key]?.first.flatMap { Int64($0.description) }.flatMap { (0...Self.longest) ~= $0 ? $0 : nil }
                .map { .milliseconds($0) }
        }
        let targets = values["target"] ?? []
        switch words.first {
        case "hello": self = .hello
        case "live": self = .live
        case "capsule": self = .capsule
        case "status": self = .status(asJSON: values["json"] != nil)
        case "flush":
            self = .flush(
                targets: targets, timeout: duration("timeout") ?? Self.defaultTimeout, token: values["token"] != nil)
        case "wait":
            guard let token = values["token"]?.first else { return nil }
            self = .wait(token: token, timeout: duration("timeout") ?? Self.defaultTimeout)
        case "pause":
            if values["length"] != nil, duration("length") == nil { return nil }
            self = .pause(targets: targets, length: duration("length"))
        case "resume": self = .resume(targets: targets)
        case "resync": self = .resync(targets: targets, path: values["path"]?.first)
        case "explain":
            guard let path = values["path"]?.first else { return nil }
            self = .explain(path: path, isDirectory: values["directory"] != nil)
        case "reload": self = .reload
        case "targets-add":
            guard targets.count == 1 else { return nil }
            self = .addTarget(targets[0], like: values["like"]?.first)
        case "targets-drain", "targets-remove":
            guard !targets.isEmpty else { return nil }
            self = .leave(targets: targets, drains: words.first == "targets-drain")
        case "targets-accept":
            guard !targets.isEmpty else { return nil }
            self = .acceptTargets(targets)
        default: return nil
        }
    }

    /// In milliseconds: a hundred years.
    private static let longest: Int64 = 100 * 366 * 86_400_000
}

/// The end of a request: an exit code for whoever asked, and text for standard output where it is 0, else for
/// standard error.
package struct ControlAnswer: Sendable, Equatable {
    package var code: Int32
    package var text: ByteString

    /// What was asked for did not come true: not in time, or not at all.
    package static let notReached: Int32 = 1
    /// Nothing like that is known here.
    package static let usage: Int32 = 64
    /// From sysexits(3).
    package static let notPermitted: Int32 = 77

    package init(_ text: ByteString, code: Int32 = 0) {
        self.code = code
        self.text = text
    }

    package var bytes: ByteString { ByteString("\(code)\n") + text }

    /// nil for an answer that did not come whole, or is none.
    package init?(received bytes: ByteString) {
        guard let cut = bytes.bytes.firstIndex(of: UInt8(ascii: "\n")),
            let code = Int32(String(decoding: bytes.bytes[..<cut], as: UTF8.self))
        else { return nil }
        self.init(ByteString(bytes.bytes[(cut + 1)...]), code: code)
    }
}
