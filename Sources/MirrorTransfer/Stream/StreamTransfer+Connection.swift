import MirrorCore
import MirrorLinux
import MirrorWire

// MARK: The connection

extension StreamTransfer {
    enum Hindrance: Error {
        /// Another agent may, where the one that is there is not ours.
        case cannotRun(String, mayInstall: Bool = false)
        case failed(Failure)
        case stopped
    }

    private static let greetingTime = Duration.seconds(30)

    /// Where the person asked for it, a host without an agent that can be used gets ours first.
    func connect(
        changesNothing: Bool = false, isStopped: @escaping @Sendable () -> Bool
    ) async -> Result<Connection, Hindrance> {
        let copy = stream.installs && stream.agentPath == nil ? await pool.run { self.rsync.agentCopy } : nil
        let first = await start(copy, makes: !changesNothing, isStopped: isStopped)
        guard !changesNothing, case .failure(.cannotRun(let why, mayInstall: true)) = first else { return first }
        guard let copy else {
            return .failure(.cannotRun(stream.agentPath == nil ? why + "; agentInstall = true puts it there" : why))
        }
        do throws(RsyncTransfer.NotInstalled) {
            try await rsync.install(copy)
        } catch {
            return .failure(.cannotRun("\(why); it could not be installed: \(error.text)"))
        }
        output(
            ByteString("lockstep-agent has been installed for \(sync.target): ~/\(AgentCopy.directory)/\(copy.name)"))
        return await start(copy, makes: true, isStopped: isStopped)
    }

    private func start(
        _ copy: AgentCopy?, makes: Bool, isStopped: @escaping @Sendable () -> Bool
    ) async -> Result<Connection, Hindrance> {
        if isStopped() { return .failure(.stopped) }
        guard let command = rsync.agentCommand(at: stream.agentPath, orCopy: copy, makes: makes) else {
            return .failure(.cannotRun("it is neither beside lockstep nor in PATH"))
        }
        let life: AgentLife
        do throws(SystemCallError) {
            life = try AgentLife(command, on: rsync.kernel)
        } catch {
            return .failure(.failed(Failure(.exited, detail: error.description)))
        }
        let channel = StreamChannel(
            descriptor: life.descriptor, bandwidth: stream.options.bandwidth, limits: patience)
        let hello = Hello(preserving: stream.options.preserving)
        let (greeted, end) = await pool.run { () -> (StreamChannel, ChannelEnd?) in
            var channel = channel
            do throws(ChannelEnd) {
                try channel.greet(hello, within: Self.greetingTime)
                return (channel, nil)
            } catch {
                return (channel, error)
            }
        }
        guard let end else { return .success(Connection(life: life, channel: greeted)) }
        return .failure(hindrance(end, await life.close()))
    }

    /// Why the agent did not greet us.
    private func hindrance(_ end: ChannelEnd, _ process: ProcessEnd) -> Hindrance {
        let evidence = RunEvidence(process)
        if case .refused(let text) = end { return .cannotRun(text.description, mayInstall: isOnHost) }
        if end == .garbled, evidence.ending == .stopped || evidence.exitCode == 0 {
            return .failed(Failure(.loginNoise, detail: "what came is no greeting of lockstep-agent"))
        }
        let words = FailureDiagnosis.lastWords(evidence)
        switch evidence.ending {
        case .notStarted(let errno): return .cannotRun(SystemText.of(errno))
        case .exited(126), .exited(127), .exited(64), .exited(76): return .cannotRun(words, mayInstall: isOnHost)
        case .exited(69): return .cannotRun(words)
        case .exited(73): return .failed(Failure(.targetUnusable, detail: words))
        default: return .failed(failure(end, process))
        }
    }

    var isOnHost: Bool { if case .shell = rsync.address { true } else { false } }

    func failure(_ end: ChannelEnd, _ process: ProcessEnd) -> Failure {
        switch end {
        case .silent:
            let seconds = Int(patience.silence.inSeconds)
            return Failure(
                .connectionLost, detail: "nothing was heard of lockstep-agent for \(seconds) s (peerTimeout)")
        case .stalled: return Failure(.stalled, detail: "lockstep-agent does not answer")
        case .garbled: return Failure(.connectionLost, detail: "what came is no answer of lockstep-agent")
        case .refused(let text): return Failure(.connectionLost, detail: text.description)
        case .closed, .stopped, .suspect: break
        }
        let found = FailureDiagnosis.diagnose(RunEvidence(process))
        guard let found, found.cause != .exited else {
            return Failure(.connectionLost, detail: found?.detail ?? "lockstep-agent has ended")
        }
        return found
    }
}
