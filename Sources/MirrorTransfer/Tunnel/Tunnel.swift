package import MirrorCore
package import MirrorLinux
import Synchronization

/// One `tunnel{…}` at work: its processes, started when a transfer first needs them and kept from then on.
///
/// A process is starting → up → gone. One that ends before it was up holds the next start back for `retryDelay`.
package final class Tunnel: Sendable {
    private struct Line: Sendable {
        var token: UInt64
        var port: UInt16
        var started: Moment
        var startedWall: Int64
        var process: Int32 = 0
        var isUp = false
    }

    /// Guarded by a mutex, since transfers of several targets and the kernel thread meet here; held for moments only.
    private struct State {
        var lines: [Line] = []
        var turn = 0
        var notBefore = Moment.zero
        var lastWords = "it does not come up"
        var isClosed = false
    }

    /// Numbers beyond those of all jobs, and of the masters of ssh.
    private static let tokens = Atomic<UInt64>(1 << 61)
    private static let betweenLooks = Duration.milliseconds(50)
    /// A transfer that waits longer than this and `readyDelay` is told why.
    package static let patience = Duration.seconds(30)
    private static let probeLimit = Duration.milliseconds(500)

    let settings: TunnelSettings
    private let kernel: KernelThread
    private let pool: BlockingPool
    private let output: @Sendable (ByteString) -> Void
    private let state = Mutex(State())

    package init(
        _ settings: TunnelSettings, kernel: KernelThread, pool: BlockingPool,
        output: @escaping @Sendable (ByteString) -> Void
    ) {
        self.settings = settings
        self.kernel = kernel
        self.pool = pool
        self.output = output
    }

    /// The port of a process that is up, each in its turn; 0 where the tunnel has none. Waits for one to come up; a
    /// failure where none does in time.
    package func way(isStopped: @Sendable () -> Bool) async -> Result<UInt16, TunnelFailure> {
        let deadline = Clock.now() + settings.readyDelay + Self.patience
        // The last look comes after the last wait: on a busy machine that may have been a long one.
        while !isStopped(), !state.withLock({ $0.isClosed }) {
            startMissing()
            await look()
            if let port = chosen() { return .success(port) }
            guard Clock.now() < deadline else { break }
            try? await ContinuousClock().sleep(for: Self.betweenLooks)
        }
        return .failure(TunnelFailure(text: "tunnel \(settings.name): \(state.withLock { $0.lastWords })"))
    }

    package var status: TunnelStatus {
        state.withLock { state in
            let isUp = state.lines.contains(where: \.isUp)
            return TunnelStatus(
                name: settings.name, state: isUp ? .up : state.lines.isEmpty ? .down : .connecting,
                processes: state.lines.map { .init(number: $0.process, started: $0.startedWall) })
        }
    }

    /// Ends its processes and starts none any more.
    package func close() {
        let tokens = state.withLock { state in
            state.isClosed = true
            return state.lines.map(\.token)
        }
        for token in tokens { kernel.stop(token: token) }
    }

    // MARK: Processes

    private func startMissing() {
        let now = Clock.now()
        let starts = state.withLock { state -> [(UInt64, UInt16)] in
            guard !state.isClosed, now >= state.notBefore else { return [] }
            let missing = (settings.isPool ? max(settings.parallel, 1) : 1) - state.lines.count
            return (0..<max(missing, 0)).compactMap { _ in
                guard let port = settings.isPool ? FreeLocalPort.find() : 0 else { return nil }
                let token = Self.tokens.wrappingAdd(1, ordering: .relaxed).newValue
                state.lines.append(
                    Line(token: token, port: port, started: now, startedWall: WallClock.now().seconds))
                return (token, port)
            }
        }
        for (token, port) in starts { start(token, port) }
    }

    private func start(_ token: UInt64, _ port: UInt16) {
        let words = settings.command.map { TunnelPlaces.fill($0, port: port, host: settings.localHost) }
        guard let first = words.first, let program = Programs.find(first) else {
            return ended(token, "there is no program \"\(words.first ?? "")\"")
        }
        var command = Command(executable: program, arguments: words)
        command.token = token
        let lines = OutputLines(output)
        command.onOutput = { lines.take($0, $1) }
        command.onStart = { [weak self] process in
            self?.state.withLock { state in
                guard let index = state.lines.firstIndex(where: { $0.token == token }) else { return }
                state.lines[index].process = process
            }
        }
        kernel.start(command) { [weak self] end in
            lines.finish()
            let evidence = RunEvidence(end)
            self?.ended(token, "\(program) ended: \(FailureDiagnosis.lastWords(evidence))")
        }
    }

    private func ended(_ token: UInt64, _ why: String) {
        let now = Clock.now()
        state.withLock { state in
            guard let index = state.lines.firstIndex(where: { $0.token == token }) else { return }
            let line = state.lines.remove(at: index)
            state.lastWords = why
            state.notBefore = now + (line.isUp ? .seconds(1) : settings.retryDelay)
        }
    }

    private func look() async {
        for line in state.withLock({ $0.lines }) where !line.isUp {
            var isUp = Clock.now() - line.started >= settings.readyDelay
            if !isUp, settings.isPool {
                isUp = await PortProbe(kernel: kernel, pool: pool)
                    .answers(host: settings.localHost, port: line.port, timeout: Self.probeLimit)
            }
            guard isUp else { continue }
            state.withLock { state in
                guard let index = state.lines.firstIndex(where: { $0.token == line.token }) else { return }
                state.lines[index].isUp = true
            }
        }
    }

    private func chosen() -> UInt16? {
        state.withLock { state in
            let up = state.lines.filter(\.isUp)
            guard !up.isEmpty else { return nil }
            state.turn += 1
            return up[state.turn % up.count].port
        }
    }
}

/// Why a tunnel is not up, in words for a person.
package struct TunnelFailure: Error, Equatable {
    package var text: String
}

/// `^localport` and `^localhost`, which lsyncd's own example writes `${localport}`.
enum TunnelPlaces {
    static func fill(_ text: ByteString, port: UInt16, host: ByteString) -> ByteString {
        var filled = text
        if port != 0 {
            for place in ["^localport", "${localport}"] as [ByteString] {
                filled = filled.replacing(place, with: ByteString("\(port)"))
            }
        }
        for place in ["^localhost", "${localhost}"] as [ByteString] { filled = filled.replacing(place, with: host) }
        return filled
    }
}

extension ByteString {
    fileprivate func replacing(_ old: ByteString, with new: ByteString) -> ByteString {
        ByteString(bytes.replacing(old.bytes, with: new.bytes))
    }
}
