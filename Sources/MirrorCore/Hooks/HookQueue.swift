/// Commands of a person's own that are told what happens at a target: `onBatch`, `onInStep`, `onProblem`. They decide
/// nothing and hold nothing up.
package struct TargetHooks: Sendable, Equatable {
    package var onBatch: [ByteString] = []
    package var onInStep: [ByteString] = []
    package var onProblem: [ByteString] = []

    package init() {}

    package var isEmpty: Bool { onBatch.isEmpty && onInStep.isEmpty && onProblem.isEmpty }

    package func words(for kind: TellingCall.Kind) -> [ByteString] {
        switch kind {
        case .batch: onBatch
        case .inStep: onInStep
        case .problem, .problemEnded: onProblem
        }
    }
}

/// One thing that a command is told.
package struct TellingCall: Sendable, Equatable {
    /// The names are what the command reads.
    package enum Kind: String, Sendable, Equatable { case batch, inStep, problem, problemEnded }

    package var kind: Kind
    /// Paths of the batch; nil where everything was compared.
    package var changes: Int?
    package var text: ByteString
    /// So many in a row have become one, while an earlier call took its time.
    package var times = 1

    package init(_ kind: Kind, changes: Int? = nil, text: ByteString = "") {
        self.kind = kind
        self.changes = changes
        self.text = text
    }
}

/// The calls of one target, in order: one at a time, again after a failure, and bounded.
package struct HookQueue: Sendable, Equatable {
    /// Beyond, a call joins the last one of its kind.
    package static let bound = 50
    package static let longestPause = Duration.seconds(60)

    package private(set) var waiting: [TellingCall] = []
    package private(set) var isRunning = false
    /// Tries of the first that waits.
    package private(set) var attempts = 0
    private var notBefore = Moment.zero

    package init() {}

    package mutating func add(_ call: TellingCall) {
        // The first may be running: what it was told does not change any more.
        let free = isRunning || attempts > 0 ? 1 : 0
        let same = waiting.indices.dropFirst(free).last { waiting[$0].kind == call.kind }
        guard let same, same == waiting.count - 1 || waiting.count >= Self.bound else { return waiting.append(call) }
        let old = waiting[same]
        waiting[same] = call
        waiting[same].times = old.times + call.times
        if let before = old.changes, let now = call.changes { waiting[same].changes = before + now }
    }

    /// When the next call may start; nil where none waits, or one runs.
    package var deadline: Moment? { isRunning || waiting.isEmpty ? nil : notBefore }

    package mutating func next(at now: Moment) -> TellingCall? {
        guard let deadline, deadline <= now, let call = waiting.first else { return nil }
        isRunning = true
        attempts += 1
        return call
    }

    package mutating func ended(succeeded: Bool, at now: Moment) {
        isRunning = false
        guard !succeeded else {
            waiting.removeFirst()
            attempts = 0
            return
        }
        notBefore = now + min(.seconds(1 << min(attempts - 1, 6)), Self.longestPause)
    }
}
