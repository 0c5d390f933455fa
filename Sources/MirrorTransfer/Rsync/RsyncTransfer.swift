import Glibc
package import MirrorCore
package import MirrorLinux
import Synchronization

/// Transfers to one target by rsync: lsyncd's `default.rsync`.
package final class RsyncTransfer: Transferring {
    let sync: SyncSettings
    let address: TargetAddress
    let connections: SshConnections
    let kernel: KernelThread
    let pool: BlockingPool
    let person: PersonWords
    let matcher: PathMatcher
    private let progressTimeout: Duration
    let compat: RsyncCompat
    /// What somebody is writing is left out of comparisons.
    let leavesOpenFiles: Bool
    let openFileInterval: Duration?
    private let output: @Sendable (ByteString) -> Void
    /// The target has refused other words than lsyncd's.
    private let keepsToExactWords = Atomic(false)
    /// Jobs of one target follow each other, but on changing threads.
    private let leftovers = Mutex(Leftovers())
    /// What is known of the times that the target keeps.
    let timesOfTarget = Atomic(0)
    static let fineTimes = 1
    static let coarseTimes = 2

    /// Bytes kept of rsync's messages; beyond, a failed batch stays owed as a whole.
    private static let outputLimit = 8 << 20

    /// `output` gets each line of rsync's output, of both streams, on the kernel thread.
    package init(
        sync: SyncSettings, settings: Settings, kernel: KernelThread, pool: BlockingPool, connections: SshConnections,
        output: @escaping @Sendable (ByteString) -> Void
    ) {
        var sync = sync
        sync.target = HomeDirectory.plain(sync.target, words: PersonWords(sync.transfer.rsync.words))
        self.sync = sync
        self.kernel = kernel
        self.pool = pool
        self.connections = connections
        self.output = output
        address = TargetAddress(sync.target)
        matcher = PathMatcher(filters: sync.filters, excludes: sync.excludes)
        progressTimeout = settings.progressTimeout
        compat = settings.rsyncCompat
        // Whoever sends at every write wants what is there; and after one pass there is no later.
        leavesOpenFiles = settings.inotifyMode == .closeWrite && !settings.onePass
        openFileInterval = settings.openFileInterval
        person = PersonWords(sync.transfer.rsync.words)
    }

    package func run(_ job: Job) async -> Outcome {
        let started = Clock.now()
        var (outcome, swept) = await attempt(job)
        noteLeftovers(job, &outcome, swept: swept)
        outcome.duration = Clock.now() - started
        return outcome
    }

    package func stop(_ id: JobID) { kernel.stop(token: id.number) }

    package func close() async {}

    /// The shell with which rsync reaches the target is ours to choose.
    var choosesShell: Bool {
        guard case .shell = address else { return false }
        return customShell == nil
    }

    /// `-e`, `rsh` or RSYNC_RSH, in rsync's order.
    var customShell: ByteString? { person.remoteShell ?? connections.environment["RSYNC_RSH"] }

    var sshHost: SshHost? {
        guard case .shell(let host, _) = address else { return nil }
        return connections.host(host)
    }
}

// MARK: One job

extension RsyncTransfer {
    private func attempt(_ job: Job) async -> (Outcome, swept: [RelativePath]) {
        if case .changes(let changes) = job.scope, changes.isEmpty { return (Outcome(.done), []) }
        let source = sync.source
        if let suspicion = await pool.run({ SourceLook.suspicion(of: source) }) {
            return (Outcome(.sourceSuspect(suspicion)), [])
        }
        if job.isRehearsal, await !mayRehearse() { return (Outcome(.done), []) }
        guard let program = programPath else {
            let failure = Failure(.rsyncMissingHere, detail: "\(rsync.binary): no such program")
            return (Outcome(.failed(failure)), [])
        }
        let job = await withBearableComparison(job, program)
        var plan = await plan(job, isExact: keepsToExactWords.load(ordering: .relaxed))
        let runs = await perform(plan, job, program)
        let outcome = plan.outcome(runs)
        guard case .failed = outcome.result, let doubt = RefusedWords(runs), !job.isRehearsal else {
            return (outcome, plan.swept)
        }
        // The same job in the words that every wrapper and every pinned far side of the field knows.
        plan = await self.plan(job, isExact: true)
        let exactRuns = await perform(plan, job, program)
        if doubt.isConfirmed(by: exactRuns) { keepsToExactWords.store(true, ordering: .relaxed) }
        return (plan.outcome(exactRuns), plan.swept)
    }

