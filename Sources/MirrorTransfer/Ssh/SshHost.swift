package import MirrorCore
import MirrorLinux
import Synchronization

/// One `user@host`: what ssh knows about it, and the master connection to it.
///
/// The master is none → starting → ready → none. It is started only after a transfer has reached the host over a
/// connection of its own, and nobody waits for it: a host that is away, or that refuses us, is asked once per try and
/// not twice, and a transfer never starts later because of it.
package final class SshHost: Sendable {
    private enum Master: Equatable {
        case none
        case starting(number: UInt64, socket: ByteString)
        case ready(number: UInt64, socket: ByteString)
    }

    /// Guarded by a mutex, since transfers of several targets and the kernel thread meet here; held for moments only.
    private struct State {
        var configuration: SshConfiguration?
        var master = Master.none
        var since = Moment.zero
        /// When something last went through the master.
        var lastGood = Moment.zero
        /// Transfers that go through a master now, by its number.
        var users: [UInt64: Int] = [:]
        /// Masters that get no more transfers and are ended when they have none left.
        var retiring: Set<UInt64> = []
        /// In a row, for the back-off.
        var failures = 0
        var notBefore = Moment.zero
        /// The server allows one session per connection, or none through a master.
        var refusesSharing = false
        var waiters: [CheckedContinuation<Void, Never>] = []

        func mayStart(at now: Moment) -> Bool { master == .none && !refusesSharing && now >= notBefore }
    }

    private static let checkedAfter = Duration.seconds(5)
    private static let greatestAge = Duration.seconds(3600)
    private static let askedAgainAfter = Duration.seconds(60)
    private static let shortestLife = Duration.seconds(10)

    let name: ByteString
    private unowned let connections: SshConnections
    private let state = Mutex(State())

    init(_ name: ByteString, connections: SshConnections) {
        self.name = name
        self.connections = connections
    }

    private var kernel: KernelThread { connections.kernel }

    /// Whether the next transfer finds a master.
    package var isShared: Bool {
        state.withLock { if case .ready = $0.master { true } else { false } }
    }

    /// What `ssh -G` says, asked once; nil where it can't be asked (no ssh here), and then it is asked again.
    package func configuration() async -> SshConfiguration? {
        if let known = state.withLock({ $0.configuration }) { return known }
        guard let end = await run(["-G"] + SshTransport.hostWords(name), limit: .seconds(5)) else { return nil }
        guard end.ending == .exited(0) else { return nil }
        let configuration = SshConfiguration(RunEvidence.lines(end.output))
        state.withLock { $0.configuration = configuration }
        return configuration
    }

    /// The way for the next transfer. Each call is followed by one of `finished`.
    package func transport() async -> SshTransport {
        let now = Clock.now()
        let (found, lastGood) = state.withLock { ($0.master, $0.lastGood) }
        guard case .ready(let number, let socket) = found, !renewIfOld(number, now) else { return .plain }
        if now - lastGood > Self.checkedAfter {
            guard await answers(socket) else {
                discard(number)
                return .plain
            }
            state.withLock { $0.lastGood = max($0.lastGood, Clock.now()) }
        }
        let isStillThere = state.withLock { state in
            guard Self.number(of: state.master) == number else { return false }
            state.users[number, default: 0] += 1
            return true
        }
        return isStillThere ? .shared(socket: socket, master: number) : .plain
    }

    /// How the transfer went: `isReached` says whether the host was, whatever came of the rest; nil where that
    /// can't be told.
    package func finished(_ transport: SshTransport, isReached: Bool?, errors: [ByteString]) async {
        guard let number = transport.master else {
            if isReached == true { await startMaster() }
            return
        }
        let isRefused = errors.contains(where: Self.refusesSession)
        let isUnused = state.withLock { state in
            if isReached == true { state.lastGood = Clock.now() }
            if isRefused {
                // What runs through it may go on.
                state.refusesSharing = true
                state.retiring.insert(number)
                if Self.number(of: state.master) == number { state.master = .none }
            }
            let left = state.users[number, default: 1] - 1
            state.users[number] = left > 0 ? left : nil
            return left <= 0 && state.retiring.remove(number) != nil
        }
        if isUnused { kernel.stop(token: number) }
        if isReached == false { discard(number) }
    }

    /// The next transfer looks first whether the master answers.
    package func forgetLastSuccess() { state.withLock { $0.lastGood = .zero } }

    func close() async {
        guard endMaster() else { return }
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.master != .none { state.waiters.append(continuation) }
                return state.master == .none
            }
            if isOver { continuation.resume() }
        }
    }

    private static func refusesSession(_ line: ByteString) -> Bool {
        let text = line.description
        return text.contains("mux_client_request_session") || text.contains("administratively prohibited")
            || text.contains("Session open refused by peer")
    }
}

