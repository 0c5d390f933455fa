package import Glibc
package import MirrorCore
import Synchronization

/// A program that a test runs. It is a process group of its own, is killed with that group when the last reference
/// goes, and by the guardian when the test program crashes. Its output goes to memory, so it never waits for a reader.
package final class ChildProcess: Sendable {
    package enum Exit: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
    }

    package enum Input: Sendable {
        case nothing
        case bytes(ByteString)
        /// A socket that stays open as long as this value lives; the program reads its end then.
        case open
    }

    private struct State {
        var exit: Exit?
        var openInput: Int32
    }

    package let identifier: pid_t
    /// The command line, for messages.
    package let words: [ByteString]
    private let output: Int32
    private let errors: Int32
    private let state: Mutex<State>

    /// `environment` replaces the whole environment where it is given. The first word is looked for in PATH.
    package init(
        _ words: [ByteString], environment: [String: String]? = nil, directory: ByteString? = nil,
        input: Input = .nothing
    ) throws {
        self.words = words
        output = try Descriptor.memoryFile()
        errors = try Descriptor.memoryFile()
        let (reading, writing) = try Self.open(input)
        var process: pid_t = 0
        let variables = (environment ?? Self.inherited).map { "\($0.key)=\($0.value)" }
        let result = Spawning.start(
            words, environment: variables, descriptors: [reading, output, errors], directory: directory,
            process: &process)
        close(reading)
        identifier = process
        state = Mutex(State(exit: nil, openInput: writing))
        guard result == 0 else {
            throw FixtureError("could not start \(words.map(\.description)): \(String(cString: strerror(result)))")
        }
        Guardian.shared.watch(group: process)
    }

    deinit {
        if identifier > 0 { kill() }
        closeInput()
        close(output)
        close(errors)
    }

    /// What it has written to standard output until now.
    package var outputText: String { text(output) }
    package var errorText: String { text(errors) }
    package var outputBytes: ByteString {
        ByteString((try? Descriptor.readAll(output, named: "output")) ?? [])
    }

    /// nil while it runs.
    package var exit: Exit? { state.withLock { reap(&$0, flags: WNOHANG) } }

    package func signal(_ number: Int32) {
        state.withLock { state in
            // Under the lock, so that the number can't have been given to another process meanwhile.
            if reap(&state, flags: WNOHANG) == nil { Glibc.kill(identifier, number) }
        }
    }

    /// SIGKILL to the whole group. It returns when the program is gone.
    package func kill() {
        state.withLock { state in
            Glibc.kill(-identifier, SIGKILL)
            _ = reap(&state, flags: 0)
        }
        Guardian.shared.forget(group: identifier)
    }

    package func closeInput() {
        state.withLock { state in
            if state.openInput >= 0 { close(state.openInput) }
            state.openInput = -1
        }
    }

    @discardableResult
    package func waitForExit(within deadline: Duration = .seconds(30)) async throws -> Exit {
        let name = words.map(\.description).joined(separator: " ")
        try await Condition.wait(
            until: "\"\(name)\" ends", deadline: deadline, interval: .milliseconds(3),
            state: { "its output:\n\(self.outputText)\n\(self.errorText)" }, holds: { self.exit != nil })
        guard let exit else { preconditionFailure("the condition has just held") }
        return exit
    }

    private func reap(_ state: inout State, flags: Int32) -> Exit? {
        if let exit = state.exit { return exit }
        var status: Int32 = 0
        var result = waitpid(identifier, &status, flags)
        while result < 0 && errno == EINTR { result = waitpid(identifier, &status, flags) }
        guard result == identifier else { return nil }
        let signal = status & 0x7f
        state.exit = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
        return state.exit
    }

    private func text(_ descriptor: Int32) -> String {
        String(decoding: (try? Descriptor.readAll(descriptor, named: "output")) ?? [], as: UTF8.self)
    }

    private static func open(_ input: Input) throws -> (reading: Int32, writing: Int32) {
        switch input {
        case .nothing: return (Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC), -1)
        case .bytes(let bytes): return (try Descriptor.memoryFile(bytes.bytes), -1)
        case .open:
            guard let ends = Descriptor.pair() else { throw SystemCallFailure("create", "a socket") }
            return (ends.far, ends.near)
        }
    }

    /// This program's environment, without what would change the language of messages.
    package static var inherited: [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            next += 1
        }
        variables["LC_ALL"] = "C"
        return variables
    }
}

extension ChildProcess {
    /// Runs a program to its end; throws with its output unless it ends with zero.
    @discardableResult
    package static func run(
        _ words: [ByteString], environment: [String: String]? = nil, directory: ByteString? = nil,
        input: Input = .nothing, within deadline: Duration = .seconds(60)
    ) async throws -> String {
        let child = try ChildProcess(words, environment: environment, directory: directory, input: input)
        let exit = try await child.waitForExit(within: deadline)
        guard exit == .code(0) else {
            let line = words.map(\.description).joined(separator: " ")
            throw FixtureError("\"\(line)\" ended with \(exit): \(child.outputText)\(child.errorText)")
        }
        return child.outputText
    }
}