    private func noteLeftovers(_ job: Job, _ outcome: inout Outcome, swept: [RelativePath]) {
        guard person.leavesTemporaryFiles else { return }
        switch outcome.result {
        case .failed, .stopped: leftovers.withLock { $0.note(job) }
        case .sourceSuspect: break
        case .done:
            if let rest = leftovers.withLock({ $0.sweep(job, swept) }) { outcome.result = .partial([rest]) }
        case .partial(let failures):
            if let rest = leftovers.withLock({ $0.sweep(job, swept) }) { outcome.result = .partial(failures + [rest]) }
        }
    }

    /// A host that runs a command of its own in place of ours (a pinned `rsync --server`) would not hear that it is a
    /// rehearsal, and delete.
    func mayRehearse() async -> Bool {
        guard case .shell(_, let path) = address else { return true }
        return await ask(path).0 != nil
    }

    private func plan(_ job: Job, isExact: Bool) async -> RsyncPlan {
        let words = RsyncWords(sync: sync, compat: isExact ? .exact : compat)
        let bars = job.deletes && !job.isRehearsal
        let source = sync.source
        let isExcluded = isExcluded
        let findOpen = openFiles(of: job)
        guard case .changes(let changes) = job.scope, !job.comparesEverything else {
            return await pool.run { [sync] in
                let look = SourceLook(source)
                let closed = bars ? look.closedDirectories(leavingOut: isExcluded) : ClosedDirectories()
                let open = findOpen(look, [.root])
                let left = LeftAlone(directories: closed.sorted, files: open.left)
                let calls = closed.paths.contains(.root) ? [] : [words.everything(job, barring: left)]
                return RsyncPlan(
                    calls: calls, verdict: RsyncVerdict(sync: sync, job: job), closed: closed, open: open)
            }
        }
        let room = argumentBytes
        let suspected = bars ? leftovers.withLock { $0.directories } : []
        return await pool.run { [sync, matcher] in
            let files = LargeFiles(changes, in: source, limit: sync.batchSizeLimit)
            let isLong = files.rest.count > RsyncWords.listLimit
            var look = SourceLook(source)
            var paths = look.list(files.rest, findsObstacles: isLong, hiding: job.hiding, noticedFrom: job.noticedFrom)
            for index in paths.indices where !matcher.isEmpty {
                paths[index].kindDecides = matcher.kindDecides(on: paths[index].change.path)
            }
            let closed = bars ? look.bar(&paths, leavingOut: isExcluded) : ClosedDirectories()
            let open = findOpen(look, paths.filter { $0.standing == .directory && $0.takesAllBelow }.map(\.change.path))
            let left = LeftAlone(directories: closed.sorted, files: open.left)
            let large = look.list(files.large, findsObstacles: false, hiding: job.hiding, noticedFrom: job.noticedFrom)
            var job = job
            let isSure = job.comparesExactly && job.hiding == nil
            job.comparesExactly = isSure || (paths + large).contains(where: \.mayHide)
            var plan = RsyncPlan(
                calls: [], callsForLargeFiles: large.map { words.listed([$0], of: words.job(job, for: [$0])) },
                verdict: RsyncVerdict(sync: sync, job: job, paths: paths + large), closed: closed, open: open)
            plan.linked = look.linked
            guard !paths.isEmpty else { return plan }
            let setBack = words.takeSetBack(from: &paths)
            if !setBack.isEmpty { plan.calls = [words.listed(setBack, of: words.job(job, for: setBack))] }
            guard !paths.isEmpty else { return plan }
            plan.swept = Array(suspected)
            let swept = look.directories(suspected.filter { path in !closed.paths.contains { $0.contains(path) } })
            // Arguments can't leave anything out.
            if isLong, left.isEmpty, let named = words.named(paths, of: job, argumentBytes: room) {
                plan.calls += named + (swept.isEmpty ? [] : [words.listed([], of: job, sweeping: swept)])
            } else {
                plan.calls.append(
                    words.listed(paths, of: words.job(job, for: paths), sweeping: swept, barring: left))
            }
            return plan
        }
    }

