import MirrorCore
import MirrorLinux
import MirrorStatus
import MirrorTransfer

/// Does what the core says: one child task for whatever takes time, whose last act is one event.
///
/// It belongs to the loop; what it starts takes along what it needs.
final class Shell {
    private let options: DaemonOptions
    private let kernel: KernelThread
    private let inbox: Inbox
    private let pool = BlockingPool()
    private let memory: SourceMemory
    private let connections: SshConnections
    private let tunnels: Tunnels
    private let shared = SharedSources()
    private var transfers: [any Transferring] = []
    private var watchers: [ChosenSource] = []
    private var sources: [WatchedTree] = []
    private let scripts: ScriptShell?
    /// Of programs that are no transfers.
    private var tokens: Set<UInt64> = []

    private let walks = LossWalks()
    private let locks = TargetLocks()
    private var syncs: [SyncSettings]

    init(settings: Settings, options: DaemonOptions, kernel: KernelThread, inbox: Inbox) {
        self.options = options
        syncs = settings.syncs
        self.kernel = kernel
        self.inbox = inbox
        memory = options.memory
        connections = SshConnections(kernel: kernel, isSharing: settings.sharesSshConnection)
        tunnels = Tunnels(kernel: kernel, pool: pool)
        scripts = options.scripts.map { [tunnels] in
            ScriptShell(
                runtime: $0, settings: settings, options: options, tunnels: tunnels,
                surroundings: (kernel: kernel, inbox: inbox))
        }
        transfers = settings.syncs.indices.map { transfer(for: TargetID($0), settings) }
        for tree in WatchedTree.all(settings, ownFiles: ownFiles(settings)) { watch(tree, settings) }
    }

    /// A target that the core speaks of from now on, and its source where that is new.
    func open(_ target: TargetID, _ settings: Settings) {
        let made = transfer(for: target, settings)
        syncs = settings.syncs
        if target.index < transfers.count { transfers[target.index] = made } else { transfers.append(made) }
        let source = settings.syncs[target.index].source
        if let known = sources.firstIndex(where: { $0.path == source }) {
            if !sources[known].targets.contains(target) { sources[known].targets.append(target) }
        } else {
            for tree in WatchedTree.all(settings, ownFiles: ownFiles(settings)) where tree.path == source {
                watch(tree, settings)
            }
        }
    }

    private func transfer(for target: TargetID, _ settings: Settings) -> any Transferring {
        WaysOfTransfer.make(
            for: settings.syncs[target.index], settings: settings, kernel: kernel,
            shared: SharedMeans(pool: pool, connections: connections, tunnels: tunnels, sources: shared),
            output: { [log = options.log] in log.childOutput($0, of: target) })
    }

    private func ownFiles(_ settings: Settings) -> [ByteString] {
        [settings.logFile, settings.statusFile, settings.pidFile, memory.directory].compactMap { $0 }
    }

    private func watch(_ tree: WatchedTree, _ settings: Settings) {
        sources.append(tree)
        watchers.append(watcher(of: tree, SourceID(sources.count - 1), settings))
    }

    /// Has the loop look once more.
    func wake() { inbox.post(.deadlineReached) }

    /// Nobody waits for it at the end: a configuration may do anything.
    func readAgain(_ read: @escaping @Sendable () -> ReadAgain) {
        pool.submit { [inbox] in inbox.post(read()) }
    }

    func tell(_ run: Tellers.Run, in group: inout DiscardingTaskGroup) {
        let (kernel, inbox, log, sync) = (kernel, inbox, options.log, syncs[run.target.index])
        tokens.insert(Tellers.token(run.target))
        group.addTask { inbox.post(await Tellers.run(run, sync, kernel: kernel, log: log)) }
    }

    func discover(_ index: Int, _ discovery: DiscoverySettings, in group: inout DiscardingTaskGroup) {
        let (kernel, pool, inbox) = (kernel, pool, inbox)
        tokens.insert(DiscoveryLook.token(index))
        group.addTask {
            let result = await DiscoveryLook.run(
                discovery, token: DiscoveryLook.token(index), kernel: kernel, pool: pool)
            inbox.post(DiscoveryNews(index: index, result: result))
        }
    }

    /// What is held for a target that has left is given back.
    func close(_ target: TargetID, in group: inout DiscardingTaskGroup) {
        let transfer = transfers[target.index]
        locks.release(target)
        group.addTask { await transfer.close() }
    }

