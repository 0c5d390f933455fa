import CLua
import MirrorCore

/// One Lua interpreter with its prelude's host functions. It belongs to one thread at a time and is closed once.
struct LuaState: ~Copyable {
    /// Bounds that no real configuration meets: a few seconds of pure computation, and more memory than a list of
    /// every file would need.
    struct Bounds {
        var memory = 256 << 20
        var instructions: Int64 = 500_000_000
        /// Of one function that is called while the program runs.
        var hookInstructions: Int64 = 100_000_000
    }

    struct Failure: Error {
        enum Kind { case syntax, runtime, memory, budget }

        var kind: Kind
        var message: ByteString
        /// The innermost place in a file while it ran; a syntax error has none.
        var place: Place?
    }

    private let handle: OpaquePointer
    let host: LuaHost

    init?(host: LuaHost, bounds: Bounds = Bounds()) {
        self.host = host
        let owner = Unmanaged.passUnretained(host).toOpaque()
        guard let handle = lx_open(bounds.memory, bounds.instructions, LuaHost.callback, owner) else { return nil }
        self.handle = handle
    }

    deinit { lx_close(handle) }

    /// `name` is Lua's chunk name: `@file` or `=label`.
    func run(_ code: [UInt8], name: ByteString) throws(Failure) {
        let outcome = code.withUnsafeBytes { bytes in
            withCString(name) {
                lx_run(handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), code.count, $0)
            }
        }
        try check(outcome)
    }

    /// Calls what the prelude has kept under this name.
    func call(_ name: ByteString) throws(Failure) {
        try check(withCString(name) { lx_call(handle, $0) })
    }

    /// Room for what has to run after the configuration has used up its own.
    func grantMemory(_ bytes: Int) { lx_set_memory(handle, bytes) }

    /// How many instructions a call may take from now on.
    func setBudget(_ instructions: Int64) { lx_set_budget(handle, instructions) }

    private func check(_ outcome: lx_outcome) throws(Failure) {
        let kind: Failure.Kind
        switch outcome {
        case LX_DONE: return
        case LX_SYNTAX_ERROR: kind = .syntax
        case LX_OUT_OF_MEMORY: kind = .memory
        case LX_OUT_OF_BUDGET: kind = .budget
        default: kind = .runtime
        }
        var length = 0
        let text = lx_message(handle, &length)
        let message = ByteString(UnsafeRawBufferPointer(start: text, count: length))
        let place = lx_failed_file(handle).map {
            Place(file: ByteString(String(cString: $0)), line: Int(lx_failed_line(handle)))
        }
        throw Failure(kind: kind, message: message, place: place)
    }

    private func withCString<Result>(_ text: ByteString, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
        (text.bytes + [0]).withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
    }
}
