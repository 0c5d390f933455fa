import MirrorCore

/// What a run is like: its size, what goes wrong in it, and what the configuration says. Each kind of fault is absent
/// in half of the runs, since faults hide each other: a comparison of everything heals whatever was lost before it.
package struct Swarm: Sendable {
    // Sizes.
    package var targets: Int
    package var steps: Int
    /// Names to choose from in each directory; few, so that they meet often.
    var names: Int
    var depth: Int
    var firstWrites: Int

    // The source and its kernel.
    /// fanotify: one mark for everything, merging across the queue, no bound. Otherwise inotify: watches that come
    /// late, a queue that overflows.
    var hasLateWatches: Bool
    /// Events that the kernel keeps; nil is no bound.
    var queueBound: Int?
    /// Files that are stamped long before they are told.
    var slowWrites: Bool
    /// The clock on the wall is set now and then.
    var clockSteps: Bool
    /// Walks that can't read a directory, or are broken off.
    var hardWalks: Bool
    var splitRenames: Bool
    var reorders: Bool
    var losses: Bool
    /// Directories beyond the limit of watches: never watched, told as lost now and then.
    var blindSpots: Bool
    var bursts: Bool
    var openFiles: Bool
    var movesInAndOut: Bool
    var exchanges: Bool
    /// A name that is now a file, now a directory.
    var typeChanges: Bool
    var emptiesSource: Bool
    var startsEmpty: Bool
    var unmounts: Bool
    var unnoticedUnmounts: Bool

    // Targets.
    var failures: Bool
    var partials: Bool
    var away: Bool
    var denials: Bool
    var full: Bool
    var drift: Bool
    var oldContent: Bool
    var unsureIdentity: Bool
    var oneIsSource: Bool
    var oneIsNested: Bool

    // The program and the people around it.
    var slowLoop: Bool
    var stops: Bool
    var kills: Bool
    var reloads: Bool
    var pauses: Bool
    var resyncs: Bool
    var flushes: Bool
    var smallLimits: Bool
    /// Targets join the running program, and leave it.
    var comesAndGoes: Bool
    var settings: SettingsSwarm

    var engine: EngineSwarm

    // Files that are being written.
    /// Changes without a close, and writing in several steps.
    var unclosed: Bool
    /// Nobody can tell whether a file is open.
    var leaseless: Bool

    package init(seed: UInt64) {
        var mixer = Jitter(seed: seed)
        var chance = Jitter(seed: mixer.next())
        func coin() -> Bool { Bool.random(using: &chance) }
        let size = Int.random(in: 0..<64, using: &chance)
        let large = size == 0
        let tiny = size >= 40
        targets = tiny ? Int.random(in: 1...2, using: &chance) : large ? 8 : Int.random(in: 1...4, using: &chance)
        steps = tiny ? 25 : large ? 1200 : [60, 60, 120, 240].randomElement(using: &chance)!
        names = tiny ? 2 : large ? 12 : Int.random(in: 2...5, using: &chance)
        depth = tiny ? 2 : Int.random(in: 1...4, using: &chance)
        firstWrites = large ? 60 : Int.random(in: 0...8, using: &chance)
        hasLateWatches = coin()
        queueBound = hasLateWatches && coin() ? Int.random(in: 3...20, using: &chance) : nil
        splitRenames = coin()
        reorders = coin()
        losses = coin()
        blindSpots = coin()
        bursts = coin()
        openFiles = coin()
        movesInAndOut = coin()
        exchanges = coin()
        typeChanges = coin()
        emptiesSource = coin()
        startsEmpty = coin()
        unmounts = coin()
        unnoticedUnmounts = coin()
        failures = coin()
        partials = coin()
        away = coin()
        denials = coin()
        full = coin()
        drift = coin()
        oldContent = coin()
        unsureIdentity = coin()
        oneIsSource = coin()
        oneIsNested = coin()
        slowLoop = coin()
        stops = coin()
        kills = coin()
        reloads = coin()
        pauses = coin()
        resyncs = coin()
        flushes = coin()
        smallLimits = coin()
        var later = Jitter(seed: mixer.next())  // A chance of their own: the runs before these were thought of stay.
        slowWrites = Bool.random(using: &later)
        clockSteps = Bool.random(using: &later)
        hardWalks = Bool.random(using: &later)
        comesAndGoes = Bool.random(using: &later)
        engine = EngineSwarm(chance: &later)
        settings = SettingsSwarm(chance: &chance)
        unclosed = coin()
        leaseless = Int.random(in: 0..<4, using: &chance) == 0
        settings.openFileInterval = [.seconds(5), .seconds(60), nil].randomElement(using: &chance)!
        if settings.deletesDiffer { typeChanges = false }
        if !settings.comparesAtStart { holdToTheContract() }
    }

    /// What is on in this run, for people.
    package var text: String {
        let faults = Swift.Mirror(reflecting: self).children.compactMap { child in
            (child.value as? Bool) == true ? child.label : nil
        }
        let sizes = "\(targets) targets, \(steps) steps, \(names) names, \(depth) deep"
        let queue = queueBound.map { "of \($0)" } ?? "without bound"
        return "\(sizes), queue \(queue); \(faults.joined(separator: ", "))\n\(engine)\n\(settings)"
    }

    /// Without a comparison at the start, whoever writes the configuration answers for what happens while the program
    /// does not run, and for what is at the targets before.
    private mutating func holdToTheContract() {
        (stops, kills, reloads, startsEmpty, oldContent) = (false, false, false, false, false)
    }
}

