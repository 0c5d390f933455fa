package import MirrorCore

/// Sentences about functions and commands of a configuration.
extension ProblemText {
    package func scriptText(_ failure: ScriptFailure, again: String) -> ByteString {
        var text = Shown.name(ByteString(scriptSentence(failure)))
        switch failure.kind {
        case .stuck: text += "; it cannot be interrupted, and its sync waits for it"
        default: text += ByteString("; what it was called for waits\(again)")
        }
        if let cure = Self.scriptCure(failure) { text += ByteString("\n  " + cure) }
        return text
    }

    package func scriptSentence(_ failure: ScriptFailure) -> String {
        let place = failure.place.map { " at \($0)" } ?? ""
        let reason = failure.text.isEmpty ? "" : ": \(failure.text)"
        return switch failure.kind {
        case .error: "\(failure.name) failed\(place)\(reason)"
        case .endless: "\(failure.name) ran on without end\(place) and was stopped"
        case .memory: "\(failure.name) took more and more memory\(place) and was stopped"
        case .exitCode(let code): "\(failure.name) ended with exit code \(code)"
        case .killed(let signal): "\(failure.name) was killed by signal \(signal)"
        case .notStarted: "\(failure.name) could not be started\(reason)"
        case .stuck: "\(failure.name) does not come back"
        }
    }

    /// lsyncd's words.
    package func noteText(_ note: EventQueue.Note) -> ByteString {
        switch note {
        case .new(let event): "New " + Self.shown(event)
        case .absorbed(let new, let old): Self.shown(new) + " absorbed by " + Self.shown(old)
        case .replaced(let old, let new): Self.shown(new) + " replaces " + Self.shown(old)
        case .blocked(let new, let old): Self.shown(new) + " blocked by " + Self.shown(old)
        case .split(let move, let old): Self.shown(move) + " splits on " + Self.shown(old)
        case .undone(let move, let new):
            Self.shown(new) + " turns " + Self.shown(move) + " into " + Self.shown(move.halves[0])
        case .halved: "splitting Move into Delete & Create"
        case .found(let event): "Create creates Create on " + Self.shown(event.path, event)
        }
    }

    private static func shown(_ event: ScriptEvent) -> ByteString {
        let path = event.kind.isBarrier ? "" : shown(event.path, event)
        let destination = event.destination.map { " -> " + shown($0, event) } ?? ""
        return ByteString(event.kind.rawValue) + ": " + path + destination
    }

    private static func shown(_ path: RelativePath, _ event: ScriptEvent) -> ByteString {
        path.isRoot ? "/" : "/" + Shown.name(path.byteString) + (event.isDirectory ? "/" : "")
    }

    private static func scriptCure(_ failure: ScriptFailure) -> String? {
        switch failure.kind {
        case .error: "mend the function, and send HUP"
        case .endless, .memory: "end the loop there, and send HUP"
        case .exitCode(let code):
            "if that is no failure, say so: exitcodes = { [\(code)] = \"ok\" }; its own words stand in the log"
        case .notStarted: "install the program, or correct its name in the configuration"
        case .stuck: "let it start a process with spawn() instead of waiting itself"
        case .killed: nil
        }
    }
}
