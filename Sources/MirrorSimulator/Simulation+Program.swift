import MirrorCore

/// The program's life: it starts, does what the core says, and ends in one way or another.
extension Simulation {
    mutating func startProgram() throws(Violation) {
        starts += 1
        (isRunning, isStopping) = (true, false)
        hideWhatAPlainStartHides()
        var limits = Limits()
        if swarm.smallLimits { (limits.logEntries, limits.retryEntries, limits.recentPaths) = (8, 4, 4) }
        if swarm.smallLimits { limits.unfinishedFiles = 2 }
        mirrors = Mirrors(
            settings: settings.settings(targets: targets.count), limits: limits, seed: seed &+ UInt64(starts))
        witness = Witness(mirrors, at: now)
        guests = GuestBook()
        bookkeeping = Bookkeeping()
        sight = nil
        counting = Counting(targets: targets.count)
        flushes = [:]
        let number = starts
        record("  start \(number)")
        var actions: [Action] = []
        mirrors.start(at: now, into: &actions)
        try perform(actions)
    }

    /// What rsync's first comparison can't tell apart: files of one size and second, where the program has not run
    /// before, or has ended in step and they changed since (docs/testing.md). After a broken run all is compared
    /// exactly.
    private mutating func hideWhatAPlainStartHides() {
        guard memory?.endedInStep ?? true else { return }
        for index in targets.indices {
            for path in targets[index].tree.paths {
                guard case .file(let old)? = targets[index].tree[path], case .file(let new)? = writer.tree[path],
                    old.size == new.size, looksEqual(old, new), old.version != new.version
                else { continue }
                targets[index].hide(path)
            }
        }
    }

    private func looksEqual(_ old: SimulatedTree.File, _ new: SimulatedTree.File) -> Bool {
        let tick = swarm.engine.streams && !swarm.engine.fallsBack ? SimulatedStream.tick : 1_000_000_000
        return old.time / tick == new.time / tick
    }

    /// It is gone, and with it everything that it had in hands.
    mutating func endProgram() {
        isRunning = false
        kernel.stopWatching()
        (inbox, posts, transfers, catchUps, walk) = ([], [], [], [], nil)
        var wait = Duration.seconds(2)
        if var chance = deck.draw(Card(step, .restart)) {
            wait = .milliseconds(Int64.random(in: 2000...9000, using: &chance))
        }
        restartsAt = now + wait
    }

    mutating func perform(_ actions: [Action]) throws(Violation) {
        for action in actions {
            record("  action \(action)")
            switch action {
            case .watch(let source):
                kernel.startWatching()
                post(.noticed(source, .live(directories: 1)))
            case .checkSource(let source): post(.sourceChecked(source, look()))
            case .lookAtFiles(let source, let paths):
                witness.unfinished.askedAt = now
                post(.filesLooked(source, paths.map { LookedFile($0, look(at: $0)) }))
            case .findNames: throw violation("its files have one name", "\(action)")
            case .identifyTarget(let target): post(.targetIdentified(target, identity(of: target)))
            case .startTransfer(let job): try start(job)
            case .stopTransfer(let id):
                for index in transfers.indices where transfers[index].job.id == id { transfers[index].stop() }
            case .probePort(let target):
                try witness.probes(target, at: now, step)
                post(.portProbed(target, answered: !targets[target.index].isAway))
            case .walk(_, let request): walk = SimulatedWalk(request, at: tracked)
            case .readQueue(_, let flush): catchUps.append(flush)
            case .answerFlush(let id, let refused): try checkFlush(id, refused: refused)
            case .openTarget(let target): welcome(target)
            case .closeTarget(let target): try dismiss(target)
            case .rememberTarget: break
            case .remember(_, let hasContent, let inStep): remember(hasContent: hasContent, inStep: inStep)
            case .report(let report):
                try bookkeeping.took(report, step)
                counting.took(report, at: now)
            case .script(let order): throw violation("its scripts have a simulation of their own", "\(order)")
            case .exit(let reason): try exit(reason)
            }
        }
    }

    private mutating func exit(_ reason: ExitReason) throws(Violation) {
        switch reason {
        case .signal, .reload: if !isStopping { throw violation("stays alive", "exit \(reason)") }
        case .fatal: if settings.insists { throw violation("stays alive", "exit \(reason)") }
        case .onePassDone, .script: throw violation("stays alive", "exit \(reason)")
        }
        guard transfers.isEmpty || isFatal(reason) else {
            throw violation("no transfer outlives the program", "\(transfers.map(\.job.id))")
        }
        endProgram()
        if reason == .reload, var chance = deck.draw(Card(step, .restart, 1)) { settings.change(&chance) }
    }

    private func isFatal(_ reason: ExitReason) -> Bool { if case .fatal = reason { true } else { false } }

    /// An answer takes its time.
    mutating func post(_ event: Event) {
        answers += 1
        var wait = Duration.zero
        if var chance = deck.draw(Card(step, .answer, answers & 0xff)) {
            wait = .milliseconds(Int64.random(in: 0...50, using: &chance))
        }
        posts.append((now + wait, event))
    }

    // MARK: The source, as the program looks at it

    var facts: SourceFacts {
        SourceFacts(
            mountPoint: isUnmounted ? "/" : "/src", fileSystem: isUnmounted ? "ext4" : "xfs", device: 1, inode: 1,
            hasContent: !visibleSource.isEmpty)
    }

    private mutating func look() -> SourceReport {
        let accepted = isAccepted
        isAccepted = false
        if accepted { memory = facts }
        let report = SourceComparison.report(on: .found(facts), remembered: memory, seen: sight, accepted: accepted)
        if report.suspicion == nil { sight = facts }
        return report
    }

