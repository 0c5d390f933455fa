package import MirrorCore
import MirrorLinux

// MARK: Whether the target is the source itself

extension RsyncTransfer {
    private static let askLimit = Duration.seconds(6)
    private static let probeLimit = Duration.seconds(3)
    /// Threads for the resolver alone: a name server that does not answer must not hold up transfers to other hosts.
    /// They live as long as the program.
    private static let names = BlockingPool(threads: 4)

    package func identify() async -> TargetIdentity {
        switch address {
        case .local(let path): await identifyLocal(path)
        case .shell(let host, let path): await identifyThere(host, path)
        case .daemon(let host, _, let path): await identifyModule(host, path)
        }
    }

    package func answersPort() async -> Bool {
        switch address {
        case .local: return true
        case .shell: return await unansweredPort() == nil
        case .daemon(_, let port, _):
            let environment = connections.environment
            let isIndirect = environment["RSYNC_PROXY"] != nil || environment["RSYNC_CONNECT_PROG"] != nil
            guard !isIndirect, person.remoteShell == nil, let host = address.hostName else { return true }
            return await probe(host, UInt16(exactly: port ?? person.port ?? 873) ?? 873)
        }
    }

    private func identifyLocal(_ path: ByteString) async -> TargetIdentity {
        let (sync, matcher) = (sync, matcher)
        return await pool.run {
            guard let source = DirectoryChain.local(sync.source + "/"), let target = DirectoryChain.local(path) else {
                return .unknown(Failure(.targetUnusable, detail: "\(path) can't be looked at"))
            }
            return DirectoryChain.relation(source: source, target: target) { matcher.excludes($0, isDirectory: true) }
        }
    }

    /// Asked first, since only the host knows; a name and a path may mean a container behind a forwarded port.
    private func identifyThere(_ host: ByteString, _ path: ByteString) async -> TargetIdentity {
        if let port = await unansweredPort() {
            let failure = Failure(.unreachable, detail: "\(host) does not answer at port \(port)")
            return await byNameAndPath(path, else: failure)
        }
        let (answer, failure) = await ask(path)
        guard let answer, !(answer.chain.identities.isEmpty && answer.bootID == Self.ownBootID) else {
            return await byNameAndPath(path, else: failure)
        }
        guard !answer.bootID.isEmpty, answer.bootID == Self.ownBootID else { return .distinct }
        let (source, matcher) = (sync.source, matcher)
        return await pool.run {
            guard let own = DirectoryChain.local(source + "/") else { return .distinct }
            return DirectoryChain.relation(source: own, target: answer.chain) {
                matcher.excludes($0, isDirectory: true)
            }
        }
    }

    /// The port where nothing listens; nil where it answers, or where only a real try can tell.
    private func unansweredPort() async -> UInt16? {
        guard choosesShell, let configuration = await sshHost?.configuration() else { return nil }
        guard !configuration.usesProxy, let name = configuration.hostName else { return nil }
        return await probe(name, configuration.port) ? nil : configuration.port
    }

    private func probe(_ host: ByteString, _ port: UInt16) async -> Bool {
        await PortProbe(kernel: kernel, pool: Self.names).answers(host: host, port: port, timeout: Self.probeLimit)
    }

    func ask(_ path: ByteString) async -> (IdentityQuestion.Answer?, Failure) {
        let evidence = await evidence(of: IdentityQuestion.command(for: path), ThereWork(timeLimit: Self.askLimit))
        if case .notStarted = evidence.ending {
            return (nil, Failure(.exited, detail: "\(customShell ?? "ssh"): no such program"))
        }
        let answer = IdentityQuestion.answer(in: evidence.output, to: path)
        if let line = evidence.output.first(where: FailureDiagnosis.refusesCommands) {
            return (nil, Failure(.commandsRefused, detail: line.description))
        }
        let refused = Failure(.exited, detail: "no command runs there")
        let failure = FailureDiagnosis.diagnose(evidence)
        return (answer, failure.map { $0.cause == .exited ? refused : $0 } ?? refused)
    }

    /// Where no command may run: an address of ours and the path of the source.
    private func byNameAndPath(_ path: ByteString, else failure: Failure) async -> TargetIdentity {
        // Behind a tunnel, an address of ours is not this machine.
        guard sync.tunnel == nil, path.hasPrefix("/"), var name = address.hostName else { return .unknown(failure) }
        if choosesShell, let told = await sshHost?.configuration()?.hostName { name = told }
        let (source, host) = (sync.source, name)
        let isOwn = await Self.names.run {
            Self.isSame(source, path) && OwnAddresses.contains(host: host)
        }
        return isOwn ? .isSource : .unknown(failure)
    }

    private func identifyModule(_ host: ByteString, _ path: ByteString) async -> TargetIdentity {
        let unknown = TargetIdentity.unknown(
            Failure(.exited, detail: "the module of an rsync daemon does not say which directory it is"))
        guard sync.tunnel == nil, let name = address.hostName else { return unknown }
        let source = sync.source
        let parts = path.split(separator: UInt8(ascii: "/"))
        return await Self.names.run {
            guard let module = parts.first, OwnAddresses.contains(host: name) else { return unknown }
            let text = RunEvidence.lines(SmallFile.read("/etc/rsyncd.conf"))
            guard let root = RsyncDaemonFile.path(of: module, in: text) else { return unknown }
            let whole = ([root] + parts.dropFirst()).joined(separator: "/")
            return Self.isSame(source, whole) ? .isSource : unknown
        }
    }

    private static func isSame(_ source: ByteString, _ path: ByteString) -> Bool {
        guard let source = DirectoryChain.local(source + "/"), let target = DirectoryChain.local(path) else {
            return false
        }
        return target.missing.isEmpty && source.identities.first == target.identities.first
    }

    private static var ownBootID: ByteString { MachineIdentity.ofThisMachine().bootID }

}