// MARK: The master

extension SshHost {
    private func startMaster() async {
        guard connections.isSharing, !name.hasPrefix("-"), let program = connections.program else { return }
        guard state.withLock({ $0.mayStart(at: Clock.now()) }) else { return }
        guard let configuration = await configuration() else {
            return state.withLock { $0.notBefore = Clock.now() + Self.askedAgainAfter }
        }
        guard !configuration.multiplexes else { return }
        let now = Clock.now()
        let started = state.withLock { state -> (UInt64, ByteString)? in
            guard state.mayStart(at: now), let (number, socket) = connections.newSocket() else { return nil }
            state.master = .starting(number: number, socket: socket)
            state.since = now
            return (number, socket)
        }
        guard let (number, socket) = started else { return }
        var command = command(program, Self.masterWords(socket) + SshTransport.hostWords(name))
        command.token = number
        command.onOutput = { [weak self] stream, _ in
            if stream == .standard { self?.becomeReady(number) }
        }
        kernel.start(command) { [weak self] _ in self?.masterEnded(number) }
    }

    /// The local command is run when the socket takes sessions (ssh_config(5), LocalCommand): its output is the sign.
    private static func masterWords(_ socket: ByteString) -> [ByteString] {
        ["-M", "-N", "-S", socket, "-o", "ControlPersist=no", "-o", "ClearAllForwardings=yes"] + SshTransport.safeWords
            + ["-o", "PermitLocalCommand=yes", "-o", "LocalCommand=echo ready"]
    }

    private func becomeReady(_ number: UInt64) {
        state.withLock { state in
            guard case .starting(number, let socket) = state.master else { return }
            state.master = .ready(number: number, socket: socket)
            state.since = Clock.now()
            state.lastGood = state.since
        }
    }

    private func masterEnded(_ number: UInt64) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            defer { state.waiters = [] }
            guard Self.number(of: state.master) == number else { return state.waiters }
            let now = Clock.now()
            let wasUseful = if case .ready = state.master { now - state.since > Self.shortestLife } else { false }
            state.failures = wasUseful ? 0 : min(state.failures + 1, 8)
            state.notBefore = now + .seconds(wasUseful ? 1 : 2 << state.failures)
            state.master = .none
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private static func number(of master: Master) -> UInt64? {
        switch master {
        case .none: nil
        case .starting(let number, _), .ready(let number, _): number
        }
    }

    /// From now on nobody gets it; it is ended, and a hanging one is killed.
    private func discard(_ number: UInt64) {
        state.withLock { state in
            guard Self.number(of: state.master) == number else { return }
            state.master = .none
            state.failures = min(state.failures + 1, 8)
            state.notBefore = Clock.now() + .seconds(1 << state.failures)
        }
        kernel.stop(token: number)
    }

    /// Between transfers only.
    private func renewIfOld(_ number: UInt64, _ now: Moment) -> Bool {
        let isDue = state.withLock { state -> Bool in
            guard Self.number(of: state.master) == number, state.users[number] == nil,
                now - state.since > Self.greatestAge
            else {
                return false
            }
            state.master = .none
            return true
        }
        if isDue { kernel.stop(token: number) }
        return isDue
    }

    private func endMaster() -> Bool {
        guard let number = Self.number(of: state.withLock({ $0.master })) else { return false }
        kernel.stop(token: number)
        return true
    }

    private func answers(_ socket: ByteString) async -> Bool {
        let words: [ByteString] = ["-S", socket, "-O", "check"] + SshTransport.hostWords(name)
        return await run(words, limit: .seconds(2))?.ending == .exited(0)
    }

    private func run(_ words: [ByteString], limit: Duration) async -> ProcessEnd? {
        guard let program = connections.program else { return nil }
        var command = command(program, words)
        command.timeLimit = limit
        return await kernel.run(command)
    }

    private func command(_ program: ByteString, _ words: [ByteString]) -> Command {
        var environment = connections.environment
        environment["LC_ALL"] = "C"
        // The local command of the master goes through this shell; a service's user may have none that runs anything.
        environment["SHELL"] = "/bin/sh"
        return Command(executable: program, arguments: ["ssh"] + words, environment: environment.words)
    }
}