    private func look(at path: RelativePath) -> FileLook {
        guard !swarm.leaseless else { return .unknown }
        return writer.openFiles.contains(path) && !isUnmounted ? .open : .ready
    }

    var suspicion: SourceSuspicion? {
        SourceComparison.report(on: .found(facts), remembered: memory, seen: sight, accepted: false).suspicion
    }

    private mutating func remember(hasContent: Bool, inStep: Bool) {
        if case .mountGone = suspicion { return }
        var facts = facts
        (facts.hasContent, facts.endedInStep) = (hasContent, inStep)
        memory = facts
    }

    private mutating func identity(of target: TargetID) -> TargetIdentity {
        if swarm.oneIsSource, target.index == 1 { return .isSource }
        if swarm.oneIsNested, target.index == 2 { return .nested(inside: true) }
        guard swarm.unsureIdentity, !isCalm, var chance = deck.draw(Card(step, .identity, target.index)) else {
            return .distinct
        }
        switch Int.random(in: 0..<6, using: &chance) {
        case 0..<2: return .unknown(Failure(.connectionLost))
        case 2: return .unknown(Failure(.permissionDenied))
        default: return .distinct
        }
    }

    // MARK: Transfers

    private mutating func start(_ job: Job) throws(Violation) {
        try checkStart(job)
        let target = job.target.index
        if job.deletes || job.isRehearsal, let suspicion {
            return post(.transferEnded(job.id, Outcome(.sourceSuspect(suspicion))))
        }
        if targets[target].isAway { return post(.transferEnded(job.id, Outcome(.failed(Failure(.unreachable))))) }
        if job.isRehearsal { return rehearse(job) }
        var (fault, latency) = (SimulatedTransfer.Fault.none, Duration.milliseconds(50))
        if !isCalm, var chance = deck.draw(Card(step, .transfer, target)) {
            latency = .milliseconds(Int64.random(in: 10...800, using: &chance))
            fault = drawFault(&chance)
        }
        let order = SimulatedTransfer.Order(
            job: job, sync: mirrors.mirrors[target].sync, matcher: mirrors.mirrors[target].matcher, startedAt: now,
            endsAt: now + latency, fault: fault, seesNothing: isUnmounted)
        transfers.append(transfer(order))
    }

    private func transfer(_ order: SimulatedTransfer.Order) -> RunningTransfer {
        var chance = Jitter(seed: seed &+ order.job.id.number)
        let plain = SimulatedTransfer(order, source: visibleSource, chance: &chance)
        guard swarm.engine.streams else { return .rsync(plain) }
        guard swarm.engine.fallsBack, !isCalm, Int.random(in: 0..<6, using: &chance) == 0 else {
            return .stream(SimulatedStream(order, deleteLimit: swarm.engine.deleteLimit, chance: &chance))
        }
        // The connection breaks somewhere, and the agent can't be started again.
        var broken = order
        broken.fault = .middle
        return .fallback(SimulatedStream(broken, deleteLimit: nil, chance: &chance), behind: plain)
    }

    private func drawFault(_ chance: inout Jitter) -> SimulatedTransfer.Fault {
        if swarm.failures, Int.random(in: 0..<4, using: &chance) == 0 {
            return [.before, .middle, .middle, .after].randomElement(using: &chance)!
        }
        if swarm.partials, Int.random(in: 0..<4, using: &chance) == 0 {
            return [.partial, .partial, .vanishing].randomElement(using: &chance)!
        }
        if swarm.denials, Int.random(in: 0..<12, using: &chance) == 0 { return .denied }
        return .none
    }

    /// What a comparison would delete is counted, and nothing is touched.
    private mutating func rehearse(_ job: Job) {
        let (source, target) = (visibleSource, targets[job.target.index].tree)
        let matcher = mirrors.mirrors[job.target.index].matcher
        let deletions = target.paths.count {
            source[$0] == nil && !matcher.excludes($0, isDirectory: target.isDirectory($0))
        }
        guests.rehearsed(job.target, deletions: deletions)
        post(.transferEnded(job.id, Outcome(.done, exitCode: 0, deletions: deletions)))
    }

    mutating func advanceWalk() {
        guard walk != nil else { return }
        var count = isCalm ? 30 : 3
        var isHard = false
        if !isCalm, var chance = deck.draw(Card(step, .walk)) {
            // Slow enough that more is lost meanwhile.
            count = Int.random(in: 0...(swarm.hardWalks ? 1 : 6), using: &chance)
            isHard = swarm.hardWalks && Int.random(in: 0..<10, using: &chance) == 0
            if isHard, Bool.random(using: &chance) { walk?.breakOff(.tooMuch) }
        }
        let writer = isUnmounted ? SimulatedWriter(swarm: swarm, seed: 0) : writer
        for _ in 0..<count { walk?.advance(writer, canRead: !isHard) }
        guard let ended = walk, !ended.isWorking else { return }
        walk = nil
        post(.walked(SourceID(0), ended.report(at: tracked)))
    }

    mutating func advanceTransfers() throws(Violation) {
        for index in transfers.indices {
            let job = transfers[index].job
            var count = isCalm ? 30 : 4
            if !isCalm, var chance = deck.draw(Card(step, .progress, job.target.index)) {
                count = Int.random(in: 0...8, using: &chance)
            }
            guard count > 0, transfers[index].isWorking else { continue }
            let source = transfers[index].order.seesNothing ? SimulatedTree() : writer.tree
            var world = TransferWorld(source: source, target: targets[job.target.index], second: second)
            if !swarm.leaseless { world.open = writer.openFiles }
            for _ in 0..<count where transfers[index].isWorking { transfers[index].advance(&world) }
            targets[job.target.index] = world.target
            try checkDeeds(world, of: transfers[index])
        }
    }
}