    private func openFiles(of job: Job) -> @Sendable (SourceLook, [RelativePath]) -> OpenFiles {
        guard leavesOpenFiles, !job.isRehearsal else { return { _, _ in OpenFiles() } }
        let (isExcluded, interval) = (isExcluded, openFileInterval)
        return { look, tops in look.openFiles(job, below: tops, age: interval, leavingOut: isExcluded) }
    }

    /// Of a directory.
    private var isExcluded: @Sendable (RelativePath) -> Bool {
        let matcher = matcher
        return { matcher.excludes($0, isDirectory: true) }
    }

    /// What execve(2) takes, less the environment and a reserve for the other words.
    private var argumentBytes: Int {
        let environment = connections.environment.words.reduce(0) { $0 + $1.count + 9 }
        let limit = min(sysconf(Int32(_SC_ARG_MAX)), RsyncWords.mostArgumentBytes)
        return max(limit - environment - RsyncWords.otherArgumentBytes, RsyncWords.leastArgumentBytes)
    }

    private func perform(_ plan: RsyncPlan, _ job: Job, _ program: ByteString) async -> [RsyncRun] {
        var runs: [RsyncRun] = []
        for call in plan.calls {
            let run = await perform(call, job, program)
            runs.append(run)
            switch plan.verdict.result(run.evidence) {
            case .done, .partial: continue
            case .failed, .stopped, .sourceSuspect: return runs
            }
        }
        return runs + (await performSideBySide(plan.callsForLargeFiles, job, program))
    }

    /// At most `maxProcesses` at a time, as lsyncd counts them.
    private func performSideBySide(_ calls: [RsyncCall], _ job: Job, _ program: ByteString) async -> [RsyncRun] {
        await withTaskGroup(of: RsyncRun.self) { group in
            var runs: [RsyncRun] = []
            var left = calls[...]
            for call in left.prefix(max(sync.maxProcesses, 1)) {
                group.addTask { await self.perform(call, job, program) }
                left = left.dropFirst()
            }
            for await run in group {
                runs.append(run)
                guard let call = left.popFirst() else { continue }
                group.addTask { await self.perform(call, job, program) }
            }
            return runs
        }
    }

    /// `isHeard`: its output is for people too.
    func perform(_ call: RsyncCall, _ job: Job, _ program: ByteString, isHeard: Bool = true) async -> RsyncRun {
        let lines = isHeard ? OutputLines(output) : OutputLines { _ in }
        var environment = connections.environment
        environment["LC_ALL"] = "C"
        let host = choosesShell ? sshHost : nil
        let transport = await host?.transport()
        if let transport { environment["RSYNC_RSH"] = transport.asOneWord }
        var command = Command(
            executable: program, arguments: [rsync.binary] + call.words, environment: environment.words,
            input: call.input)
        command.progressTimeout = progressTimeout
        command.outputLimit = Self.outputLimit
        command.token = job.id.number
        command.onOutput = { lines.take($0, $1) }
        let end = await kernel.run(command)
        lines.finish()
        let evidence = RunEvidence(end)
        if let host, let transport {
            await host.finished(transport, isReached: evidence.reachedHost, errors: evidence.errors)
        }
        return RsyncRun(
            call: call, evidence: evidence, deletions: job.isRehearsal ? lines.deletions : nil, written: end.written)
    }

    private var rsync: RsyncSettings { sync.transfer.rsync }

    /// A name is looked up in PATH, then in /usr/bin; lsyncd 2.0's fixed place is a wish, not an order.
    var programPath: ByteString? {
        let path = connections.environment["PATH"]
        let standard: ByteString = "/usr/bin/rsync"
        if let found = Programs.find(rsync.binary, path: path) { return found }
        if rsync.binary == standard { return Programs.find("rsync", path: path) }
        guard !rsync.binary.bytes.contains(UInt8(ascii: "/")) else { return nil }
        return Programs.find("/usr/bin/" + rsync.binary)
    }
}
