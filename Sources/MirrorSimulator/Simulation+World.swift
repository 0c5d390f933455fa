import MirrorCore

/// What people and machines do while the program runs.
extension Simulation {
    mutating func disturb() throws(Violation) {
        moveMounts()
        if swarm.clockSteps, chooses(.clock, oneIn: 25) == true {
            // Never back to where it stood: that nobody can tell who only compares two clocks.
            writer.wallOffset += (step.isMultiple(of: 2) ? 1 : -2) * Int64(step) * 1_000_000_000 + 7_000_000_000
            let offset = writer.wallOffset
            record("clock \(offset / 1_000_000_000)")
        }
        if !isUnmounted { write() }
        moveTargets()
        if swarm.reorders, var chance = deck.draw(Card(step, .reorder)), !kernel.reorder(&chance) {
            deck.takeBack(Card(step, .reorder))
        }
        if isRunning, !isStopping { askThings() }
        try interrupt()
    }

    private mutating func write() {
        var operations = 1
        if swarm.bursts, chooses(.burst, oneIn: 12) == true { operations = 12 }
        for part in 0..<operations {
            let card = Card(step, .write, part)
            guard var chance = deck.draw(card) else { continue }
            let isIdle = part == 0 && Int.random(in: 0..<3, using: &chance) == 0
            let before = keepsTrace ? writer.tree : nil
            if isIdle || !writer.act(at: now, &kernel, &chance) { deck.takeBack(card) }
            guard let before, before != writer.tree else { continue }
            let line = changes(from: before, to: writer.tree)
            record("write \(line)")
        }
        if swarm.unclosed, var chance = deck.draw(Card(step, .unclosed)) {
            let isChosen = Int.random(in: 0..<4, using: &chance) == 0
            if !isChosen || !writer.actUnclosed(at: now, &kernel, &chance) { deck.takeBack(Card(step, .unclosed)) }
        }
        if swarm.losses, kernel.isWatching, chooses(.loss, oneIn: 60) == true {
            let place = writer.tree.directories[step % writer.tree.directories.count]
            record("loss \(place)")
            kernel.tellAlways(.lost(place, reason: .unwatchable(errno: 13)))
        }
        if swarm.blindSpots, step.isMultiple(of: 40) { for notice in kernel.blindSpots() { kernel.tellAlways(notice) } }
    }

    private func changes(from old: SimulatedTree, to new: SimulatedTree) -> String {
        let paths = Set(old.paths + new.paths).sorted().filter { old[$0] != new[$0] }
        return paths.map { "\($0) \(new[$0].map { "\($0)" } ?? "gone")" }.joined(separator: ", ")
    }

    // MARK: Mounts

    private mutating func moveMounts() {
        guard swarm.unmounts, chooses(.unmount, oneIn: 40) == true else { return }
        if isUnmounted { mount() } else { unmount() }
    }

    private mutating func unmount() {
        isUnmounted = true
        // A person's word was about what stood there.
        isAccepted = false
        record("unmount")
        // A lazy unmount is noticed by nobody.
        guard kernel.isWatching, !swarm.unnoticedUnmounts else { return }
        kernel.stopWatching()
        inbox += [.noticed(SourceID(0), .rootGone)]
        // What lies below is a directory too, and is watched in its place.
        if step.isMultiple(of: 2) {
            inbox += [.lost(.root, reason: .rewatched), .live(directories: 1)].map { .noticed(SourceID(0), $0) }
        }
    }

    private mutating func mount() {
        isUnmounted = false
        record("mount")
        guard isRunning else { return }
        kernel.startWatching()
        inbox += [.rootGone, .lost(.root, reason: .rewatched), .live(directories: 1)].map { .noticed(SourceID(0), $0) }
    }

    // MARK: Targets

    private mutating func moveTargets() {
        if swarm.away, let index = chosenTarget(.away, oneIn: 25) {
            targets[index].isAway.toggle()
            let isAway = targets[index].isAway
            record("target \(index) \(isAway ? "goes away" : "is back")")
        }
        if swarm.full, let index = chosenTarget(.full, oneIn: 40) {
            let room = targets[index].tree.count + step % 3
            targets[index].capacity = targets[index].capacity == nil ? room : nil
            let capacity = targets[index].capacity
            record("target \(index) \(capacity.map { "is full at \($0)" } ?? "has room again")")
        }
        if swarm.drift, let index = chosenTarget(.drift, oneIn: 30) {
            var chance = Jitter(seed: seed &+ UInt64(step))
            targets[index].drift(&chance, time: now.nanoseconds - 7_000_000_000)
            let foreign = targets[index].foreign.sorted()
            record("target \(index) drifts at \(foreign)")
        }
    }

    mutating func chosenTarget(_ kind: Card.Kind, oneIn count: Int) -> Int? {
        for index in targets.indices where chooses(kind, oneIn: count * targets.count, part: index) == true {
            return index
        }
        return nil
    }

    // MARK: People

    private mutating func askThings() {
        if swarm.pauses, let index = chosenTarget(.pause, oneIn: 15) {
            let isPaused = mirrors.mirrors[index].isPaused(at: now)
            let until = step.isMultiple(of: 3) ? now + .seconds(5) : nil
            inbox.append(
                isPaused ? .resumeRequested(TargetID(index)) : .pauseRequested(TargetID(index), until: until))
        }
        if swarm.resyncs, let index = chosenTarget(.resync, oneIn: 40) {
            let directories = writer.tree.directories
            inbox.append(.resyncRequested(TargetID(index), directories[step % directories.count]))
        }
        if swarm.flushes, chooses(.flush, oneIn: 12) == true { flush() }
        if swarm.comesAndGoes { moveGuests() }
        if !isUnmounted, case .suspect(.massDeletion) = mirrors.sources[0].trust, chooses(.accept, oneIn: 10) == true {
            record("accept")
            isAccepted = true
        }
    }

    private mutating func flush() {
        let id = FlushID(nextFlush)
        nextFlush += 1
        let chosen = targets.indices.filter { step.isMultiple(of: 3) || $0 % 2 == step % 2 }.map { TargetID($0) }
        flushes[id] = FlushPromise(writer: writer, targets: chosen)
        inbox.append(.flushRequested(id, chosen))
    }

    // MARK: Ends of the program

    private mutating func interrupt() throws(Violation) {
        guard isRunning else { return }
        if swarm.kills, chooses(.kill, oneIn: 80) == true {
            record("kill -9")
            endProgram()
        } else if swarm.stops, chooses(.stop, oneIn: 80) == true {
            isStopping = true
            inbox.append(.stopRequested(.fade(signal: 15)))
            if step.isMultiple(of: 2) { inbox.append(.stopRequested(.fade(signal: 15))) }
        } else if swarm.reloads, !isStopping, chooses(.reload, oneIn: 80) == true {
            isStopping = true
            inbox.append(.stopRequested(.reload))
        }
    }

    // MARK: Calm

    /// No fault from here on, nobody writes, and whatever waited for a person gets its word.
    mutating func calmDown() throws(Violation) {
        isCalm = true
        record("calm")
        for index in targets.indices {
            targets[index].isAway = false
            targets[index].capacity = nil
            if isRunning { inbox.append(.resumeRequested(TargetID(index))) }
        }
        if isUnmounted { mount() }
        writer.closeAll(&kernel)
        for notice in kernel.blindSpots() { kernel.tellAlways(notice) }
    }
}