/// What brings things to the targets of a run.
struct EngineSwarm: Sendable {
    /// The stream, not rsync.
    var streams: Bool
    /// Agents that can't be started, so that rsync does it.
    var fallsBack: Bool
    /// What a transfer may delete before a person is asked.
    var deleteLimit: Int?

    init(chance: inout Jitter) {
        streams = Bool.random(using: &chance)
        fallsBack = streams && Bool.random(using: &chance)
        deleteLimit = streams && Bool.random(using: &chance) ? Int.random(in: 1...6, using: &chance) : nil
    }
}

/// The configuration of a run.
struct SettingsSwarm: Sendable {
    var delay: Duration
    var settle: Duration?
    var maxDelays: Int
    var maxProcesses: Int?
    var hasFilters: Bool
    /// The targets' delete policies are not all "always".
    var deletesDiffer: Bool
    var comparesAtStart: Bool
    var insists: Bool
    var openFileInterval: Duration?

    init(chance: inout Jitter) {
        delay = [.zero, .milliseconds(500), .seconds(1), .seconds(15)].randomElement(using: &chance)!
        settle = Int.random(in: 0..<4, using: &chance) == 0 ? .milliseconds(700) : nil
        maxDelays = Bool.random(using: &chance) ? Int.random(in: 1...6, using: &chance) : 1000
        maxProcesses = Bool.random(using: &chance) ? Int.random(in: 1...2, using: &chance) : nil
        hasFilters = Bool.random(using: &chance)
        deletesDiffer = Int.random(in: 0..<4, using: &chance) == 0
        comparesAtStart = Int.random(in: 0..<8, using: &chance) > 0
        insists = Int.random(in: 0..<4, using: &chance) > 0
    }

    /// A reload brings another delay, other filters, another limit.
    mutating func change(_ chance: inout Jitter) {
        let fresh = SettingsSwarm(chance: &chance)
        (delay, settle, maxDelays, maxProcesses) = (fresh.delay, fresh.settle, fresh.maxDelays, fresh.maxProcesses)
        if !deletesDiffer { hasFilters = fresh.hasFilters }
    }

    func settings(targets: Int) -> Settings {
        var settings = Settings()
        settings.insists = insists
        settings.maxProcesses = maxProcesses
        settings.openFileInterval = openFileInterval
        for index in 0..<targets {
            var sync = SyncSettings(name: ByteString("Sync\(index + 1)"), source: "/src", target: "host:/dst/")
            sync.delay = delay
            sync.settle = settle
            sync.maxDelays = maxDelays
            sync.comparesAtStart = comparesAtStart
            if hasFilters, index > 0 { sync.excludes = [["f1"], ["z"], ["/d0"]][index % 3] }
            if deletesDiffer { sync.delete = [.always, .never, .startup, .running][index % 4] }
            settings.syncs.append(sync)
        }
        return settings
    }
}