    private func watcher(of tree: WatchedTree, _ id: SourceID, _ settings: Settings) -> ChosenSource {
        var order = WatchOrder(kernel: kernel, root: tree.path) { [inbox, recent = options.notices] notices in
            recent.add(notices, of: id)
            inbox.post(notices.map { .noticed(id, $0) })
        }
        order.mode = settings.inotifyMode
        order.isExcluded = tree.isExcluded
        order.ignoredFiles = tree.ignoredFiles
        order.tellsHappenings = tree.targets.contains { settings.syncs[$0.index].script != nil }
        order.rescan = settings.rescan
        return ChosenSource(order, wish: settings.eventSource)
    }

    func perform(_ action: Action, in group: inout DiscardingTaskGroup) {
        switch action {
        case .watch(let id):
            watchers[id.index].start()
        case .checkSource(let id):
            let (pool, inbox, memory, path) = (pool, inbox, memory, sources[id.index].path)
            group.addTask {
                inbox.post(.sourceChecked(id, await pool.run { memory.look(at: path) }))
            }
        case .lookAtFiles(let id, let paths):
            let (pool, inbox, root) = (pool, inbox, sources[id.index].path)
            group.addTask {
                let looks = await pool.run {
                    paths.map { LookedFile($0, FileLook.at(root + "/" + $0.byteString)) }
                }
                inbox.post(.filesLooked(id, looks))
            }
        case .findNames(let id, let files, let limit):
            let (pool, inbox, root) = (pool, inbox, sources[id.index].path)
            group.addTask {
                let found = await pool.run { FoundNames.search(below: root, for: files, limit: limit) }
                inbox.post(.namesFound(id, found))
            }
        case .identifyTarget(let id):
            let (transfer, inbox) = (transfers[id.index], inbox)
            if let refusal = locks.refusal(id, syncs[id.index]) {
                return inbox.post(.targetIdentified(id, .unknown(refusal)))
            }
            group.addTask { inbox.post(.targetIdentified(id, await transfer.identify())) }
        case .startTransfer(let job):
            let (transfer, inbox) = (transfers[job.target.index], inbox)
            let look = lookBefore(job)
            let looksItself = transfer.begin(job, look ?? { nil })
            group.addTask { [pool] in
                if !looksItself, let look, let suspicion = await pool.run(look) {
                    return inbox.post(.transferEnded(job.id, Outcome(.sourceSuspect(suspicion))))
                }
                inbox.post(.transferEnded(job.id, await transfer.run(job)))
            }
        case .stopTransfer(let id):
            for transfer in transfers { transfer.stop(id) }
            kernel.stop(token: id.number)
        case .probePort(let id):
            let (transfer, inbox) = (transfers[id.index], inbox)
            group.addTask { inbox.post(.portProbed(id, answered: await transfer.answersPort())) }
        case .walk(let id, let request):
            let (pool, inbox, walk) = (pool, inbox, walks.begin(request, sources[id.index]))
            group.addTask { inbox.post(.walked(id, await pool.run { walk.run() })) }
        case .readQueue(let id, let flush):
            let inbox = inbox
            watchers[id.index].catchUp { inbox.post(.queueRead(id, flush)) }
        case .script(let order): scripts?.perform(order, in: &group)
        case .remember, .rememberTarget, .openTarget, .closeTarget, .report, .answerFlush, .exit:
            preconditionFailure("the loop does this by itself")
        }
    }

    /// Blocks for a small file; it must be done before the next transfer looks. Answers what went wrong.
    func remember(_ id: SourceID, hasContent: Bool, inStep: Bool) -> String? {
        memory.remember(sources[id.index].path, hasContent: hasContent, inStep: inStep)
    }

    /// The last look before anything is deleted: what the core believes may be a moment old.
    private func lookBefore(_ job: Job) -> LastLook? {
        guard job.deletes || job.isRehearsal, let tree = sources.first(where: { $0.targets.contains(job.target) })
        else { return nil }
        let memory = memory
        return { memory.suspicion(of: tree.path) }
    }

    /// Watches of all sources; the list is bounded, the count is not.
    func watches(limit: Int = 10_000) async -> WatchList {
        var list = WatchList(count: 0, watches: [])
        list.tunnels = tunnels.status
        for (tree, watcher) in zip(sources, watchers) {
            let found = await watcher.watchedDirectories(limit: max(0, limit - list.watches.count))
            list.count += found.count
            list.watches += found.list.map { number, path in
                .init(number: Int(number), path: path.isRoot ? tree.path : tree.path + "/" + path.byteString)
            }
        }
        return list
    }

    /// Nothing is told or sent from now on; who waits for a tunnel waits no more.
    func stopWatching() {
        for watcher in watchers { watcher.stop() }
        for token in tokens { kernel.stop(token: token) }
        tunnels.close()
        walks.cancel()
    }

    /// Ends what would outlive the loop: shared connections.
    func close() async {
        for transfer in transfers { await transfer.close() }
        scripts?.close()
        await connections.close()
        locks.releaseAll()
    }
}
