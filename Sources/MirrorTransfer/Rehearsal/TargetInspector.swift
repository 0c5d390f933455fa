package import MirrorCore
package import MirrorLinux
import Synchronization

/// What can be learned of a target without touching it.
package struct TargetInspection: Sendable, Equatable {
    package struct DryRun: Sendable, Equatable {
        package var result: Outcome.Result
        package var sent = 0
        package var deleted = 0
        /// The first of each, as rsync names them.
        package var sentExamples: [ByteString] = []
        package var deletedExamples: [ByteString] = []
        /// Names that are there with other attributes, where the engine can tell them from what is sent.
        package var altered = 0
        package var alteredExamples: [ByteString] = []
    }

    /// Why it can't be used, where that is known.
    package var failure: Failure?
    package var identity: TargetIdentity
    /// The far side runs a command of its own in place of ours: rrsync, or a pinned rsync.
    package var hasOwnCommand = false
    /// The first line of `rsync --version` there.
    package var remoteRsync: ByteString?
    /// Why there was none, where one was asked for.
    package var noDryRun: String?
    package var dryRun: DryRun?

    package init(identity: TargetIdentity) { self.identity = identity }
}

/// Looks at one target: whether it is reached, what stands there, and what a comparison would do.
package final class TargetInspector: Sendable {
    fileprivate static let examples = 5
    private static let askLimit = Duration.seconds(10)

    private let sync: SyncSettings
    private let settings: Settings
    private let rsync: RsyncTransfer
    private let counter = Counter()

    package init(
        _ sync: SyncSettings, settings: Settings, kernel: KernelThread, pool: BlockingPool, connections: SshConnections
    ) {
        self.sync = sync
        self.settings = settings
        let counter = counter
        rsync = RsyncTransfer(
            sync: sync, settings: settings, kernel: kernel, pool: pool, connections: connections,
            output: { counter.take($0) })
    }

    package func inspect(withDryRun: Bool) async -> TargetInspection {
        var found = TargetInspection(identity: await rsync.identify())
        switch (found.identity, rsync.address) {
        case (.unknown, .daemon):
            if await !rsync.answersPort() { found.failure = Failure(.unreachable, detail: "its port does not answer") }
        case (.unknown(let failure), .shell) where !Self.isFailure(failure): found.hasOwnCommand = true
        case (.unknown(let failure), _): found.failure = failure
        case (.distinct, .shell): await askVersion(&found)
        default: break
        }
        guard withDryRun, found.failure == nil else { return found }
        found.dryRun = await throughStream(found.identity)
        if found.dryRun == nil {
            found.noDryRun = hindrance(found)
            if found.noDryRun == nil { found.dryRun = await dryRun() }
        }
        if case .failed(let failure)? = found.dryRun?.result { found.failure = failure }
        return found
    }

    /// Whether the host was not reached or did not take us; anything else is the answer of a command of its own.
    private static func isFailure(_ failure: Failure) -> Bool {
        switch failure.cause {
        case .unreachable, .hostKeyUnknown, .hostKeyChanged, .permissionDenied, .commandsRefused: true
        case .connectionLost: !failure.detail.contains("rsync")
        default: false
        }
    }

    private func askVersion(_ found: inout TargetInspection) async {
        let program = rsync.person.remoteProgram ?? "rsync"
        let evidence = await rsync.evidence(of: program + " --version", ThereWork(timeLimit: Self.askLimit))
        found.remoteRsync = (evidence.output + evidence.errors).first { $0.hasPrefix("rsync  version") }
        if found.remoteRsync != nil { return }
        // A sudo that takes pinned words refuses these, and says nothing about others.
        let failure = FailureDiagnosis.diagnose(evidence)
        if let failure, failure.cause != .refusedWords { found.failure = failure }
    }

    /// A dry run that is none would be worse than no dry run.
    private func hindrance(_ found: TargetInspection) -> String? {
        if found.identity == .isSource { return "it is the source itself and gets no transfer" }
        if case .nested = found.identity { return "it gets no transfer" }
        if found.hasOwnCommand {
            return "the host runs a command of its own for this key, and may take a dry run for a real one"
        }
        if let program = rsync.programPath, SmallFile.read(program.description, limit: 64).starts(with: "#!".utf8) {
            return "\(program) is a script, and may take a dry run for a real one"
        }
        return nil
    }

    /// Nil where it is no sync of the stream, or its agent can't run; then rsync does the transfers, and says what it
    /// would do.
    private func throughStream(_ identity: TargetIdentity) async -> TargetInspection.DryRun? {
        guard case .stream(let words, let stream) = sync.transfer else { return nil }
        switch identity {
        case .isSource, .nested: return nil
        case .distinct, .unknown: break
        }
        let transfer = StreamTransfer(rsync: rsync, stream: stream, settings: settings, output: { _ in })
        let found = await transfer.verify(contents: words.words.contains("--checksum"))
        transfer.pool.stop()
        return found
    }

    private func dryRun() async -> TargetInspection.DryRun {
        let job = Job(
            id: JobID(1), target: TargetID(0), scope: .everything, deletes: sync.deletes(everything: true),
            isRehearsal: true)
        let outcome = await rsync.run(job)
        return counter.result(outcome.result)
    }

    /// Reads what `--itemize-changes` tells (rsync(1)): a kind, what differs in ten letters, a blank, and the name.
    private final class Counter: Sendable {
        private let state = Mutex(TargetInspection.DryRun(result: .stopped))

        func take(_ line: ByteString) {
            let bytes = line.bytes
            state.withLock { state in
                if line.hasPrefix("*deleting ") {
                    state.deleted += 1
                    let name = ByteString(Array(bytes.dropFirst(10).drop { $0 == 0x20 }))
                    if state.deletedExamples.count < TargetInspector.examples { state.deletedExamples.append(name) }
                } else if bytes.count > 12, bytes[11] == 0x20, "<>c".utf8.contains(bytes[0]), bytes[1] != 0x64 {
                    state.sent += 1
                    let name = ByteString(Array(bytes[12...]))
                    if state.sentExamples.count < TargetInspector.examples { state.sentExamples.append(name) }
                }
            }
        }

        func result(_ result: Outcome.Result) -> TargetInspection.DryRun {
            state.withLock { state in
                state.result = result
                return state
            }
        }
    }
}

extension TargetInspector {
    /// Through the tunnel of the sync, where it has one.
    package static func inspect(
        _ sync: SyncSettings, settings: Settings, kernel: KernelThread, shared: SharedMeans, withDryRun: Bool
    ) async -> TargetInspection {
        var sync = sync
        var tunnel: Tunnel?
        if let wanted = sync.tunnel {
            let opened = shared.tunnels.tunnel(wanted, output: { _ in })
            tunnel = opened
            switch await opened.way(isStopped: { false }) {
            case .success(let port): sync.target = TunnelPlaces.fill(sync.target, port: port, host: wanted.localHost)
            case .failure(let why):
                opened.close()
                var found = TargetInspection(identity: .unknown(Failure(.unreachable, detail: why.text)))
                found.failure = Failure(.unreachable, detail: why.text)
                return found
            }
        }
        let inspector = TargetInspector(
            sync, settings: settings, kernel: kernel, pool: shared.pool, connections: shared.connections)
        let found = await inspector.inspect(withDryRun: withDryRun)
        tunnel?.close()
        return found
    }
}
