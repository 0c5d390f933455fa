import MirrorCore

/// Which sync of the program is which sync{} of the configuration.
struct ScriptNumbers {
    private var targets: [Int64: TargetID] = [:]
    private var numbers: [TargetID: Int64] = [:]
    private var words: [Int64: [ByteString]] = [:]
    private var localHosts: [TargetID: ByteString] = [:]

    /// `settings.maxProcesses`.
    let maxProcesses: Int?

    init(_ settings: Settings) {
        maxProcesses = settings.maxProcesses
        for (index, sync) in settings.syncs.enumerated() {
            // A configuration with a sync{} that cannot run does not run at all.
            let number = Int64(index + 1)
            targets[number] = TargetID(index)
            numbers[TargetID(index)] = number
            localHosts[TargetID(index)] = sync.tunnel?.localHost
            guard let script = sync.script, script.usesRsync, case .rsync(let rsync) = sync.transfer else { continue }
            words[number] = [sync.target, rsync.binary] + rsync.words
        }
    }

    func target(of number: Int64) -> TargetID? { targets[number] }
    func number(of target: TargetID) -> Int64? { numbers[target] }

    /// What `^localhost` stands for, where the sync has a tunnel.
    func localHost(of target: TargetID) -> ByteString? { localHosts[target] }

    /// The target as rsync gets it, the program, and the computed words of `rsync = {…}`.
    func computedWords(of number: Int64) -> [ByteString]? { words[number] }
}
