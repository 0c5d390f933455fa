package import MirrorCore
import Synchronization

/// The functions of a configuration, after it has been read. They are called one at a time, by one thread at a time; a
/// call returns when the function does, or when it has used up its instructions or its memory. A function that waits
/// for something outside (`os.execute`, a read) is not interrupted, so calls belong on a thread of their own.
///
/// `@unchecked Sendable`: `isInUse` lets one call in at a time.
package final class ScriptRuntime: @unchecked Sendable {
    private let program: LuaProgram
    private let index: FileIndex
    private let isInUse = Atomic(false)

    init(program: LuaProgram, index: FileIndex) {
        self.program = program
        self.index = index
    }

    /// What functions may ask of the program at any time, and tell it at once.
    package struct Outside: Sendable {
        /// Gets category and text.
        package var log: @Sendable (ByteString, ByteString) -> Void
        /// How the tunnel with this number stands; nil where it was never needed.
        package var tunnel: @Sendable (Int) -> TunnelStatus?

        package init(
            log: @escaping @Sendable (ByteString, ByteString) -> Void,
            tunnel: @escaping @Sendable (Int) -> TunnelStatus? = { _ in nil }
        ) {
            self.log = log
            self.tunnel = tunnel
        }
    }

    /// To be called once before the other calls, and again after the program has read its configuration anew in vain.
    /// Answers the alarms and descriptors of the configuration.
    package func begin(settings: Settings, outside: Outside) -> HookDecision {
        guard !isInUse.exchange(true, ordering: .acquiringAndReleasing) else { return Self.refused }
        defer { isInUse.store(false, ordering: .releasing) }
        let isOld = settings.dialect == .era20
        let session = ScriptSession(
            numbers: ScriptNumbers(settings), insists: settings.insists || isOld, outside: outside,
            failure: { [index, unowned self] in Self.failure($0, of: program.host.session?.function, index) })
        program.host.session = session
        program.state.setBudget(program.bounds.hookInstructions)
        return run("begin", for: nil)
    }

    package func call(_ call: HookCall) -> HookDecision {
        guard !isInUse.exchange(true, ordering: .acquiringAndReleasing) else { return Self.refused }
        defer { isInUse.store(false, ordering: .releasing) }
        return run("dispatch", for: call)
    }

    /// A function that was called before the configuration was read again still has not come back.
    private static var refused: HookDecision {
        var decision = HookDecision()
        decision.failure = ScriptFailure(.stuck, name: "a function")
        return decision
    }

    private func run(_ name: ByteString, for call: HookCall?) -> HookDecision {
        guard let session = program.host.session else { return HookDecision() }
        session.begin(call)
        do {
            try program.state.call(name)
        } catch {
            session.failed(failure(of: error, in: session))
        }
        return session.decision
    }

    /// What Lua itself has stopped.
    private func failure(of failure: LuaState.Failure, in session: ScriptSession) -> ScriptFailure {
        let kind: ScriptFailure.Kind =
            switch failure.kind {
            case .budget: .endless
            case .memory: .memory
            case .syntax, .runtime: .error
            }
        let (place, _, text) = index.split(failure.message)
        let inner = failure.place.map { index.place($0.file, $0.line) }
        let start = session.function.map { index.place($0.file, $0.line) }
        return ScriptFailure(
            kind, name: session.function?.name ?? "", place: kind == .error ? place ?? inner ?? start : inner ?? start,
            text: "\(LuaFailureText.withoutPrelude(text))")
    }

    private static func failure(
        _ raised: ScriptSession.Raised, of function: (name: String, file: ByteString, line: Int)?, _ index: FileIndex
    ) -> ScriptFailure {
        let (place, _, text) = index.split(raised.message)
        let inner = raised.file.map { index.place($0, raised.line) }
        let start = function.map { index.place($0.file, $0.line) }
        let kind: ScriptFailure.Kind =
            raised.message == "not enough memory"
            ? .memory : raised.message.hasSuffix("instruction budget exceeded") ? .endless : .error
        return ScriptFailure(
            kind, name: function?.name ?? "", place: place ?? inner ?? start,
            text: "\(LuaFailureText.withoutPrelude(text))")
    }
}

/// A Lua state and what it was opened with.
final class LuaProgram {
    let state: LuaState
    let host: LuaHost
    let bounds: LuaState.Bounds

    init?(host: LuaHost, bounds: LuaState.Bounds) {
        guard let state = LuaState(host: host, bounds: bounds) else { return nil }
        self.state = state
        self.host = host
        self.bounds = bounds
    }
}
